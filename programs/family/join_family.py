"""Issuer and guardian take a member into the family's tree, as a salted hash."""

from identity.tree import no_leaf
from seahorse.prelude import Array, Clock, Signer, instruction, u8

from .errors import FamilyError
from .guards import assert_answers_for
from .members import put_leaf
from .state import MAX_FAMILY, Family, Issuer


@instruction
def join_family(
    authority: Signer,
    guardian: Signer,
    issuer: Issuer,
    family: Family,
    clock: Clock,
    index: u8,
    leaf: Array[u8, 32],
    siblings: Array[Array[u8, 32], 3],
) -> None:
    """Puts `leaf` where the tree is empty, as `siblings` prove, from the leaves upwards.

    The member agrees with `consent`, in a transaction of its own.
    """
    assert_answers_for(authority, issuer, family)
    assert family.guardian == guardian.key(), FamilyError.NOT_GUARDIAN
    assert clock.unix_timestamp() < family.valid_until, FamilyError.EXPIRED
    assert family.size < MAX_FAMILY, FamilyError.FAMILY_FULL
    assert leaf != no_leaf(), FamilyError.EMPTY_LEAF

    put_leaf(family, index, no_leaf(), leaf, siblings)
    family.size += 1
