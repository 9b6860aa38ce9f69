"""Jobs that wait by turns."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from conting_compiler.interleave import Job, interleave


@pytest.fixture
def others() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def job(others: ThreadPoolExecutor, notes: list[str], name: str, error: str = "") -> Job[str]:
    for step in range(3):
        notes.append(f"{name}{step}")
        answer = others.submit(str.upper, name)
        yield answer
        assert answer.result(timeout=0) == name.upper()
    if error:
        raise ValueError(error)
    notes.append(f"{name} ends")
    return name


def test_the_next_begins_while_one_waits() -> None:
    answer, notes = Future[str](), list[str]()

    def first() -> Job[str]:
        notes.append("a begins")
        yield answer
        notes.append("a ends")
        return answer.result(timeout=0)

    def second() -> Job[str]:
        notes.append("b")
        answer.set_result("told by b")
        yield answer
        return "b"

    assert interleave([first(), second()], 2) == ["told by b", "b"]
    assert notes == ["a begins", "b", "a ends"]


def test_results_are_in_order(others: ThreadPoolExecutor) -> None:
    names, notes = [f"job {n} " for n in range(9)], list[str]()
    assert interleave((job(others, notes, name) for name in names), 3) == names
    for name in names:
        own = [note for note in notes if note.startswith(name)]
        assert own == [f"{name}0", f"{name}1", f"{name}2", f"{name} ends"]


def test_one_at_once_is_one_after_the_other(others: ThreadPoolExecutor) -> None:
    notes = list[str]()
    interleave((job(others, notes, name) for name in "ab"), 1)
    assert notes == ["a0", "a1", "a2", "a ends", "b0", "b1", "b2", "b ends"]


def test_the_earliest_failure_is_raised_and_what_is_before_it_ends(
    others: ThreadPoolExecutor,
) -> None:
    def at_once(error: str) -> Job[str]:
        if error:
            raise ValueError(error)
        yield Future[str]()
        return ""

    notes = list[str]()
    jobs = [
        job(others, notes, "a"),
        job(others, notes, "b", error="the second"),
        at_once("the third"),
        job(others, notes, "never"),
    ]
    with pytest.raises(ValueError, match="the second"):
        interleave(jobs, 3)
    assert "a ends" in notes
    assert "never0" not in notes


def test_no_jobs() -> None:
    assert interleave(list[Job[str]](), 2) == []
