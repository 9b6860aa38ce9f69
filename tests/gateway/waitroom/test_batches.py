"""Joins that wait for Redis: one batch at a time, of bounded size, behind a bounded line."""

import asyncio
from collections.abc import Sequence

import pytest
from conting_gateway.redis import RedisError
from conting_gateway.waitroom.batch import AGAIN, MOST, WAITING, JoinBatcher
from conting_gateway.waitroom.errors import QueueBusyError
from solders.pubkey import Pubkey

pytestmark = pytest.mark.anyio


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stands still for some seconds has nobody wait too long."""
    monkeypatch.setattr("conting_gateway.waitroom.batch.PATIENCE", 600)


@pytest.mark.usefixtures("patient")
async def test_what_waits_is_bounded_and_all_that_was_taken_is_answered() -> None:
    go, sizes, under_way = asyncio.Event(), list[int](), list[int]()
    now = 0

    async def write(_: Pubkey, guests: Sequence[str]) -> list[int] | None:
        nonlocal now
        now += 1
        under_way.append(now)
        sizes.append(len(guests))
        await go.wait()
        now -= 1
        return [int(guest) for guest in guests]

    batcher, event, answers = JoinBatcher(write), Pubkey.default(), dict[str, object]()
    batcher.submit(event, "0", answers.__setitem__)
    await asyncio.sleep(0)  # the first one is on its way
    for guest in range(1, WAITING + 1):
        batcher.submit(event, str(guest), answers.__setitem__)
    with pytest.raises(QueueBusyError) as busy:
        batcher.submit(event, "one too many", answers.__setitem__)
    assert busy.value.retry_after
    another = Pubkey.new_unique()
    for _ in range(2):
        with pytest.raises(QueueBusyError):
            batcher.submit(another, "of another event", answers.__setitem__)
    go.set()
    await batcher.drain()
    assert await batcher.join(another, "7") == 7
    assert answers == {str(guest): guest for guest in range(WAITING + 1)}
    assert set(under_way) == {1}
    assert max(sizes) == MOST


async def test_who_gets_no_number_now_asks_again_before_those_who_came_later() -> None:
    """As Redis has it for a second after it was started."""
    asked, is_mended = list[list[str]](), False

    async def write(_: Pubkey, guests: Sequence[str]) -> list[int] | None:
        asked.append(list(guests))
        return [1 if guest == "known" else 2 if is_mended else -2 for guest in guests]

    batcher, event, answers = JoinBatcher(write), Pubkey.default(), dict[str, object]()
    for guest in ("first", "known", "second"):
        batcher.submit(event, guest, answers.__setitem__)
    while len(asked) < 2:  # noqa: ASYNC110 it is counted elsewhere
        await asyncio.sleep(0.01)
    assert answers == {"known": 1}
    batcher.submit(event, "third", answers.__setitem__)
    is_mended = True
    await batcher.drain()
    assert asked[0] == ["first", "known", "second"]
    assert asked[-1] == ["first", "second", "third"]
    assert answers == {"known": 1, "first": 2, "second": 2, "third": 2}


async def test_who_gets_no_number_for_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conting_gateway.waitroom.batch.PATIENCE", 0.3)

    async def write(_: Pubkey, guests: Sequence[str]) -> list[int] | None:
        return [-2 for _ in guests]

    batcher, answers = JoinBatcher(write), dict[str, object]()
    batcher.submit(Pubkey.default(), "fan", answers.__setitem__)
    await batcher.drain()
    assert answers == {"fan": -2}  # "busy", see outcomes.check_number
    assert batcher.batches > 1


@pytest.mark.usefixtures("patient")
async def test_who_waited_too_long_is_not_sent_to_a_redis_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Four seconds for each batch would be two minutes and a half for the last of a full line."""
    failure, asked = RedisError("no answer"), list[int]()

    async def write(_: Pubkey, guests: Sequence[str]) -> list[int] | None:
        asked.append(len(guests))
        monkeypatch.setattr("conting_gateway.waitroom.batch.PATIENCE", 0)
        raise failure

    batcher, event, answers = JoinBatcher(write), Pubkey.default(), dict[str, object]()
    for guest in range(2 * MOST + 1):
        batcher.submit(event, str(guest), answers.__setitem__)
    await batcher.drain()
    assert asked == [MOST]
    assert answers == {str(guest): failure for guest in range(2 * MOST + 1)}
    assert batcher.waiting == 0


@pytest.mark.usefixtures("patient")
async def test_who_came_late_is_sent_to_a_redis_that_has_not_answered_those_before() -> None:
    first, batches = True, list[int]()

    async def write(_: Pubkey, guests: Sequence[str]) -> list[int] | None:
        nonlocal first
        batches.append(len(guests))
        if first:
            first = False
            raise RedisError("no answer")
        return [1 for _ in guests]

    batcher, event, answers = JoinBatcher(write), Pubkey.default(), dict[str, object]()
    for guest in range(MOST + 1):
        batcher.submit(event, str(guest), answers.__setitem__)
    await batcher.drain()
    assert batches == [MOST, 1]
    assert answers[str(MOST)] == 1


@pytest.mark.usefixtures("patient")
async def test_while_one_event_gives_no_numbers_another_one_does() -> None:
    mending, open_one, is_mended = Pubkey.new_unique(), Pubkey.new_unique(), False

    async def write(event: Pubkey, guests: Sequence[str]) -> list[int] | None:
        return [-2 if event == mending and not is_mended else 1 for _ in guests]

    batcher, answers = JoinBatcher(write), dict[str, object]()
    batcher.submit(mending, "waits", answers.__setitem__)
    await asyncio.sleep(AGAIN / 2)
    async with asyncio.timeout(60):
        assert await batcher.join(open_one, "fan") == 1
    assert not answers
    is_mended = True
    await batcher.drain()
    assert answers == {"waits": 1}


async def test_one_whose_answer_fails_keeps_nobody_else_from_joining() -> None:
    """A connection may fail at what it had sent behind its join."""

    async def write(_: Pubkey, guests: Sequence[str]) -> list[int] | None:
        return [1 for _ in guests]

    def fails(_: str, outcome: object) -> None:
        raise RuntimeError(outcome)

    batcher, event, answers = JoinBatcher(write), Pubkey.default(), dict[str, object]()
    batcher.submit(event, "first", fails)
    batcher.submit(event, "second", answers.__setitem__)
    async with asyncio.timeout(60):
        assert await batcher.join(event, "third") == 1
    assert answers == {"second": 1}
    assert batcher.waiting == 0
