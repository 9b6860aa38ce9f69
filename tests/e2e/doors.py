"""A show whose doors are open: gates, holders, and one who gave the ticket back in time."""

import asyncio
import secrets
import time
from dataclasses import dataclass, field

from conting_client import MAX_LIFETIME, Challenge, Pass
from conting_client.gateway_answers import GateAnswer
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.e2e.people import Fan, Show, Town

SALE_SECONDS = 3600


@dataclass
class Doors:
    """The night of a show."""

    event: Show
    gate_a: Fan
    gate_b: Fan
    refunded: Fan
    photographed: tuple[Fan, Pass]
    """A holder, and a pass of theirs that somebody photographed when the doors opened."""
    stock: list[Fan] = field(default_factory=list)

    async def holder(self) -> Fan:
        """A fan with a ticket that nothing has happened to yet."""
        fan = self.stock.pop()
        await fan.sign_in()
        return fan

    def quiet_holder(self) -> Fan:
        """Likewise, without a session."""
        return self.stock.pop()

    async def show(self, gate: Fan, shown: Pass) -> GateAnswer:
        """What the gate says to the pass."""
        return await gate.gateway.verify_pass(self.event.address, shown.encode())

    def pass_of(self, fan: Fan, challenge_key: Keypair, *, session: int = 0) -> Pass:
        """See below."""
        return pass_of(self.event.address, fan, challenge_key, session=session)


def pass_of(event: Pubkey, fan: Fan, challenge_key: Keypair, *, session: int = 0) -> Pass:
    """A pass whose challenge this key issues now, without a look at the chain."""
    now = int(time.time())
    issued = Challenge.issue(
        challenge_key,
        session=session,
        issued=now,
        expires=now + MAX_LIFETIME,
        event=event,
        ticket=fan.ticket,
        device_key=fan.phone.pubkey(),
        nonce=secrets.token_bytes(16),
    )
    return Pass(issued, fan.phone.sign_message(issued.entry_message().encode()))


async def open_doors(town: Town, holders: int) -> Doors:
    """Sells the tickets on chain, takes one back, and moves the clock on to the doors."""
    show = await town.announce(sessions=2, closes_in=SALE_SECONDS)
    gate_a, gate_b = await asyncio.gather(town.register_gate(show), town.register_gate(show))
    fans = [town.person() for _ in range(holders + 2)]
    await town.fund(*(fan.wallet for fan in fans))
    await town.register(*fans)
    await town.advance_to(show.opens)
    await town.sell(show, dict(enumerate(fans)))
    refunded, photographed, *stock = fans
    await town.refund(show, refunded)
    await town.advance_to(show.doors)
    await town.gateway_sees(show, show.doors)
    await asyncio.gather(refunded.sign_in(), photographed.sign_in())
    screenshot = await photographed.new_pass()
    return Doors(show, gate_a, gate_b, refunded, (photographed, screenshot), stock)
