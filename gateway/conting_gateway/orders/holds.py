"""Seats that somebody is about to buy: held for minutes, by who was let in, and not hoarded."""

import math

from solders.pubkey import Pubkey

from conting_gateway.catalog.service import Catalog
from conting_gateway.clock import Clock
from conting_gateway.errors import GatewayError, NotAdmittedError
from conting_gateway.limits.service import LocalLimits
from conting_gateway.orders.errors import (
    HoldCoolingError,
    HoldLimitError,
    NotHeldError,
    SeatHeldError,
    SeatTakenError,
)
from conting_gateway.orders.hold_store import HoldOutcome, HoldStore, Seat
from conting_gateway.orders.seatmap import SeatMaps
from conting_gateway.waitroom.service import Waitroom

PAYABLE = 90.0
"""Seconds: about how long an order can land, and what it takes to build one."""
REFUSALS: dict[HoldOutcome, type[GatewayError]] = {
    "seat_held": SeatHeldError,
    "hold_limit": HoldLimitError,
    "not_admitted": NotAdmittedError,
}


class Holds:
    """Holds of this gateway's visitors. The chain knows nothing of them."""

    def __init__(
        self,
        store: HoldStore,
        catalog: Catalog,
        waitroom: Waitroom,
        maps: SeatMaps,
        *,
        limits: LocalLimits,
        clock: Clock,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._waitroom = waitroom
        self._maps = maps
        self._limits = limits
        self._clock = clock

    async def hold(self, caller: Pubkey, seat: Seat, token: str) -> int:
        """Holds a seat; until when, in Unix seconds. Holding it again changes nothing.

        Raises NotAdmittedError, PassSpentError, SeatTakenError, SeatHeldError, HoldLimitError,
        HoldCoolingError, RateLimitedError.
        """
        self._limits.spend(str(caller))
        admission = await self._waitroom.check_pass(caller, seat.event, token)
        await self._require_stands_for(admission.guest, caller)
        if await self._catalog.fresh_seat(seat.event, seat.section, seat.number) is not None:
            raise SeatTakenError
        outcome, ends = await self._store.hold(
            seat,
            admission.guest,
            place=admission.place,
            visit_keys=self._waitroom.visit_keys(seat.event),
        )
        if outcome == "hold_cooling":
            wait = math.ceil(ends / 1000 - self._clock())
            raise HoldCoolingError(retry_after=max(1, wait))
        if outcome in REFUSALS:
            raise REFUSALS[outcome]
        if await self._catalog.fresh_seat(seat.event, seat.section, seat.number) is not None:
            await self.end(admission.guest, seat)  # another's hold had ended since, by being bought
            raise SeatTakenError
        self._maps.forget(seat.event, seat.section)
        return ends // 1000

    async def _require_stands_for(self, guest: str, caller: Pubkey) -> None:
        """A person may have moved to another wallet since its pass was given. NotAdmittedError."""
        if guest == str(caller):
            return
        person = await self._catalog.fresh_person(Pubkey.from_string(guest))
        if person is None or person.wallet != caller:
            raise NotAdmittedError

    async def held_by(self, caller: Pubkey, event: Pubkey) -> dict[Seat, int]:
        """The seats that the caller holds, and until when, in Unix seconds.

        Raises ReadModelLoadingError.
        """
        guests = await self._waitroom.guests(caller, event)
        found = [await self._store.seats_of(event, guest) for guest in guests]
        now = self._clock()
        return {s: ends // 1000 for each in found for s, ends in each.items() if ends > now * 1000}

    async def release(self, caller: Pubkey, seat: Seat) -> None:
        """Lets a held seat go. Raises NotHeldError, ReadModelLoadingError."""
        holder, _ = await self._store.holder(seat)
        if holder not in await self._waitroom.guests(caller, seat.event):
            raise NotHeldError
        if not await self._store.release(seat, holder, lets_go=True):
            raise NotHeldError
        self._maps.forget(seat.event, seat.section)

    async def release_all(self, guest: str, event: Pubkey) -> None:
        """Lets go of all that a guest holds, who has left."""
        for seat in await self._store.seats_of(event, guest):
            await self._store.release(seat, guest, lets_go=True)
            self._maps.forget(event, seat.section)

    async def require(self, guest: str, seat: Seat) -> None:
        """An order is about to be built: the seat stays held while it can be paid. NotHeldError."""
        if not await self._store.keep(seat, guest, PAYABLE):
            raise NotHeldError

    async def end(self, guest: str, seat: Seat) -> None:
        """The seat is bought, or cannot be: whoever held it has not let it go."""
        await self._store.release(seat, guest, lets_go=False)
        self._maps.forget(seat.event, seat.section)
