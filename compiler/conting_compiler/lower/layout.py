"""Where things lie: input region, accounts' data, our use of the heap, requests of the runtime.

Input region and C ABI as the loaders serialise them (facts/solana.md 3.5); offsets in bytes.
"""

from dataclasses import dataclass
from typing import Final

from conting_compiler.ir import typed
from conting_compiler.ir.typesystem import DISCRIMINATOR_SIZE, BytesT, StrT, Type, fixed_size

# an account's record in the input region
RECORD_MARKER: Final = 0
RECORD_SIGNER: Final = 1
RECORD_WRITABLE: Final = 2
RECORD_EXECUTABLE: Final = 3
RECORD_TAIL: Final = 4
"""u32, ours: from HEAP to the decoded tail of an account of a class that has one; 0 before."""
RECORD_KEY: Final = 8
RECORD_OWNER: Final = 40
RECORD_LAMPORTS: Final = 72
RECORD_LENGTH: Final = 80
RECORD_DATA: Final = 88
RECORD_EMPTY_SIZE: Final = 10_336
"""Bytes from a record without data to the next one; data adds its length rounded up to 8."""
DUPLICATE_SIZE: Final = 8
UNIQUE: Final = 0xFF
FIELDS: Final = RECORD_DATA + DISCRIMINATOR_SIZE

# the Clock sysvar
CLOCK_SIZE: Final = 40
CLOCK_SLOT: Final = 0
CLOCK_EPOCH_START: Final = 8
CLOCK_EPOCH: Final = 16
CLOCK_LEADER_EPOCH: Final = 24
CLOCK_UNIX_TIMESTAMP: Final = 32

# the heap; runtime/*.ll names the same addresses
HEAP: Final = 0x3_0000_0000
HEAP_USED: Final = HEAP
"""u64: bytes handed out by the bump allocator."""
HEAP_FIRST: Final = HEAP + 1280
"""What is handed out begins here."""
HEAP_SIZE: Final = 31_488
"""Bytes to hand out."""
SYSTEM_RECORD: Final = HEAP + 24
TOKEN_RECORD: Final = HEAP + 32
"""u64 each: the accounts of System and SPL Token, set at entry by instructions that make associated
token accounts.
"""
PROGRAM_ID: Final = HEAP + 16
"""u64: address of this program's own id, set at entry by instructions that call programs."""

# the request of rt_invoke: a SolInstruction, its signer's seeds, then the accounts
INVOKE_PROGRAM: Final = 0
INVOKE_METAS: Final = 8
INVOKE_COUNT: Final = 16
INVOKE_DATA: Final = 24
INVOKE_DATA_LENGTH: Final = 32
INVOKE_SEEDS: Final = 40
INVOKE_SEED_COUNT: Final = 48
INVOKE_ACCOUNTS: Final = 56
ACCOUNT_WRITABLE: Final = 1
ACCOUNT_SIGNER: Final = 2

# the request of rt_find_address and rt_create
CREATE_PAYER: Final = 0
CREATE_TARGET: Final = 8
CREATE_RENT_SIZE: Final = 16
CREATE_SPACE: Final = 24
CREATE_OWNER: Final = 32
CREATE_SEED_COUNT: Final = 40
CREATE_BUMP: Final = 48
CREATE_SEEDS: Final = 112
SLICE_SIZE: Final = 16
SLICES_ADDED: Final = 3
"""What the runtime appends to the seeds: bump, program id, marker."""
MAX_SEEDS: Final = 15

LENGTH_PREFIX: Final = 4


@dataclass(frozen=True, slots=True)
class ClassLayout:
    """The data of an account class, offsets counted from the end of its discriminator."""

    offsets: dict[str, int]
    """Of the fields that are read and written in place."""
    fixed: int
    """Bytes of all fields in `offsets`."""
    varying: tuple[str, ...]
    """The texts that follow, each a u32 length and its bytes, read in place."""
    types: dict[str, Type]
    tail: tuple[str, ...] = ()
    """The fields that follow where they cannot be used in place: on the heap while the instruction
    runs. Then nothing is `varying`.
    """

    @property
    def least(self) -> int:
        """Bytes that every account of the class holds at least, with the discriminator."""
        return DISCRIMINATOR_SIZE + self.fixed + LENGTH_PREFIX * len(self.varying)


def class_layout(
    definition: typed.AccountClass, assigned: frozenset[str] = frozenset()
) -> ClassLayout:
    """The layout of a class: Borsh, packed, fields in order.

    `assigned` are the fields that the program assigns: a text among them is not used in place.
    """
    types = {field.name: field.type for field in definition.fields}
    names = list(types)
    sizes = {name: fixed_size(kind) for name, kind in types.items()}
    first = next((i for i, name in enumerate(names) if sizes[name] is None), len(names))
    offsets: dict[str, int] = {}
    end = 0
    for name in names[:first]:
        offsets[name] = end
        end += sizes[name] or 0
    rest = tuple(names[first:])
    in_place = all(isinstance(types[n], StrT | BytesT) and n not in assigned for n in rest)
    return ClassLayout(offsets, end, rest if in_place else (), types, () if in_place else rest)


def size_of(kind: Type) -> int:
    """Bytes of a type of fixed size."""
    size = fixed_size(kind)
    assert size is not None, f"{kind} has no fixed size"
    return size
