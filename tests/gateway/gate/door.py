"""From a bought ticket to the gate: challenges, answers, verdicts, and the entry on chain."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass

from conting_client import (
    Challenge,
    DeviceKey,
    P256Secret,
    Pass,
    Wallet,
    build,
    device_proof,
    parse_device_key,
    sign,
)
from conting_client.generated.ticket import check_in, gate_address, mint_address
from conting_gateway.gate.store import GateStore
from conting_gateway.redis import Redis
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.signature import Signature

from tests.gateway.chain import Chain, Show
from tests.gateway.support import Gateway, Json


@dataclass(frozen=True)
class Fan:
    """Somebody with a ticket and the phone that answers for it."""

    wallet: Wallet
    phone: DeviceKey
    ticket: Pubkey


async def sell(
    chain: Chain,
    gateway: Gateway,
    show: Show,
    *seats: int,
    phones: Callable[[], Keypair | P256Secret] = Keypair,
) -> list[Fan]:
    """Sells seats past the queue; the sale has to be open."""
    fans = []
    for seat in seats:
        wallet, phone = await chain.fund(), DeviceKey(phones())
        admission = Wallet(gateway.keys.admission)
        fans.append(Fan(wallet, phone, await chain.buy(show, admission, wallet, seat, phone.key)))
    return fans


async def to_the_doors(chain: Chain, gateway: Gateway, show: Show) -> None:
    """Moves the chain's clock on until the doors of a show open."""
    await chain.advance_to(show.doors)
    await known_for_hours(gateway.services.redis, show.address)


async def known_for_hours(redis: Redis, event: Pubkey) -> None:
    """As if a scanner had fetched a manifest long before: which Redis serves the event is known.

    Otherwise the first verdict waits for two seconds, as test_losses.py shows.
    """
    await GateStore(redis).admissions(event, 0)
    await redis.hset(f"conting:{{{event}}}:gate:run", "until", "0")


def challenge_path(ticket: Pubkey) -> str:
    return f"/v1/tickets/{ticket}/challenge"


async def challenge(gateway: Gateway, fan: Fan, session: int = 0) -> Challenge:
    path, body = challenge_path(fan.ticket), {"session": session}
    answer = await gateway.ok("POST", path, who=fan.wallet, body=body)
    return Challenge.decode(b64decode(answer["challenge"]))


async def make_pass(gateway: Gateway, fan: Fan, session: int = 0) -> bytes:
    asked = await challenge(gateway, fan, session)
    return fan.phone.answer(
        asked, ticket=fan.ticket, session=asked.session, now=asked.issued
    ).encode()


async def verify(gateway: Gateway, show: Show, gate: Wallet, data: bytes) -> Json:
    path = f"/v1/events/{show.address}/gate/verify"
    return await gateway.ok("POST", path, who=gate, body={"pass": b64encode(data).decode()})


async def write_entry(chain: Chain, show: Show, gate: Wallet, answer: Json) -> None:
    """What a gate does with a verdict: the check of the phone's signature, then the entry."""
    told, ticket = answer["check_in"], Pubkey.from_string(answer["ticket"])
    nonce, device = b64decode(told["nonce"]), parse_device_key(told["device_key"])
    message = (
        b"conting:entry:v1"
        + bytes(show.address)
        + bytes(ticket)
        + (bytes(gate.key) if told["gate_bound"] else bytes(32))
        + nonce
        + told["session"].to_bytes(2, "little")
        + told["expires"].to_bytes(8, "little")
    )
    signature = Signature.from_bytes(b64decode(told["device_signature"]))
    entry = check_in(
        gate_key=gate.key,
        event=show.address,
        gate=gate_address(event=show.address, key=gate.key),
        ticket=ticket,
        person=Pubkey.from_string(told["person"]),
        mint=mint_address(ticket=ticket),
        session=told["session"],
        nonce=nonce,
        expires=told["expires"],
        gate_bound=told["gate_bound"],
    )
    steps = [device_proof(signature, device, message), entry]
    recent = await chain.rpc.latest_blockhash()
    await chain.rpc.send(sign(build(gate.key, steps, recent.hash), gate.keypair))


def answered_by(stranger: Keypair, asked: Challenge) -> bytes:
    """A pass whose answer another key gave."""
    return Pass(asked, stranger.sign_message(asked.entry_message().encode())).encode()
