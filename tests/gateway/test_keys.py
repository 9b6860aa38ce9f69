"""Keys that turn while gateways run: rings, their files, and two replicas that turn apart."""

import contextlib
import json
import logging
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from math import inf
from pathlib import Path

import pytest
from conting_client import Rpc, save_keypair
from conting_gateway.config import Settings
from conting_gateway.keys import KeyFileError, KeyRing, RingKey, load_keys
from conting_gateway.redis import Redis
from conting_localnet import LocalnetProcess
from solders.keypair import Keypair

from tests.gateway.chain import Chain
from tests.gateway.gate.door import challenge, make_pass, sell, to_the_doors, verify
from tests.gateway.support import Gateway, Start, fresh_keys

A, B, C = (Keypair.from_seed(bytes([n]) * 32) for n in (1, 2, 3))


@dataclass
class Hands:
    """A clock that a test sets."""

    at: float

    def __call__(self) -> float:
        return self.at


def names(ring: KeyRing) -> list[object]:
    return [each.key for each in ring.accepted()]


def test_a_ring_signs_with_the_key_whose_time_came_last_and_takes_all_that_have_not_ended() -> None:
    clock = Hands(50)
    ring = KeyRing([RingKey(B, start=100), RingKey(A, until=200)], clock)
    assert (ring.signer, names(ring)) == (A, [A.pubkey(), B.pubkey()])
    clock.at = 100
    assert (ring.signer, names(ring)) == (B, [B.pubkey(), A.pubkey()])
    clock.at = 200
    assert (ring.signer, names(ring)) == (B, [B.pubkey()])
    assert ring.holding(A.pubkey()) is None
    assert ring.holding(B.pubkey()) == B


def test_a_ring_in_which_no_key_may_sign_is_refused_and_the_old_one_stays() -> None:
    clock = Hands(50)
    ring = KeyRing.of(A, clock)
    for keys in ([], [RingKey(B, start=51)], [RingKey(B, until=50)]):
        with pytest.raises(KeyFileError):
            ring.replace(keys)
    assert ring.signer == A


def test_a_ring_whose_last_key_has_ended_holds_none() -> None:
    clock = Hands(50)
    ring = KeyRing([RingKey(A, until=100)], clock)
    assert (ring.holding(A.pubkey()), ring.holding(B.pubkey())) == (A, None)
    clock.at = 100
    assert ring.holding(A.pubkey()) is None


def test_a_ring_tells_when_nobody_may_sign_any_more() -> None:
    clock = Hands(50)
    for keys, ends in (
        ([RingKey(A)], inf),
        ([RingKey(A, until=200), RingKey(B, start=100)], inf),
        ([RingKey(A, until=200)], 200),
        ([RingKey(A, until=200), RingKey(B, start=201)], 200),
        ([RingKey(A, until=200), RingKey(B, start=100, until=300)], 300),
        ([RingKey(A, until=20), RingKey(B)], inf),
        ([RingKey(A, until=20), RingKey(B, start=40)], inf),
    ):
        assert KeyRing(keys, clock).ends == ends


def test_keys_that_end_without_another_one_are_told_at_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    save_keypair(A, tmp_path / "a.json")
    ring = tmp_path / "ring.json"
    ring.write_text(json.dumps({"keys": [{"file": "a.json", "until": 200}]}))
    clock = Hands(50)
    settings = Settings(challenge_key=ring, admission_key=tmp_path / "a.json")
    keys = load_keys(settings, clock, bytes)
    keys.reload(settings)
    told = [each for each in caplog.messages if "may sign" in each]
    assert told == ["no challenge key may sign from 200 on: put another one into its ring"] * 2


def test_a_key_is_named_by_its_hash() -> None:
    made = RingKey(A)
    assert len({made.id, RingKey(B).id}) == 2
    assert made.until == inf
    assert int(made.id, 16) < 2**32


def settings_for(path: Path) -> Settings:
    return Settings(challenge_key=path)


def ring_file(folder: Path, *entries: dict[str, object]) -> Path:
    for name, keypair in (("a", A), ("b", B)):
        path = folder / f"{name}.json"
        if not path.exists():
            save_keypair(keypair, path)
    path = folder / "ring.json"
    path.write_text(json.dumps({"keys": entries}))
    return path


def test_ring_files_and_keypair_files_are_read(tmp_path: Path) -> None:
    path = ring_file(tmp_path, {"file": "a.json", "until": 200}, {"file": "b.json", "from": 100})
    clock = Hands(99)
    keys = load_keys(settings_for(path), clock, bytes)
    assert keys.challenge.signer == A
    clock.at = 100
    assert keys.challenge.signer == B
    assert load_keys(settings_for(tmp_path / "a.json"), clock, bytes).challenge.signer == A


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"keys": []}',
        '{"keys": [{}]}',
        '{"keys": [{"file": "none.json"}]}',
        '{"keys": [{"file": "a.json", "form": 1}]}',
        '{"keys": [{"file": "a.json", "until": 1}]}',
        '{"keys": [{"file": "ring.json"}]}',
        "[1]",
        "null",
        '"a"',
        "",
    ],
)
def test_a_file_that_is_no_ring_is_named_and_changes_nothing(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = ring_file(tmp_path, {"file": "a.json"})
    keys = load_keys(settings_for(path), Hands(50), bytes)
    path.write_text(text)
    with pytest.raises(KeyFileError):
        load_keys(settings_for(path), Hands(50), bytes)
    with caplog.at_level(logging.ERROR):
        keys.reload(settings_for(path))
    assert "challenge" in caplog.text
    assert keys.challenge.signer == A


def test_reading_the_files_again_turns_the_ring(tmp_path: Path) -> None:
    path = ring_file(tmp_path, {"file": "a.json"})
    keys = load_keys(settings_for(path), Hands(50), bytes)
    ring_file(tmp_path, {"file": "a.json", "until": 60}, {"file": "b.json"})
    keys.reload(settings_for(path))
    assert names(keys.challenge) == [B.pubkey(), A.pubkey()]


def test_a_sponsor_pays_only_for_organisers_who_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ring_file(tmp_path, {"file": "a.json"})
    assert load_keys(Settings(), Hands(50), bytes).sponsor is None
    monkeypatch.setenv("CONTING_SPONSOR_KEY", str(path))
    with pytest.raises(ValueError, match="CONTING_SPONSOR_ORGANISERS"):
        Settings()
    monkeypatch.setenv("CONTING_SPONSOR_ORGANISERS", json.dumps([str(C.pubkey())]))
    settings = Settings()
    assert settings.sponsor_organisers == {str(C.pubkey())}
    keys = load_keys(settings, Hands(50), bytes)
    assert keys.sponsor is not None
    assert names(keys.sponsor) == [A.pubkey()]
    ring_file(tmp_path, {"file": "a.json", "until": 60}, {"file": "b.json"})
    keys.reload(settings)
    assert names(keys.sponsor) == [B.pubkey(), A.pubkey()]
    monkeypatch.setenv("CONTING_SPONSOR_ORGANISERS", '["nobody"]')
    with pytest.raises(ValueError, match="sponsor_organisers"):
        Settings()


@contextlib.asynccontextmanager
async def replicas(redis: Redis, rpc: Rpc, start: Start) -> AsyncIterator[tuple[Gateway, Gateway]]:
    keys = fresh_keys()
    async with start(redis, rpc, keys=keys) as one, start(redis, rpc, keys=keys) as other:
        yield one, other


async def published(gateway: Gateway, purpose: str = "challenge") -> list[tuple[str, bool]]:
    told = await gateway.ok("GET", "/v1/keys")
    return [(each["key"], each["signs"]) for each in told[purpose]]


@pytest.mark.anyio
@pytest.mark.slow
async def test_two_replicas_that_turn_at_different_times_refuse_no_pass(
    redis: Redis, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    async with Rpc(node.rpc_url) as rpc, replicas(redis, rpc, start) as (one, other):
        show = await chain.make_show(one.keys.admission.pubkey())
        gate = await chain.register_gate(show)
        await chain.advance_to(show.opens)
        fans = await sell(chain, one, show, 0, 1, 2)
        await to_the_doors(chain, one, show)
        for replica in (one, other):
            replica.now.stop()  # on a busy machine the five seconds below would pass by themselves
        old, turn = one.keys.challenge, one.now() + 3600
        assert await published(one) == [(str(old.pubkey()), True)]

        turning = [RingKey(old, until=turn + 600), RingKey(C, start=turn)]
        for replica in (one, other):
            replica.services.keys.challenge.replace(turning)
            told = [(str(old.pubkey()), True), (str(C.pubkey()), False)]
            assert await published(replica) == told

        one.now.ahead = 3601  # this clock has passed the turn, the other one's has not
        other.now.ahead = 3595
        for replica in (one, other):
            replica.tokens.clear()
        assert await published(one) == [(str(C.pubkey()), True), (str(old.pubkey()), False)]
        (await challenge(one, fans[0])).verify(C.pubkey())
        (await challenge(other, fans[1])).verify(old.pubkey())
        new, late = await make_pass(one, fans[0]), await make_pass(other, fans[1])
        assert (await verify(other, show, gate, new))["verdict"] == "admitted"
        assert (await verify(one, show, gate, late))["verdict"] == "admitted"

        one.now.ahead = 3600 + 600
        one.tokens.clear()
        assert await published(one) == [(str(C.pubkey()), True)]
        other.now.ahead = 3595
        forged = await make_pass(other, fans[2])
        assert (await verify(one, show, gate, forged))["reason"] == "bad_signature"


@pytest.mark.anyio
@pytest.mark.slow
async def test_keys_that_have_all_ended_are_told_until_there_is_another(
    gateway: Gateway, chain: Chain
) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    gate = await chain.register_gate(show)
    await chain.advance_to(show.opens)
    (fan,) = await sell(chain, gateway, show, 0)
    await to_the_doors(chain, gateway, show)
    shown = await make_pass(gateway, fan)
    ring, last = gateway.services.keys.challenge, gateway.keys.challenge
    ring.replace([RingKey(last, until=gateway.now() + 60)])
    gateway.now.ahead = 61
    event = f"/v1/events/{show.address}"
    body = {"pass": b64encode(shown).decode()}
    asked = [
        ("GET", "/v1/keys", None, None),
        ("GET", event, None, None),
        ("GET", f"{event}/gate/manifest", gate, None),
        ("POST", f"{event}/gate/verify", gate, body),
        ("POST", f"/v1/tickets/{fan.ticket}/challenge", fan.wallet, None),
    ]
    for method, path, who, sent in asked:
        answer = await gateway.call(method, path, who=who, body=sent)
        assert (answer.status_code, answer.json()["error"]) == (503, "keys_ended"), path
    ring.replace([RingKey(C)])
    for method, path, who, sent in asked:
        await gateway.ok(method, path, who=who, body=sent)
