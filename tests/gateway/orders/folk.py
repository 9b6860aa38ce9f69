"""People whom issuers vouch for, families, draws and cases, made on chain without the gateway."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field

from conting_client import Wallet, register_self, self_person_address
from conting_client.generated import family
from conting_client.generated import ticket as program
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.gateway.chain import PRICE, SOL, Chain, Show
from tests.gateway.orders.shop import once, signed
from tests.gateway.support import Gateway, Json
from tests.programs.people import (
    DAY,
    LEAVES,
    NO_LEAF,
    YEAR,
    consent_to,
    device_bytes,
    leaf_of,
    siblings_of,
)

SECRET = bytes(range(32))
DRAW_SLOTS = 100_000
"""From the making of a draw to its slot: a while after the opening of the sale, an hour later."""


@dataclass(frozen=True)
class Fan:
    """Somebody with a wallet that has money, and an account that says who they are."""

    wallet: Wallet
    person: Pubkey


async def fan(chain: Chain) -> Fan:
    """Somebody for whom the own wallet vouches."""
    wallet = await chain.fund()
    await chain.send(register_self(wallet.key, Keypair().pubkey()), wallet)
    return Fan(wallet, self_person_address(wallet.key))


async def place(gateway: Gateway, kind: str, who: Fan | Wallet, **body: object) -> Json:
    """An order of this kind: built, tried out, not yet signed."""
    wallet = who.wallet if isinstance(who, Fan) else who
    return await gateway.ok(
        "POST", f"/v1/orders/{kind}", who=wallet, body=told(body), headers=once()
    )


async def refusal(gateway: Gateway, kind: str, who: Fan | Wallet, **body: object) -> str:
    """The code with which an order of this kind is refused."""
    wallet = who.wallet if isinstance(who, Fan) else who
    return await gateway.refused(
        "POST", f"/v1/orders/{kind}", who=wallet, body=told(body), headers=once()
    )


async def ordered(gateway: Gateway, kind: str, who: Fan | Wallet, **body: object) -> Json:
    """An order of this kind, signed and confirmed."""
    wallet = who.wallet if isinstance(who, Fan) else who
    built = await place(gateway, kind, who, **body)
    path = f"/v1/orders/{built['order']}/submit"
    done = await gateway.ok("POST", path, who=wallet, body=signed(built, wallet))
    assert (done["state"], done["kind"], done["awaits"]) == ("done", kind, [])
    assert done["account"] == built["account"]
    return done


def told(body: dict[str, object]) -> Json:
    """As JSON has it."""
    return {name: str(each) if isinstance(each, Pubkey) else each for name, each in body.items()}


def base64_of(value: bytes) -> str:
    """As JSON has bytes."""
    return base64.b64encode(value).decode()


async def sell(gateway: Gateway, chain: Chain, show: Show, who: Fan, seat: int) -> Pubkey:
    """A purchase past the gateway, by who has the admission key; the ticket."""
    order = program.buy(
        admission=gateway.keys.admission.pubkey(),
        wallet=who.wallet.key,
        person=who.person,
        event=show.address,
        section=show.section,
        seat=seat,
        max_price=PRICE,
    )
    await chain.send(order, who.wallet, Wallet(gateway.keys.admission))
    return show.ticket(seat)


async def on_sale(gateway: Gateway, chain: Chain, **changes: object) -> Show:
    """A show whose sale is open, without a waiting room."""
    show = await chain.make_show(gateway.keys.admission.pubkey(), **changes)  # type: ignore[arg-type]
    await chain.advance_to(show.opens)
    return show


# Issuers and families


@dataclass(frozen=True)
class Post:
    """An issuer that vouches for people."""

    chain: Chain
    authority: Wallet
    help_desk: Wallet

    @property
    def issuer(self) -> Pubkey:
        return family.issuer_address(founder=self.authority.key)

    async def attest(self, *, seconds: int = YEAR) -> Fan:
        wallet, nullifier = await self.chain.fund(), Keypair().pubkey()
        call = family.attest_person(
            authority=self.authority.key,
            wallet=wallet.key,
            issuer=self.issuer,
            nullifier=nullifier,
            scheme=family.Scheme.ED25519,
            device=device_bytes(Keypair().pubkey()),
            valid_until=await self.chain.rpc.chain_time() + seconds,
        )
        await self.chain.send(call, wallet, self.authority)
        person = family.person_address(issuer=self.issuer, nullifier=nullifier)
        return Fan(wallet, person)

    async def rebind(self, who: Fan) -> Fan:
        """Another wallet takes over, at once."""
        wallet = await self.chain.fund()
        announce = family.announce_rebinding(
            authority=self.authority.key,
            wallet=wallet.key,
            issuer=self.issuer,
            person=who.person,
            scheme=family.Scheme.ED25519,
            device=device_bytes(Keypair().pubkey()),
        )
        shorten = family.shorten_rebinding(
            authority=self.authority.key,
            help_desk=self.help_desk.key,
            issuer=self.issuer,
            person=who.person,
        )
        finish = family.finish_rebinding(person=who.person)
        await self.chain.send(announce, wallet, self.authority)
        await self.chain.send_all([shorten, finish], self.authority, self.help_desk)
        return Fan(wallet, who.person)


async def post(chain: Chain) -> Post:
    """A registered issuer."""
    made = Post(chain, await chain.fund(), Wallet.generate())
    call = family.register_issuer(
        founder=made.authority.key,
        help_desk=made.help_desk.key,
        notice=DAY,
        cool_down=DAY,
        name="Whale Harbour Post",
        uri="https://post.example/did.json",
    )
    await chain.send(call, made.authority)
    return made


@dataclass
class Home:
    """A family, as its guardian's phone knows it."""

    office: Post
    guardian: Wallet
    address: Pubkey
    since: int
    members: list[tuple[Fan, bytes, bytes]] = field(default_factory=list)
    """Each with salt and leaf."""

    @property
    def leaves(self) -> list[bytes]:
        known = [leaf for _, _, leaf in self.members]
        return [*known, *[NO_LEAF] * (LEAVES - len(known))]

    async def welcome(self, who: Fan) -> None:
        salt = secrets.token_bytes(32)
        leaf = leaf_of(self.address, who.person, 1, self.since, salt)
        join = family.join_family(
            authority=self.office.authority.key,
            guardian=self.guardian.key,
            issuer=self.office.issuer,
            family=self.address,
            index=len(self.members),
            leaf=leaf,
            siblings=siblings_of(self.leaves, len(self.members)),
        )
        consent = family.consent(
            wallet=who.wallet.key,
            issuer=self.office.issuer,
            person=who.person,
            membership=consent_to(leaf, salt),
        )
        chain = self.office.chain
        await chain.send(join, self.office.authority, self.guardian)
        await chain.send(consent, who.wallet)
        self.members.append((who, salt, leaf))

    def shows(self, who: Fan) -> Json:
        """What proves that somebody is a member, as a request has it."""
        index = next(at for at, (each, _, _) in enumerate(self.members) if each == who)
        return {
            "index": index,
            "role": 1,
            "joined_at": self.since,
            "salt": base64_of(self.members[index][1]),
            "siblings": [base64_of(each) for each in siblings_of(self.leaves, index)],
        }


async def home(office: Post, *people: Fan) -> Home:
    """A family of these."""
    chain, guardian, number = office.chain, Wallet.generate(), Keypair().pubkey()
    now = await chain.rpc.chain_time()
    call = family.found_family(
        authority=office.authority.key,
        guardian=guardian.key,
        issuer=office.issuer,
        family_id=number,
        valid_until=now + YEAR,
    )
    await chain.send(call, office.authority, guardian)
    address = family.family_address(issuer=office.issuer, family_id=number)
    made = Home(office, guardian, address, now)
    for who in people:
        await made.welcome(who)
    return made


# Draws


async def open_lots(gateway: Gateway, chain: Chain, *, seats: int = 4, **changes: object) -> Show:
    """A show whose one section is drawn, taking entries."""
    show = await chain.make_show(
        gateway.keys.admission.pubkey(),
        seats=seats,
        mode=program.SaleMode.DRAW,
        **changes,  # type: ignore[arg-type]
    )
    call = program.open_draw(
        organiser=show.organiser.key,
        event=show.address,
        section=show.section,
        commit=hashlib.sha256(SECRET).digest(),
        bond=SOL,
        target_slot=await chain.rpc.slot() + DRAW_SLOTS,
        claim_window=DAY,
    )
    await chain.send(call, show.organiser)
    await chain.advance_to(show.opens)
    return show


async def draw(chain: Chain, show: Show) -> None:
    """Moves on to the draw's slot, and draws."""
    key = program.draw_address(section=show.section)
    found = await chain.rpc.account(key)
    assert found is not None
    await chain.advance_to_slot(program.Draw.decode(found.data).target_slot + 2)
    call = program.reveal(
        organiser=show.organiser.key, event=show.address, section=show.section, secret=SECRET
    )
    await chain.send(call, show.organiser)


# Cases


async def accuse(chain: Chain, show: Show, ticket: Pubkey, person: Pubkey) -> None:
    """The organiser wants a ticket void."""
    seeds = [b"case", bytes(ticket), bytes(person)]
    call = program.open_void(
        organiser=show.organiser.key,
        event=show.address,
        ticket=ticket,
        case=Pubkey.find_program_address(seeds, program.PROGRAM_ID)[0],
        rule=7,
        evidence=bytes(32),
    )
    await chain.send(call, show.organiser)
