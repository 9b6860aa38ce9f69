"""Which types have bytes on chain: in an account, in an argument, in an event."""

from typing import Final

from conting_compiler.frontend.declared import Declared
from conting_compiler.ir.typesystem import (
    ArrayT,
    BytesT,
    ClassT,
    ListT,
    OptionT,
    StrT,
    Type,
    fixed_size,
)

_LENGTH_BYTES: Final = 4
_TAG_BYTES: Final = 1


def is_stored(kind: Type, declared: Declared) -> bool:
    """Whether a value of the type has bytes on chain."""
    match kind:
        case StrT() | BytesT():
            return True
        case ListT(element=element) | ArrayT(element=element) | OptionT(inner=element):
            return is_stored(element, declared)
        case ClassT(name=name):
            found = declared.plain_class(name)
            if found is not None and found.event:
                return False
            return found is None or all(is_stored(f.type, declared) for f in found.fields)
        case _:
            return fixed_size(kind) is not None


def least_size(kind: Type, declared: Declared) -> int:
    """Bytes on chain that every value of a stored type takes at least."""
    match kind:
        case OptionT():
            return _TAG_BYTES
        case ArrayT(element=element, length=length):
            return length * least_size(element, declared)
        case ClassT(name=name):
            found = declared.plain_class(name)
            fields = () if found is None else found.fields
            return sum(least_size(each.type, declared) for each in fields)
        case _:
            size = fixed_size(kind)
            return _LENGTH_BYTES if size is None else size
