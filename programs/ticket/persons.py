"""Who counts as a person at an event."""

from family.state import Person
from seahorse.prelude import UncheckedAccount, i64

from .errors import TicketError
from .state import NOBODY, Event


def assert_person(event: Event, person: Person, now: i64) -> None:
    """The event's issuer vouches for the person; without one, the wallet vouches for itself.

    A wallet that vouches for itself names itself as issuer; an issuer's account never has the
    address of a wallet.
    """
    assert event.issuer == NOBODY or event.issuer == person.issuer, TicketError.WRONG_ISSUER  # noqa: PLR1714
    assert event.issuer != NOBODY or person.issuer == person.wallet, TicketError.WRONG_ISSUER
    assert not person.revoked, TicketError.NOT_VALID_PERSON
    assert now < person.valid_until, TicketError.NOT_VALID_PERSON


def assert_person_in(event: Event, person: Person, wallet: UncheckedAccount, now: i64) -> None:
    """A person of the event, whose wallet this is."""
    assert person.wallet == wallet.key(), TicketError.WRONG_WALLET
    assert_person(event, person, now)
