"""Attacks on the market for entries and on swaps, one test per attack."""

import struct

import pytest
from conting_client.generated import raffle
from hypothesis import given, settings
from hypothesis import strategies as st
from solders.account import Account
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from tests.programs.raffle_calls import CLOSE_FROM, close_entry_token, swap_offered
from tests.programs.raffles import (
    CAP,
    CLOSES,
    FEE,
    MAX_HOPS,
    TOKEN_BYTES,
    Bazaar,
    Nft,
    bazaar,
    bazaars,
)
from tests.programs.world import SOL, TOKEN_2022, refused, swapped, unsigned

pytestmark = pytest.mark.attack
WHOLE = 10_000


@pytest.fixture
def on() -> Bazaar:
    return bazaar()


def wallet(on: Bazaar, seat: int) -> Keypair:
    return on.show.holders[seat].wallet


def send(on: Bazaar, call: Instruction, *signers: Keypair) -> str:
    return on.world.send(call, by=[on.world.actor(), *signers]).error


def for_sale(on: Bazaar, seat: int = 0, price: int = SOL) -> Nft:
    """A seat's NFT, listed."""
    nft = on.minted(seat)
    on.listed(nft, wallet(on, seat), price)
    return nft


def put(on: Bazaar, data: bytes) -> Pubkey:
    """An account of Token-2022 with these bytes, at an address that nobody knows."""
    place = Pubkey.new_unique()
    on.world.svm.set_account(place, Account(10**9, data, TOKEN_2022))
    return place


def data_of(on: Bazaar, key: Pubkey) -> bytes:
    found = on.world.account(key)
    assert found is not None
    return bytes(found.data)


def token_move(source: Pubkey, mint: Pubkey, to: Pubkey, owner: Pubkey) -> Instruction:
    """Token-2022's own TransferChecked of one."""
    accounts = [
        AccountMeta(source, is_signer=False, is_writable=True),
        AccountMeta(mint, is_signer=False, is_writable=False),
        AccountMeta(to, is_signer=False, is_writable=True),
        AccountMeta(owner, is_signer=True, is_writable=False),
    ]
    return Instruction(TOKEN_2022, b"\x0c" + struct.pack("<QB", 1, 0), accounts)


def approve(source: Pubkey, delegate: Pubkey, owner: Pubkey) -> Instruction:
    """Token-2022's own Approve of one."""
    accounts = [
        AccountMeta(source, is_signer=False, is_writable=True),
        AccountMeta(delegate, is_signer=False, is_writable=False),
        AccountMeta(owner, is_signer=True, is_writable=False),
    ]
    return Instruction(TOKEN_2022, b"\x04" + struct.pack("<Q", 1), accounts)


# What is sold


def test_a_mint_that_looks_the_same(on: Bazaar) -> None:
    """Mallory's own mint has the metadata of a real one to the last byte."""
    nft, mallory = on.minted(0), wallet(on, 1)
    fake = put(on, data_of(on, nft.mint))
    real = data_of(on, on.token(nft, wallet(on, 0).pubkey()))
    token = put(on, bytes(fake) + bytes(mallory.pubkey()) + real[64:])
    call = raffle.list_entry(
        seller=mallory.pubkey(),
        series=on.series,
        entry_token=nft.entry_token,
        mint=fake,
        token=token,
        nonce=1,
        price=SOL,
    )
    assert send(on, call, mallory) == "WRONG_ENTRY"
    mixed = swapped(call, fake, nft.mint)
    assert send(on, swapped(mixed, mixed.accounts[5].pubkey, on.listing(nft)), mallory) == (
        "WRONG_ENTRY"
    )


def test_a_fake_record_of_a_fake_mint(on: Bazaar) -> None:
    """What says that we made it would have to be ours."""
    nft, place = on.minted(0), Pubkey.new_unique()
    found = on.world.account(nft.entry_token)
    assert found is not None
    stranger = Pubkey.new_unique()
    on.world.svm.set_account(place, Account(found.lamports, bytes(found.data), stranger))
    call = swapped(on.list_entry(nft, wallet(on, 0)), nft.entry_token, place)
    assert send(on, call, wallet(on, 0)) == "WRONG_OWNER"


def test_an_entry_of_another_series() -> None:
    """By the rules of a series with another cap."""
    on, other = bazaars(7, 8)
    nft, fan = on.minted(0), wallet(on, 0)
    call = swapped(on.list_entry(nft, fan), on.series, other.series)
    assert send(on, call, fan) == "WRONG_SERIES"
    on.listed(nft, fan)
    buyer = on.world.actor()
    buy = swapped(on.buy_entry(nft, buyer), on.series, other.series)
    buy = swapped(buy, on.organiser.pubkey(), other.organiser.pubkey())
    assert send(on, buy, buyer) == "WRONG_SERIES"


def test_listing_what_is_somebody_elses(on: Bazaar) -> None:
    nft, mallory = on.minted(0), on.world.actor()
    call = swapped(on.list_entry(nft, wallet(on, 0)), wallet(on, 0).pubkey(), mallory.pubkey())
    assert send(on, call, mallory) == "NOT_YOUR_ENTRY"


def test_listing_from_an_empty_account(on: Bazaar) -> None:
    """Whose mint is right, but which holds nothing."""
    nft, mallory = on.minted(0), wallet(on, 1)
    real = data_of(on, on.token(nft, wallet(on, 0).pubkey()))
    empty = put(on, real[:32] + bytes(mallory.pubkey()) + bytes(8) + real[72:])
    call = on.list_entry(nft, wallet(on, 0))
    call = swapped(call, on.token(nft, wallet(on, 0).pubkey()), empty)
    call = swapped(call, wallet(on, 0).pubkey(), mallory.pubkey())
    assert send(on, call, mallory) == "NOT_YOUR_ENTRY"


def test_listing_twice(on: Bazaar) -> None:
    nft, fan = on.minted(0), wallet(on, 0)
    call = on.list_entry(nft, fan)
    on.listed(nft, fan)
    assert send(on, call, fan) == "WRONG_OWNER"
    escrow = on.read_listing(nft).escrow
    again = raffle.list_entry(
        seller=fan.pubkey(),
        series=on.series,
        entry_token=nft.entry_token,
        token=escrow,
        nonce=2,
        price=SOL,
    )
    assert send(on, again, fan) == "NOT_YOUR_ENTRY"


def test_a_delegate_from_before_the_sale(on: Bazaar) -> None:
    """The seller has let a friend move the NFT; the buyer's account knows no such friend."""
    nft, fan, friend = on.minted(0), wallet(on, 0), on.world.actor()
    source = on.token(nft, fan.pubkey())
    on.world.must(on.world.send(approve(source, friend.pubkey(), fan.pubkey()), by=fan))
    buyer = on.world.actor()
    on.bought(nft, fan, buyer)
    bought = on.token(nft, buyer.pubkey())
    other = put(on, data_of(on, bought)[:32] + bytes(friend.pubkey()) + bytes(8) + bytes(36)
                + b"\1" + bytes(56))  # fmt: skip
    theft = token_move(bought, nft.mint, other, friend.pubkey())
    assert on.world.send(theft, by=friend).error
    data = data_of(on, bought)
    delegate, close_authority = data[72:76], data[129:133]
    assert (delegate, close_authority, len(data)) == (bytes(4), bytes(4), TOKEN_BYTES)


def test_taking_the_nft_out_of_escrow(on: Bazaar) -> None:
    nft = for_sale(on)
    escrow, fan = on.read_listing(nft).escrow, wallet(on, 0)
    other = put(on, bytes(nft.mint) + bytes(fan.pubkey()) + bytes(8) + bytes(36) + b"\1"
                + bytes(56))  # fmt: skip
    assert on.world.send(token_move(escrow, nft.mint, other, fan.pubkey()), by=fan).error
    assert on.owner(nft) == on.listing(nft)


# The price


def test_a_price_switch_before_the_sale(on: Bazaar) -> None:
    """The seller sees the purchase coming and asks for twice as much."""
    nft, buyer, fan = for_sale(on), on.world.actor(), wallet(on, 0)
    purchase, old = on.buy_entry(nft, buyer, SOL), on.read_listing(nft).escrow
    assert send(on, on.cancel_listing(nft), fan) == ""
    assert send(on, purchase, buyer) == "WRONG_OWNER"
    on.listed(nft, fan, 2 * SOL)
    assert send(on, purchase, buyer) == "WRONG_OWNER"
    moved = swapped(purchase, old, on.read_listing(nft).escrow)
    assert send(on, moved, buyer) == "STALE_NONCE"
    assert send(on, on.buy_entry(nft, buyer, SOL), buyer) == "PRICE_ABOVE_LIMIT"
    assert send(on, on.buy_entry(nft, buyer, 2 * SOL), buyer) == ""


def test_a_stale_nonce(on: Bazaar) -> None:
    """The same price once more, but the buyer has seen another listing."""
    nft, buyer, fan = for_sale(on), on.world.actor(), wallet(on, 0)
    assert send(on, on.cancel_listing(nft), fan) == ""
    on.listed(nft, fan)
    for nonce in (0, 1, 3, 2**64 - 1):
        call = raffle.buy_entry(
            buyer=buyer.pubkey(),
            seller=fan.pubkey(),
            organiser=on.organiser.pubkey(),
            series=on.series,
            entry_token=nft.entry_token,
            nonce=nonce,
            max_price=SOL,
            escrow=on.read_listing(nft).escrow,
        )
        assert send(on, call, buyer) == "STALE_NONCE"


def test_listing_under_a_nonce_of_choice(on: Bazaar) -> None:
    """An old nonce again, whose account the NFT lies in since, or one that comes later."""
    nft, fan = on.minted(0), wallet(on, 0)
    on.listed(nft, fan)
    assert send(on, on.cancel_listing(nft), fan) == ""
    for nonce, error in ((0, "STALE_NONCE"), (1, "SAME_ACCOUNT_TWICE"), (3, "STALE_NONCE")):
        call = raffle.list_entry(
            seller=fan.pubkey(),
            series=on.series,
            entry_token=nft.entry_token,
            token=on.token(nft, fan.pubkey()),
            nonce=nonce,
            price=SOL,
        )
        assert send(on, call, fan) == error


def test_a_price_above_the_cap(on: Bazaar) -> None:
    nft, fan = on.minted(0), wallet(on, 0)
    for price in (0, CAP + 1, 2**64 - 1):
        assert send(on, on.list_entry(nft, fan, price), fan) == "BAD_PRICE"
    assert send(on, on.list_entry(nft, fan, CAP), fan) == ""


def test_selling_where_nothing_is_sold() -> None:
    """A cap of 0: entries are swapped only."""
    on = bazaar(price_cap=0)
    nft, fan = on.minted(0), wallet(on, 0)
    assert send(on, on.list_entry(nft, fan, 1), fan) == "BAD_PRICE"
    assert send(on, on.offer_swap(nft, fan, on.minted(1)), fan) == ""


def test_a_swap_for_the_price_of_nothing() -> None:
    """What is offered for another entry has no price, and is not for sale."""
    on = swap_offered()
    nft, buyer = on.nft(0), on.world.actor()
    assert on.read_listing(nft).price == 0
    assert send(on, on.buy_entry(nft, buyer, 0), buyer) == "OTHER_WANTED"


def test_the_money_to_another_seller(on: Bazaar) -> None:
    """The buyer names itself, or a friend, as who is paid."""
    nft, buyer, friend = for_sale(on), on.world.actor(), on.world.actor()
    call = on.buy_entry(nft, buyer)
    fan = wallet(on, 0).pubkey()
    assert send(on, swapped(call, fan, friend.pubkey()), buyer) == "WRONG_SELLER"
    assert send(on, swapped(call, fan, on.organiser.pubkey()), buyer) == "WRONG_SELLER"


def test_the_fee_to_somebody_else(on: Bazaar) -> None:
    nft, buyer = for_sale(on), on.world.actor()
    call = on.buy_entry(nft, buyer)
    stolen = swapped(call, on.organiser.pubkey(), on.world.actor().pubkey())
    assert send(on, stolen, buyer) == "WRONG_FEE_ACCOUNT"


def test_a_sale_to_oneself(on: Bazaar) -> None:
    """Wash trading; the listing is taken back instead."""
    nft = for_sale(on)
    assert send(on, on.buy_entry(nft, wallet(on, 0)), wallet(on, 0)) == "SELF_TRADE"


def test_a_purchase_without_the_buyers_signature(on: Bazaar) -> None:
    nft, victim = for_sale(on), on.world.actor()
    assert send(on, unsigned(on.buy_entry(nft, victim), victim.pubkey())) == "NOT_SIGNER"


def test_a_fee_that_eats_the_price(on: Bazaar) -> None:
    """A series takes at most a tenth, and changes nothing later: there is no instruction."""
    other = bazaars(9, seats=0)[0]
    assert send(other, other.create_series(fee=1_001), other.organiser) == "BAD_FEE"
    names = {name for name in dir(raffle) if "series" in name}
    assert names == {"create_series", "close_series", "series_address"}


@settings(max_examples=25, deadline=None)
@given(
    price=st.one_of(st.sampled_from([1, 39, 40, 41, 9_999, 10_000, CAP - 1, CAP]),
                    st.integers(1, CAP)),
    fee=st.sampled_from([0, 1, FEE, 999, 1_000]),
)  # fmt: skip
@pytest.mark.slow
def test_fee_rounding(price: int, fee: int) -> None:
    """Never a lamport more or less than the price, and the fee never rounds up."""
    on = bazaar(seats=1, fee=fee)
    nft, seller, buyer = on.minted(0), wallet(on, 0), on.world.actor()
    on.listed(nft, seller, price)
    people = [seller.pubkey(), on.organiser.pubkey(), buyer.pubkey()]
    rents = sum(on.world.lamports(each) for each in (on.listing(nft), on.read_listing(nft).escrow))
    before = [on.world.lamports(each) for each in people]
    sale = on.world.must(on.world.send(on.buy_entry(nft, buyer, price), by=buyer))
    got, earned, paid = (
        on.world.lamports(each) - old for each, old in zip(people, before, strict=True)
    )
    assert earned == price * fee // WHOLE
    assert got - rents + earned == price
    token_rent = on.world.svm.minimum_balance_for_rent_exemption(TOKEN_BYTES)
    assert -paid == price + token_rent + sale.fee


# The escrow


def test_a_foreign_escrow(on: Bazaar) -> None:
    """Another listing's escrow; one that belongs to the listing and is empty; one's own account."""
    nft, other, buyer = for_sale(on), for_sale(on, 1), on.world.actor()
    call, own = on.buy_entry(nft, buyer), on.minted(2)
    escrow = on.read_listing(nft).escrow
    empty = put(on, bytes(nft.mint) + bytes(on.listing(nft)) + bytes(8) + bytes(36) + b"\1"
                + bytes(56))  # fmt: skip
    for foreign in (
        on.read_listing(other).escrow,
        on.token(own, wallet(on, 2).pubkey()),
        empty,
    ):
        assert send(on, swapped(call, escrow, foreign), buyer) == "WRONG_ESCROW"
        cancel = swapped(on.cancel_listing(nft), escrow, foreign)
        assert send(on, cancel, wallet(on, 0)) == "WRONG_ESCROW"


def test_the_listing_of_another_nft(on: Bazaar) -> None:
    """A dear NFT at the price of a cheap one."""
    cheap, dear, buyer = for_sale(on, 0, 1), for_sale(on, 1, CAP), on.world.actor()
    call = on.buy_entry(dear, buyer, CAP)
    call = swapped(call, on.listing(dear), on.listing(cheap))
    call = swapped(call, wallet(on, 1).pubkey(), wallet(on, 0).pubkey())
    assert send(on, call, buyer) == "WRONG_ENTRY"


def test_cancelling_as_a_stranger(on: Bazaar) -> None:
    nft, mallory = for_sale(on), on.world.actor()
    call = swapped(on.cancel_listing(nft), wallet(on, 0).pubkey(), mallory.pubkey())
    assert send(on, call, mallory) == "WRONG_SELLER"
    assert send(on, unsigned(on.cancel_listing(nft), wallet(on, 0).pubkey())) == "NOT_SIGNER"


def test_reviving_a_closed_listing(on: Bazaar) -> None:
    """Sold, its rent paid in anew, and sold once more, in one transaction."""
    nft, buyer = for_sale(on), on.world.actor()
    call = on.buy_entry(nft, buyer)
    rent = on.world.lamports(on.listing(nft))
    revive = transfer(
        TransferParams(from_pubkey=buyer.pubkey(), to_pubkey=on.listing(nft), lamports=rent)
    )
    cancel = on.cancel_listing(nft)
    for second in (call, cancel):
        by = [buyer, wallet(on, 0)] if second is cancel else [buyer]
        refused(on.world.send(call, revive, second, by=by), "WRONG_OWNER")
    refused(on.world.send(cancel, revive, cancel, by=[buyer, wallet(on, 0)]), "WRONG_OWNER")


def test_buying_and_taking_back_at_once(on: Bazaar) -> None:
    """Whichever comes second finds nothing."""
    nft, buyer, fan = for_sale(on), on.world.actor(), wallet(on, 0)
    buy, cancel = on.buy_entry(nft, buyer), on.cancel_listing(nft)
    refused(on.world.send(buy, cancel, by=[buyer, fan]), "WRONG_OWNER")
    refused(on.world.send(cancel, buy, by=[buyer, fan]), "WRONG_OWNER")


# The limits of a series


def test_more_hops_than_allowed(on: Bazaar) -> None:
    """Listing anew and taking back does not set them back."""
    nft, holder = on.minted(0), wallet(on, 0)
    for _ in range(MAX_HOPS):
        buyer = on.world.actor()
        on.bought(nft, holder, buyer)
        holder = buyer
    assert send(on, on.list_entry(nft, holder), holder) == "NO_HOPS_LEFT"
    theirs = on.minted(1)
    assert send(on, on.offer_swap(nft, holder, theirs), holder) == "NO_HOPS_LEFT"
    assert send(on, on.offer_swap(theirs, wallet(on, 1), nft), wallet(on, 1)) == ""
    assert send(on, on.accept_swap(theirs, holder, nft), holder) == "NO_HOPS_LEFT"


def test_dealing_after_the_series_has_closed(on: Bazaar) -> None:
    nft, fan, buyer = for_sale(on), wallet(on, 0), on.world.actor()
    theirs = on.minted(1)
    on.world.at(CLOSES)
    assert send(on, on.buy_entry(nft, buyer), buyer) == "CLOSED"
    assert send(on, on.list_entry(theirs, wallet(on, 1)), wallet(on, 1)) == "CLOSED"
    assert send(on, on.offer_swap(theirs, wallet(on, 1), nft), wallet(on, 1)) == "CLOSED"
    assert send(on, on.cancel_listing(nft), fan) == ""


def test_closing_the_record_of_what_is_for_sale(on: Bazaar) -> None:
    """The seller still gets the NFT back."""
    nft, fan = for_sale(on), wallet(on, 0)
    on.world.at(CLOSES)
    assert send(on, close_entry_token(on, 0)) == "NOT_BURNED"
    on.world.at(CLOSE_FROM)
    assert send(on, close_entry_token(on, 0)) == ""
    assert send(on, on.cancel_listing(nft), fan) == ""
    assert on.owner(nft) == fan.pubkey()


# Swaps


def test_a_swap_with_a_changed_counterpart() -> None:
    """The taker gives another entry than the one that was asked for."""
    on = swap_offered()
    third, taker = on.minted(2), wallet(on, 2)
    assert send(on, on.accept_swap(on.nft(0), taker, third), taker) == "OTHER_WANTED"


def test_a_swap_that_was_changed_meanwhile() -> None:
    """The maker offers another entry under the same taker's hands."""
    on = swap_offered()
    mine, theirs, taker, maker = on.nft(0), on.nft(1), wallet(on, 1), wallet(on, 0)
    accept, old = on.accept_swap(mine, taker, theirs), on.read_listing(mine).escrow
    assert send(on, on.cancel_listing(mine), maker) == ""
    assert send(on, on.offer_swap(mine, maker, theirs), maker) == ""
    assert send(on, accept, taker) == "WRONG_OWNER"
    moved = swapped(accept, old, on.read_listing(mine).escrow)
    assert send(on, moved, taker) == "STALE_NONCE"


def test_a_swap_with_the_nft_of_a_third() -> None:
    on = swap_offered()
    mallory = on.world.actor()
    call = on.accept_swap(on.nft(0), wallet(on, 1), on.nft(1))
    call = swapped(call, wallet(on, 1).pubkey(), mallory.pubkey())
    assert send(on, call, mallory) == "NOT_YOUR_ENTRY"


def test_a_swap_without_the_takers_signature() -> None:
    on = swap_offered()
    call = on.accept_swap(on.nft(0), wallet(on, 1), on.nft(1))
    assert send(on, unsigned(call, wallet(on, 1).pubkey())) == "NOT_SIGNER"


def test_a_swap_whose_half_goes_to_a_third() -> None:
    on = swap_offered()
    call = on.accept_swap(on.nft(0), wallet(on, 1), on.nft(1))
    mallory = on.world.actor().pubkey()
    assert send(on, swapped(call, wallet(on, 0).pubkey(), mallory), wallet(on, 1)) == (
        "WRONG_SELLER"
    )


def test_a_swap_for_what_is_for_sale(on: Bazaar) -> None:
    """A listing for money is no offer to swap."""
    nft, theirs, taker = for_sale(on), on.minted(1), wallet(on, 1)
    assert send(on, on.accept_swap(nft, taker, theirs), taker) == "OTHER_WANTED"


def test_a_swap_with_oneself(on: Bazaar) -> None:
    nft, other, fan = on.minted(0), on.minted(1), wallet(on, 0)
    on.bought(other, wallet(on, 1), fan)
    assert send(on, on.offer_swap(nft, fan, other), fan) == ""
    assert send(on, on.accept_swap(nft, fan, other), fan) == "SELF_TRADE"
    assert send(on, on.cancel_listing(nft), fan) == ""
    assert send(on, on.offer_swap(nft, fan, nft), fan) == "OTHER_WANTED"


def test_a_swap_for_nothing(on: Bazaar) -> None:
    """It would be a sale for no money."""
    nft, fan = on.minted(0), wallet(on, 0)
    nothing = Nft(nft.entry, nft.entry_token, Pubkey.default())
    assert send(on, on.offer_swap(nft, fan, nothing), fan) == "OTHER_WANTED"


def test_a_swap_by_the_hops_of_another_series() -> None:
    """Each NFT goes by the rules of its own series."""
    on, other = bazaars(7, 8)
    mine, theirs, maker, taker = on.minted(0), other.minted(0), wallet(on, 0), wallet(other, 0)
    assert send(on, on.offer_swap(mine, maker, theirs), maker) == ""
    call = on.accept_swap(mine, taker, theirs)
    assert send(on, call, taker) == "WRONG_SERIES"
    metas = list(call.accounts)
    at = next(i for i, m in enumerate(metas) if m.pubkey == theirs.entry_token) - 1
    assert metas[at].pubkey == on.series
    metas[at] = AccountMeta(other.series, is_signer=False, is_writable=False)
    assert send(on, Instruction(call.program_id, bytes(call.data), metas), taker) == ""
    assert on.owner(mine) == taker.pubkey()
    assert on.owner(theirs) == maker.pubkey()


# What the first conting let through


def test_first_conting_one_listing_per_seller(on: Bazaar) -> None:
    """Its escrow was the seller's only one, and stayed locked after a sale."""
    first, second, buyer = for_sale(on, 0), on.minted(1), on.world.actor()
    on.bought(second, wallet(on, 1), wallet(on, 0))
    on.listed(second, wallet(on, 0))
    assert send(on, on.buy_entry(first, buyer), buyer) == ""
    assert send(on, on.buy_entry(second, buyer), buyer) == ""
    on.listed(first, buyer)


def test_first_conting_the_escrow_stays_after_a_sale(on: Bazaar) -> None:
    nft, buyer = for_sale(on), on.world.actor()
    assert send(on, on.buy_entry(nft, buyer), buyer) == ""
    assert not on.world.exists(on.listing(nft))
    assert on.tokens(nft, on.listing(nft)) == []


def test_first_conting_a_purchase_without_a_limit(on: Bazaar) -> None:
    nft, buyer = for_sale(on, 0, SOL + 1), on.world.actor()
    assert send(on, on.buy_entry(nft, buyer, SOL), buyer) == "PRICE_ABOVE_LIMIT"


def test_first_conting_any_mint_is_sold_as_a_ticket(on: Bazaar) -> None:
    """A mint of anybody's, with a record of a real one beside it."""
    nft, mallory = on.minted(0), wallet(on, 1)
    fake = put(on, data_of(on, nft.mint))
    real = data_of(on, on.token(nft, wallet(on, 0).pubkey()))
    token = put(on, bytes(fake) + bytes(mallory.pubkey()) + real[64:])
    for seat in (0, 1):
        record = on.minted(seat).entry_token if seat else nft.entry_token
        call = raffle.list_entry(
            seller=mallory.pubkey(),
            series=on.series,
            entry_token=record,
            mint=fake,
            token=token,
            nonce=1,
            price=SOL,
        )
        assert send(on, call, mallory) == "WRONG_ENTRY"
