"""Issuers, persons and families on a World, made as their software would make them.

The Merkle tree is written here once more, from its description and not from the program.
"""

import hashlib
import struct
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from conting_client.generated import family
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.programs.world import Outcome, World

DAY: Final = 86_400
NOTICE: Final = DAY
COOL_DOWN: Final = 14 * DAY
YEAR: Final = 365 * DAY
NO_LEAF: Final = bytes(32)
LEAVES: Final = 8


def device_bytes(device: Pubkey) -> bytes:
    """An Ed25519 device key as a Person keeps it."""
    return bytes(device) + b"\0"


@dataclass(frozen=True)
class Human:
    """Somebody with a wallet, a phone, and an account that says who they are."""

    wallet: Keypair
    device: Keypair
    person: Pubkey


def self_attested(world: World, wallet: Keypair | None = None) -> Human:
    """Somebody for whom only the own wallet vouches."""
    wallet, device = wallet or world.actor(), world.actor(0)
    call = family.register_self(
        wallet=wallet.pubkey(),
        scheme=family.Scheme.ED25519,
        device=device_bytes(device.pubkey()),
    )
    world.must(world.send(call, by=wallet))
    person = family.self_person_address(wallet=wallet.pubkey())
    return Human(wallet, device, person)


@dataclass(frozen=True)
class Office:
    """An issuer: its keys and what it can do."""

    world: World
    authority: Keypair
    help_desk: Keypair
    notice: int = NOTICE
    cool_down: int = COOL_DOWN

    @cached_property
    def issuer(self) -> Pubkey:
        """The issuer's account."""
        return family.issuer_address(founder=self.authority.pubkey())

    def register(self) -> Outcome:
        """Makes the issuer's account."""
        call = family.register_issuer(
            founder=self.authority.pubkey(),
            help_desk=self.help_desk.pubkey(),
            notice=self.notice,
            cool_down=self.cool_down,
            name="Whale Harbour Post",
            uri="https://post.example/did.json",
        )
        return self.world.send(call, by=self.authority)

    def nullifier_of(self, name: str) -> Pubkey:
        """The salted hash of who somebody is: the salt is the issuer's secret."""
        return Pubkey(hashlib.sha256(bytes(self.authority) + name.encode()).digest())

    def attest(self, wallet: Keypair, device: Pubkey, nullifier: Pubkey) -> Instruction:
        """Vouches for a year."""
        return family.attest_person(
            authority=self.authority.pubkey(),
            wallet=wallet.pubkey(),
            issuer=self.issuer,
            nullifier=nullifier,
            scheme=family.Scheme.ED25519,
            device=device_bytes(device),
            valid_until=self.world.now + YEAR,
        )

    def person(self, wallet: Keypair | None = None) -> Human:
        """Somebody for whom this issuer vouches."""
        wallet, device = wallet or self.world.actor(), self.world.actor(0)
        nullifier = self.nullifier_of(str(device.pubkey()))
        call = self.attest(wallet, device.pubkey(), nullifier)
        self.world.must(self.world.send(call, by=[wallet, self.authority]))
        person = family.person_address(issuer=self.issuer, nullifier=nullifier)
        return Human(wallet, device, person)


def office(world: World, **rules: int) -> Office:
    """A registered issuer."""
    made = Office(world, world.actor(), world.actor(), **rules)
    world.must(made.register())
    return made


@dataclass(frozen=True)
class Proof:
    """What shows that somebody is of a family: to be sent along with a transfer."""

    index: int
    role: int
    joined_at: int
    salt: bytes
    siblings: tuple[bytes, ...]


def leaf_of(family_: Pubkey, person: Pubkey, role: int, joined_at: int, salt: bytes) -> bytes:
    """A member's leaf."""
    content = bytes(family_) + bytes(person) + struct.pack("<Bq", role, joined_at) + salt
    return hashlib.sha256(b"conting:leaf:v1" + content).digest()


def consent_to(leaf: bytes, salt: bytes) -> bytes:
    """What a member keeps of its leaf."""
    return hashlib.sha256(b"conting:consent:v1" + leaf + salt).digest()


def levels_of(leaves: list[bytes]) -> list[list[bytes]]:
    """The tree from the leaves to the root."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = zip(below[::2], below[1::2], strict=True)
        levels.append(
            [hashlib.sha256(b"conting:node:v1" + left + right).digest() for left, right in pairs]
        )
    return levels


def root_of(leaves: list[bytes]) -> bytes:
    """The root over eight leaves."""
    return levels_of(leaves)[-1][0]


def siblings_of(leaves: list[bytes], index: int) -> tuple[bytes, ...]:
    """What stands beside the way from a leaf to the root, from the leaves upwards."""
    return tuple(
        level[(index >> height) ^ 1] for height, level in enumerate(levels_of(leaves)[:-1])
    )


@dataclass
class Household:
    """A family, as its guardian's phone knows it."""

    office: Office
    guardian: Keypair
    id: Pubkey
    leaves: list[bytes] = field(default_factory=lambda: [NO_LEAF] * LEAVES)
    members: dict[Pubkey, Proof] = field(default_factory=dict)

    @property
    def world(self) -> World:
        """Where it all happens."""
        return self.office.world

    @cached_property
    def family(self) -> Pubkey:
        """The family's account."""
        return family.family_address(issuer=self.office.issuer, family_id=self.id)

    def leaf(self, human: Human) -> bytes:
        """The leaf of a member."""
        known = self.members[human.person]
        return leaf_of(self.family, human.person, known.role, known.joined_at, known.salt)

    def salt(self, index: int) -> bytes:
        """A secret of the family's; the tests' is made from the id, and nobody knows that."""
        return hashlib.sha256(b"salt" + bytes(self.guardian) + bytes([index])).digest()

    def siblings(self, index: int) -> tuple[bytes, ...]:
        """Of a leaf, as the tree is now."""
        return siblings_of(self.leaves, index)

    def put(self, index: int, leaf: bytes) -> Instruction:
        """Takes a leaf in, whatever it stands for."""
        return family.join_family(
            authority=self.office.authority.pubkey(),
            guardian=self.guardian.pubkey(),
            issuer=self.office.issuer,
            family=self.family,
            index=index,
            leaf=leaf,
            siblings=self.siblings(index),
        )

    def join(self, human: Human, index: int | None = None, *, role: int = 1) -> None:
        """Takes somebody into the tree."""
        index = len(self.members) if index is None else index
        made = Proof(index, role, self.world.now, self.salt(index), ())
        leaf = leaf_of(self.family, human.person, role, made.joined_at, made.salt)
        signers = [self.office.authority, self.guardian]
        self.world.must(self.world.send(self.put(index, leaf), by=signers))
        self.leaves[index] = leaf
        self.members[human.person] = made

    def consent(self, human: Human) -> Instruction:
        """The member's own agreement."""
        salt = self.members[human.person].salt
        return family.consent(
            wallet=human.wallet.pubkey(),
            issuer=self.office.issuer,
            person=human.person,
            membership=consent_to(self.leaf(human), salt),
        )

    def welcome(self, *humans: Human) -> None:
        """Takes them in, and they agree."""
        for human in humans:
            self.join(human)
            self.world.must(self.world.send(self.consent(human), by=human.wallet))

    def removal(self, human: Human) -> Instruction:
        """Takes a member out."""
        known = self.members[human.person]
        return family.remove_member(
            authority=self.office.authority.pubkey(),
            issuer=self.office.issuer,
            family=self.family,
            index=known.index,
            leaf=self.leaf(human),
            siblings=self.siblings(known.index),
        )

    def proof(self, human: Human) -> Proof:
        """The member's proof, as the tree is now."""
        known = self.members[human.person]
        siblings = self.siblings(known.index)
        return Proof(known.index, known.role, known.joined_at, known.salt, siblings)


def household(office: Office, *humans: Human) -> Household:
    """A family of these members, founded and agreed to."""
    world = office.world
    guardian = world.actor(0)
    made = Household(office, guardian, Pubkey(hashlib.sha256(bytes(guardian)).digest()))
    call = family.found_family(
        authority=office.authority.pubkey(),
        guardian=guardian.pubkey(),
        issuer=office.issuer,
        family_id=made.id,
        valid_until=world.now + YEAR,
    )
    world.must(world.send(call, by=[office.authority, guardian]))
    made.welcome(*humans)
    return made
