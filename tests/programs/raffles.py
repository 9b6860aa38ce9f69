"""A show that took place, and what becomes of its entries: NFTs, raffles, deals."""

import hashlib
import struct
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypedDict, Unpack

from conting_client.generated import raffle
from conting_client.generated.raffle import EntryToken, Listing, RaffleEntry, Series, Terms
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.programs.people import DAY, Human
from tests.programs.shows import DOORS, ENDS, OPENS, Show
from tests.programs.world import SOL, TOKEN_2022, Outcome, World

CLOSES: Final = ENDS + 20 * DAY
RAFFLE_CLOSES: Final = DOORS + 3_600
"""Unix seconds; the slot of the draw comes a little later."""
CAP: Final = 3 * SOL
FEE: Final = 250
"""Basis points."""
MAX_HOPS: Final = 2
BOND: Final = SOL // 2
CLAIM_WINDOW: Final = 14 * DAY
SETTLED: Final = 15 * 60
"""Seconds from an entry to its NFT."""
REVEAL_SLOTS: Final = 400
SLOTS_AHEAD: Final = 10_000
"""From the making of a raffle to its draw."""
SECRET: Final = hashlib.sha256(b"nobody knows").digest()
TOKEN_BYTES: Final = 165


class Rules(TypedDict, total=False):
    """What a series may have otherwise."""

    closes: int
    price_cap: int
    fee: int
    max_hops: int
    name: str
    uri: str


class Changes(TypedDict, total=False):
    """What a raffle may have otherwise."""

    winners: int
    opens: int
    closes: int
    claim_window: int
    commit: bytes
    bond: int
    target_slot: int


@dataclass(frozen=True)
class Nft:
    """An entry's NFT: what was made of one seat's entry."""

    entry: Pubkey
    entry_token: Pubkey
    mint: Pubkey


@dataclass
class Bazaar:
    """An event's series, and those who were there."""

    show: Show
    fans: dict[Pubkey, Human] = field(default_factory=dict)
    """By the entry of the ticket program."""

    @property
    def world(self) -> World:
        """The chain."""
        return self.show.world

    @property
    def organiser(self) -> Keypair:
        """Of the event, and so of the series."""
        return self.show.organiser

    @cached_property
    def gate(self) -> Keypair:
        """Lets them in."""
        return self.show.add_gate()

    @cached_property
    def series(self) -> Pubkey:
        """The series' account."""
        return raffle.series_address(event=self.show.event)

    # Entries

    def enter(self, seat: int) -> Human:
        """Somebody buys a seat and enters the show with it."""
        human = self.show.holders.get(seat)
        assert human is not None, "seats are sold before the doors open"
        self.world.must(self.show.check_in(self.gate, seat))
        self.fans[self.show.entry(seat)] = human
        return human

    def nft(self, seat: int) -> Nft:
        """Where the NFT of a seat's entry is, or would be."""
        entry = self.show.entry(seat)
        entry_token = raffle.entry_token_address(entry=entry)
        return Nft(entry, entry_token, raffle.mint_address(entry_token=entry_token))

    def mint_entry(self, seat: int, *, payer: Keypair | None = None) -> Instruction:
        """Makes the NFT of a seat's entry; the fan pays if nobody else does."""
        human = self.show.holders[seat]
        return raffle.mint_entry(
            payer=(payer or human.wallet).pubkey(),
            wallet=human.wallet.pubkey(),
            person=human.person,
            entry=self.show.entry(seat),
            series=self.series,
        )

    def minted(self, seat: int) -> Nft:
        """The NFT, made."""
        call = self.mint_entry(seat)
        self.world.must(self.world.send(call, by=self.show.holders[seat].wallet))
        return self.nft(seat)

    def burn_entry(self, nft: Nft, owner: Keypair) -> Instruction:
        """Ends an NFT."""
        return raffle.burn_entry(
            owner=owner.pubkey(),
            rent_to=self.read_token(nft).rent_to,
            series=self.series,
            entry_token=nft.entry_token,
            token=self.token(nft, owner.pubkey()),
        )

    def read_token(self, nft: Nft) -> EntryToken:
        """What this program keeps of the NFT."""
        return self.world.read(EntryToken, nft.entry_token)

    def read_series(self) -> Series:
        """The series as it is."""
        return self.world.read(Series, self.series)

    def token(self, nft: Nft, owner: Pubkey) -> Pubkey:
        """The token account in which the owner has the NFT; AssertionError if there is none."""
        (found,) = self.tokens(nft, owner)
        return found

    def tokens(self, nft: Nft, owner: Pubkey) -> list[Pubkey]:
        """All token accounts in which the owner has the NFT: one or none."""
        wanted = bytes(nft.mint) + bytes(owner) + struct.pack("<Q", 1)
        accounts = self.world.svm.get_program_accounts(TOKEN_2022)
        return [key for key, each in accounts if bytes(each.data)[:72] == wanted]

    def owner(self, nft: Nft) -> Pubkey:
        """Who has it."""
        mine = bytes(nft.mint)
        (found,) = [
            Pubkey(bytes(each.data)[32:64])
            for _, each in self.world.svm.get_program_accounts(TOKEN_2022)
            if bytes(each.data)[:32] == mine and bytes(each.data)[64:72] == struct.pack("<Q", 1)
        ]
        return found

    # The market

    def list_entry(self, nft: Nft, seller: Keypair, price: int = SOL) -> Instruction:
        """Offers it for sale."""
        return raffle.list_entry(
            seller=seller.pubkey(),
            series=self.series,
            entry_token=nft.entry_token,
            token=self.token(nft, seller.pubkey()),
            nonce=self.read_token(nft).nonce + 1,
            price=price,
        )

    def listed(self, nft: Nft, seller: Keypair, price: int = SOL) -> Listing:
        """It is for sale."""
        self.world.must(self.world.send(self.list_entry(nft, seller, price), by=seller))
        return self.read_listing(nft)

    def read_listing(self, nft: Nft) -> Listing:
        """What it is offered for."""
        return self.world.read(Listing, self.listing(nft))

    def listing(self, nft: Nft) -> Pubkey:
        """The listing's account."""
        return raffle.listing_address(mint=nft.mint)

    def buy_entry(self, nft: Nft, buyer: Keypair, max_price: int = SOL) -> Instruction:
        """Buys it as it is listed."""
        offer = self.read_listing(nft)
        return raffle.buy_entry(
            buyer=buyer.pubkey(),
            seller=offer.seller,
            organiser=self.organiser.pubkey(),
            series=self.series,
            entry_token=nft.entry_token,
            nonce=offer.nonce,
            max_price=max_price,
        )

    def bought(self, nft: Nft, seller: Keypair, buyer: Keypair, price: int = SOL) -> Outcome:
        """It changes hands."""
        self.listed(nft, seller, price)
        return self.world.must(self.world.send(self.buy_entry(nft, buyer, price), by=buyer))

    def cancel_listing(self, nft: Nft) -> Instruction:
        """Takes it back."""
        offer = self.read_listing(nft)
        return raffle.cancel_listing(
            seller=offer.seller, listing=self.listing(nft), escrow=offer.escrow
        )

    def offer_swap(self, nft: Nft, seller: Keypair, wanted: Nft) -> Instruction:
        """Offers it for another one."""
        return raffle.offer_swap(
            seller=seller.pubkey(),
            series=self.series,
            entry_token=nft.entry_token,
            token=self.token(nft, seller.pubkey()),
            nonce=self.read_token(nft).nonce + 1,
            wanted=wanted.mint,
        )

    def accept_swap(self, nft: Nft, taker: Keypair, given: Nft) -> Instruction:
        """Gives another one for it."""
        offer = self.read_listing(nft)
        return raffle.accept_swap(
            taker=taker.pubkey(),
            seller=offer.seller,
            series=self.series,
            offered=nft.entry_token,
            mint=nft.mint,
            wanted_series=self.series,
            wanted=given.entry_token,
            wanted_mint=given.mint,
            wanted_token=self.token(given, taker.pubkey()),
            nonce=offer.nonce,
        )

    # Raffles

    def raffle_of(self, number: int = 0) -> Pubkey:
        """A raffle's account."""
        return raffle.raffle_address(series=self.series, number=number)

    def create_raffle(self, number: int = 0, **changes: Unpack[Changes]) -> Instruction:
        """Goods for those who were there."""
        usual: Changes = {
            "winners": 1,
            "opens": DOORS,
            "closes": RAFFLE_CLOSES,
            "claim_window": CLAIM_WINDOW,
            "commit": hashlib.sha256(SECRET).digest(),
            "bond": BOND,
            "target_slot": self.world.slot + SLOTS_AHEAD,
        }
        terms: Changes = {**usual, **changes}
        return raffle.create_raffle(
            organiser=self.organiser.pubkey(),
            series=self.series,
            number=number,
            terms=Terms(**terms),
            name="A drum of the band",
            uri="https://raffles.example/drum.json",
        )

    def opened(self, number: int = 0, **changes: Unpack[Changes]) -> Pubkey:
        """The raffle, made."""
        self.world.must(self.show.by_organiser(self.create_raffle(number, **changes)))
        return self.raffle_of(number)

    def read_raffle(self, number: int = 0) -> raffle.Raffle:
        """The raffle as it is."""
        return self.world.read(raffle.Raffle, self.raffle_of(number))

    def raffle_entry(self, nft: Nft, number: int = 0) -> Pubkey:
        """What somebody entered a raffle with."""
        return raffle.raffle_entry_address(raffle=self.raffle_of(number), mint=nft.mint)

    def read_entry(self, nft: Nft, number: int = 0) -> RaffleEntry:
        """The entry into the raffle, as it is."""
        return self.world.read(RaffleEntry, self.raffle_entry(nft, number))

    def enter_raffle(self, nft: Nft, entrant: Keypair, number: int = 0) -> Instruction:
        """Burns it to take part."""
        return raffle.enter_raffle(
            entrant=entrant.pubkey(),
            rent_to=self.read_token(nft).rent_to,
            series=self.series,
            raffle=self.raffle_of(number),
            entry_token=nft.entry_token,
            token=self.token(nft, entrant.pubkey()),
        )

    def entered(self, nft: Nft, entrant: Keypair, number: int = 0) -> None:
        """Takes part."""
        self.world.must(self.world.send(self.enter_raffle(nft, entrant, number), by=entrant))

    def reveal_raffle(self, number: int = 0, secret: bytes = SECRET) -> Instruction:
        """Draws with the secret."""
        return raffle.reveal_raffle(
            organiser=self.organiser.pubkey(), raffle=self.raffle_of(number), secret=secret
        )

    def to_draw(self, number: int = 0) -> None:
        """Waits for the hash that decides."""
        self.world.to_slot(self.read_raffle(number).target_slot + 1)

    def drawn(self, number: int = 0) -> raffle.Raffle:
        """The draw, as it should be."""
        self.to_draw(number)
        self.world.must(self.show.by_organiser(self.reveal_raffle(number)))
        return self.read_raffle(number)

    def claim_prize(self, nft: Nft, winner: Keypair, number: int = 0) -> Instruction:
        """Asks for the prize."""
        return raffle.claim_prize(
            winner=winner.pubkey(),
            raffle=self.raffle_of(number),
            raffle_entry=self.raffle_entry(nft, number),
        )

    def create_series(self, **rules: Unpack[Rules]) -> Instruction:
        """The series, by the usual rules but for these."""
        usual: Rules = {
            "closes": CLOSES,
            "price_cap": CAP,
            "fee": FEE,
            "max_hops": MAX_HOPS,
            "name": "Night of the Whales",
            "uri": "https://entries.example/whales",
        }
        chosen: Rules = {**usual, **rules}
        return raffle.create_series(
            organiser=self.organiser.pubkey(), event=self.show.event, **chosen
        )


def bazaars(
    *numbers: int, seats: int = 3, world: World | None = None, **rules: Unpack[Rules]
) -> list[Bazaar]:
    """Events of these numbers, a while after so many fans have entered each, in seats from 0 on."""
    world = world or World()
    made = [Bazaar(Show(world, number)) for number in numbers]
    for each in made:
        world.must(each.show.by_organiser(each.show.create()))
        world.must(each.show.by_organiser(each.show.add_section()))
    world.at(OPENS)
    for each in made:
        for seat in range(seats):
            each.show.sell(seat)
        world.must(each.show.by_organiser(each.create_series(**rules)))
        assert each.gate
    world.at(DOORS)
    for each in made:
        for seat in range(seats):
            each.enter(seat)
    world.wait(SETTLED)
    return made


def bazaar(*, seats: int = 3, **rules: Unpack[Rules]) -> Bazaar:
    """One such event."""
    return bazaars(7, seats=seats, **rules)[0]
