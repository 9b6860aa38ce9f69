"""Several jobs in one thread: while one waits for another process, the next ones go on."""

from collections.abc import Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Job = Generator[Future[Any], None, T]
"""Gives what it waits for, each time that it can go no further without; returns its result."""


@dataclass(slots=True)
class _Running(Generic[T]):
    job: Job[T]
    awaited: "Future[Any] | None" = None

    @property
    def can_go_on(self) -> bool:
        return self.awaited is None or self.awaited.done()


def interleave(jobs: Iterable[Job[T]], width: int) -> list[T]:
    """The results in the order of the jobs, of which at most `width` are begun and not ended.

    The earliest job that can go on does so. Raises what one after the other would have raised: if a
    job fails, those before it are ended first, and no other goes on.
    """
    coming = enumerate(jobs)
    running = dict[int, _Running[T]]()
    results = dict[int, T]()
    failure: Exception | None = None
    while True:
        number = next((n for n, each in running.items() if each.can_go_on), None)
        if number is None:
            may_begin = failure is None and len(running) < width
            if may_begin and (begun := next(coming, None)) is not None:
                running[begun[0]] = _Running(begun[1])
            elif running:
                wait([e.awaited for e in running.values() if e.awaited], None, FIRST_COMPLETED)
            else:
                break
            continue
        try:
            running[number].awaited = next(running[number].job)
        except StopIteration as end:
            results[number] = end.value
            del running[number]
        except Exception as error:  # noqa: BLE001 - raised below
            failure = error
            running = {n: each for n, each in running.items() if n < number}
    if failure is not None:
        raise failure
    return [results[number] for number in sorted(results)]
