"""Builtins of lists and loops. What they take and give depends on the list: `frontend.lists` types
their calls; the rows here say what they do.
"""

from typing import Final

from conting_compiler.frontend.intrinsics.table import Kind, Parameter, Row
from conting_compiler.ir.typesystem import NONE, STR, U64, IntT, ListT

LIST: Final = Kind("a List", (ListT,))
_NUMBER: Final = Kind("an integer", (IntT,))
_VALUE: Final = Parameter("value", LIST)
_PLACE: Final = Parameter("index", _NUMBER)
_ANY_LIST: Final = ListT(NONE)


def _changing(method: str, name: str, *parameters: Parameter) -> Row:
    return Row(LIST, method, name, NONE, parameters, writes=True)


APPEND: Final = _changing("append", "list.append", _VALUE)
POP: Final = _changing("pop", "list.pop")
POP_AT: Final = _changing("pop", "list.pop_at", _PLACE)
REMOVE_AT: Final = _changing("remove", "list.remove_at", _PLACE)
INSERT: Final = _changing("insert", "list.insert", _PLACE, _VALUE)
CLEAR: Final = _changing("clear", "list.clear")
EXTEND: Final = _changing("extend", "list.extend", _VALUE)
REVERSE: Final = _changing("reverse", "list.reverse")
LENGTH: Final = Row(LIST, "len", "list.len", U64)
JOINED: Final = Row(None, "+", "list.joined", _ANY_LIST, (_VALUE, _VALUE))
REPEATED: Final = Row(None, "*", "list.repeated", _ANY_LIST, (_VALUE, _PLACE))
SLICE: Final = Row(None, "[:]", "list.slice", _ANY_LIST, (_VALUE, _PLACE, _PLACE))
RANGE_COUNT: Final = Row(None, "range", "range.count", U64, (_PLACE, _PLACE, _PLACE))
RANGE_ITEM: Final = Row(None, "range", "range.item", U64, (_PLACE, _PLACE, _PLACE))
EXACT: Final = Row(LIST, "Array", "list.exact", NONE, (_PLACE,))
"""Faults unless the list has so many elements."""
FOUND: Final = Row(LIST, "index", "list.found", NONE, (_PLACE,))
"""Faults unless the place lies in the list: what was looked for was there."""
PRINT: Final = Row(None, "print", "print", NONE, (Parameter("text", STR),))

ROWS: Final = (
    APPEND, POP, POP_AT, REMOVE_AT, INSERT, CLEAR, EXTEND, REVERSE, LENGTH, JOINED, REPEATED, SLICE,
    RANGE_COUNT, RANGE_ITEM, EXACT, FOUND, PRINT,
)  # fmt: skip
METHODS: Final = (APPEND, POP, INSERT, CLEAR, EXTEND, REVERSE)
STORING: Final = frozenset({APPEND.name, INSERT.name, EXTEND.name})
"""Builtins after which the list holds what they were given."""
JOINING: Final = frozenset({JOINED.name, REPEATED.name, SLICE.name, POP.name, POP_AT.name})
"""Builtins that give what the lists hold that they were given."""
