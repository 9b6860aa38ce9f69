"""A family's Merkle tree: eight leaves, hashes that say whether they are a leaf or a node."""

from seahorse.prelude import Array, Pubkey, bytes_of, i64, sha256, u8

LEVELS = 3
HALF = 2  # a node's place on the level above
LEAF = b"conting:leaf:v1"
NODE = b"conting:node:v1"
CONSENT = b"conting:consent:v1"


def no_leaf() -> Array[u8, 32]:
    """Stands where the tree has no member, and in who has agreed to no family."""
    return Array([
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ], 32)  # fmt: skip


def leaf_of(
    family: Pubkey, person: Pubkey, role: u8, joined_at: i64, salt: Array[u8, 32]
) -> Array[u8, 32]:
    """What stands in the tree for a member; without the salt it tells nothing."""
    return sha256(bytes_of(LEAF, family, person, role, joined_at, salt))


def consent_to(leaf: Array[u8, 32], salt: Array[u8, 32]) -> Array[u8, 32]:
    """What a member's own account keeps of the family; without the salt it tells nothing."""
    return sha256(bytes_of(CONSENT, leaf, salt))


def root_of(index: u8, leaf: Array[u8, 32], siblings: Array[Array[u8, 32], 3]) -> Array[u8, 32]:
    """The root over leaf `index`, given its siblings from the leaves upwards."""
    node = leaf
    place = index
    for level in range(LEVELS):
        if place % HALF == 0:
            node = sha256(bytes_of(NODE, node, siblings[level]))
        else:
            node = sha256(bytes_of(NODE, siblings[level], node))
        place //= HALF
    return node


def empty_root() -> Array[u8, 32]:
    """The root of a tree without members."""
    node = no_leaf()
    for _ in range(LEVELS):
        node = sha256(bytes_of(NODE, node, node))
    return node
