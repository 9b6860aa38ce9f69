"""The one way in which a family's members change."""

from identity.tree import root_of
from seahorse.prelude import Array, u8

from .errors import FamilyError
from .events import FamilyChanged
from .state import TREE_LEAVES, Family


def put_leaf(
    family: Family,
    index: u8,
    old: Array[u8, 32],
    new: Array[u8, 32],
    siblings: Array[Array[u8, 32], 3],
) -> None:
    """Puts `new` in the place of `old`, which has to stand there: so `size` is the truth."""
    assert index < TREE_LEAVES, FamilyError.NO_SUCH_LEAF
    assert root_of(index, old, siblings) == family.root, FamilyError.BAD_PROOF

    family.root = root_of(index, new, siblings)
    family.version += 1
    FamilyChanged(family.key(), family.version, index, new).emit()
