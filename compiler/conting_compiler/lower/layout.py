"""Where things lie: input region, accounts' data, our use of the heap, requests of the runtime.

Input region and C ABI as the loaders serialise them (facts/solana.md 3.5); offsets in bytes.
"""

from dataclasses import dataclass
from typing import Final

from conting_compiler.ir import typed
from conting_compiler.ir.typesystem import DISCRIMINATOR_SIZE, Type, fixed_size

# an account's record in the input region
RECORD_MARKER: Final = 0
RECORD_SIGNER: Final = 1
RECORD_WRITABLE: Final = 2
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
CLOCK_EPOCH: Final = 16
CLOCK_UNIX_TIMESTAMP: Final = 32

# the heap; runtime/*.ll names the same addresses
HEAP: Final = 0x3_0000_0000
HEAP_USED: Final = HEAP
"""u64: bytes handed out by the bump allocator."""
PROGRAM_ID: Final = HEAP + 16
"""u64: address of this program's own id, set at entry by instructions that call programs."""

# the request of rt_invoke: a SolInstruction, its signer's seeds, then the accounts
INVOKE_PROGRAM: Final = 0
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
    """Of the fields of fixed size."""
    fixed: int
    """Bytes of all fields of fixed size."""
    varying: tuple[str, ...]
    """The fields that follow, each a u32 length and its bytes."""
    types: dict[str, Type]

    @property
    def least(self) -> int:
        """Bytes that every account of the class holds at least, with the discriminator."""
        return DISCRIMINATOR_SIZE + self.fixed + LENGTH_PREFIX * len(self.varying)


def class_layout(definition: typed.AccountClass) -> ClassLayout:
    """The layout of a class: Borsh, packed, fields in order."""
    offsets: dict[str, int] = {}
    end = 0
    for field in definition.fields:
        size = fixed_size(field.type)
        if size is not None:
            offsets[field.name] = end
            end += size
    types = {field.name: field.type for field in definition.fields}
    return ClassLayout(offsets, end, tuple(n for n in types if n not in offsets), types)


def size_of(kind: Type) -> int:
    """Bytes of a type of fixed size."""
    size = fixed_size(kind)
    assert size is not None, f"{kind} has no fixed size"
    return size
