"""An issuer takes a member out of a family's tree."""

from identity.tree import no_leaf
from seahorse.prelude import Array, Signer, instruction, u8

from .errors import FamilyError
from .guards import assert_answers_for
from .members import put_leaf
from .state import Family, Issuer


@instruction
def remove_member(
    authority: Signer,
    issuer: Issuer,
    family: Family,
    index: u8,
    leaf: Array[u8, 32],
    siblings: Array[Array[u8, 32], 3],
) -> None:
    """Empties the place of `leaf`. The guardian is not asked: its key may be lost, or be the wrong.

    The member's own consent stays until `leave_family`, and proves nothing without the leaf.
    """
    assert_answers_for(authority, issuer, family)
    assert leaf != no_leaf(), FamilyError.EMPTY_LEAF

    put_leaf(family, index, leaf, no_leaf(), siblings)
    family.size -= 1
