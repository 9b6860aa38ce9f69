"""What a wallet may order of the raffle program through a gateway: NFTs of entries, their market,
and raffles.

    mine = EntryNft.of(event, entry)
    await gateway.orders.place(me, list_entry(me, mine, price=SOL // 2))

Like `order_asks`: each function gives the instruction that it asks for, built here, and the request
that asks for it. Prices, secrets, and whose NFT goes where for which other one are never left open.
"""

from base64 import b64encode
from dataclasses import asdict, dataclass
from typing import Any, Final

from solders.pubkey import Pubkey

from conting_client.generated import raffle as program
from conting_client.order_asks import OPEN, Asked, Buyer

INCINERATOR: Final = Pubkey.from_string("1nc1nerator11111111111111111111111111111111")
"""The runtime burns what lies there: a lost bond."""


@dataclass(frozen=True, slots=True)
class EntryNft:
    """The NFT of an entry, by its account of the raffle program; `series` has its rules."""

    series: Pubkey
    entry_token: Pubkey

    @classmethod
    def of(cls, event: Pubkey, entry: Pubkey) -> "EntryNft":
        """The only one that can be made of this entry, an account of the ticket program."""
        series = program.series_address(event=event)
        return cls(series, program.entry_token_address(entry=entry))

    @property
    def mint(self) -> Pubkey:
        """Its mint."""
        return program.mint_address(entry_token=self.entry_token)

    def told(self) -> dict[str, Any]:
        """As requests name it."""
        return {"entry_token": str(self.entry_token)}


@dataclass(frozen=True, slots=True)
class Offer:
    """An NFT on offer, as it was seen: the gateway's lists tell seller and nonce."""

    nft: EntryNft
    seller: Pubkey
    nonce: int

    def told(self) -> dict[str, Any]:
        """As requests name it."""
        return self.nft.told() | {"seller": str(self.seller), "nonce": self.nonce}


@dataclass(frozen=True, slots=True)
class Rules:
    """How the entries of an event are traded, for good."""

    closes: int
    """Unix seconds: nothing is made, traded or entered from then on."""
    price_cap: int
    """Lamports; 0 where entries are only swapped."""
    fee: int
    """Basis points of each price, for the organiser."""
    max_hops: int
    """How often one entry may change hands."""
    name: str
    uri: str


def create_series(who: Buyer, event: Pubkey, rules: Rules) -> Asked:
    """Makes the event's only series; who orders this is its organiser."""
    wanted = program.create_series(
        organiser=who.key,
        event=event,
        closes=rules.closes,
        price_cap=rules.price_cap,
        fee=rules.fee,
        max_hops=rules.max_hops,
        name=rules.name,
        uri=rules.uri,
    )
    return Asked(wanted, {"event": str(event)} | asdict(rules))


def mint_entry(
    who: Buyer,
    event: Pubkey,
    entry: Pubkey,
    *,
    person: Pubkey | None = None,
    wallet: Pubkey | None = None,
) -> Asked:
    """Makes the NFT of an entry; who orders this pays.

    `person` and `wallet`: who entered, and gets it, if that is somebody else.
    """
    wanted = program.mint_entry(
        payer=who.key,
        wallet=wallet or who.key,
        person=person or who.account,
        entry=entry,
        series=program.series_address(event=event),
    )
    return Asked(wanted, {"entry": str(entry)})


def list_entry(who: Buyer, nft: EntryNft, *, price: int) -> Asked:
    """Offers it for `price` lamports."""
    wanted = program.list_entry(
        seller=who.key,
        series=nft.series,
        entry_token=nft.entry_token,
        nonce=0,
        price=price,
        token=OPEN,
        escrow=OPEN,
    )
    return Asked(wanted, nft.told() | {"price": price})


def offer_swap(who: Buyer, nft: EntryNft, *, wanted: Pubkey) -> Asked:
    """Offers it for the NFT of the mint `wanted`."""
    step = program.offer_swap(
        seller=who.key,
        series=nft.series,
        entry_token=nft.entry_token,
        nonce=0,
        wanted=wanted,
        token=OPEN,
        escrow=OPEN,
    )
    return Asked(step, nft.told() | {"wanted": str(wanted)})


def cancel_listing(who: Buyer, nft: EntryNft) -> Asked:
    """Takes it back, whatever it was offered for."""
    wanted = program.cancel_listing(
        seller=who.key, listing=program.listing_address(mint=nft.mint), escrow=OPEN
    )
    return Asked(wanted, nft.told())


def buy_entry(who: Buyer, offer: Offer, *, max_price: int) -> Asked:
    """Buys just what was seen, for at most `max_price` lamports and the rent of a token account."""
    wanted = program.buy_entry(
        buyer=who.key,
        seller=offer.seller,
        organiser=OPEN,
        series=offer.nft.series,
        entry_token=offer.nft.entry_token,
        nonce=offer.nonce,
        max_price=max_price,
    )
    return Asked(wanted, offer.told() | {"max_price": max_price})


def accept_swap(who: Buyer, offer: Offer, *, given: EntryNft) -> Asked:
    """Gives `given` for just what was seen."""
    wanted = program.accept_swap(
        taker=who.key,
        seller=offer.seller,
        series=offer.nft.series,
        offered=offer.nft.entry_token,
        mint=offer.nft.mint,
        wanted_series=given.series,
        wanted=given.entry_token,
        wanted_mint=given.mint,
        wanted_token=OPEN,
        nonce=offer.nonce,
    )
    return Asked(wanted, offer.told() | {"given": str(given.entry_token)})


def create_raffle(
    who: Buyer, event: Pubkey, number: int, terms: program.Terms, *, name: str, uri: str
) -> Asked:
    """Makes a raffle among the event's entries; who orders this pays the bond of its terms."""
    wanted = program.create_raffle(
        organiser=who.key,
        series=program.series_address(event=event),
        number=number,
        terms=terms,
        name=name,
        uri=uri,
    )
    body = asdict(terms) | {
        "event": str(event),
        "number": number,
        "commit": b64encode(terms.commit).decode(),
        "name": name,
        "uri": uri,
    }
    return Asked(wanted, body)


def reveal_raffle(raffle: Pubkey, secret: bytes) -> Asked:
    """Draws, and gives the bond back. Not before the raffle's target slot: the gateway reads it."""
    wanted = program.reveal_raffle(organiser=OPEN, raffle=raffle, secret=secret)
    return Asked(wanted, {"raffle": str(raffle), "secret": b64encode(secret).decode()})


def draw_without_secret(raffle: Pubkey) -> Asked:
    """Draws a raffle whose secret was not told in time, and burns the bond; for anybody."""
    wanted = program.draw_without_secret(incinerator=INCINERATOR, raffle=raffle)
    return Asked(wanted, {"raffle": str(raffle)})


def enter_raffle(who: Buyer, nft: EntryNft, raffle: Pubkey) -> Asked:
    """Takes part in a raffle; the NFT is burned."""
    wanted = program.enter_raffle(
        entrant=who.key,
        rent_to=OPEN,
        series=nft.series,
        raffle=raffle,
        entry_token=nft.entry_token,
        token=OPEN,
    )
    return Asked(wanted, nft.told() | {"raffle": str(raffle)})


def claim_prize(who: Buyer, nft: EntryNft, raffle: Pubkey) -> Asked:
    """Claims the prize that the place of a burned NFT has won."""
    place = program.raffle_entry_address(raffle=raffle, mint=nft.mint)
    wanted = program.claim_prize(winner=who.key, raffle=raffle, raffle_entry=place)
    return Asked(wanted, nft.told() | {"raffle": str(raffle)})
