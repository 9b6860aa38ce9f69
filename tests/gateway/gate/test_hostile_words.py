"""What phones and rogue gates may say that is of the layout, and means nothing that can be."""

from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest
from conting_client import Answer, Scan, ScanKind, Tickets, Wallet
from conting_client.answers import GateScreen

from tests.gateway.gate.door import Fan
from tests.gateway.gate.night import Device, Night, forged, undone
from tests.gateway.support import Json

pytestmark = [pytest.mark.anyio, pytest.mark.attack, pytest.mark.slow]

END_OF_TIME = 2**63 - 1


async def asked(night: Night, gate: Wallet, data: bytes) -> Json:
    """The gateway's verdict."""
    path = f"/v1/events/{night.show.address}/gate/verify"
    return await night.gateway.ok("POST", path, who=gate, body={"pass": b64encode(data).decode()})


async def handed_over(night: Night, gate: Wallet, *scans: bytes) -> list[str]:
    """What the gateway makes of a gate's words."""
    path = f"/v1/events/{night.show.address}/gate/scans"
    body = {"scans": [b64encode(scan).decode() for scan in scans]}
    outcomes: list[str] = (await night.gateway.ok("POST", path, who=gate, body=body))["outcomes"]
    return outcomes


def word(gate: Wallet, shown: bytes, at: int) -> bytes:
    """A gate's word that it let somebody in."""
    kind = ScanKind.ADMITTED
    return Scan.sign(gate.keypair, kind=kind, sequence=1, at=at, shown=shown).encode()


async def test_an_answer_from_the_end_of_time_stops_neither_scanner_nor_gateway(
    night: Night, tmp_path: Path
) -> None:
    """Who is in shows once more what let them in, with another time."""
    fan, device = night.home.pop(), night.device(night.north, tmp_path)
    await device.upkeep.round()
    genuine = device.answer_of(fan)
    assert await device.scan(genuine) == (None, False)
    late = replace(Answer.decode(genuine), issued=END_OF_TIME).encode()
    assert await device.scan(late) == ("malformed", True)
    assert (await asked(night, night.north, late))["reason"] == "malformed"
    assert device.raised == []


async def test_a_word_from_the_end_of_time_hides_no_evidence(night: Night) -> None:
    fan, rogue, honest = night.home.pop(), night.north, night.chief
    assert await handed_over(night, rogue, word(rogue, forged(night, fan), END_OF_TIME)) == [
        "unproven"
    ]
    shown = forged(night, fan)
    assert (await asked(night, honest, shown))["verdict"] == "admitted"
    assert await handed_over(night, rogue, word(rogue, forged(night, fan), -1)) == ["unproven"]
    now = int(night.gateway.now())
    assert await handed_over(night, rogue, word(rogue, forged(night, fan), now)) == ["conflict"]
    path = f"/v1/events/{night.show.address}/gate/conflicts"
    pairs = (await night.gateway.ok("GET", path, who=honest))["conflicts"]
    assert str(rogue.key) in {pair["second"]["gate"] for pair in pairs}


async def test_one_pass_is_one_conflict_however_often_a_gate_tells_of_it(night: Night) -> None:
    """Else a gate that was bribed could fill Redis, and the organiser's list of evidence."""
    fan, rogue, honest = night.home.pop(), night.north, night.chief
    assert (await asked(night, honest, forged(night, fan)))["verdict"] == "admitted"
    path = f"/v1/events/{night.show.address}/gate/conflicts"
    before = (await night.gateway.ok("GET", path, who=honest))["conflicts"]
    shown, now = forged(night, fan), int(night.gateway.now())
    for at in (now, now - 1, now - 2):
        assert await handed_over(night, rogue, word(rogue, shown, at)) == ["conflict"]
    after = (await night.gateway.ok("GET", path, who=honest))["conflicts"]
    assert len(after) == len(before) + 1


async def test_nobody_is_in_at_a_session_that_is_none(night: Night, tmp_path: Path) -> None:
    """Whatever a gate and a phone agree on."""
    fan, device = night.home.pop(), night.device(night.north, tmp_path)
    sessions = (await Tickets(night.chain.rpc).event(night.show.address)).data.sessions
    shown, now = device.answer_of(fan, session=sessions), int(night.gateway.now())
    assert await handed_over(night, night.north, word(night.north, shown, now)) == ["unproven"]


async def entered(night: Night, device: Device, fan: Fan) -> None:
    """The fan is let in, and it is on chain."""
    assert await device.scan(await night.pass_of(fan)) == (None, False)
    assert await device.entries.round() == 0


async def taken_back(night: Night, device: Device, fan: Fan) -> None:
    """The supervisor takes the entry back, and everybody has heard of it."""
    await night.send(undone(night, fan), night.chief)
    night.gateway.now.ahead += 3  # past the gateway's two seconds with one reading of the chain
    await device.upkeep.round()


async def test_an_old_word_that_is_told_again_keeps_nobody_out(
    night: Night, tmp_path: Path
) -> None:
    """A supervisor has taken back the entry that it is about, and others after it."""
    fan, device = night.home.pop(), night.device(night.north, tmp_path, is_writer=True)
    await device.upkeep.round()
    device.lan.cut = True
    assert await device.scan(await night.pass_of(fan)) == (None, True)
    device.lan.cut = False
    (old,) = device.log.without("synced", 9, ScanKind.ADMITTED)
    assert await device.upkeep.round()
    assert await device.entries.round() == 0
    for _ in range(3):
        await taken_back(night, device, fan)
        assert await handed_over(night, night.north, old.scan.encode()) == ["known"]
        await entered(night, device, fan)
        assert await handed_over(night, night.north, old.scan.encode()) == ["known"]


async def test_a_scanner_without_a_manifest_takes_answers_to_its_own_screen_only(
    night: Night, tmp_path: Path
) -> None:
    """Its phone may have signed for every second of the evening, and be at home."""
    fan, device = night.home.pop(), night.device(night.north, tmp_path)
    assert device.keeper.known is None
    genuine = Answer.decode(device.answer_of(fan))
    other = GateScreen(device.key, night.show.address)
    shown = other.show(now=genuine.issued, slot=0, nonce=b"a screen of old.")
    early = fan.phone.answer_gate(shown, ticket=fan.ticket, event=night.show.address, session=0)
    assert await device.scan(early.encode()) == ("expired", True)
    assert await device.scan(genuine.encode()) == (None, False)
