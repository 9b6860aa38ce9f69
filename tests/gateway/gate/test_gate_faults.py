"""What breaks between scanner and gateway, and that nobody goes in twice or is kept out by it."""

from pathlib import Path

import pytest
from conting_client import DeviceKey, Rpc, Scan, ScanKind, Tickets, Wallet, decode_shown
from conting_client.scanner import EntryWriter
from solders.keypair import Keypair

from tests.gateway.chain import HOUR
from tests.gateway.gate.door import Fan, challenge
from tests.gateway.gate.night import (
    AT_HOME,
    Device,
    Night,
    forged,
    register,
    revoked,
    undone,
)
from tests.gateway.orders.line import line_to
from tests.gateway.support import NOWHERE
from tests.gateway.waitroom.rooms import until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def writer(night: Night, folder: Path, name: str = "log") -> Device:
    device = night.device(night.north, folder, is_writer=True, name=name)
    assert await device.upkeep.round()
    assert device.keeper.known is not None
    assert device.keeper.known.head.writer == night.north.key
    return device


async def test_an_answer_that_was_lost_is_no_second_entry(night: Night, tmp_path: Path) -> None:
    """The gateway admitted, nobody heard it, and the writer decided by itself."""
    fan, device = night.home.pop(), await writer(night, tmp_path)
    data = await night.pass_of(fan)
    device.lan.eats_answers = True
    assert await device.scan(data) == (None, True)
    device.lan.eats_answers = False
    assert await device.upkeep.round()
    assert set(device.log.marks("synced").values()) == {"known"}
    assert "conflict" not in device.raised
    assert await device.entries.round() == 0
    entry = await Tickets(night.chain.rpc).entry(fan.ticket, 0)
    assert entry is not None
    assert await device.upkeep.finish()


async def test_a_second_code_after_a_lost_answer_is_the_same_entry(
    night: Night, tmp_path: Path
) -> None:
    fan, device = night.home.pop(), await writer(night, tmp_path)
    first, second = await night.pass_of(fan), await night.pass_of(fan)
    gateway = device.out.gateway
    assert gateway is not None
    _, scan = device.log.ask(device.key, at=int(device.clock()), shown=first)
    await gateway.sign_in(Wallet(device.key))
    told = await gateway.judge(
        night.show.address, first, session=0, scan=scan.encode(), log=device.log.id
    )
    assert told.verdict == "admitted"  # and the scanner crashed before it heard
    device.lan.cut = True
    assert await device.scan(second) == (None, True)
    device.lan.cut = False
    assert await device.upkeep.round()
    assert set(device.log.marks("synced").values()) == {"kept"}
    assert "conflict" not in device.raised
    assert await device.entries.round() == 0
    entry = await Tickets(night.chain.rpc).entry(fan.ticket, 0)
    assert entry is not None
    assert entry.data.nonce == second[100:116]
    assert await device.upkeep.finish()


async def gets_in_by_the_next_code(night: Night, device: Device, fan: Fan, first: bytes) -> None:
    """Nobody heard what came of the `first` one; it is that of the entry."""
    device.lan.eats_answers = False
    await device.upkeep.round()
    second = await night.pass_of(fan)
    for repeated in (False, True):  # nobody went in before
        later = await device.full(second)
        assert (later.reason, later.repeated) == (None, repeated)
    assert await device.scan(await night.pass_of(fan)) == ("already_in", True)
    assert await device.entries.round() == 0
    entry = await Tickets(night.chain.rpc).entry(fan.ticket, 0)
    assert entry is not None
    assert (entry.data.undone, entry.data.nonce) == (False, first[100:116])


async def test_who_was_admitted_unheard_gets_in_with_the_next_code(
    night: Night, tmp_path: Path
) -> None:
    """A scanner that may not decide alone, and a gateway that thinks the person is in."""
    fan, device = night.home.pop(), night.device(night.south, tmp_path)
    await device.upkeep.round()
    first = await night.pass_of(fan)
    device.lan.eats_answers = True
    assert await device.scan(first) == ("wrong_gate", True)
    await gets_in_by_the_next_code(night, device, fan, first)


async def test_who_is_admitted_unheard_after_an_entry_was_taken_back_gets_in_with_the_next_code(
    night: Night, tmp_path: Path
) -> None:
    fan, device = night.home.pop(), night.device(night.south, tmp_path)
    await device.upkeep.round()
    assert await device.scan(await night.pass_of(fan)) == (None, False)
    assert await device.entries.round() == 0
    await night.send(undone(night, fan), night.chief)
    night.gateway.now.ahead += 3  # past the gateway's two seconds with one reading of the chain
    await device.upkeep.round()
    device.lan.eats_answers = True
    first = await night.pass_of(fan)
    assert await device.scan(first) == ("wrong_gate", True)
    await gets_in_by_the_next_code(night, device, fan, first)


async def test_who_was_admitted_unheard_gets_in_by_that_code_though_another_answer_was_lost(
    night: Night, tmp_path: Path
) -> None:
    """A supervisor could not take back an entry of a code that the gateway never let in."""
    fan, device = night.home.pop(), night.device(night.south, tmp_path)
    await device.upkeep.round()
    first = await night.pass_of(fan)
    for shown, reason in ((first, "wrong_gate"), (await night.pass_of(fan), "already_in")):
        device.lan.eats_answers = True
        assert await device.scan(shown) == (reason, True)
        device.lan.eats_answers = False
        await device.upkeep.round()
    await gets_in_by_the_next_code(night, device, fan, first)
    await night.send(undone(night, fan), night.chief)
    night.gateway.now.ahead += 3  # past the gateway's two seconds with one reading of the chain
    await device.upkeep.round()
    assert await device.scan(await night.pass_of(fan)) == (None, False)


@pytest.mark.attack
async def test_who_went_in_by_another_log_of_this_key_is_not_let_in_for_a_question_that_was_lost(
    night: Night, tmp_path: Path
) -> None:
    """A spare device took over, with the same key; the first one comes back."""
    fan, device = night.home.pop(), night.device(night.south, tmp_path)
    await device.upkeep.round()
    device.lan.cut = True
    assert await device.scan(await night.pass_of(fan)) == ("wrong_gate", True)
    spare = night.device(night.south, tmp_path, name="spare")
    assert await spare.scan(await night.pass_of(fan)) == (None, False)
    device.lan.cut = False
    await device.upkeep.round()
    told = await device.full(await night.pass_of(fan))
    assert (told.reason, told.where, told.offline) == ("already_in", night.south.key, False)


async def test_who_was_admitted_unheard_gets_in_with_the_same_code_signed_anew(
    night: Night, tmp_path: Path
) -> None:
    """As P-256 phones do: the scanner gives its word for what it is shown now."""
    fan, device = night.chips.pop(), night.device(night.south, tmp_path)
    await device.upkeep.round()
    asked = await challenge(night.gateway, fan)
    first, second = (
        fan.phone.answer(asked, ticket=fan.ticket, now=asked.issued).encode() for _ in range(2)
    )
    assert first != second
    device.lan.eats_answers = True
    assert await device.scan(first) == ("wrong_gate", True)
    device.lan.eats_answers = False
    await device.upkeep.round()
    for shown, repeated in ((second, False), (second, True), (first, True)):
        later = await device.full(shown)
        assert (later.reason, later.offline, later.repeated) == (None, False, repeated)
    assert await device.entries.round() == 0
    assert await Tickets(night.chain.rpc).entry(fan.ticket, 0) is not None


async def test_a_gate_that_is_replaced_alive_leaves_evidence(night: Night, tmp_path: Path) -> None:
    fan, north = night.home.pop(), await writer(night, tmp_path)
    chief = night.device(night.chief, tmp_path, name="chief")
    north.lan.cut = True
    mine, theirs = await night.pass_of(fan), await night.pass_of(fan)
    assert await north.scan(mine) == (None, True)
    await chief.upkeep.take_over()
    assert await chief.scan(theirs) == (None, False)
    north.lan.cut = False
    await north.upkeep.round()
    await north.upkeep.round()
    assert "conflict" in north.raised
    assert chief.out.gateway is not None
    pairs = await chief.out.gateway.conflicts(night.show.address, session=0)
    (pair,) = [pair for pair in pairs if pair.second.gate == night.north.key]
    await require_kept(night, "conflicts")
    words = [Scan.decode(word.scan) for word in (pair.first, pair.second) if word.scan]
    assert [(word.gate, word.kind, word.shown) for word in words] == [
        (night.chief.key, ScanKind.ASKED, theirs),
        (night.north.key, ScanKind.ADMITTED, mine),
    ]
    assert await chief.entries.round() == 0
    assert await north.entries.round() == 0
    assert "conflict" in next(iter(north.log.marks("entry").values()))
    assert await chief.upkeep.finish()


async def test_scans_handed_over_twice_change_nothing(night: Night, tmp_path: Path) -> None:
    fan, device = night.home.pop(), await writer(night, tmp_path)
    device.lan.cut = True
    assert await device.scan(await night.pass_of(fan)) == (None, True)
    device.lan.cut, device.lan.eats_answers = False, True
    assert not await device.upkeep.round()
    (waiting,) = device.log.without("synced", 9, ScanKind.ADMITTED)
    device.lan.eats_answers = False
    gateway, event = device.out.gateway, night.show.address
    assert gateway is not None
    outcomes = [
        (await gateway.send_scans(event, [waiting.scan.encode()])).outcomes for _ in range(2)
    ]
    assert outcomes == [["kept"], ["known"]]
    assert await device.upkeep.round()
    assert await device.upkeep.finish()


@pytest.mark.attack
async def test_a_gate_makes_up_no_entries(night: Night, tmp_path: Path) -> None:
    """A bribed gate signs that a ticket was let in whose phone it never saw."""
    fan, device = night.home.pop(), await writer(night, tmp_path)
    genuine = await night.pass_of(fan)
    forged = genuine[:180] + bytes(Keypair().sign_message(genuine[:180]))
    scans = [
        Scan.sign(device.key, kind=ScanKind.ADMITTED, sequence=1, at=1, shown=forged).encode(),
        Scan.sign(device.key, kind=ScanKind.ASKED, sequence=1, at=1, shown=genuine).encode(),
        Scan.sign(Keypair(), kind=ScanKind.ADMITTED, sequence=1, at=1, shown=genuine).encode(),
        b"no scan at all",
    ]
    gateway = device.out.gateway
    assert gateway is not None
    await device.upkeep.round()
    found = await gateway.send_scans(night.show.address, scans)
    assert found.outcomes == ["unproven"] * 4
    assert await device.scan(genuine) == (None, False)
    assert await device.upkeep.finish()


async def test_a_revoked_gate_admits_nobody_and_still_tells(night: Night, tmp_path: Path) -> None:
    gate = await register(night.chain, night.show, AT_HOME)
    first, second = night.home.pop(), night.home.pop()
    device = night.device(gate, tmp_path, is_writer=True)
    await device.upkeep.round()
    device.lan.cut = True
    assert await device.scan(await night.pass_of(first)) == (None, True)
    await night.send(revoked(night, gate), night.show.organiser)
    night.gateway.now.ahead = 2  # past the second that the gateway knows a gate for
    device.lan.cut = False
    assert await device.upkeep.round()
    assert set(device.log.marks("synced").values()) == {"kept"}
    assert "gate_revoked" in device.raised
    assert await device.scan(await night.pass_of(second)) == ("gate_revoked", False)
    device.lan.cut = True
    assert await device.scan(await night.pass_of(second)) == ("gate_revoked", True)
    night.gateway.tokens.clear()
    heir = await writer(night, tmp_path, "heir")
    assert await heir.scan(await night.pass_of(second)) == (None, False)


async def test_a_clock_that_is_wrong_raises_an_alarm(night: Night, tmp_path: Path) -> None:
    fan, device = night.home.pop(), night.device(night.north, tmp_path)
    for ahead, raised in ((0.0, 0), (30.0, 1), (30.0, 1), (0.0, 1), (-30.0, 2)):
        device.clock.ahead = ahead
        await device.upkeep.round()
        about = [text for _, text in device.alarms if "the gateway's" in text]
        assert len(about) == raised
    assert "ahead of" in about[0]
    assert "behind" in about[1]
    assert any("was set by -30 s" in text for _, text in device.alarms)
    assert await device.scan(await night.pass_of(fan)) == (None, False)  # skew of scanners: online


async def test_an_entry_that_was_taken_back_lets_in_again_everywhere(
    night: Night, tmp_path: Path
) -> None:
    fan, device = night.home.pop(), await writer(night, tmp_path)
    first = await night.pass_of(fan)
    assert await device.scan(first) == (None, False)
    assert await device.entries.round() == 0
    await night.send(undone(night, fan), night.chief)
    night.gateway.now.ahead = 3  # past the gateway's two seconds with one reading of the chain
    await device.upkeep.round()
    device.lan.cut = True
    again = await night.pass_of(fan)
    assert await device.scan(again) == (None, True)
    assert await device.scan(await night.pass_of(fan)) == ("already_in", True)
    device.lan.cut = False
    await device.upkeep.round()
    assert set(device.log.marks("synced").values()) == {"kept"}
    assert await device.entries.round() == 0
    entry = await Tickets(night.chain.rpc).entry(fan.ticket, 0)
    assert entry is not None
    assert (entry.data.nonce, entry.data.undone) == (again[100:116], False)
    assert await device.upkeep.finish()


async def test_an_entry_that_was_taken_back_lets_in_again_at_another_gate(
    night: Night, tmp_path: Path
) -> None:
    fan, north = night.away.pop(), night.device(night.north, tmp_path, name="north")
    assert await north.scan(await night.pass_of(fan)) == (None, False)
    assert await north.entries.round() == 0
    await night.send(undone(night, fan), night.chief)
    south = night.device(night.south, tmp_path, name="south")
    assert await south.scan(await night.pass_of(fan)) == (None, False)
    assert await north.scan(await night.pass_of(fan)) == ("already_in", True)


async def test_an_entry_whose_answer_was_lost_is_found_on_chain(
    night: Night, tmp_path: Path
) -> None:
    fan, device = night.away.pop(), night.device(night.north, tmp_path)
    assert await device.scan(await night.pass_of(fan)) == (None, False)
    async with line_to(night.chain.rpc.url) as line, Rpc(line.url, timeout=2) as far:
        line.last = "sendTransaction"  # it arrives, and nothing comes back any more
        cut_off = EntryWriter(device.key, device.log, far, device.out.alarm)
        assert await cut_off.round() == 1

    async def is_there() -> bool:
        return await Tickets(night.chain.rpc).entry(fan.ticket, 0) is not None

    await until(is_there)
    assert await device.entries.round() == 0
    assert set(device.log.marks("entry").values()) == {"on chain"}


async def test_who_was_let_in_by_mistake_is_not_in_by_the_report(
    night: Night, tmp_path: Path
) -> None:
    """Nor is somebody whom the gateway has forgotten since, and the chain still names."""
    fan, device = night.home.pop(), await writer(night, tmp_path)
    gateway = device.out.gateway
    assert gateway is not None
    before = await gateway.report(night.show.address, session=0)
    assert await device.scan(await night.pass_of(fan)) == (None, False)
    assert await device.entries.round() == 0
    inside = await gateway.report(night.show.address, session=0)
    counted = inside.admitted, inside.on_chain, inside.undone
    assert counted == (before.admitted + 1, before.on_chain + 1, before.undone)
    await night.send(undone(night, fan), night.chief)
    redis, key = night.gateway.services.redis, f"conting:{{{night.show.address}}}:gate:0:in"
    for forgotten in (False, True):
        if forgotten:
            await redis.hdel(key, str(fan.ticket))
        after = await gateway.report(night.show.address, session=0)
        counted = after.admitted, after.on_chain, after.undone
        assert counted == (before.admitted, before.on_chain, before.undone + 1)
    assert await device.upkeep.finish()


async def test_a_node_that_is_away_leaves_the_entries_for_later(
    night: Night, tmp_path: Path
) -> None:
    fans = [night.home.pop() for _ in range(2)]
    device = await writer(night, tmp_path)
    for fan in fans:
        assert await device.scan(await night.pass_of(fan)) == (None, False)
    async with Rpc(NOWHERE, timeout=0.5) as nowhere:
        cut_off = EntryWriter(device.key, device.log, nowhere, device.out.alarm)
        for _ in range(3):
            assert await cut_off.round() == 2
    assert device.raised == ["entries_wait"] * 3  # who hears it spaces them
    assert await device.entries.round() == 0
    assert await device.entries.round() == 0
    assert set(device.log.marks("entry")) == {1, 2}
    assert await device.upkeep.finish()


async def test_an_entry_that_the_chain_will_never_take_is_told_once(
    night: Night, tmp_path: Path
) -> None:
    """The organiser takes the gate's right away between the verdict and the entry."""
    gate = await register(night.chain, night.show, AT_HOME)
    fan, device = night.home.pop(), night.device(gate, tmp_path)
    assert await device.scan(await night.pass_of(fan)) == (None, False)
    await night.send(revoked(night, gate), night.show.organiser)
    for _ in range(2):
        assert await device.entries.round() == 0
    assert device.raised == ["entry_failed"]


async def test_the_night_is_kept_until_a_day_after_the_event(night: Night, tmp_path: Path) -> None:
    """By whatever wrote last: a verdict, a refusal that spends nothing, a gate that comes back."""
    first, second = night.away.pop(), night.away.pop()
    device = night.device(night.south, tmp_path, is_writer=True)
    await device.upkeep.round()
    shown = await night.pass_of(first)
    assert await device.scan(shown) == (None, False)
    await require_kept(night, "in", "in-log", "tally")
    nonce = f"conting:{{{night.show.address}}}:nonce:{decode_shown(shown).spends.hex()}"
    ten_minutes = 600_000
    assert ten_minutes / 2 < await night.gateway.services.redis.pttl(nonce) <= ten_minutes
    elsewhere = night.device(night.north, tmp_path, name="elsewhere")
    assert await elsewhere.scan(await night.pass_of(second)) == ("wrong_gate", False)
    await require_kept(night, "tally")
    stranger = forged(night, second, phone=DeviceKey(Keypair()))
    assert await device.scan(stranger) == ("not_yours", False)
    await require_kept(night, "tally")
    device.lan.cut = True
    assert await device.scan(b"nothing") == ("malformed", True)
    assert await device.scan(await night.pass_of(second)) == (None, True)
    device.lan.cut = False
    await device.upkeep.round()
    await require_kept(night, "in", "in-log", "tally", "refusals")
    assert await device.upkeep.finish()


async def require_kept(night: Night, *names: str) -> None:
    """These keys of the night end a day after the event; then they are made to stay for ever."""
    redis, day = night.gateway.services.redis, 24 * HOUR
    rest = night.show.doors + 4 * HOUR - await night.chain.rpc.chain_time()
    for name in names:
        key = f"conting:{{{night.show.address}}}:gate:0:{name}"
        seconds = await redis.pttl(key) / 1000
        assert abs(seconds - (rest + day)) < HOUR / 2, name
        await redis.persist(key)


async def test_an_entry_on_chain_before_the_scan_is_handed_over_is_the_same(
    night: Night, tmp_path: Path
) -> None:
    """The node is reached before the gateway is: both words count one person."""
    fan, device = night.home.pop(), await writer(night, tmp_path)
    device.lan.cut = True
    assert await device.scan(await night.pass_of(fan)) == (None, True)
    assert await device.entries.round() == 0
    device.lan.cut = False
    gateway = device.out.gateway
    assert gateway is not None
    await gateway.sign_in(Wallet(device.key))
    before = await gateway.report(night.show.address, session=0)
    await device.upkeep.round()
    assert set(device.log.marks("synced").values()) == {"kept"}
    after = await gateway.report(night.show.address, session=0)
    assert after.offline == before.offline + 1
    assert after.admitted == before.admitted  # the chain had said so
    assert await device.upkeep.finish()


async def test_an_entry_after_one_that_was_taken_back_is_no_conflict_though_the_chain_has_it_first(
    night: Night, tmp_path: Path
) -> None:
    """Out and in again, by the group's writer alone, whose node is reached before its gateway."""
    fan, south = night.home.pop(), night.device(night.south, tmp_path, name="south")
    assert await south.scan(await night.pass_of(fan)) == (None, False)
    assert await south.entries.round() == 0
    await night.send(undone(night, fan), night.chief)
    night.gateway.now.ahead = 3  # past the gateway's two seconds with one reading of the chain
    north = await writer(night, tmp_path)
    north.lan.cut = True
    assert await north.scan(await night.pass_of(fan)) == (None, True)
    assert await north.entries.round() == 0
    north.lan.cut = False
    await north.upkeep.round()
    assert set(north.log.marks("synced").values()) == {"kept"}
    assert "conflict" not in north.raised
    assert await north.upkeep.finish()


@pytest.mark.attack
async def test_two_gates_that_let_in_are_a_conflict_though_the_chain_has_the_one_that_is_told_late(
    night: Night, tmp_path: Path
) -> None:
    fan, north = night.home.pop(), await writer(night, tmp_path)
    chief = night.device(night.chief, tmp_path, name="chief")
    north.lan.cut = True
    assert await north.scan(await night.pass_of(fan)) == (None, True)
    await chief.upkeep.take_over()
    assert await chief.scan(await night.pass_of(fan)) == (None, False)
    assert await north.entries.round() == 0
    north.lan.cut = False
    await north.upkeep.round()
    assert set(north.log.marks("synced").values()) == {"conflict"}
    assert await chief.upkeep.finish()


async def test_who_went_in_and_out_at_two_gates_gets_in_at_the_first_one_again(
    night: Night, tmp_path: Path
) -> None:
    """Supervisors have taken both entries back, of which the gateway knows which was the last."""
    fan = night.home.pop()
    north = night.device(night.north, tmp_path, name="north")
    south = night.device(night.south, tmp_path, name="south")
    for device in (north, south):
        assert await device.scan(await night.pass_of(fan)) == (None, False)
        assert await device.entries.round() == 0
        await night.send(undone(night, fan), night.chief)
        night.gateway.now.ahead += 3  # past the gateway's two seconds with one reading of the chain
        await north.upkeep.round()
    north.log.close()
    north = await writer(night, tmp_path, "north")
    north.lan.cut = True
    assert await north.scan(await night.pass_of(fan)) == ("already_in", True)
    north.lan.cut = False
    await north.upkeep.round()
    data = await night.pass_of(fan)
    for repeated in (False, True):
        told = await north.full(data)
        assert (told.reason, told.offline, told.repeated) == (None, False, repeated)
    assert await north.scan(await night.pass_of(fan)) == ("already_in", True)
    assert await north.entries.round() == 0
    entry = await Tickets(night.chain.rpc).entry(fan.ticket, 0)
    assert entry is not None
    assert (entry.data.undone, entry.data.nonce) == (False, data[100:116])
    assert await north.upkeep.finish()
