"""Challenges: the permission to show a pass for seconds, given after a look at the chain."""

from collections.abc import Callable
from typing import Final

from conting_client import DevicePublicKey, device_key_of
from conting_client.generated.family import Person
from conting_client.generated.ticket import Event, Ticket, TicketState
from conting_client.passes import MAX_LIFETIME, NONCE_SIZE, Challenge
from solders.pubkey import Pubkey

from conting_gateway.catalog.service import Catalog
from conting_gateway.clock import Clock, Entropy, in_words
from conting_gateway.errors import (
    AlreadyInError,
    NotOpenError,
    NotYoursError,
    RefundedError,
    UnknownTicketError,
    VoidError,
    WrongSessionError,
)
from conting_gateway.keys import KeyRing
from conting_gateway.limits.service import LocalLimits

ENDED: Final = {
    TicketState.COOLING: RefundedError,
    TicketState.VOIDING: VoidError,
    TicketState.VOID: VoidError,
}


class Passes:
    """Signs challenges for the holders of valid tickets. Keeps nothing but how many asked."""

    def __init__(
        self,
        catalog: Catalog,
        keys: KeyRing,
        limits: LocalLimits,
        *,
        expect: Callable[[Pubkey], None],
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        """`expect` hears of each event to whose doors somebody comes."""
        self._catalog = catalog
        self._keys = keys
        self._limits = limits
        self._expect = expect
        self._clock = clock
        self._entropy = entropy

    @property
    def challenge_key(self) -> Pubkey:
        """Whose signature new challenges bear."""
        return self._keys.signer.pubkey()

    async def challenge(self, caller: Pubkey, address: Pubkey, session: int) -> Challenge:
        """A challenge that lives ten seconds, for who holds the ticket.

        Raises RateLimitedError, UnknownTicketError, NotYoursError, RefundedError, VoidError,
        NotOpenError, WrongSessionError, AlreadyInError.
        """
        self._limits.spend(str(caller))
        found = await self._catalog.fresh_standing(address, session)
        ticket, entry = found.ticket, found.entry
        if ticket is None:
            raise UnknownTicketError
        device = _check_holder(ticket, found.person, caller)
        _check_event(await self._catalog.event(ticket.event), await self._catalog.now(), session)
        if entry is not None and not entry.undone:
            when = in_words(entry.entered_at)
            raise AlreadyInError(f"The ticket entered at {when} at gate {entry.gate}.")
        self._expect(ticket.event)
        issued = int(self._clock())
        return Challenge.issue(
            self._keys.signer,
            session=session,
            issued=issued,
            expires=issued + MAX_LIFETIME,
            event=ticket.event,
            ticket=address,
            device_key=device,
            nonce=self._entropy(NONCE_SIZE),
        )


def _check_holder(ticket: Ticket, person: Person | None, caller: Pubkey) -> DevicePublicKey:
    """The device key that will answer; the person's wallet asks, wherever the NFT still lies."""
    own = person is not None and person.wallet == caller
    if ticket.state in ENDED and (own or ticket.paid_by == caller):
        raise ENDED[ticket.state]
    if person is None or not own:
        raise NotYoursError
    device = device_key_of(person)
    if device is None:
        raise NotYoursError("The key of this person's phone is no point of its curve.")
    return device


def _check_event(event: Event, now: int, session: int) -> None:
    if event.cancelled:
        raise RefundedError("The event is cancelled; the whole price is paid back.")
    if now < event.doors:
        opens, clock = in_words(event.doors), in_words(now)
        raise NotOpenError(f"The doors open at {opens}; the chain's clock says {clock}.")
    if now >= event.ends:
        raise NotOpenError("The event is over.")
    if session >= event.sessions:
        raise WrongSessionError
