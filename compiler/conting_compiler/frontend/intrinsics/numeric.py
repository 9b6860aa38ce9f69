"""Builtins on numbers. Their types follow from their arguments: frontend/number_builtins.py."""

from enum import Enum
from typing import Final

from conting_compiler.frontend.intrinsics.table import Parameter, Row
from conting_compiler.ir.typesystem import F64, I128, STR, U64


class NumberBuiltin(Enum):
    """Builtins that take numbers of any type; the value is the name in the source."""

    MIN = "min"
    MAX = "max"
    ABS = "abs"
    POW = "pow"
    ROUND = "round"
    FLOOR = "floor"
    CEIL = "ceil"
    INT_BYTES = "int_bytes"


INTRINSIC_OF: Final[dict[NumberBuiltin, str]] = {
    each: f"number.{each.value}" for each in NumberBuiltin if each is not NumberBuiltin.POW
}
_NUMBER: Final = (Parameter("x", F64),)
SIZE: Final = Row(None, "size", "str.size", U64, (Parameter("ob", STR),))
"""Bytes of a text, as UTF-8."""

ROOT: Final = Row(None, "**", "number.root", F64, (Parameter("x", F64),))
"""`x ** 0.5`."""

FUNCTIONS: Final = (
    SIZE,
    ROOT,
    *(Row(None, each.value, name, I128, _NUMBER) for each, name in INTRINSIC_OF.items()),
)
_OF_PRELUDE: Final = (NumberBuiltin.FLOOR, NumberBuiltin.CEIL, NumberBuiltin.INT_BYTES)
PRELUDE: Final = {each.value: each for each in _OF_PRELUDE}
PYTHON: Final = {each.value: each for each in NumberBuiltin if each not in _OF_PRELUDE}
"""What Python has by itself."""
