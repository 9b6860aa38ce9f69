"""For each instruction of raffle: a chain on which it is allowed, and the call."""

from collections.abc import Callable
from functools import partial

from conting_client.generated import raffle
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from tests.programs.people import DAY
from tests.programs.raffles import CLAIM_WINDOW, REVEAL_SLOTS, Bazaar, bazaar
from tests.programs.shows import DOORS, ENDS, show
from tests.programs.tampering import Call
from tests.programs.world import World

CLOSE_FROM = ENDS + 30 * DAY
INCINERATOR = Pubkey.from_string("1nc1nerator11111111111111111111111111111111")
Scene = tuple[World, Call]


def close_entry_token(on: Bazaar, seat: int = 0) -> Instruction:
    """Closes what is kept of a seat's NFT."""
    nft = on.nft(seat)
    rent_to = on.read_token(nft).rent_to
    return raffle.close_entry_token(rent_to=rent_to, series=on.series, entry_token=nft.entry_token)


def close_raffle_entry(on: Bazaar, seat: int = 0) -> Instruction:
    """Closes what a seat's fan took part with."""
    place = on.raffle_entry(on.nft(seat))
    return raffle.close_raffle_entry(
        entrant=on.world.read(raffle.RaffleEntry, place).entrant,
        raffle=on.raffle_of(),
        raffle_entry=place,
    )


def close_raffle(on: Bazaar) -> Instruction:
    """Closes the first raffle."""
    return raffle.close_raffle(
        organiser=on.organiser.pubkey(), series=on.series, raffle=on.raffle_of()
    )


def close_series(on: Bazaar) -> Instruction:
    """Closes the series."""
    return raffle.close_series(organiser=on.organiser.pubkey(), series=on.series)


def mark_delivered(on: Bazaar, seat: int) -> Instruction:
    """The fan of the seat has the goods."""
    return raffle.mark_delivered(
        organiser=on.organiser.pubkey(),
        raffle=on.raffle_of(),
        raffle_entry=on.raffle_entry(on.nft(seat)),
    )


def draw_without_secret(on: Bazaar) -> Instruction:
    """Draws the first raffle although nobody told the secret."""
    return raffle.draw_without_secret(incinerator=INCINERATOR, raffle=on.raffle_of())


def taking_part(*, winners: int = 1) -> Bazaar:
    """Seat 0 has entered a raffle."""
    on = bazaar()
    on.opened(winners=winners)
    on.entered(on.minted(0), on.show.holders[0].wallet)
    return on


def claimed() -> Bazaar:
    """Seat 0 has won, and said so."""
    on = taking_part()
    on.drawn()
    fan = on.show.holders[0].wallet
    on.world.must(on.world.send(on.claim_prize(on.nft(0), fan), by=fan))
    return on


def swap_offered() -> Bazaar:
    """Seat 0 offers its entry for that of seat 1."""
    on = bazaar()
    mine, theirs, maker = on.minted(0), on.minted(1), on.show.holders[0].wallet
    on.world.must(on.world.send(on.offer_swap(mine, maker, theirs), by=maker))
    return on


def _create_series() -> Scene:
    made = show()
    made.world.at(DOORS)
    on = Bazaar(made)
    return on.world, Call(on.create_series(), (on.organiser,))


def _mint_entry() -> Scene:
    on = bazaar()
    return on.world, Call(on.mint_entry(0), (on.show.holders[0].wallet,))


def _burn_entry() -> Scene:
    on = bazaar()
    fan = on.show.holders[0].wallet
    return on.world, Call(on.burn_entry(on.minted(0), fan), (fan,))


def _create_raffle() -> Scene:
    on = bazaar()
    return on.world, Call(on.create_raffle(), (on.organiser,))


def _enter_raffle() -> Scene:
    on = bazaar()
    nft, fan = on.minted(0), on.show.holders[0].wallet
    on.opened()
    return on.world, Call(on.enter_raffle(nft, fan), (fan,))


def _reveal_raffle() -> Scene:
    on = taking_part()
    on.to_draw()
    return on.world, Call(on.reveal_raffle(), ())


def _draw_without_secret() -> Scene:
    on = taking_part()
    on.world.to_slot(on.read_raffle().target_slot + REVEAL_SLOTS + 1)
    return on.world, Call(draw_without_secret(on), ())


def _claim_prize() -> Scene:
    on = taking_part()
    on.drawn()
    fan = on.show.holders[0].wallet
    return on.world, Call(on.claim_prize(on.nft(0), fan), (fan,))


def _mark_delivered() -> Scene:
    on = claimed()
    return on.world, Call(mark_delivered(on, 0), (on.organiser,))


def _list_entry() -> Scene:
    on = bazaar()
    fan = on.show.holders[0].wallet
    return on.world, Call(on.list_entry(on.minted(0), fan), (fan,))


def _buy_entry() -> Scene:
    on = bazaar()
    nft, buyer = on.minted(0), on.world.actor()
    on.listed(nft, on.show.holders[0].wallet)
    return on.world, Call(on.buy_entry(nft, buyer), (buyer,))


def _cancel_listing() -> Scene:
    on = bazaar()
    nft, fan = on.minted(0), on.show.holders[0].wallet
    on.listed(nft, fan)
    return on.world, Call(on.cancel_listing(nft), (fan,))


def _offer_swap() -> Scene:
    on = bazaar()
    fan = on.show.holders[0].wallet
    return on.world, Call(on.offer_swap(on.minted(0), fan, on.minted(1)), (fan,))


def _accept_swap() -> Scene:
    on = swap_offered()
    taker = on.show.holders[1].wallet
    return on.world, Call(on.accept_swap(on.nft(0), taker, on.nft(1)), (taker,))


ORDER = (close_raffle_entry, close_raffle, close_entry_token, close_series)
"""What hangs on something is closed before it."""


def _over(close: Callable[[Bazaar], Instruction]) -> Scene:
    """The raffle is over, and what comes before in ORDER is closed."""
    on = taking_part()
    on.drawn()
    on.world.at(max(CLOSE_FROM, on.world.now + CLAIM_WINDOW))
    for step in ORDER[: ORDER.index(close)]:
        on.world.must(on.world.send(step(on), by=on.world.actor()))
    return on.world, Call(close(on), ())


SCENES: dict[str, Callable[[], Scene]] = {
    each.__name__.removeprefix("_"): each
    for each in (
        _create_series,
        _mint_entry,
        _burn_entry,
        _create_raffle,
        _enter_raffle,
        _reveal_raffle,
        _draw_without_secret,
        _claim_prize,
        _mark_delivered,
        _list_entry,
        _buy_entry,
        _cancel_listing,
        _offer_swap,
        _accept_swap,
    )
} | {each.__name__: partial(_over, each) for each in ORDER}
"""By name of the instruction; each makes a chain of its own."""
