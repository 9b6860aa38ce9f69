"""A crowd on a series' market and in its raffles, and what has to hold whatever it does."""

import struct
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Final

from conting_client.generated import raffle
from conting_client.generated.raffle import EntryToken, Listing, PrizeState, Raffle, RaffleEntry
from conting_client.generated.raffle import RaffleState as State
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.programs.people import DAY
from tests.programs.raffle_calls import CLOSE_FROM, INCINERATOR, close_entry_token, close_series
from tests.programs.raffles import (
    CAP,
    MAX_HOPS,
    REVEAL_SLOTS,
    SECRET,
    SLOTS_AHEAD,
    Bazaar,
    Nft,
    bazaar,
)
from tests.programs.world import TOKEN_2022

SEATS: Final = 5
STRANGERS: Final = 2
RAFFLES: Final = 3
WINNERS: Final = 2


@dataclass
class Crowd:
    """Fans with entries, others with money only, and an organiser; each tries what it likes."""

    on: Bazaar = field(default_factory=lambda: bazaar(seats=SEATS))
    people: list[Keypair] = field(default_factory=list)
    accepted: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        fans = [self.on.show.holders[seat].wallet for seat in range(SEATS)]
        strangers = [self.on.world.actor() for _ in range(STRANGERS)]
        self.people = [*fans, *strangers, self.on.organiser]

    # What is there

    def nfts(self) -> list[Nft]:
        """Those that were made, burned or not."""
        every = (self.on.nft(seat) for seat in range(SEATS))
        return [each for each in every if self.on.world.exists(each.entry_token)]

    def owners(self) -> dict[Pubkey, Pubkey]:
        """Who has the NFT of which mint."""
        found = {}
        for _, account in self.on.world.svm.get_program_accounts(TOKEN_2022):
            data = bytes(account.data)
            if data[64:72] == struct.pack("<Q", 1):
                mint, owner = Pubkey(data[:32]), Pubkey(data[32:64])
                if any(mint == nft.mint for nft in self.nfts()):
                    assert mint not in found, "two have it"
                    found[mint] = owner
        return found

    def owner(self, nft: Nft) -> Keypair | None:
        """The wallet that has it; None while it is on offer, or burned."""
        key = self.owners().get(nft.mint)
        return next((each for each in self.people if each.pubkey() == key), None)

    def raffles(self) -> list[int]:
        """The numbers of those that were made."""
        return [n for n in range(RAFFLES) if self.on.world.exists(self.on.raffle_of(n))]

    # What they do

    def send(self, name: str, call: Instruction, *signers: Keypair) -> None:
        """Sends it, come what may; no lamport is made or lost but for the fee."""
        named = {meta.pubkey for meta in call.accounts} | {each.pubkey() for each in signers}
        before = sum(map(self.on.world.lamports, named))
        outcome = self.on.world.send(call, by=signers)
        self.accepted[name] += outcome.accepted
        assert sum(map(self.on.world.lamports, named)) == before - outcome.fee, name

    def mint(self, seat: int, payer: int) -> None:
        """Anybody makes the NFT of a seat's entry."""
        by = self.people[payer]
        self.send("mint_entry", self.on.mint_entry(seat, payer=by), by)

    def burn(self, nft: Nft) -> None:
        """The owner ends it."""
        owner = self.owner(nft)
        if owner is not None:
            self.send("burn_entry", self.on.burn_entry(nft, owner), owner)

    def list_entry(self, nft: Nft, price: int) -> None:
        """The owner offers it for money."""
        owner = self.owner(nft)
        if owner is not None:
            self.send("list_entry", self.on.list_entry(nft, owner, price), owner)

    def offer(self, nft: Nft, wanted: Nft) -> None:
        """The owner offers it for another one."""
        owner = self.owner(nft)
        if owner is not None:
            self.send("offer_swap", self.on.offer_swap(nft, owner, wanted), owner)

    def buy(self, nft: Nft, buyer: int, max_price: int) -> None:
        """Somebody buys what is listed."""
        if self.on.world.exists(self.on.listing(nft)):
            by = self.people[buyer]
            self.send("buy_entry", self.on.buy_entry(nft, by, max_price), by)

    def accept(self, nft: Nft, given: Nft) -> None:
        """The owner of another one accepts."""
        taker = self.owner(given)
        if taker is not None and self.on.world.exists(self.on.listing(nft)):
            self.send("accept_swap", self.on.accept_swap(nft, taker, given), taker)

    def cancel(self, nft: Nft, *, own: bool) -> None:
        """The seller takes it back, or somebody else tries."""
        if not self.on.world.exists(self.on.listing(nft)):
            return
        seller = self.on.read_listing(nft).seller
        by = next(each for each in self.people if (each.pubkey() == seller) == own)
        call = self.on.cancel_listing(nft)
        if own:
            self.send("cancel_listing", call, by)
        else:
            stranger = AccountMeta(by.pubkey(), is_signer=True, is_writable=True)
            metas = [stranger if meta.pubkey == seller else meta for meta in call.accounts]
            forged = Instruction(call.program_id, bytes(call.data), metas)
            self.send("a theft", forged, by)

    def open_raffle(self, number: int) -> None:
        """The organiser makes the next one."""
        closes = self.on.world.now + 3_600
        terms = self.on.create_raffle(
            number, winners=WINNERS, closes=closes, target_slot=self.on.world.slot + 5_000
        )
        self.send("create_raffle", terms, self.on.organiser)

    def enter(self, nft: Nft, number: int) -> None:
        """The owner burns it to take part."""
        owner = self.owner(nft)
        if owner is not None and number in self.raffles():
            self.send("enter_raffle", self.on.enter_raffle(nft, owner, number), owner)

    def draw(self, number: int, caller: int, *, told: bool) -> None:
        """Somebody draws, with the right secret or without one."""
        if number not in self.raffles():
            return
        by = self.people[caller]
        if told:
            self.send("reveal_raffle", self.on.reveal_raffle(number, SECRET), by)
        else:
            call = raffle.draw_without_secret(
                incinerator=INCINERATOR, raffle=self.on.raffle_of(number)
            )
            self.send("draw_without_secret", call, by)

    def reach_draw(self, number: int) -> None:
        """Time passes until the raffle's slot is over."""
        if number in self.raffles():
            world = self.on.world
            world.to_slot(max(world.slot, self.on.read_raffle(number).target_slot + 1))

    def taking_part(self) -> list[tuple[Nft, int]]:
        """What was burned for which raffle."""
        every = [(self.on.nft(s), n) for s in range(SEATS) for n in range(RAFFLES)]
        return [each for each in every if self.on.world.exists(self.on.raffle_entry(*each))]

    def claim(self, nft: Nft, number: int) -> None:
        """Who took part with it claims."""
        entrant = self.on.read_entry(nft, number).entrant
        by = next(each for each in self.people if each.pubkey() == entrant)
        self.send("claim_prize", self.on.claim_prize(nft, by, number), by)

    def deliver(self, nft: Nft, number: int) -> None:
        """The organiser hands over a prize."""
        call = raffle.mark_delivered(
            organiser=self.on.organiser.pubkey(),
            raffle=self.on.raffle_of(number),
            raffle_entry=self.on.raffle_entry(nft, number),
        )
        self.send("mark_delivered", call, self.on.organiser)

    def close(self, caller: int) -> None:
        """Somebody closes what may be closed."""
        by, series = self.people[caller], self.on.series
        organiser = self.on.organiser.pubkey()
        for nft, number in self.taking_part():
            entry, place = self.on.read_entry(nft, number), self.on.raffle_entry(nft, number)
            call = raffle.close_raffle_entry(
                entrant=entry.entrant, raffle=entry.raffle, raffle_entry=place
            )
            self.send("close_raffle_entry", call, by)
        for number in self.raffles():
            call = raffle.close_raffle(
                organiser=organiser, series=series, raffle=self.on.raffle_of(number)
            )
            self.send("close_raffle", call, by)
        for seat in range(SEATS):
            if self.on.world.exists(self.on.nft(seat).entry_token):
                self.send("close_entry_token", close_entry_token(self.on, seat), by)
        if self.on.world.exists(series):
            self.send("close_series", close_series(self.on), by)

    def end(self) -> None:
        """Everybody goes home: whatever had happened, nothing stays behind, and nobody is stuck."""
        for seat in range(SEATS):  # a listing may outlive the account of its entry
            self.cancel(self.on.nft(seat), own=True)
        world = self.on.world
        world.at(max(world.now, CLOSE_FROM))
        world.to_slot(world.slot + 2 * REVEAL_SLOTS + SLOTS_AHEAD)
        for number in self.raffles():
            self.draw(number, 0, told=False)
        world.wait(200 * DAY)
        self.close(0)
        assert not list(world.svm.get_program_accounts(world.program("raffle")))

    # What has to hold

    def check(self) -> None:
        """Everything that the design promises of entries, raffles and deals."""
        owners = self.owners()
        for nft in self.nfts():
            self._check_nft(nft, owners)
        for number in self.raffles():
            self._check_raffle(number)

    def _check_nft(self, nft: Nft, owners: dict[Pubkey, Pubkey]) -> None:
        kept = self.on.world.read(EntryToken, nft.entry_token)
        listing = self.on.listing(nft)
        if kept.burned:
            assert nft.mint not in owners
            assert not self.on.world.exists(nft.mint)
            assert not self.on.world.exists(listing)
            return
        mint = self.on.world.account(nft.mint)
        assert mint is not None
        assert bytes(mint.data)[36:44] == struct.pack("<Q", 1)
        assert kept.hops <= MAX_HOPS
        listed = self.on.world.exists(listing)
        assert (owners[nft.mint] == listing) == listed
        if listed:
            offer = self.on.world.read(Listing, listing)
            assert offer.nonce == kept.nonce
            assert offer.price <= CAP
            assert (offer.price == 0) == (offer.wanted != Pubkey.default())

    def _check_raffle(self, number: int) -> None:
        key = self.on.raffle_of(number)
        found = self.on.world.read(Raffle, key)
        above = self.on.world.lamports(key) - self.on.world.rent_of(key)
        assert above == (found.bond if found.state == State.OPEN else 0)
        entries = [
            self.on.world.read(RaffleEntry, place)
            for place in (self.on.raffle_entry(self.on.nft(seat), number) for seat in range(SEATS))
            if self.on.world.exists(place)
        ]
        assert len(entries) == found.kept <= found.entries
        assert len({each.index for each in entries}) == len(entries)
        won = [each for each in entries if each.state != PrizeState.ENTERED]
        assert len({each.place for each in won}) == len(won) <= min(WINNERS, found.entries)
        assert all(each.place < WINNERS for each in won)

    def entered_once(self) -> None:
        """No NFT takes part twice, whatever the raffle."""
        taken: dict[Pubkey, int] = defaultdict(int)
        for number in range(RAFFLES):
            for seat in range(SEATS):
                nft = self.on.nft(seat)
                taken[nft.mint] += self.on.world.exists(self.on.raffle_entry(nft, number))
        assert all(count <= 1 for count in taken.values())

    def pass_time(self, step: int) -> None:
        """A little, to the next draw or round, to the end of the claims, or of it all."""
        world = self.on.world
        slots = [self.on.read_raffle(n).target_slot for n in self.raffles()]
        ahead = [each for each in slots if each >= world.slot]
        if step == 0:
            world.wait(60)
        elif step in (1, 2) and ahead:
            world.to_slot(min(ahead) + (1 if step == 1 else REVEAL_SLOTS + 1))
        elif step == 3:
            world.wait(15 * 86_400)
