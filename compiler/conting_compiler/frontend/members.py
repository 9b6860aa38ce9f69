"""What to write instead of a field or method that a value does not have, but something like it."""

import ast
from typing import Final

from conting_compiler.frontend.coerce import shown
from conting_compiler.frontend.intrinsics import method_names
from conting_compiler.ir.typed import is_account
from conting_compiler.ir.typesystem import EmptyT, IntT, PubkeyT, Type

_AS_BYTES: Final = frozenset({"to_bytes", "as_ref", "to_le_bytes", "to_be_bytes"})
"""What Rust and Python call the bytes of a key or number."""
_SAME: Final = {"owner": "authority", "authority": "owner"}
"""What SPL Token's accounts and those of Token-2022 call the same thing."""

_WRITTEN: Final = "drop the line: accounts are written as they are changed"
_NEEDLESS: Final = {
    "save": _WRITTEN,
    "exit": _WRITTEN,
    "serialize": _WRITTEN,
    "reload": "drop the line: accounts are read anew each time",
}
"""What other libraries ask for, to store an account or to read it anew."""


def instead_of_member(value: ast.expr, name: str, kind: Type) -> str | None:
    """The fix for `value.name`, if it is known what is meant."""
    if name in _AS_BYTES and isinstance(kind, PubkeyT | IntT):
        return f"write 'bytes_of({shown(value)})'"
    if _SAME.get(name) in method_names(kind):
        return f"write '{shown(value)}.{_SAME[name]}()'"
    return _NEEDLESS.get(name) if isinstance(kind, EmptyT) or is_account(kind) else None
