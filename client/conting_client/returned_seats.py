"""Takes the returned seats of an event on, to those who wait for one.

    seats = ReturnedSeats(gateway, rpc, Buyer(wallet), event)
    while not (round := await seats.take_on()).is_last:
        print(round.steps)

Nothing happens to a returned seat until somebody sends its next step. Anybody may, the chain
compares; who does pays the network's fee of each, and lends the rent of a draw's account until the
draw is over.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from solders.pubkey import Pubkey

from conting_client import redraw_asks
from conting_client._errors import GatewayRefused
from conting_client._rpc import Rpc
from conting_client.gateway_api import GatewayClient
from conting_client.generated import ticket as program
from conting_client.generated.ticket import Redraw, Ticket, TicketState
from conting_client.order_asks import Asked, Buyer, SectionAt
from conting_client.tickets import Tickets

_WHATEVER_THE_ORDER: Final = {HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS}
_FAULTS: Final = HTTPStatus.INTERNAL_SERVER_ERROR  # and above: of the gateway's, or behind it
_RETURNED: Final = frozenset({TicketState.COOLING, TicketState.OFFERED})


@dataclass(frozen=True, slots=True)
class Step:
    """What was ordered for a seat; `refusal` if it was not done, and why."""

    section: int
    seat: int
    kind: str
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """What was done; the last one if nothing is offered any more and nothing was left to do.

    `wait`: seconds, if the gateway takes no more orders before they are over.
    """

    steps: tuple[Step, ...]
    is_last: bool
    wait: float = 0.0


class ReturnedSeats:
    """The returned seats of `event`, on which `me`, signed in at `gateway`, takes them."""

    def __init__(
        self,
        gateway: GatewayClient,
        rpc: Rpc,
        me: Buyer,
        event: Pubkey,
        program_id: Pubkey = program.PROGRAM_ID,
    ) -> None:
        self._gateway = gateway
        self._rpc = rpc
        self._tickets = Tickets(rpc, program_id)
        self._me = me
        self._event = event
        self._cut = 0, 0

    async def take_on(self) -> Round:
        """One step for each seat for which it is time.

        Section by section and seat by seat, from where the last round was cut off; behind it if
        that was by a fault, which may be that seat's alone. Raises AccountMissing if there is no
        such event, GatewayUnavailable, GatewayRefused if the session is over, and what `Rpc`
        raises.
        """
        event = await self._tickets.event(self._event)
        now = await self._rpc.chain_time()
        is_over = event.data.cancelled or now >= event.data.freeze
        returned = [
            (index, each)
            for index, section in enumerate(await self._tickets.sections(event))
            for each in await self._tickets.tickets_of_section(section.address)
            if each.data.state in _RETURNED
        ]
        draws = await self._draws_of([each.address for _, each in returned])
        due, is_last = list[tuple[int, int, str]](), is_over
        for (index, each), drawn in zip(returned, draws, strict=True):
            if drawn is not None or each.data.state is TicketState.OFFERED:
                is_last = False  # its draw is to be ended
            kind = next_step(each.data, drawn, slot=each.slot, now=now, is_over=is_over)
            if kind is not None:
                due.append((index, each.data.seat, kind))
        steps: list[Step] = []
        for index, seat, kind in sorted(due, key=lambda one: (one[:2] < self._cut, one)):
            try:
                steps.append(await self._order(kind, index, seat))
            except GatewayRefused as refusal:
                if refusal.status == HTTPStatus.UNAUTHORIZED:
                    raise
                self._cut = (index, seat + 1 if refusal.status >= _FAULTS else seat)
                return Round(tuple(steps), is_last=False, wait=refusal.retry_after or 0)
        return Round(tuple(steps), is_last)

    async def _draws_of(self, tickets: Sequence[Pubkey]) -> list[Redraw | None]:
        here = self._tickets.program_id
        keys = [program.redraw_address(ticket=each, program_id=here) for each in tickets]
        return [
            None if found is None or found.owner != here else Redraw.decode(found.data)
            for found in await self._rpc.accounts(keys)
        ]

    async def _order(self, kind: str, section: int, seat: int) -> Step:
        at = SectionAt(self._event, section, self._tickets.program_id)
        asked = redraw_asks.redraw(self._me, at, seat) if kind == "redraw" else _ASK[kind](at, seat)
        try:
            order = await self._gateway.orders.place(self._me, asked)
        except GatewayRefused as refusal:
            if refusal.code == "nobody_waited":
                return await self._order("wait_longer", section, seat)
            if refusal.status in _WHATEVER_THE_ORDER or refusal.status >= _FAULTS:
                raise
            return Step(section, seat, kind, str(refusal))
        done = order.state == "done"
        return Step(section, seat, kind, None if done else order.detail or order.state)


def next_step(
    ticket: Ticket, drawn: Redraw | None, *, slot: int, now: int, is_over: bool
) -> str | None:
    """The order that takes a returned seat on; None if it is not time for one, or not returned.

    `drawn`: its draw, if there is one. `slot` and `now` (Unix seconds): of the chain. `is_over`:
    nothing is offered any more. Whether anybody waited for a seat only `redraw` shows.
    """
    if ticket.state is TicketState.OFFERED:
        return "expire_offer" if now >= ticket.offer_until else None
    if ticket.state is not TicketState.COOLING:
        return None
    if drawn is not None:
        return "end_redraw" if is_over or ticket.attempt >= drawn.count else "offer_seat"
    return "redraw" if slot > ticket.draw_slot and not is_over else None


_ASK: Final[Mapping[str, Callable[[SectionAt, int], Asked]]] = {
    each.__name__: each
    for each in (
        redraw_asks.offer_seat,
        redraw_asks.expire_offer,
        redraw_asks.end_redraw,
        redraw_asks.wait_longer,
    )
}
