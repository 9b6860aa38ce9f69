"""Attacks on entries and raffles, one test per attack; test_market_attacks has those on deals."""

import hashlib

import pytest
from conting_client.generated import raffle, ticket
from conting_client.generated.raffle import RaffleState
from solders.account import Account
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from tests.programs.raffle_calls import (
    CLOSE_FROM,
    claimed,
    close_entry_token,
    close_raffle,
    close_raffle_entry,
    close_series,
    draw_without_secret,
    mark_delivered,
    taking_part,
)
from tests.programs.raffles import (
    CLAIM_WINDOW,
    CLOSES,
    RAFFLE_CLOSES,
    REVEAL_SLOTS,
    SECRET,
    SETTLED,
    Bazaar,
    bazaar,
    bazaars,
)
from tests.programs.world import refused, swapped

pytestmark = pytest.mark.attack


@pytest.fixture
def on() -> Bazaar:
    return bazaar()


def wallet(on: Bazaar, seat: int) -> Keypair:
    return on.show.holders[seat].wallet


def send(on: Bazaar, call: Instruction, *signers: Keypair) -> str:
    return on.world.send(call, by=[on.world.actor(), *signers]).error


# Entries


def test_the_nft_of_somebody_elses_entry(on: Bazaar) -> None:
    """Ann shows Bob's entry, as herself; and as Bob, with her own wallet."""
    ann, bob = on.show.holders[0], on.show.holders[1]
    stolen = raffle.mint_entry(
        payer=ann.wallet.pubkey(),
        wallet=ann.wallet.pubkey(),
        person=ann.person,
        entry=on.show.entry(1),
        series=on.series,
    )
    assert send(on, stolen, ann.wallet) == "WRONG_PERSON"
    assert send(on, swapped(stolen, ann.person, bob.person), ann.wallet) == "WRONG_WALLET"


def undo(on: Bazaar, seat: int) -> None:
    chief = on.show.add_gate(ticket.GateRole.SUPERVISOR)
    call = ticket.undo_entry(
        gate_key=chief.pubkey(),
        event=on.show.event,
        gate=on.show.gate(chief),
        entry=on.show.entry(seat),
    )
    assert send(on, call, chief) == ""


def test_the_nft_of_an_entry_that_was_undone(on: Bazaar) -> None:
    undo(on, 1)
    assert send(on, on.mint_entry(1), wallet(on, 1)) == "ENTRY_UNDONE"


def test_the_nft_of_an_entry_that_will_be_undone(on: Bazaar) -> None:
    """Anybody may send for an NFT, but not before a supervisor has had the time to say no."""
    undo(on, 1)
    on.world.must(on.show.check_in(on.gate, 1, nonce=b"the second entry"))
    assert send(on, on.mint_entry(1), wallet(on, 1)) == "TOO_EARLY"
    on.world.wait(SETTLED - 1)
    assert send(on, on.mint_entry(1), wallet(on, 1)) == "TOO_EARLY"
    undo(on, 1)
    on.world.wait(1)
    assert send(on, on.mint_entry(1), wallet(on, 1)) == "ENTRY_UNDONE"


def test_a_second_nft_of_who_came_back(on: Bazaar) -> None:
    """An entry that is undone late, to let somebody in again, has its NFT already."""
    on.minted(1)
    undo(on, 1)
    on.world.must(on.show.check_in(on.gate, 1, nonce=b"the second entry"))
    on.world.wait(SETTLED)
    assert send(on, on.mint_entry(1), wallet(on, 1)) == "ALREADY_MINTED"


def test_the_nft_of_an_entry_that_another_program_wrote(on: Bazaar) -> None:
    """Byte for byte an entry, and at an address of the series' choice, but not the ticket's."""
    real, fake = on.show.entry(1), Pubkey.new_unique()
    found = on.world.account(real)
    assert found is not None
    mine = on.world.program("raffle")
    on.world.svm.set_account(fake, Account(found.lamports, bytes(found.data), mine))
    forged = raffle.mint_entry(
        payer=wallet(on, 1).pubkey(),
        wallet=wallet(on, 1).pubkey(),
        person=on.show.holders[1].person,
        entry=fake,
        series=on.series,
    )
    assert send(on, forged, wallet(on, 1)) == "WRONG_OWNER"


def test_an_nft_of_a_ticket_that_never_entered(on: Bazaar) -> None:
    """A Ticket is no Entry."""
    call = raffle.mint_entry(
        payer=wallet(on, 1).pubkey(),
        wallet=wallet(on, 1).pubkey(),
        person=on.show.holders[1].person,
        entry=on.show.ticket_of(1),
        series=on.series,
    )
    assert send(on, call, wallet(on, 1)) == "WRONG_CLASS"


def test_an_nft_in_the_series_of_another_event() -> None:
    on, other = bazaars(7, 8)
    call = raffle.mint_entry(
        payer=wallet(on, 1).pubkey(),
        wallet=wallet(on, 1).pubkey(),
        person=on.show.holders[1].person,
        entry=on.show.entry(1),
        series=other.series,
    )
    assert send(on, call, wallet(on, 1)) == "WRONG_EVENT"


def test_minting_twice(on: Bazaar) -> None:
    """Not while it lives, not when it was burned, not when its record is closed."""
    nft = on.minted(1)
    again = on.mint_entry(1)
    assert send(on, again, wallet(on, 1)) == "ALREADY_MINTED"
    assert send(on, on.burn_entry(nft, wallet(on, 1)), wallet(on, 1)) == ""
    assert send(on, again, wallet(on, 1)) == "ALREADY_MINTED"
    assert send(on, close_entry_token(on, 1)) == "TOO_EARLY"
    on.world.at(CLOSES)
    assert send(on, close_entry_token(on, 1)) == ""
    assert send(on, again, wallet(on, 1)) == "CLOSED"


def test_a_second_series_for_second_nfts(on: Bazaar) -> None:
    """A series stays until its event is over; a new one would know nothing of what was minted."""
    assert send(on, on.create_series(), on.organiser) == "NOT_EMPTY"
    on.world.at(CLOSES)
    assert send(on, close_series(on)) == "TOO_EARLY"
    on.world.at(CLOSE_FROM)
    assert send(on, close_series(on)) == ""
    late = on.create_series(closes=CLOSE_FROM + 1)
    assert send(on, late, on.organiser) == "BAD_TIMES"
    assert send(on, on.create_series(closes=CLOSE_FROM), on.organiser) == "BAD_TIMES"


def test_a_series_by_somebody_else(on: Bazaar) -> None:
    mallory = on.world.actor()
    call = swapped(on.create_series(), on.organiser.pubkey(), mallory.pubkey())
    assert send(on, call, mallory) == "NOT_ORGANISER"


def test_burning_somebody_elses_nft(on: Bazaar) -> None:
    nft, mallory = on.minted(1), on.world.actor()
    call = swapped(on.burn_entry(nft, wallet(on, 1)), wallet(on, 1).pubkey(), mallory.pubkey())
    assert send(on, call, mallory) == "NOT_YOUR_ENTRY"


def test_the_rent_of_an_nft_to_somebody_else(on: Bazaar) -> None:
    """Who bought the NFT burns it, but another has paid the mint."""
    sponsor = on.world.actor()
    assert send(on, on.mint_entry(1, payer=sponsor), sponsor) == ""
    fan = wallet(on, 1)
    call = swapped(on.burn_entry(on.nft(1), fan), sponsor.pubkey(), fan.pubkey())
    assert send(on, call, fan) == "WRONG_PAYER"
    on.world.at(CLOSES)
    closing = swapped(close_entry_token(on, 1), sponsor.pubkey(), fan.pubkey())
    assert send(on, closing) == "WRONG_PAYER"


# Entering a raffle


def test_a_second_entry_with_the_same_nft() -> None:
    """Into the same raffle and into another: the NFT is no more."""
    on = bazaar()
    nft, fan = on.minted(0), wallet(on, 0)
    on.opened()
    on.opened(1)
    again, elsewhere = on.enter_raffle(nft, fan), on.enter_raffle(nft, fan, 1)
    refused(on.world.send(again, elsewhere, by=fan), "WRONG_OWNER")
    on.entered(nft, fan)
    assert send(on, again, fan) == "WRONG_OWNER"
    assert send(on, elsewhere, fan) == "WRONG_OWNER"


def test_an_entry_before_the_raffle_opens(on: Bazaar) -> None:
    nft, fan = on.minted(0), wallet(on, 0)
    opens = on.world.now + 10
    on.opened(opens=opens)
    assert send(on, on.enter_raffle(nft, fan), fan) == "NOT_OPEN"
    on.world.at(opens - 1)
    assert send(on, on.enter_raffle(nft, fan), fan) == "NOT_OPEN"
    on.world.at(opens)
    assert send(on, on.enter_raffle(nft, fan), fan) == ""


def test_an_entry_after_close(on: Bazaar) -> None:
    nft, fan = on.minted(0), wallet(on, 0)
    on.opened()
    on.world.at(RAFFLE_CLOSES)
    assert send(on, on.enter_raffle(nft, fan), fan) == "CLOSED"


def test_an_entry_when_the_hash_is_known(on: Bazaar) -> None:
    """The raffle would be open for long, but its slot has come: the organiser knows who wins."""
    nft, fan = on.minted(0), wallet(on, 0)
    on.opened(target_slot=on.world.slot + 5)
    late = on.enter_raffle(nft, fan)
    on.world.to_slot(on.read_raffle().target_slot)
    assert send(on, late, fan) == "CLOSED"
    on.drawn()
    assert send(on, late, fan) == "CLOSED"


def test_entering_with_somebody_elses_nft(on: Bazaar) -> None:
    nft, mallory = on.minted(0), on.world.actor()
    on.opened()
    call = swapped(on.enter_raffle(nft, wallet(on, 0)), wallet(on, 0).pubkey(), mallory.pubkey())
    assert send(on, call, mallory) == "NOT_YOUR_ENTRY"


def test_entering_with_an_nft_that_is_for_sale(on: Bazaar) -> None:
    """It would be burned under the buyer's hands."""
    nft, fan = on.minted(0), wallet(on, 0)
    on.opened()
    call = on.enter_raffle(nft, fan)
    old = on.token(nft, fan.pubkey())
    escrow = on.listed(nft, fan).escrow
    assert send(on, call, fan) == "WRONG_OWNER"
    assert send(on, swapped(call, old, escrow), fan) == "NOT_YOUR_ENTRY"


def test_entering_the_raffle_of_another_series() -> None:
    on, other = bazaars(7, 8)
    foreign = other.opened()
    nft, fan = on.minted(0), wallet(on, 0)
    on.opened()
    call = on.enter_raffle(nft, fan)
    place = raffle.raffle_entry_address(raffle=foreign, mint=nft.mint)
    there = swapped(swapped(call, on.raffle_of(), foreign), on.raffle_entry(nft), place)
    assert send(on, there, fan) == "WRONG_SERIES"
    both = swapped(there, on.series, other.series)
    assert send(on, both, fan) == "WRONG_SERIES"


def test_blocking_an_entry_with_a_lamport(on: Bazaar) -> None:
    """Money sent to the addresses beforehand stops nothing."""
    nft, fan, mallory = on.nft(0), wallet(on, 0), on.world.actor()
    places = [nft.entry_token, nft.mint, raffle.token_address(mint=nft.mint)]
    places += [on.listing(nft), raffle.escrow_address(mint=nft.mint, nonce=1)]
    places += [raffle.raffle_entry_address(raffle=on.raffle_of(), mint=nft.mint)]
    for place in places:
        lamports = on.world.svm.minimum_balance_for_rent_exemption(0)
        gift = transfer(
            TransferParams(from_pubkey=mallory.pubkey(), to_pubkey=place, lamports=lamports)
        )
        on.world.must(on.world.send(gift, by=mallory))
    on.minted(0)
    on.listed(nft, fan)
    assert send(on, on.cancel_listing(nft), fan) == ""
    on.opened()
    on.entered(nft, fan)


# The draw


def test_winners_chosen_by_the_caller() -> None:
    """Whoever draws, and whenever: the accounts and arguments have no say in who wins."""
    keys = set()
    for slots, caller in ((1, b"ann"), (7, b"bob"), (REVEAL_SLOTS, b"organiser")):
        on = taking_part()
        on.world.to_slot(on.read_raffle().target_slot + slots)
        payer = Keypair.from_seed(hashlib.sha256(caller).digest())
        on.world.svm.airdrop(payer.pubkey(), 10**9)
        on.world.must(on.world.send(on.reveal_raffle(), by=payer))
        keys.add(on.read_raffle().draw_key)
    assert len(keys) == 1


def test_grinding_the_secret(on: Bazaar) -> None:
    """The organiser looks at the hash, and then for a secret that suits; only one is taken."""
    on.opened()
    on.to_draw()
    for other in (bytes(32), hashlib.sha256(SECRET).digest(), SECRET[:-1] + b"\0"):
        assert send(on, on.reveal_raffle(secret=other)) == "WRONG_SECRET"
    assert send(on, on.reveal_raffle(secret=SECRET)) == ""


def test_a_secret_of_zeros(on: Bazaar) -> None:
    """It would look like one that was never told, drawn by a slot that is not that round's."""
    on.opened(commit=hashlib.sha256(bytes(32)).digest())
    on.to_draw()
    assert send(on, on.reveal_raffle(secret=bytes(32))) == "WRONG_SECRET"


def test_drawing_twice(on: Bazaar) -> None:
    on.opened()
    on.drawn()
    assert send(on, on.reveal_raffle()) == "DRAWN_ALREADY"
    on.world.to_slot(on.read_raffle().target_slot + REVEAL_SLOTS + 1)
    assert send(on, draw_without_secret(on)) == "DRAWN_ALREADY"


def test_drawing_before_the_hash_is_known(on: Bazaar) -> None:
    on.opened()
    for ahead in (1, 0):
        on.world.to_slot(on.read_raffle().target_slot - ahead)
        assert send(on, on.reveal_raffle()) == "TOO_EARLY"
        assert send(on, draw_without_secret(on)) == "TOO_EARLY"


def test_drawing_by_a_later_hash(on: Bazaar) -> None:
    """The slot was skipped; the block after it decides, not the newest."""
    on.opened()
    target = on.read_raffle().target_slot
    on.world.skip(target)
    on.world.to_slot(target + 300)
    assert send(on, on.reveal_raffle()) == ""
    assert on.read_raffle().drawn_slot == target + 1


def test_waiting_for_a_better_draw(on: Bazaar) -> None:
    """Who lets the secret's time pass loses the bond and its say: the secret counts no more."""
    on.opened()
    on.world.to_slot(on.read_raffle().target_slot + REVEAL_SLOTS + 1)
    assert send(on, on.reveal_raffle()) == "TOO_LATE"
    had = on.world.lamports(on.organiser.pubkey())
    assert send(on, draw_without_secret(on)) == ""
    assert on.world.lamports(on.organiser.pubkey()) == had
    assert on.read_raffle().secret == bytes(32)


def test_cutting_the_organiser_off(on: Bazaar) -> None:
    """Nobody draws without the secret while there is time to tell it."""
    on.opened()
    on.world.to_slot(on.read_raffle().target_slot + REVEAL_SLOTS)
    assert send(on, draw_without_secret(on)) == "TOO_EARLY"
    assert send(on, on.reveal_raffle()) == ""


def test_the_bond_to_somebody_else(on: Bazaar) -> None:
    on.opened()
    on.to_draw()
    mallory = on.world.actor().pubkey()
    call = swapped(on.reveal_raffle(), on.organiser.pubkey(), mallory)
    assert send(on, call) == "NOT_ORGANISER"
    on.world.to_slot(on.read_raffle().target_slot + REVEAL_SLOTS + 1)
    lost = draw_without_secret(on)
    burner = lost.accounts[0].pubkey
    assert send(on, swapped(lost, burner, mallory)) == "WRONG_INCINERATOR"
    assert send(on, swapped(lost, burner, on.organiser.pubkey())) == "WRONG_INCINERATOR"


def test_one_secret_for_two_raffles(on: Bazaar) -> None:
    """Known from the first, it draws the second, but not the same numbers."""
    on.opened(0)
    target = on.read_raffle().target_slot
    on.opened(1, target_slot=target)
    first, second = on.drawn(0), on.drawn(1)
    assert first.secret == second.secret
    assert first.slot_hash == second.slot_hash
    assert first.draw_key != second.draw_key


def test_the_bond_by_closing_the_raffle(on: Bazaar) -> None:
    """An organiser who does not like how it will end closes it first."""
    on.opened()
    on.world.at(CLOSE_FROM)
    assert send(on, close_raffle(on)) == "NOT_DRAWN"


def test_closing_what_others_still_check() -> None:
    on = taking_part()
    assert send(on, close_raffle_entry(on, 0)) == "NOT_DRAWN"
    on.drawn()
    assert send(on, close_raffle_entry(on, 0)) == "TOO_EARLY"
    assert send(on, close_raffle(on)) == "NOT_LAST"
    on.world.wait(CLAIM_WINDOW)
    mallory = on.world.actor().pubkey()
    stolen = swapped(close_raffle_entry(on, 0), wallet(on, 0).pubkey(), mallory)
    assert send(on, stolen) == "WRONG_PAYER"
    assert send(on, close_raffle_entry(on, 0)) == ""
    stolen = swapped(close_raffle(on), on.organiser.pubkey(), mallory)
    assert send(on, stolen) == "WRONG_PAYER"


# Prizes


def three_in() -> Bazaar:
    """Three have entered a raffle of one prize, which is drawn."""
    on = bazaar()
    on.opened()
    for seat in range(3):
        on.entered(on.minted(seat), wallet(on, seat))
    on.drawn()
    return on


def outcomes(on: Bazaar) -> list[str]:
    return [
        send(on, on.claim_prize(on.nft(seat), wallet(on, seat)), wallet(on, seat))
        for seat in range(3)
    ]


def test_claiming_as_a_loser() -> None:
    assert sorted(outcomes(three_in())) == ["", "NOT_A_WINNER", "NOT_A_WINNER"]


def test_claiming_twice() -> None:
    on = claimed()
    claim = on.claim_prize(on.nft(0), wallet(on, 0))
    assert send(on, claim, wallet(on, 0)) == "CLAIMED_ALREADY"
    assert send(on, mark_delivered(on, 0), on.organiser) == ""
    assert send(on, claim, wallet(on, 0)) == "CLAIMED_ALREADY"
    assert send(on, mark_delivered(on, 0), on.organiser) == "NOT_CLAIMED"


def test_claiming_somebody_elses_prize() -> None:
    on = three_in()
    seat = outcomes(three_in()).index("")
    mallory = wallet(on, (seat + 1) % 3)
    theirs = on.claim_prize(on.nft(seat), mallory)
    assert send(on, theirs, mallory) == "NOT_YOUR_ENTRY"


def test_claiming_in_another_raffle() -> None:
    """The loser of one raffle shows another one, in which the same number won."""
    on = bazaar()
    for number in range(2):
        on.opened(number, winners=1 + number, target_slot=on.world.slot + 50 + number)
    on.entered(on.minted(0), wallet(on, 0), 0)
    on.entered(on.minted(1), wallet(on, 1), 1)
    on.drawn(0)
    on.drawn(1)
    call = on.claim_prize(on.nft(0), wallet(on, 0), 0)
    assert send(on, swapped(call, on.raffle_of(0), on.raffle_of(1)), wallet(on, 0)) == (
        "WRONG_RAFFLE"
    )


def test_claiming_before_the_draw() -> None:
    on = taking_part()
    assert send(on, on.claim_prize(on.nft(0), wallet(on, 0)), wallet(on, 0)) == "NOT_DRAWN"


def test_claiming_too_late() -> None:
    on = taking_part()
    on.drawn()
    on.world.wait(CLAIM_WINDOW)
    assert send(on, on.claim_prize(on.nft(0), wallet(on, 0)), wallet(on, 0)) == "TOO_LATE"


def test_delivering_what_nobody_has_claimed() -> None:
    on = taking_part()
    on.drawn()
    assert send(on, mark_delivered(on, 0), on.organiser) == "NOT_CLAIMED"


def test_delivering_as_somebody_else() -> None:
    on = claimed()
    mallory = on.world.actor()
    call = swapped(mark_delivered(on, 0), on.organiser.pubkey(), mallory.pubkey())
    assert send(on, call, mallory) == "NOT_ORGANISER"
    other = on.opened(5, target_slot=on.world.slot + 50, closes=CLOSES)
    call = swapped(mark_delivered(on, 0), on.raffle_of(), other)
    assert send(on, call, on.organiser) == "WRONG_RAFFLE"


# What the first conting let through


def test_first_conting_one_nft_enters_as_often_as_it_likes() -> None:
    """Its `entry_event` never used the NFT up."""
    on = taking_part()
    assert on.read_raffle().entries == 1
    assert not on.world.exists(on.nft(0).mint)
    assert send(on, on.mint_entry(0), wallet(on, 0)) == "ALREADY_MINTED"


def test_first_conting_the_caller_names_the_participants() -> None:
    """Its `pick_winner` drew from a list that came with the call: here nothing but secret comes."""
    accounts = {meta.pubkey for meta in taking_part().reveal_raffle().accounts}
    on = taking_part()
    assert accounts == {on.organiser.pubkey(), on.raffle_of()}
    assert len(bytes(on.reveal_raffle().data)) == 8 + 32


def test_first_conting_the_organiser_calls_until_it_suits() -> None:
    """Its seed was the clock's and the newest slot's, in each call another."""
    on = taking_part()
    on.to_draw()
    twice = on.world.send(on.reveal_raffle(), on.reveal_raffle(), by=on.organiser)
    refused(twice, "DRAWN_ALREADY")
    assert on.read_raffle().state == RaffleState.OPEN


def test_first_conting_one_entry_wins_twice() -> None:
    """Its winners were drawn one by one, each from all."""
    on = bazaar()
    on.opened(winners=3)
    for seat in range(3):
        on.entered(on.minted(seat), wallet(on, seat))
    on.drawn()
    assert outcomes(on) == ["", "", ""]
    assert sorted(on.read_entry(on.nft(seat)).place for seat in range(3)) == [0, 1, 2]
