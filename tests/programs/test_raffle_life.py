"""What becomes of entries, as it should: minted, sold, swapped, raffled, closed."""

import hashlib
import struct

import pytest
from conting_client.generated import raffle
from conting_client.generated.raffle import PrizeState, RaffleState
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from tests.programs.people import DAY
from tests.programs.raffles import (
    BOND,
    CLAIM_WINDOW,
    CLOSES,
    FEE,
    REVEAL_SLOTS,
    SECRET,
    TOKEN_BYTES,
    Bazaar,
    Nft,
    bazaar,
)
from tests.programs.shows import ENDS
from tests.programs.world import refused

WHOLE = 10_000
CLOSE_FROM = ENDS + 30 * DAY
INCINERATOR = Pubkey.from_string("1nc1nerator11111111111111111111111111111111")


@pytest.fixture
def on() -> Bazaar:
    return bazaar()


def wallet(on: Bazaar, seat: int) -> Pubkey:
    return on.show.holders[seat].wallet.pubkey()


def mint_data(on: Bazaar, nft: Nft) -> bytes:
    found = on.world.account(nft.mint)
    assert found is not None
    return bytes(found.data)


def test_who_entered_gets_one_nft(on: Bazaar) -> None:
    nft = on.minted(1)
    kept = on.read_token(nft)
    assert on.owner(nft) == wallet(on, 1)
    assert kept == raffle.EntryToken(
        entry=on.show.entry(1),
        bump=kept.bump,
        series=on.series,
        mint=nft.mint,
        number=0,
        hops=0,
        nonce=0,
        burned=False,
        rent_to=wallet(on, 1),
    )
    assert (on.read_series().minted, on.read_series().kept) == (1, 1)


def test_the_nft_is_its_owners_alone(on: Bazaar) -> None:
    """Nobody else mints, freezes or takes it; what a wallet shows is there."""
    data = mint_data(on, on.minted(1))
    mint_authority, supply, decimals = data[:4], struct.unpack("<Q", data[36:44])[0], data[44]
    freeze_authority = data[46:50]
    assert (mint_authority, supply, decimals, freeze_authority) == (bytes(4), 1, 0, bytes(4))
    extensions, offset = {}, 166
    while offset < len(data):
        kind, length = struct.unpack("<HH", data[offset : offset + 4])
        extensions[kind] = data[offset + 4 : offset + 4 + length]
        offset += 4 + length
    close_authority, metadata_pointer, metadata = 3, 18, 19
    assert set(extensions) == {close_authority, metadata_pointer, metadata}
    assert extensions[close_authority] == bytes(on.series)
    for text in (b"Night of the Whales 0", b"https://entries.example/whales/0.json"):
        assert struct.pack("<I", len(text)) + text in extensions[metadata]


def test_somebody_else_may_pay_for_it(on: Bazaar) -> None:
    sponsor = on.world.actor()
    on.world.must(on.world.send(on.mint_entry(1, payer=sponsor), by=sponsor))
    assert on.owner(on.nft(1)) == wallet(on, 1)
    assert on.read_token(on.nft(1)).rent_to == sponsor.pubkey()


def test_burning_gives_the_rent_back(on: Bazaar) -> None:
    sponsor, fan = on.world.actor(), on.show.holders[1].wallet
    on.world.must(on.world.send(on.mint_entry(1, payer=sponsor), by=sponsor))
    nft = on.nft(1)
    mint, token = (on.world.rent_of(each) for each in (nft.mint, on.token(nft, fan.pubkey())))
    before = on.world.lamports(sponsor.pubkey()), on.world.lamports(fan.pubkey())
    outcome = on.world.must(on.world.send(on.burn_entry(nft, fan), by=fan))
    assert on.world.lamports(sponsor.pubkey()) == before[0] + mint
    assert on.world.lamports(fan.pubkey()) == before[1] + token - outcome.fee
    assert not on.world.exists(nft.mint)
    assert on.read_token(nft).burned


def test_a_sale(on: Bazaar) -> None:
    """The parts are just the price, and the seller gets all rent back."""
    nft, price = on.minted(1), 1_999_999_999
    seller, buyer = on.show.holders[1].wallet, on.world.actor()
    people = [seller.pubkey(), buyer.pubkey(), on.organiser.pubkey()]
    before = [on.world.lamports(each) for each in people]
    token_rent = on.world.svm.minimum_balance_for_rent_exemption(TOKEN_BYTES)
    listing = on.world.must(on.world.send(on.list_entry(nft, seller, price), by=seller))
    assert on.owner(nft) == on.listing(nft)
    sale = on.world.must(on.world.send(on.buy_entry(nft, buyer, price), by=buyer))
    after = [on.world.lamports(each) for each in people]
    fee = price * FEE // WHOLE
    assert after[0] - before[0] == price - fee + token_rent - listing.fee
    assert before[1] - after[1] == price + token_rent + sale.fee
    assert after[2] - before[2] == fee
    assert on.owner(nft) == buyer.pubkey()
    assert on.world.lamports(on.token(nft, buyer.pubkey())) == token_rent
    assert not on.world.exists(on.listing(nft))
    assert (on.read_token(nft).hops, on.read_token(nft).nonce) == (1, 1)


def test_a_listing_that_is_taken_back(on: Bazaar) -> None:
    nft, seller = on.minted(1), on.show.holders[1].wallet
    before = on.world.lamports(seller.pubkey())
    on.listed(nft, seller)
    on.world.must(on.world.send(on.cancel_listing(nft), by=seller))
    fees = on.world.sent[-1][1].fee + on.world.sent[-2][1].fee
    assert on.world.lamports(seller.pubkey()) == before - fees
    assert on.owner(nft) == seller.pubkey()
    on.listed(nft, seller)
    assert on.read_listing(nft).nonce == 2
    assert on.read_token(nft).hops == 0


def test_a_seller_takes_back_after_the_series_has_closed(on: Bazaar) -> None:
    nft, seller = on.minted(1), on.show.holders[1].wallet
    on.listed(nft, seller)
    on.world.at(CLOSE_FROM)
    call = raffle.close_entry_token(
        rent_to=seller.pubkey(), series=on.series, entry_token=nft.entry_token
    )
    on.world.must(on.world.send(call, by=seller))
    on.world.must(on.world.send(on.cancel_listing(nft), by=seller))
    assert on.owner(nft) == seller.pubkey()


def test_a_swap(on: Bazaar) -> None:
    mine, theirs = on.minted(1), on.minted(2)
    maker, taker = on.show.holders[1].wallet, on.show.holders[2].wallet
    before = [on.world.lamports(each.pubkey()) for each in (maker, taker)]
    offer = on.world.must(on.world.send(on.offer_swap(mine, maker, theirs), by=maker))
    swap = on.world.must(on.world.send(on.accept_swap(mine, taker, theirs), by=taker))
    assert on.owner(mine) == taker.pubkey()
    assert on.owner(theirs) == maker.pubkey()
    assert [on.world.lamports(each.pubkey()) for each in (maker, taker)] == [
        before[0] - offer.fee,
        before[1] - swap.fee,
    ]
    assert [on.read_token(each).hops for each in (mine, theirs)] == [1, 1]
    assert not on.world.exists(on.listing(mine))


def root_of(on: Bazaar, nfts: list[Nft], entrants: list[Pubkey]) -> bytes:
    root = bytes(32)
    for index, (nft, entrant) in enumerate(zip(nfts, entrants, strict=True)):
        content = root + struct.pack("<I", index) + bytes(entrant) + bytes(nft.mint)
        root = hashlib.sha256(b"conting:raffle-root:v1" + content).digest()
    return root


def test_a_raffle(on: Bazaar) -> None:
    """Three enter, two win, each claims once and is marked as served."""
    nfts = [on.minted(seat) for seat in range(3)]
    wallets = [on.show.holders[seat].wallet for seat in range(3)]
    on.opened(winners=2)
    for nft, each in zip(nfts, wallets, strict=True):
        on.entered(nft, each)
        assert not on.world.exists(nft.mint)
    assert on.read_raffle().root == root_of(on, nfts, [each.pubkey() for each in wallets])
    assert on.read_raffle().entries == 3
    before = on.world.lamports(on.organiser.pubkey())
    drawn = on.drawn()
    assert on.world.lamports(on.organiser.pubkey()) == before + BOND - on.world.sent[-1][1].fee
    assert drawn.state == RaffleState.DRAWN
    assert drawn.secret == SECRET
    assert drawn.drawn_slot == drawn.target_slot
    assert drawn.slot_hash == bytes(on.world.hash_of(drawn.target_slot))
    assert drawn.claim_until == on.world.now + CLAIM_WINDOW
    outcomes = [
        on.world.send(on.claim_prize(nft, each), by=each).error
        for nft, each in zip(nfts, wallets, strict=True)
    ]
    assert sorted(outcomes) == ["", "", "NOT_A_WINNER"]
    won = [nft for nft, error in zip(nfts, outcomes, strict=True) if not error]
    assert sorted(on.read_entry(nft).place for nft in won) == [0, 1]
    for nft in won:
        call = raffle.mark_delivered(
            organiser=on.organiser.pubkey(),
            raffle=on.raffle_of(),
            raffle_entry=on.raffle_entry(nft),
        )
        on.world.must(on.show.by_organiser(call))
        assert on.read_entry(nft).state == PrizeState.DELIVERED


def test_more_prizes_than_entries(on: Bazaar) -> None:
    nft, fan = on.minted(1), on.show.holders[1].wallet
    on.opened(winners=50)
    on.entered(nft, fan)
    on.drawn()
    on.world.must(on.world.send(on.claim_prize(nft, fan), by=fan))


def test_a_raffle_that_nobody_enters(on: Bazaar) -> None:
    on.opened()
    assert on.drawn().entries == 0


def test_the_slot_after_skipped_ones_decides(on: Bazaar) -> None:
    on.opened()
    target = on.read_raffle().target_slot
    on.to_draw()
    on.world.skip(target, target + 1)
    on.world.to_slot(target + 2)
    refused(on.show.by_organiser(on.reveal_raffle()), "NO_VALUE")
    on.world.to_slot(target + 9)
    on.world.must(on.show.by_organiser(on.reveal_raffle()))
    assert on.read_raffle().drawn_slot == target + 2
    assert on.read_raffle().slot_hash == bytes(on.world.hash_of(target + 2))


def without_secret(on: Bazaar, number: int = 0) -> str:
    call = raffle.draw_without_secret(incinerator=INCINERATOR, raffle=on.raffle_of(number))
    return on.world.send(call, by=on.world.actor()).error


def test_a_secret_that_is_never_told(on: Bazaar) -> None:
    """Anybody draws by the next fixed slot, and the bond is burned."""
    nft, fan = on.minted(1), on.show.holders[1].wallet
    on.opened()
    on.entered(nft, fan)
    target = on.read_raffle().target_slot
    on.world.to_slot(target + REVEAL_SLOTS)
    assert without_secret(on) == "TOO_EARLY"
    on.world.to_slot(target + REVEAL_SLOTS + 1)
    refused(on.show.by_organiser(on.reveal_raffle()), "TOO_LATE")
    before = on.world.lamports(INCINERATOR)
    assert without_secret(on) == ""
    assert on.world.lamports(INCINERATOR) == before + BOND
    drawn = on.read_raffle()
    assert (drawn.drawn_slot, drawn.secret) == (target + REVEAL_SLOTS, bytes(32))
    on.world.must(on.world.send(on.claim_prize(nft, fan), by=fan))


@pytest.mark.parametrize("late", [1, REVEAL_SLOTS, REVEAL_SLOTS + 1, 7 * REVEAL_SLOTS])
def test_each_round_has_its_own_slot(on: Bazaar, late: int) -> None:
    """However late, the slot follows from when it is, and its hash is still known."""
    on.opened()
    target = on.read_raffle().target_slot
    on.world.to_slot(target + REVEAL_SLOTS + late)
    assert without_secret(on) == ""
    rounds = 1 + (late - 1) // REVEAL_SLOTS
    assert on.read_raffle().drawn_slot == target + rounds * REVEAL_SLOTS


def test_everything_is_closed_in_the_end(on: Bazaar) -> None:
    """All rent goes back to who paid it; nothing of the series is left."""
    nfts = [on.minted(seat) for seat in range(3)]
    wallets = [on.show.holders[seat].wallet for seat in range(3)]
    organiser = on.organiser.pubkey()
    before = on.world.lamports(organiser) + on.world.rent_of(on.series)
    on.opened()
    for nft, each in zip(nfts[:2], wallets, strict=False):
        on.entered(nft, each)
    on.drawn()
    fees = sum(outcome.fee for _, outcome in on.world.sent[-1:])
    helper = on.world.actor()

    def send(call: Instruction) -> str:
        return on.world.send(call, by=helper).error

    def close_entry(nft: Nft, to: Pubkey) -> str:
        return send(
            raffle.close_raffle_entry(
                entrant=to, raffle=on.raffle_of(), raffle_entry=on.raffle_entry(nft)
            )
        )

    def close_token(nft: Nft, to: Pubkey) -> str:
        return send(
            raffle.close_entry_token(rent_to=to, series=on.series, entry_token=nft.entry_token)
        )

    close_raffle = raffle.close_raffle(organiser=organiser, series=on.series, raffle=on.raffle_of())
    close_series = raffle.close_series(organiser=organiser, series=on.series)
    assert close_entry(nfts[0], wallets[0].pubkey()) == "TOO_EARLY"
    assert close_token(nfts[0], wallets[0].pubkey()) == "TOO_EARLY"
    on.world.at(CLOSES)
    assert send(close_raffle) == "NOT_LAST"
    for nft, each in zip(nfts[:2], wallets, strict=False):
        rent = on.world.rent_of(on.raffle_entry(nft)) + on.world.rent_of(nft.entry_token)
        had = on.world.lamports(each.pubkey())
        assert close_entry(nft, each.pubkey()) == ""
        assert close_token(nft, each.pubkey()) == ""
        assert on.world.lamports(each.pubkey()) == had + rent
    assert send(close_raffle) == ""
    assert close_token(nfts[2], wallets[2].pubkey()) == "NOT_BURNED"
    assert send(close_series) == "NOT_LAST"
    on.world.at(CLOSE_FROM)
    assert close_token(nfts[2], wallets[2].pubkey()) == ""
    assert send(close_series) == ""
    assert on.world.lamports(organiser) == before - 2 * fees
    left = list(on.world.svm.get_program_accounts(on.world.program("raffle")))
    assert not left
    assert on.owner(nfts[2]) == wallets[2].pubkey()


def test_a_prize_that_is_still_owed_stays_on_record(on: Bazaar) -> None:
    nft, fan = on.minted(1), on.show.holders[1].wallet
    on.opened()
    on.entered(nft, fan)
    on.drawn()
    on.world.must(on.world.send(on.claim_prize(nft, fan), by=fan))
    close = raffle.close_raffle_entry(
        entrant=fan.pubkey(), raffle=on.raffle_of(), raffle_entry=on.raffle_entry(nft)
    )
    keeping = 90 * DAY
    on.world.at(on.read_raffle().claim_until + keeping - 1)
    refused(on.world.send(close, by=fan), "TOO_EARLY")
    on.world.wait(1)
    on.world.must(on.world.send(close, by=fan))


def test_a_price_of_one_lamport_has_no_fee(on: Bazaar) -> None:
    nft, buyer = on.minted(1), on.world.actor()
    before = on.world.lamports(on.organiser.pubkey())
    on.bought(nft, on.show.holders[1].wallet, buyer, 1)
    assert on.world.lamports(on.organiser.pubkey()) == before
