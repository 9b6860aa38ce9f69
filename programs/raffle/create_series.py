"""An organiser opens a series: who enters the event may have an NFT of it, under these rules."""

from seahorse.prelude import Clock, Empty, Signer, i64, instruction, u8, u16, u64
from ticket.state import Event

from .errors import RaffleError
from .state import MAX_FEE, MAX_HOPS, MAX_NAME, MAX_PRICE, MAX_URI, Series


def assert_rules(price_cap: u64, fee: u16, max_hops: u8) -> None:
    """What buyers and sellers rely on is within what this program handles."""
    assert price_cap <= MAX_PRICE, RaffleError.BAD_PRICE
    assert fee <= MAX_FEE, RaffleError.BAD_FEE
    assert max_hops <= MAX_HOPS, RaffleError.BAD_HOPS


@instruction
def create_series(
    organiser: Signer,
    event: Event,
    series: Empty[Series],
    clock: Clock,
    closes: i64,
    price_cap: u64,
    fee: u16,
    max_hops: u8,
    name: str,
    uri: str,
) -> None:
    """Makes the event's only series; its rules never change.

    It closes while the event's entries still exist: they show what an NFT was made of.
    """
    assert event.organiser == organiser.key(), RaffleError.NOT_ORGANISER
    assert clock.unix_timestamp() < closes <= event.close_from, RaffleError.BAD_TIMES
    assert_rules(price_cap, fee, max_hops)
    assert len(name) <= MAX_NAME, RaffleError.TEXT_TOO_LONG
    assert len(uri) <= MAX_URI, RaffleError.TEXT_TOO_LONG

    series.init(
        payer=organiser,
        event=event.key(),
        organiser=organiser.key(),
        closes=closes,
        close_from=event.close_from,
        price_cap=price_cap,
        fee=fee,
        max_hops=max_hops,
        name=name,
        uri=uri,
    )
