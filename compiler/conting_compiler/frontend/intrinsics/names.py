"""What each name is that a program imports from the prelude or has from Python."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from conting_compiler.frontend.intrinsics import numeric
from conting_compiler.frontend.intrinsics.numeric import NumberBuiltin
from conting_compiler.frontend.intrinsics.safety import UNCHECKED
from conting_compiler.frontend.intrinsics.table import (
    CLOCK,
    INSTRUCTIONS,
    MINT,
    RENT,
    SIGNER,
    SLOT_HASHES,
    SPL_MINT,
    SPL_TOKEN,
    TOKEN,
    Row,
)
from conting_compiler.frontend.intrinsics.values import KECCAK256, SHA256
from conting_compiler.ir.typesystem import (
    BOOL,
    BYTES,
    F64,
    I64,
    I128,
    PUBKEY,
    STR,
    U8,
    U16,
    U32,
    U64,
    U128,
    IntT,
    ProgramT,
    Type,
    UncheckedT,
)


class Special(Enum):
    """Names that the front end itself gives their meaning."""

    ACCOUNT = "Account"
    ENUM = "Enum"
    ERRORS = "Errors"
    EVENT = "Event"
    SEEDS = "Seeds"
    EMPTY = "Empty"
    ARRAY = "Array"
    METADATA = "Metadata"
    CPI_ACCOUNT = "CpiAccount"
    INSTRUCTION = "instruction"
    DECLARE_ID = "declare_id"
    BYTES_OF = "bytes_of"
    LIST = "List"
    TUPLE = "Tuple"
    OPTION = "Option"
    DATACLASS = "dataclass"
    ARRAY_OF = "array"
    LEN = "len"
    RANGE = "range"
    PRINT = "print"
    SUM = "sum"
    SORTED = "sorted"
    LIST_OF = "list"
    TUPLE_OF = "tuple"
    ENUMERATE = "enumerate"
    ZIP = "zip"
    MAP = "map"
    FILTER = "filter"


@dataclass(frozen=True, slots=True)
class TypeName:
    """A name that stands for a type."""

    type: Type


Builtin = TypeName | Row | Special | NumberBuiltin

_OF_PYTHON: Final = frozenset({
    Special.LEN, Special.RANGE, Special.PRINT, Special.SUM, Special.SORTED, Special.LIST_OF,
    Special.TUPLE_OF, Special.ENUMERATE, Special.ZIP, Special.MAP, Special.FILTER,
})  # fmt: skip
"""What Python itself has; the prelude does not."""

PRELUDE: Final[dict[str, Builtin]] = {
    "u8": TypeName(U8),
    "u16": TypeName(U16),
    "u32": TypeName(U32),
    "u64": TypeName(U64),
    "i8": TypeName(IntT(8, signed=True)),
    "i16": TypeName(IntT(16, signed=True)),
    "i32": TypeName(IntT(32, signed=True)),
    "i64": TypeName(I64),
    "u128": TypeName(U128),
    "i128": TypeName(I128),
    "f64": TypeName(F64),
    **numeric.PRELUDE,
    "size": numeric.SIZE,
    "Pubkey": TypeName(PUBKEY),
    "Signer": TypeName(SIGNER),
    "UncheckedAccount": TypeName(UncheckedT()),
    "Token2022Mint": TypeName(MINT),
    "Token2022Account": TypeName(TOKEN),
    "TokenMint": TypeName(SPL_MINT),
    "TokenAccount": TypeName(SPL_TOKEN),
    "Program": TypeName(ProgramT()),
    "Instructions": TypeName(INSTRUCTIONS),
    "Clock": TypeName(CLOCK),
    "Rent": TypeName(RENT),
    "SlotHashes": TypeName(SLOT_HASHES),
    "keccak256": KECCAK256,
    "sha256": SHA256,
    "unchecked": UNCHECKED,
    **{each.value: each for each in Special if each not in _OF_PYTHON},
}

PYTHON: Final[dict[str, Builtin]] = {
    "bool": TypeName(BOOL),
    "str": TypeName(STR),
    "bytes": TypeName(BYTES),
    **numeric.PYTHON,
    **{each.value: each for each in _OF_PYTHON},
}

NOT_YET: Final = frozenset({"Mint"})
"""Names of Seahorse and Python that this compiler does not have yet."""

_BY_KEY: Final = "use one account per key, at an address with the key among its seeds"
INSTEAD: Final = {
    "int": "name the width, for example 'i64' or 'u64'",
    "AssociatedTokenAccount": "use TokenAccount, made with 'init(…, associated=True)'",
    "float": "write 'f64'",
    "rent_exempt_lamports": "take a parameter 'rent: Rent', and write 'rent.minimum_balance(…)'",
    "isinstance": "drop it: types are known before the program runs",
    "type": "drop it: types are known before the program runs",
    "divmod": "write 'a // b' and 'a % b'",
    "any": "write a loop, or 'x in values'",
    "all": "write a loop, or 'x not in values'",
    "reversed": "copy the list, 'y = x[:]', and call 'y.reverse()'",
    **dict.fromkeys(("Optional", "Union"), "write 'Option[…]'"),
    **dict.fromkeys(("Any", "Final"), "write the type itself"),
    **dict.fromkeys(("Iterable", "Iterator", "Sequence"), "write 'List[…]'"),
    "Callable": "call the function by its name",
    "Literal": "derive a class from Enum",
    **dict.fromkeys(("String", "char"), "write 'str'"),
    "Vec": "write 'List[…]'",
    **{
        f"{name}{bits}": f"write '{letter}{bits}'"
        for name, letter in (
            ("uint", "u"),
            ("Uint", "u"),
            ("UInt", "u"),
            ("int", "i"),
            ("Int", "i"),
        )
        for bits in (8, 16, 32, 64, 128)
    },
    "usize": "write 'u64'",
    "isize": "write 'i64'",
    "f32": "write 'f64'",
    "u256": "write 'u128', the widest there is",
    "i256": "write 'i128', the widest there is",
    **dict.fromkeys(("Dict", "Set", "dict", "set", "HashMap"), _BY_KEY),
    "true": "write 'True'",
    "false": "write 'False'",
    **dict.fromkeys(("null", "nil", "none"), "write 'None'"),
    "emit": "write 'Name(…).emit()', with a class that derives from Event",
    "require": "write 'assert condition, Errors.NAME'",
    "msg": "write 'print(…)'",
}
"""Names of Python and Rust that cannot mean anything on chain, and what to use."""

_BY_THE_CLIENT: Final = "let the client do it: it takes many compute units"
TEXT_METHODS: Final = {
    "encode": "write 'bytes_of(x)'",
    "format": "write an f-string: 'f\"… {x}\"'",
    "join": "put them together with '+' in a loop",
    **dict.fromkeys(
        ("upper", "lower", "title", "strip", "split", "replace", "find", "count"), _BY_THE_CLIENT
    ),
}
"""Methods of Python's str and bytes that the dialect does not have, and what to write."""
LIST_METHODS: Final = {
    "sort": "write 'x = sorted(x)'",
    "push": "write 'x.append(…)'",
    "get": "write 'x[i]'",
    "copy": "write 'x[:]'",
    **dict.fromkeys(("length", "size"), "write 'len(x)'"),
}
"""Methods that lists have elsewhere, and what to write."""
NOT_MADE: Final = {
    "bytes": "write 'bytes_of(…)'",
    "Clock": "take a parameter: 'clock: Clock'",
    "Rent": "take a parameter: 'rent: Rent'",
}
"""Types whose values are not made by a call of the type, and what to write."""
