"""Pairs of an instruction and a reason to refuse it that no other test comes across."""

from typing import Final

import pytest
from conting_client.generated import family, ticket
from solders.instruction import Instruction
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.system_program import TransferParams, transfer
from solders.transaction import Transaction

from tests.programs.draws import Lots, Party
from tests.programs.people import DAY, Human, office
from tests.programs.raffle_calls import close_raffle
from tests.programs.raffles import CLOSES as SERIES_CLOSES
from tests.programs.raffles import SLOTS_AHEAD, Bazaar, bazaar
from tests.programs.shows import CLOSES, FREEZE, OPENS, moved, put_coin, show
from tests.programs.test_ticket_family import SEAT, Home, home
from tests.programs.test_ticket_help import Help, buying
from tests.programs.waits import Queue
from tests.programs.world import SOL, World, refused, swapped

NOTHING: Final = ticket.PROGRAM_ID
"""In the place of an account that may be left out."""


@pytest.mark.attack
def test_a_draw_beside_a_ticket_beyond_the_limit() -> None:
    """Whoever holds as many as they may elsewhere in the house enters no draw."""
    lots = Lots(limit=1, early=True)
    on = lots.on
    lots.world.must(on.by_organiser(on.add_section(1)))
    lots.world.at(OPENS)
    party = Party([on.fan()])
    (human,) = party.members
    lots.world.must(lots.world.send(lots.making(party), by=human.wallet))
    call = ticket.buy(
        admission=on.admission.pubkey(),
        wallet=human.wallet.pubkey(),
        person=human.person,
        event=on.event,
        section=on.section(1),
        seat=0,
        max_price=2 * SOL,
    )
    lots.world.must(lots.world.send(call, by=[human.wallet, on.admission]))
    refused(lots.join(party, human), "LIMIT_REACHED")


@pytest.mark.attack
def test_a_helper_who_pays_with_nothing() -> None:
    world = World()
    on = show(world, coin=put_coin(world))
    help_ = Help(on, on.fan(), on.fan()).granted()
    wallet = help_.helper.wallet.pubkey()
    call = buying(on, help_.owner, help_.helper, 1, till=on.till, purse=on.purse(wallet))
    signers = [help_.helper.wallet, on.admission]
    for place in (on.till, on.purse(wallet)):
        refused(world.send(swapped(call, place, NOTHING), by=signers), "WRONG_PAYMENT")
    world.must(world.send(call, by=signers))


@pytest.fixture(scope="module")
def crowd() -> Bazaar:
    """Nothing here changes the chain."""
    return bazaar(seats=0)


@pytest.mark.parametrize(("name", "uri"), [(41, 1), (1, 121)])
def test_a_raffle_with_too_long_a_text(crowd: Bazaar, name: int, uri: int) -> None:
    refused(crowd.show.by_organiser(described(crowd, name, uri)), "TEXT_TOO_LONG")


def described(crowd: Bazaar, name: int, uri: int) -> Instruction:
    """A raffle whose texts have so many characters."""
    usual = crowd.create_raffle()
    texts = tail("A drum of the band", "https://raffles.example/drum.json")
    data = bytes(usual.data).removesuffix(texts) + tail("n" * name, "u" * uri)
    return Instruction(usual.program_id, data, usual.accounts)


def tail(*texts: str) -> bytes:
    """As Borsh writes them."""
    return b"".join(len(each).to_bytes(4, "little") + each.encode() for each in texts)


# Times


def test_groups_that_come_too_late() -> None:
    lots = Lots()
    party = Party([lots.on.fan()])
    (human,) = party.members
    lots.world.at(CLOSES)
    refused(lots.world.send(lots.making(party), by=human.wallet), "SALE_CLOSED")
    drawn = Lots()
    drawn.party()
    drawn.drawn()
    party = Party([drawn.on.fan()])
    (human,) = party.members
    refused(drawn.world.send(drawn.making(party), by=human.wallet), "DRAWN_ALREADY")


def test_waiting_and_drawing_from_the_freeze_on() -> None:
    queue = Queue()
    queue.join()
    queue.refund()
    queue.world.at(FREEZE)
    refused(queue.world.send(queue.redrawing(0), by=queue.seller.wallet), "TOO_LATE")
    late = queue.on.fan()
    signers = [late.wallet, queue.on.admission]
    refused(queue.world.send(queue.joining(late), by=signers), "NOT_ON_SALE")


@pytest.mark.attack
def test_a_swap_when_the_series_is_closed() -> None:
    on = bazaar(seats=2)
    nft, wanted = on.minted(0), on.minted(1)
    seller, taker = (on.show.holders[seat].wallet for seat in range(2))
    on.world.must(on.world.send(on.offer_swap(nft, seller, wanted), by=seller))
    on.world.at(SERIES_CLOSES)
    refused(on.world.send(on.accept_swap(nft, taker, wanted), by=taker), "CLOSED")


def test_a_raffle_that_nobody_entered_is_kept_until_prizes_lapse() -> None:
    on = bazaar(seats=0)
    on.opened()
    on.world.to_slot(on.world.slot + SLOTS_AHEAD + 1)
    on.world.must(on.world.send(on.reveal_raffle(), by=on.world.actor()))
    refused(on.world.send(close_raffle(on), by=on.world.actor()), "TOO_EARLY")
    on.world.at(on.read_raffle().claim_until)
    on.world.must(on.world.send(close_raffle(on), by=on.world.actor()))


# Whose


def bound_to(here: Home, human: Human, wallet: Human) -> None:
    """The help desk moves a person into the wallet of another one."""
    desk = here.on.office
    assert desk is not None
    keys = {
        "authority": desk.authority.pubkey(),
        "issuer": desk.issuer,
        "person": human.person,
    }
    announce = family.announce_rebinding(
        **keys,
        wallet=wallet.wallet.pubkey(),
        scheme=family.Scheme.ED25519,
        device=bytes(human.device.pubkey()) + b"\0",
    )
    shorten = family.shorten_rebinding(help_desk=desk.help_desk.pubkey(), **keys)
    finish = family.finish_rebinding(person=human.person)
    signers = [wallet.wallet, desk.authority, desk.help_desk]
    here.world.must(here.world.send(announce, shorten, finish, by=signers))


def following(here: Home, human: Human) -> Instruction:
    """Sends the NFT after its person; who paid the fee pays."""
    return ticket.follow_person(
        payer=here.on.admission.pubkey(),
        person=human.person,
        wallet=human.wallet.pubkey(),
        event=here.on.event,
        ticket=here.on.ticket_of(SEAT),
        old_token=here.on.read_ticket(SEAT).token,
    )


@pytest.mark.attack
def test_a_ticket_that_has_not_followed_yet() -> None:
    """The new wallet is the person's; the NFT has to be there before it is given away."""
    here = home()
    desk = here.on.office
    assert desk is not None
    ann = moved(here.world, desk, here.ann)
    assert here.send(ann, here.ben) == "NOT_YOUR_TICKET"
    refused(here.world.send(refund_from(here, ann), by=ann.wallet), "NOT_YOUR_TICKET")
    here.world.must(here.world.send(following(here, ann), by=here.on.admission))
    here.world.must(here.world.send(refund_from(here, ann), by=ann.wallet))


def refund_from(here: Home, human: Human) -> Instruction:
    """The holder gives the ticket back, which ann has paid."""
    return ticket.refund(
        holder=human.wallet.pubkey(),
        paid_by=here.ann.wallet.pubkey(),
        person=human.person,
        event=here.on.event,
        section=here.on.section(),
        ticket=here.on.ticket_of(SEAT),
        token=here.on.read_ticket(SEAT).token,
    )


@pytest.mark.slow
def test_a_wallet_that_the_ticket_came_from() -> None:
    """Its place for the NFT is taken, by the NFT: it stays, and follows to the next wallet."""
    here = home()
    assert here.send(here.ann, here.ben) == ""
    bound_to(here, here.ben, here.ann)
    ben = Human(here.ann.wallet, here.ben.device, here.ben.person)
    call = following(here, ben)
    refused(here.world.send(call, by=here.on.admission), "SAME_ACCOUNT_TWICE")
    other = Human(here.world.actor(), here.ben.device, here.ben.person)
    bound_to(here, other, other)
    here.world.must(here.world.send(following(here, other), by=here.on.admission))
    assert here.on.read_ticket(SEAT).holder == other.wallet.pubkey()


@pytest.mark.attack
def test_a_market_whose_organiser_has_an_empty_wallet() -> None:
    """Nobody may pay an account a fee that it cannot live on; the sale takes place without it."""
    on = bazaar(seats=1)
    nft, fan, buyer = on.minted(0), on.show.holders[0].wallet, on.world.actor()
    price = SOL // 100
    on.world.must(on.world.send(on.list_entry(nft, fan, price), by=fan))
    key, other = on.organiser.pubkey(), on.world.actor()
    everything = TransferParams(
        from_pubkey=key, to_pubkey=other.pubkey(), lamports=on.world.lamports(key)
    )
    on.world.must(on.world.send(transfer(everything), by=[other, on.organiser]))
    had, rent = on.world.lamports(fan.pubkey()), on.world.rent_of(on.listing(nft))
    escrow = on.world.rent_of(on.read_listing(nft).escrow)
    on.world.must(on.world.send(on.buy_entry(nft, buyer, price), by=buyer))
    assert on.owner(nft) == buyer.pubkey()
    assert on.world.lamports(key) == 0
    assert on.world.lamports(fan.pubkey()) == had + price + rent + escrow


# Keys of programs


@pytest.mark.attack
def test_a_person_whose_wallet_is_a_programs() -> None:
    """As if a program signed for an address of its own: such a wallet could be sold as a whole."""
    world = World(svm=LiteSVM().with_sigverify(False))  # noqa: FBT003
    desk = office(world)
    human = desk.person()
    wallet, _ = Pubkey.find_program_address([b"vault"], ticket.PROGRAM_ID)
    world.svm.airdrop(wallet, SOL)
    device, scheme = bytes(human.device.pubkey()) + b"\0", family.Scheme.ED25519
    attest = family.attest_person(
        authority=desk.authority.pubkey(),
        wallet=wallet,
        issuer=desk.issuer,
        nullifier=Pubkey.new_unique(),
        scheme=scheme,
        device=device,
        valid_until=world.now + DAY,
    )
    rebind = family.announce_rebinding(
        authority=desk.authority.pubkey(),
        wallet=wallet,
        issuer=desk.issuer,
        person=human.person,
        scheme=scheme,
        device=device,
    )
    alone = family.register_self(wallet=wallet, scheme=scheme, device=device)
    for call in (attest, rebind, alone):
        assert signed_by_anybody(world, call) == family.ErrorCode.NOT_A_PERSON


def signed_by_anybody(world: World, call: Instruction) -> int:
    """The number of the error, in a world that looks at no signature; nothing has changed."""
    payer = world.actor()
    message = Message.new_with_blockhash([call], payer.pubkey(), world.svm.latest_blockhash())
    count = message.header.num_required_signatures
    before = [world.account(each.pubkey) for each in call.accounts]
    result = world.svm.send_transaction(
        Transaction.populate(message, [Signature.default()] * count)
    )
    assert [world.account(each.pubkey) for each in call.accounts] == before
    return int(result.err().err.code)  # type: ignore[union-attr]
