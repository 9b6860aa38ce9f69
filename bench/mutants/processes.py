"""Work in copies of this process: what is loaded and collected is there already."""

import os
import signal
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

_T = TypeVar("_T")
Tell = Callable[[str], None]
_LONGEST = 2_000
"""Characters of a line: several processes write to one pipe, and short ones stay whole."""


def in_parts(
    values: Sequence[_T], count: int, work: Callable[[Sequence[_T], Tell], None]
) -> list[str]:
    """So many processes do a part each; gives the lines that they tell, as they come."""
    reads, writes = os.pipe()
    parts = [partial(work, values[number::count], _telling(writes)) for number in range(count)]
    children = [_forked(part, reads) for part in parts]
    os.close(writes)
    with os.fdopen(reads, "r") as pipe:
        lines = [line.rstrip("\n") for line in pipe]
    codes = [os.waitpid(each, 0)[1] for each in children]
    if any(codes):
        raise RuntimeError("one of the processes has failed")
    return lines


def ended(run: Callable[[], str], seconds: int) -> tuple[int, str]:
    """Runs it for so many seconds at most, and without a word. Gives the signal that ended it, 0 if
    none did, and its text. RuntimeError if it raised.
    """
    reads, writes = os.pipe()

    def work() -> None:
        signal.alarm(seconds)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        os.write(writes, run().encode())

    child = _forked(work, reads)
    os.close(writes)
    with os.fdopen(reads, "r") as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status), text
    if os.WEXITSTATUS(status):
        raise RuntimeError(f"a test could not be run; before that: {text!r}")
    return 0, text


def _telling(pipe: int) -> Tell:
    def tell(line: str) -> None:
        os.write(pipe, (" ".join(line.split("\n"))[:_LONGEST] + "\n").encode())

    return tell


def _forked(work: Callable[[], None], unread: int) -> int:
    """Runs it in a copy of this process, which never comes back here; `unread` is the parent's."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        os.close(unread)
        work()
        code = 0
    except BaseException:  # noqa: BLE001 whatever it was, the parent goes on
        traceback.print_exc()
    finally:
        os._exit(code)
