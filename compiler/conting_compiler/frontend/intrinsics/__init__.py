"""What the prelude offers, as tables: adding a builtin means adding a row.

`table` has the shape of the rows, `accounts`, `tokens`, `chain` and `values` hold them, `names`
says what each name of the prelude is, and this module finds rows.
"""

from typing import Final

from conting_compiler.frontend.intrinsics import (
    accounts,
    chain,
    events,
    lists,
    numeric,
    safety,
    spl,
    tokens,
    values,
)
from conting_compiler.frontend.intrinsics.table import Row, fits
from conting_compiler.ir.typesystem import Type

METHODS: Final = accounts.METHODS + tokens.METHODS + spl.METHODS + chain.METHODS + values.METHODS
FUNCTIONS: Final = (*values.FUNCTIONS, *numeric.FUNCTIONS, safety.UNCHECKED)
SPECIAL: Final = (events.EMIT, values.FIND_ADDRESS, *values.SLICES, *values.TEXTS)
BY_NAME: Final[dict[str, Row]] = {
    row.name: row for row in METHODS + FUNCTIONS + SPECIAL + lists.ROWS
}


def find_method(receiver: Type, method: str) -> Row | None:
    """The row of a method for a receiver of this type."""
    rows = (row for row in METHODS if row.method == method and fits(receiver, row.receiver))
    return next(rows, None)


def method_names(receiver: Type) -> list[str]:
    """All methods that a receiver of this type has."""
    if fits(receiver, lists.LIST):
        return [row.method for row in lists.METHODS]
    return [row.method for row in METHODS if fits(receiver, row.receiver)]
