"""Whether a person is of a family: what other programs ask before they let two deal as one."""

from family.state import Family, Person
from seahorse.prelude import Array, dataclass, i64, u8

from .tree import consent_to, leaf_of, root_of


@dataclass
class Membership:
    """What a member shows: its leaf's content, and the way from there to the root."""

    index: u8
    role: u8
    joined_at: i64
    salt: Array[u8, 32]
    siblings: Array[Array[u8, 32], 3]


def is_in_force(family: Family, now: i64) -> bool:
    """Its issuer has not ended it."""
    return not family.revoked and now < family.valid_until


def is_member(family: Family, person: Person, shown: Membership) -> bool:
    """The family's tree has this person, and this person has agreed to just that leaf."""
    leaf = leaf_of(family.key(), person.key(), shown.role, shown.joined_at, shown.salt)
    agreed = person.membership == consent_to(leaf, shown.salt)
    return agreed and root_of(shown.index, leaf, shown.siblings) == family.root


def is_since(person: Person, shown: Membership, time: i64) -> bool:
    """Issuer and person both have had it so since then, or longer."""
    return shown.joined_at <= time and person.member_since <= time
