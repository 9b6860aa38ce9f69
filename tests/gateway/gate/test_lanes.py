"""Each kind of phone at an online gate: Ed25519 and P-256 in both lanes, passkeys in one."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass

import pytest
from conting_client import (
    Challenge,
    GateChallenge,
    P256Secret,
    PasskeyPass,
    Wallet,
    passkey_challenge,
)
from conting_client.tickets import Tickets
from solders.keypair import Keypair

from tests.gateway.chain import Chain, Show
from tests.gateway.gate.door import (
    Fan,
    challenge,
    make_pass,
    sell,
    to_the_doors,
    verify,
    write_entry,
)
from tests.gateway.support import DOMAIN, Gateway, Json

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Door:
    """An open show, two gates, and one person with each kind of phone."""

    gateway: Gateway
    chain: Chain
    show: Show
    north: Wallet
    south: Wallet
    plain: Fan
    chip: Fan
    secret: P256Secret
    """Of `chip`."""

    async def verify(self, data: bytes, gate: Wallet | None = None) -> Json:
        return await verify(self.gateway, self.show, gate or self.north, data)

    async def verdict(self, data: bytes, gate: Wallet | None = None) -> str:
        answer = await self.verify(data, gate)
        return str(answer["reason"] or answer["verdict"])

    def screen(self, gate: Wallet, ago: int = 0) -> GateChallenge:
        """What the gate's screen shows, or has shown so many seconds before."""
        return GateChallenge.issue(
            gate.keypair,
            issued=int(self.gateway.now()) - ago,
            slot=0,
            event=self.show.address,
            nonce=secrets.token_bytes(16),
        )

    def answer(self, fan: Fan, shown: GateChallenge) -> bytes:
        return fan.phone.answer_gate(shown, event=self.show.address, ticket=fan.ticket).encode()

    async def is_in(self, fan: Fan) -> bool:
        return await Tickets(self.chain.rpc).entry(fan.ticket, 0) is not None


@pytest.fixture
async def door(gateway: Gateway, chain: Chain) -> Door:
    secret = P256Secret.generate()
    show = await chain.make_show(gateway.keys.admission.pubkey())
    north, south = await chain.register_gate(show), await chain.register_gate(show)
    await chain.advance_to(show.opens)
    (plain,) = await sell(chain, gateway, show, 0)
    (chip,) = await sell(chain, gateway, show, 1, phones=lambda: secret)
    await to_the_doors(chain, gateway, show)
    return Door(gateway, chain, show, north, south, plain, chip, secret)


def assertion(secret: P256Secret, asked: Challenge, origin: str) -> bytes:
    """What a browser and its authenticator make of the challenge."""
    bound = urlsafe_b64encode(passkey_challenge(asked.entry_message())).rstrip(b"=").decode()
    said = json.dumps({"type": "webauthn.get", "challenge": bound, "origin": origin}).encode()
    authenticator = hashlib.sha256(DOMAIN.encode()).digest() + b"\x1d" + bytes(4)
    signature = secret.sign_message(authenticator + hashlib.sha256(said).digest())
    return PasskeyPass(asked, signature, authenticator, said).encode()


@pytest.mark.slow
async def test_a_p256_phone_shows_a_pass_and_the_chain_checks_its_proof(door: Door) -> None:
    answer = await door.verify(await make_pass(door.gateway, door.chip))
    assert (answer["verdict"], answer["proof"]) == ("admitted", "device")
    await write_entry(door.chain, door.show, door.north, answer)
    assert await door.is_in(door.chip)


@pytest.mark.slow
async def test_both_kinds_of_phone_answer_the_gates_screen_and_enter(door: Door) -> None:
    shown = door.screen(door.north)
    for fan in (door.plain, door.chip):
        answer = await door.verify(door.answer(fan, shown))
        assert (answer["verdict"], answer["check_in"]["gate_bound"]) == ("admitted", True)
        await write_entry(door.chain, door.show, door.north, answer)
        assert await door.is_in(fan)


@pytest.mark.slow
async def test_a_lost_answer_is_given_again_and_another_one_is_not(door: Door) -> None:
    data = door.answer(door.plain, door.screen(door.north))
    first = await door.verify(data)
    door.gateway.now.ahead = 60
    door.gateway.tokens.clear()
    assert await door.verify(data) == first | {"repeated": True}
    later = door.answer(door.plain, door.screen(door.south))
    assert await door.verdict(later, door.south) == "already_in"


@pytest.mark.attack
@pytest.mark.slow
async def test_a_phone_that_signs_the_same_again_has_the_same_verdict(door: Door) -> None:
    """No two P-256 signatures are alike; with the same nonce it is the same try all the same."""
    asked, shown = await challenge(door.gateway, door.chip), door.screen(door.north)
    ticket, phone = door.chip.ticket, door.chip.phone
    first, second = (phone.answer(asked, ticket=ticket, now=asked.issued) for _ in range(2))
    assert first.encode() != second.encode()
    admitted = await door.verify(first.encode())
    assert admitted["verdict"] == "admitted"
    forged = second.encode()[:-64] + bytes(door.secret.sign_message(b"anything else"))
    assert await door.verdict(forged) == "bad_signature"
    for later in (0, 60):  # also when it has expired
        door.gateway.now.ahead = later
        door.gateway.tokens.clear()
        again = await door.verify(second.encode())
        assert (again["verdict"], again["repeated"]) == ("admitted", True)
        assert again["at"] == admitted["at"]
        assert await door.verdict(forged) == "bad_signature"
    door.gateway.now.ahead = 0
    door.gateway.tokens.clear()
    assert await door.verdict(second.encode(), door.south) == "replayed"
    assert await door.verdict(door.answer(door.chip, shown)) == "already_in"
    await write_entry(door.chain, door.show, door.north, again)


@pytest.mark.attack
@pytest.mark.slow
async def test_an_answer_serves_only_the_gate_that_asked_and_not_for_long(door: Door) -> None:
    data = door.answer(door.plain, door.screen(door.north))
    assert await door.verdict(data, door.south) == "wrong_gate"
    stale = door.answer(door.plain, door.screen(door.north, ago=20))
    assert await door.verdict(stale) == "expired"
    ahead = door.answer(door.plain, door.screen(door.north, ago=-20))
    assert await door.verdict(ahead) == "expired"
    assert await door.verdict(data) == "admitted"


@pytest.mark.slow
@pytest.mark.attack
async def test_another_phones_answer_is_refused_and_spends_nothing(door: Door) -> None:
    shown = door.screen(door.north)
    thief = Fan(door.plain.wallet, door.chip.phone, door.plain.ticket)
    assert await door.verdict(door.answer(thief, shown)) == "not_yours"
    honest = door.answer(door.plain, shown)
    forged = honest[:-64] + bytes(Keypair().sign_message(b"anything"))
    assert await door.verdict(forged) == "bad_signature"
    assert await door.verdict(honest) == "admitted"


@pytest.mark.slow
async def test_a_passkey_is_taken_as_the_lower_class(door: Door) -> None:
    asked = await challenge(door.gateway, door.chip)
    data = assertion(door.secret, asked, f"https://{DOMAIN}")
    answer = await door.verify(data)
    assert (answer["verdict"], answer["proof"]) == ("admitted", "passkey")
    assert answer["check_in"] is None
    assert await door.verify(data) == answer | {"repeated": True}
    again = await make_pass(door.gateway, door.chip)
    assert await door.verdict(again, door.south) == "already_in"


@pytest.mark.slow
@pytest.mark.attack
async def test_a_passkey_used_on_another_page_or_by_another_is_refused(door: Door) -> None:
    asked = await challenge(door.gateway, door.chip)
    phished = assertion(door.secret, asked, "https://tickets.example.evil.example")
    assert await door.verdict(phished) == "bad_signature"
    stranger = assertion(P256Secret.generate(), asked, f"https://{DOMAIN}")
    assert await door.verdict(stranger) == "bad_signature"
    not_mine = await challenge(door.gateway, door.plain)
    assert await door.verdict(assertion(door.secret, not_mine, f"https://{DOMAIN}")) == (
        "bad_signature"
    )
    honest = assertion(door.secret, asked, f"https://{DOMAIN}")
    assert await door.verdict(honest) == "admitted"
