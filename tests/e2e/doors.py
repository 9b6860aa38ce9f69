"""A show whose doors are open: gates, holders, and one who gave the ticket back in time."""

import asyncio
import secrets
import time
from dataclasses import dataclass, field

from conting_client import MAX_LIFETIME, Challenge, Pass
from conting_client.gateway_answers import GateAnswer
from solders.keypair import Keypair

from tests.e2e.people import POLL_SECONDS, Fan, Show, Town

STOCK = 30
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

    async def show(self, gate: Fan, shown: Pass) -> GateAnswer:
        """What the gate says to the pass."""
        return await gate.gateway.verify_pass(self.event.address, shown.encode())

    def pass_of(self, fan: Fan, challenge_key: Keypair, *, session: int = 0) -> Pass:
        """A pass whose challenge this key issues now, without a look at the chain."""
        now = int(time.time())
        issued = Challenge.issue(
            challenge_key,
            session=session,
            issued=now,
            expires=now + MAX_LIFETIME,
            event=self.event.address,
            ticket=fan.ticket,
            device_key=fan.phone.pubkey(),
            nonce=secrets.token_bytes(16),
        )
        return Pass(issued, fan.phone.sign_message(issued.entry_message().encode()))


async def open_doors(town: Town) -> Doors:
    """Sells the tickets on chain, takes one back, and moves the clock on to the doors."""
    show = await town.announce(sessions=2, closes_in=SALE_SECONDS)
    gates = [await town.register_gate(show) for _ in range(2)]
    fans = [town.person() for _ in range(STOCK + 2)]
    await town.fund(*(fan.wallet for fan in fans))
    await town.advance_to(show.opens)
    await asyncio.gather(*(town.sell(show, fan, seat) for seat, fan in enumerate(fans)))
    refunded, photographed, *stock = fans
    await town.refund(show, refunded)
    await town.advance_to(show.doors)
    while (await town.person().gateway.event(show.address)).chain_time < show.doors:
        await asyncio.sleep(POLL_SECONDS)
    await asyncio.gather(*(fan.sign_in() for fan in (*gates, refunded, photographed)))
    return Doors(show, *gates, refunded, (photographed, await photographed.new_pass()), stock)
