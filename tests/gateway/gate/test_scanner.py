"""A scanner with and without its network: what it says, and that nobody goes in twice."""

import json
from base64 import b64decode, b64encode
from collections import Counter
from pathlib import Path

import httpx2
import pytest
from conting_client import DeviceKey, Tickets
from conting_client.answers import GateScreen
from conting_client.gate_api import GateClient
from conting_client.scanner import LogFault
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.gateway.gate.night import Night, forged
from tests.gateway.support import DOMAIN, way_to

pytestmark = pytest.mark.anyio


@pytest.mark.slow
async def test_online_the_gateway_decides_and_the_scanner_writes_the_entry(
    night: Night, tmp_path: Path
) -> None:
    fan, device = night.home.pop(), night.device(night.north, tmp_path)
    assert await device.upkeep.round()
    data = await night.pass_of(fan)
    verdict = await device.full(data)
    assert (verdict.reason, verdict.offline, verdict.repeated) == (None, False, False)
    assert (verdict.section, verdict.ticket) == (0, fan.ticket)
    again = await device.full(data)
    assert (again.reason, again.repeated, again.at) == (None, True, verdict.at)
    assert await device.entries.round() == 0
    entry = await Tickets(night.chain.rpc).entry(fan.ticket, 0)
    assert entry is not None
    assert entry.data.gate == night.north.key
    assert await device.scan(device.answer_of(fan)) == ("already_in", True)
    device.clock.ahead = 601  # ten minutes later it is one that is in
    assert await device.scan(data) == ("already_in", True)


@pytest.mark.slow
async def test_a_phone_that_signs_the_same_anew_hears_the_same(
    night: Night, tmp_path: Path
) -> None:
    """As P-256 phones do, whose signatures differ each time; with the gateway and without it."""
    device = night.device(night.north, tmp_path, is_writer=True)
    assert await device.upkeep.round()
    for cut in (False, True):
        device.lan.cut, fan = cut, night.chips.pop()
        first, second = device.answer_of(fan), device.answer_of(fan)
        assert first[:-64] == second[:-64]  # nonce and all, but for the signature
        assert first != second
        verdict = await device.full(first)
        assert (verdict.reason, verdict.offline) == (None, cut)
        again = await device.full(second)
        assert (again.reason, again.repeated, again.at) == (None, True, verdict.at)
        forged = first[:-64] + second[-64:-32] + first[-32:]
        assert await device.scan(forged) == ("already_in", True)
    device.lan.cut = False
    assert await device.upkeep.finish()


@pytest.mark.slow
async def test_who_was_sent_away_without_the_gateway_is_in_the_report(
    night: Night, tmp_path: Path
) -> None:
    """Once each, however often the scanner tells, and also by a scanner that was begun anew."""
    fan, device = night.home.pop(), night.device(night.south, tmp_path, name="away")
    assert await device.upkeep.round()
    before = await refused(night, night.south.key)
    device.lan.cut = True
    assert await device.scan(await night.pass_of(fan)) == ("wrong_gate", True)
    assert await device.scan(b"https://elsewhere.example") == ("malformed", True)
    assert await device.scan(b"https://elsewhere.example") == ("malformed", True)
    assert not await device.upkeep.round()
    assert await refused(night, night.south.key) == before
    device.lan.cut, device.lan.eats_answers = False, True
    assert not await device.upkeep.round()  # the gateway has heard it, and the scanner not that
    device.lan.eats_answers = False
    assert await device.upkeep.finish()
    assert (await refused(night, night.south.key)) - before == {"wrong_gate": 1, "malformed": 2}
    assert device.log.refused() == {"wrong_gate": 1, "malformed": 2}

    other = night.device(night.south, tmp_path, name="spare")
    assert await other.scan(b"nothing") == ("malformed", True)
    assert await other.upkeep.finish()
    assert (await refused(night, night.south.key)) - before == {"wrong_gate": 1, "malformed": 3}


class Older(httpx2.AsyncBaseTransport):
    """The way to a gateway that has no place for a scanner's refusals."""

    def __init__(self, under: httpx2.AsyncBaseTransport) -> None:
        self.under = under
        self.asked = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/refusals"):
            self.asked += 1
            request.url = request.url.copy_with(path="/v1/nothing")
        return await self.under.handle_async_request(request)


async def test_a_gateway_that_counts_no_refusals_alarms_nobody(
    night: Night, tmp_path: Path
) -> None:
    device = night.device(night.south, tmp_path)
    older = device.lan.under = Older(device.lan.under)
    assert await device.scan(b"nothing") == ("malformed", True)
    assert await device.upkeep.round()
    assert await device.upkeep.round()
    assert older.asked == 1
    assert await device.upkeep.finish()
    assert not device.raised


class Ailing(httpx2.AsyncBaseTransport):
    """The way to a gateway that refuses everything: one that has lost its Redis, for example."""

    def __init__(self, status: int = 503, code: str = "store_unavailable") -> None:
        self.status = status
        self.code = code

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = {"error": self.code, "detail": "Try again.", "retry_after": 1}
        return httpx2.Response(self.status, json=body, request=request)


@pytest.mark.slow
async def test_a_gateway_that_cannot_answer_is_one_that_is_away(
    night: Night, tmp_path: Path
) -> None:
    fan, device = night.home.pop(), night.device(night.north, tmp_path, is_writer=True)
    assert await device.upkeep.round()
    data = await night.pass_of(fan)
    well, device.lan.under = device.lan.under, Ailing()
    assert await device.scan(data) == (None, True)
    assert not await device.upkeep.round()
    # Not the gateway's sentence, which is for somebody who pays.
    assert device.alarms == [("offline", "the gateway cannot answer now: store_unavailable")]
    device.lan.under = well
    assert await device.upkeep.round()
    assert device.raised == ["offline", "online"]
    assert set(device.log.marks("synced").values()) == {"kept"}
    assert await device.upkeep.finish()


@pytest.mark.slow
async def test_a_refusal_of_anything_but_the_gate_itself_takes_no_right_away(
    night: Night, tmp_path: Path
) -> None:
    """The scanner decides alone for now, and by the gateway once that answers again."""
    first, second = night.home.pop(), night.home.pop()
    device = night.device(night.north, tmp_path, is_writer=True)
    assert await device.upkeep.round()
    passes = [await night.pass_of(fan) for fan in (first, second)]
    well, device.lan.under = device.lan.under, Ailing(404, "unknown_event")
    assert await device.scan(passes[0]) == (None, True)
    assert "gate_revoked" not in device.raised
    device.lan.under = well
    assert await device.scan(passes[1]) == (None, False)
    assert await device.upkeep.finish()


@pytest.mark.attack
@pytest.mark.slow
async def test_who_was_let_in_before_the_scanner_was_begun_anew_is_in(
    night: Night, tmp_path: Path
) -> None:
    """The gateway names this very gate, and the new log has asked about nobody."""
    fan, device = night.home.pop(), night.device(night.north, tmp_path, name="first")
    assert await device.scan(await night.pass_of(fan)) == (None, False)
    anew = night.device(night.north, tmp_path, name="anew")
    told = await anew.full(await night.pass_of(fan))
    assert (told.reason, told.where, told.offline) == ("already_in", night.north.key, False)


@pytest.mark.attack
@pytest.mark.slow
async def test_who_went_in_at_another_gate_is_not_let_in_for_a_question_that_was_lost(
    night: Night, tmp_path: Path
) -> None:
    """The gateway never heard of it: an answer that is missing is no admission."""
    fan, south = night.home.pop(), night.device(night.south, tmp_path, name="south")
    north = night.device(night.north, tmp_path, name="north")
    assert await south.upkeep.round()
    south.lan.cut = True
    assert await south.scan(await night.pass_of(fan)) == ("wrong_gate", True)
    assert await north.scan(await night.pass_of(fan)) == (None, False)
    south.lan.cut = False
    assert await south.upkeep.round()
    told = await south.full(await night.pass_of(fan))
    assert (told.reason, told.where, told.offline) == ("already_in", night.north.key, False)


@pytest.mark.attack
@pytest.mark.slow
async def test_an_answer_to_what_the_screen_never_showed_is_refused(
    night: Night, tmp_path: Path
) -> None:
    """Signed by the gate's own key, and so good enough for the gateway."""
    fan, device = night.home[0], night.device(night.north, tmp_path)
    assert await device.upkeep.round()
    event = night.show.address
    elsewhere = GateScreen(night.north.keypair, event)
    shown = elsewhere.show(now=int(device.clock()), slot=0, nonce=bytes(16))
    data = fan.phone.answer_gate(shown, event=event, ticket=fan.ticket).encode()
    assert await device.scan(data) == ("expired", True)


@pytest.mark.slow
async def test_each_verdict_shows_whether_the_scanners_clock_is_right(
    night: Night, tmp_path: Path
) -> None:
    """And that it is not, once while it stays so."""
    fan, device = night.home[0], night.device(night.north, tmp_path)
    for ahead, told in ((0, 0), (30, 1), (30, 1), (0, 1), (-30, 2)):
        device.clock.ahead = ahead
        stranger = forged(night, fan, phone=DeviceKey(Keypair()))
        assert await device.scan(stranger) == ("not_yours", False)
        assert device.raised == ["clock_skew"] * told


@pytest.mark.slow
async def test_a_scanner_that_never_had_a_manifest_lets_nobody_in_alone(
    night: Night, tmp_path: Path
) -> None:
    device, data = night.device(night.north, tmp_path), await night.pass_of(night.home[0])
    device.lan.cut = True
    assert await device.scan(data) == ("stale_manifest", True)


async def test_a_log_that_cannot_count_a_refusal_is_told(night: Night, tmp_path: Path) -> None:
    device, data = night.device(night.north, tmp_path), await night.pass_of(night.home[0])
    device.log.close()
    assert await device.scan(b"nothing") == ("malformed", True)
    assert device.raised == ["log_full"]
    assert await device.scan(data) == ("log_full", True)  # and nobody goes in
    assert device.raised == ["log_full"] * 2


class Altering(httpx2.AsyncBaseTransport):
    """The way to a gateway whose manifests are altered: of all of them, or of changes only."""

    def __init__(self, under: httpx2.AsyncBaseTransport, field: str, *, full: bool) -> None:
        self.under = under
        self.field = field
        self.full = full
        self.altered = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self.under.handle_async_request(request)
        if not request.url.path.endswith("/manifest"):
            return answer
        body = json.loads(await answer.aread())
        if self.full or not body["full"]:
            self.altered += 1
            body[self.field] = b64encode(bytes(len(b64decode(body[self.field])))).decode()
        return httpx2.Response(answer.status_code, json=body, request=request)


@pytest.mark.attack
@pytest.mark.slow
async def test_changes_that_do_not_fit_are_asked_for_as_a_whole(
    night: Night, tmp_path: Path
) -> None:
    device, other = (
        night.device(night.south, tmp_path),
        night.device(night.north, tmp_path, name="n"),
    )
    assert await device.upkeep.round()
    before = device.keeper.version
    assert await other.scan(await night.pass_of(night.home.pop())) == (None, False)
    device.lan.under = way = Altering(device.lan.under, "signature", full=False)
    assert await device.upkeep.round()
    assert way.altered == 1
    assert not device.raised
    assert await other.upkeep.round()
    assert device.keeper.version == other.keeper.version != before


@pytest.mark.attack
@pytest.mark.slow
async def test_a_manifest_that_nobody_signed_is_told_and_not_gone_by(
    night: Night, tmp_path: Path
) -> None:
    device = night.device(night.south, tmp_path)
    assert await device.upkeep.round()
    before = device.keeper.known
    device.lan.under = Altering(device.lan.under, "signature", full=True)
    assert await device.upkeep.round()
    assert device.raised == ["bad_manifest"]
    assert device.keeper.known is before


async def refused(night: Night, gate: Pubkey) -> Counter[str]:
    """How many a gate sent away for which reason, by the report of the night."""
    async with GateClient(f"http://{DOMAIN}", transport=way_to(night.gateway.app)) as client:
        await client.sign_in(night.show.organiser)
        report = await client.report(night.show.address, session=0)
    return Counter(next((each.refused for each in report.gates if each.gate == gate), {}))


async def test_offline_the_writer_admits_once_and_tells_when_it_is_back(
    night: Night, tmp_path: Path
) -> None:
    fan, device = night.home.pop(), night.device(night.north, tmp_path, is_writer=True)
    assert await device.upkeep.round()
    assert device.keeper.known is not None
    assert device.keeper.known.head.writer == night.north.key
    device.lan.cut = True
    first, second = await night.pass_of(fan), await night.pass_of(fan)
    assert await device.scan(first) == (None, True)
    assert (await device.full(first)).repeated
    assert await device.scan(second) == ("already_in", True)
    assert device.raised == ["offline"]

    elsewhere = night.device(night.south, tmp_path, name="south")
    refused = await elsewhere.full(await night.pass_of(fan))
    assert (refused.reason, refused.where, refused.group) == ("wrong_gate", night.north.key, 1)

    device.lan.cut = False
    assert await device.upkeep.round()
    assert device.raised == ["offline", "online"]
    assert set(device.log.marks("synced").values()) == {"kept"}
    refused = await elsewhere.full(await night.pass_of(fan))
    assert (refused.reason, refused.where) == ("already_in", night.north.key)
    assert await device.entries.round() == 0
    assert await device.upkeep.finish()


@pytest.mark.slow
async def test_answers_to_the_gates_screen_are_judged_offline(night: Night, tmp_path: Path) -> None:
    fan, device = night.home.pop(), night.device(night.north, tmp_path, is_writer=True)
    await device.upkeep.round()
    device.lan.cut = True
    data = device.answer_of(fan)
    assert await device.scan(data) == (None, True)
    assert await device.scan(device.answer_of(fan)) == (None, True)  # same screen
    device.clock.ahead = 11
    assert await device.scan(device.answer_of(fan)) == ("already_in", True)
    device.lan.cut = False
    await device.upkeep.round()
    assert set(device.log.marks("synced").values()) == {"kept"}
    assert await device.entries.round() == 0
    entry = await Tickets(night.chain.rpc).entry(fan.ticket, 0)
    assert entry is not None
    assert entry.data.gate == night.north.key
    assert await device.upkeep.finish()


@pytest.mark.slow
async def test_the_same_code_after_a_lost_answer_is_not_called_a_copy(
    night: Night, tmp_path: Path
) -> None:
    """Who stands there was told to wait: "let nobody else in" would keep them out for good."""
    fan, device = night.home.pop(), night.device(night.north, tmp_path)
    await device.upkeep.round()
    data = await night.pass_of(fan)
    device.lan.eats_answers = True
    assert await device.scan(data) == ("offline", True)
    device.lan.eats_answers = False
    await device.upkeep.round()
    for repeated in (False, True):
        told = await device.full(data)
        assert (told.reason, told.repeated) == (None, repeated)


def is_full(*_: object, **__: object) -> None:
    raise LogFault("the disk is full")


@pytest.mark.slow
async def test_a_night_is_not_finished_while_no_note_can_be_made_of_what_was_handed_over(
    night: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fan, device = night.home.pop(), night.device(night.north, tmp_path, is_writer=True)
    assert await device.upkeep.round()
    device.lan.cut = True
    assert await device.scan(await night.pass_of(fan)) == (None, True)
    device.lan.cut = False
    with monkeypatch.context() as broken:
        broken.setattr(device.log, "mark", is_full)
        assert not await device.upkeep.finish()
    assert device.raised == ["offline", "online", "log_full"]
    assert await device.upkeep.finish()
    assert device.log.count_without("synced") == 0


@pytest.mark.attack
@pytest.mark.slow
@pytest.mark.parametrize("started_again", [False, True])
async def test_an_admission_that_cannot_be_written_down_is_not_told(
    night: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, started_again: bool
) -> None:
    """The disk fills after the gateway was asked. Once there is room one person goes in."""
    fan, device = night.home.pop(), night.device(night.north, tmp_path)
    assert await device.upkeep.round()
    first, second = await night.pass_of(fan), await night.pass_of(fan)
    with monkeypatch.context() as broken:
        broken.setattr(device.log, "settle", is_full)
        for data in (first, first, second):
            assert await device.scan(data) == ("log_full", True)
    assert device.raised == ["log_full"] * 3
    if started_again:
        device.log.close()
        device = night.device(night.north, tmp_path)
    for data, repeated in ((second, False), (second, True), (first, True)):
        told = await device.full(data)
        assert (told.reason, told.repeated) == (None, repeated)
    assert await device.scan(await night.pass_of(fan)) == ("already_in", True)
    assert await device.entries.round() == 0
    entry = await Tickets(night.chain.rpc).entry(fan.ticket, 0)
    assert entry is not None
    assert entry.data.nonce == first[100:116]
