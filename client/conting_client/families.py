"""Families off chain: the salted tree, what proves a membership, and the tree as the chain has it.

The bytes are those of programs/identity/tree.py; a test holds the two together.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Final

from solders.pubkey import Pubkey

from conting_client._errors import AccountMissing, RpcUnavailable
from conting_client._rpc import Rpc
from conting_client.generated import family, ticket
from conting_client.generated.family import DecodeError, Family
from conting_client.history import Call, History

LEAVES: Final = 8
LEVELS: Final = 3
WORD: Final = 32  # bytes
NO_LEAF: Final = bytes(WORD)
MOST_CHANGES: Final = 10_000  # of one family that are read

_LEAF: Final = struct.Struct("<32s32sBq32s")
_MARK: Final = 8  # bytes of an instruction that name it
_INDEX_AND_LEAF: Final = struct.Struct("<8xB32s")


class Role(IntEnum):
    """What somebody is in a family. The chain keeps it in the leaf, and does not ask for it."""

    GUARDIAN = 1
    ADULT = 2
    CHILD = 3


@dataclass(frozen=True, slots=True)
class Proof:
    """What a member keeps: it shows, together with the person's consent, that it is of the family.

    `siblings` are those of `version`: a change of the family makes them old, and new ones are had
    from the issuer. `joined_at` in Unix seconds.
    """

    family: Pubkey
    person: Pubkey
    index: int
    role: int
    joined_at: int
    salt: bytes
    siblings: tuple[bytes, ...]
    version: int

    @property
    def leaf(self) -> bytes:
        """What stands in the tree."""
        return leaf_of(self.family, self.person, self.role, self.joined_at, self.salt)

    @property
    def consent(self) -> bytes:
        """What the person's account keeps once it has agreed."""
        return consent_to(self.leaf, self.salt)

    @property
    def membership(self) -> ticket.Membership:
        """As the ticket program takes it."""
        return ticket.Membership(
            self.index, self.role, self.joined_at, self.salt, tuple(self.siblings)
        )

    def shows(self, root: bytes) -> bool:
        """Whether it leads to this root."""
        return root_of(self.index, self.leaf, self.siblings) == root


@dataclass(frozen=True, slots=True)
class Tree:
    """A family's leaves at a version, and when each was put in: version, and Unix seconds.

    The time is that of the block; None where the node does not know it.
    """

    leaves: tuple[bytes, ...]
    since: tuple[tuple[int, int | None], ...]
    version: int

    def siblings(self, index: int) -> tuple[bytes, ...]:
        """What stands beside the way from a leaf to the root, from the leaves upwards."""
        return siblings_of(self.leaves, index)


def leaf_of(kin: Pubkey, person: Pubkey, role: int, joined_at: int, salt: bytes) -> bytes:
    """What stands in the tree for a member; without the salt it tells nothing."""
    content = _LEAF.pack(bytes(kin), bytes(person), role, joined_at, salt)
    return sha256(b"conting:leaf:v1" + content).digest()


def consent_to(leaf: bytes, salt: bytes) -> bytes:
    """What a member's own account keeps; without the salt it tells nothing."""
    return sha256(b"conting:consent:v1" + leaf + salt).digest()


def root_of(index: int, leaf: bytes, siblings: Sequence[bytes]) -> bytes:
    """The root over leaf `index`, given its siblings from the leaves upwards."""
    node = leaf
    for height, sibling in enumerate(siblings):
        is_left = (index >> height) % 2 == 0
        node = _node(node, sibling) if is_left else _node(sibling, node)
    return node


def siblings_of(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """What stands beside the way from a leaf to the root, from the leaves upwards."""
    level, found = list(leaves), []
    for height in range(LEVELS):
        found.append(level[(index >> height) ^ 1])
        level = [_node(*level[at : at + 2]) for at in range(0, len(level), 2)]
    return tuple(found)


async def read_family(rpc: Rpc, address: Pubkey) -> Family | None:
    """The family at an address, None if there is none. Raises what `Rpc` raises."""
    found = await rpc.account(address)
    if found is None or found.owner != family.PROGRAM_ID:
        return None
    try:
        return Family.decode(found.data)
    except DecodeError:
        return None


async def read_tree(rpc: Rpc, address: Pubkey) -> Tree:
    """The tree of a family, from the transactions that have changed it.

    Raises AccountMissing if there is no such family, RpcUnavailable if the node's ledger does not
    lead to the root that stands on chain, as while a change is on its way.
    """
    found = await read_family(rpc, address)
    if found is None:
        raise AccountMissing(f"there is no family at {address}")
    leaves, version = [NO_LEAF] * LEAVES, 0
    since: list[tuple[int, int | None]] = [(0, None)] * LEAVES
    for time, call in await _changes(rpc, address):
        index, leaf = _INDEX_AND_LEAF.unpack_from(call.data)
        is_join = _names(call)[0] == "join_family"
        version += 1
        leaves[index], since[index] = (leaf if is_join else NO_LEAF), (version, time)
    tree = Tree(tuple(leaves), tuple(since), version)
    if version != found.version or root_of(0, leaves[0], tree.siblings(0)) != found.root:
        raise RpcUnavailable("the node's ledger does not lead to what the family's account says")
    return tree


async def _changes(rpc: Rpc, address: Pubkey) -> list[tuple[int | None, Call]]:
    history = History(rpc)
    past = await history.since(address, None, most=MOST_CHANGES)
    return [
        (each.time, call)
        for each in past
        if not each.failed
        for call in (await history.transaction(each)).calls
        if _changes_family(call, address)
    ]


def _changes_family(call: Call, address: Pubkey) -> bool:
    name, *accounts = _names(call)
    named = dict(zip(accounts, call.accounts, strict=False))
    return name in {"join_family", "remove_member"} and named.get("family") == address


def _names(call: Call) -> tuple[str, ...]:
    if call.program != family.PROGRAM_ID:
        return ("",)
    return family.INSTRUCTIONS.get(call.data[:_MARK], ("",))


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"conting:node:v1" + left + right).digest()
