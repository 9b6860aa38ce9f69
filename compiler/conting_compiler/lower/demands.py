"""What the instructions of a program demand of their accounts, as one constant.

The constant: for each instruction a list, then constant keys, then the entries that the lists name,
then for each list, in the order of discriminators, u16 where it begins.
A list: the instruction's discriminator; u16, how many bytes its data must have, or ANY; u16, how
many accounts must be there, plus CLOCK if the clock is to be read, plus LATE if the instruction
itself has its accounts checked, after its arguments; for each account to check u16,
from the list's start to its entry; END; the guards that the instruction begins with (guards.py).
An entry, of what is demanded of an account: u32 mask and u32 value of the record's first four
bytes, u64 discriminator and u32 least length of an account of this program, u16 which check it
needs, u16 traits: whether it may be an earlier account again, whether it may be missing: then the
program's own id stands in its place, and its cell has the lowest bit set. Mask and value of one
that may be missing stand where others have a discriminator; the first two fit nothing.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from conting_compiler.ir import typed
from conting_compiler.ir.typesystem import (
    PUBKEY_SIZE,
    AccountLikeT,
    AccountT,
    MintT,
    ProgramT,
    TokenAccountT,
)
from conting_compiler.lower import accounts, arguments, guards, judge, layout
from conting_compiler.lower.context import ModuleContext

ENTRY: Final = struct.Struct("<IIQIHH")
VALUE, DISCRIMINATOR, LEAST, CHECK, TRAITS = 4, 8, 16, 20, 22
LIST_LENGTH, LIST_COUNT, FIRST, STEP, END, ANY = 8, 10, 12, 2, 0xFFFF, 0xFFFF
NOTHING, OWN, FIRST_OTHER = 0, 1, 2
"""Checks: none, owner and discriminator and length by the entry, others by themselves."""
SIGNER, WRITABLE = 0x0100, 0x010000
CLOCK, LATE = 0x8000, 0x4000
FLAGS = 32
"""Bits of the record's flags, and of mask and value."""
MAY_REPEAT, OPTIONAL = 1, 2


@dataclass(frozen=True, slots=True)
class Demand:
    """What an instruction demands of an account."""

    type: AccountLikeT
    signer: bool
    writable: bool
    address: bytes | None
    optional: bool
    alone: bool

    @classmethod
    def of(cls, account: typed.AccountParam) -> "Demand":
        """That of a parameter."""
        flags = account.signer, account.writable
        return cls(account.type, *flags, account.address, account.optional, account.alone)


@dataclass(frozen=True, slots=True)
class Plan:
    """The constant, where in it each instruction's list begins, and the checks beyond entries."""

    content: bytes
    lists: dict[str, int]
    index: int
    """Where in the constant the lists are named."""
    checks: tuple[Demand, ...]
    optional: bool
    """Whether any account may be missing."""
    guarded: bool
    """Whether any instruction has guards."""
    bodies: dict[str, tuple[typed.Stmt, ...]]
    """What is left of each instruction's body without its guards."""

    @classmethod
    def of(cls, module: ModuleContext) -> "Plan | None":
        """That of the whole program; None if it is too large for its offsets."""
        instructions = module.program.instructions
        taken = [[Demand.of(each) for each in accounts.taken(every)] for every in instructions]
        demands = tuple(dict.fromkeys(demand for row in taken for demand in row))
        checks = _other_checks(module, demands)
        parts = [guards.split(module, instruction) for instruction in instructions]
        lists = [
            _List(*each) for each in zip(instructions, taken, (g for g, _ in parts), strict=True)
        ]
        *starts, end = accumulate((each.size for each in lists), initial=0)
        keys = guards.keys(guard for each in lists for guard in each.guards)
        entries = end + PUBKEY_SIZE * len(keys)
        if entries + ENTRY.size * len(demands) >= END:
            return None
        key_places = {key: end + PUBKEY_SIZE * index for index, key in enumerate(keys)}
        places = {demand: entries + ENTRY.size * index for index, demand in enumerate(demands)}
        content = b"".join(
            each.pack({demand: place - start for demand, place in places.items()}, key_places)
            for each, start in zip(lists, starts, strict=True)
        )
        content += b"".join(keys)
        content += b"".join(_entry(module, demand, checks) for demand in demands)
        ordered = sorted(zip(instructions, starts, strict=True), key=_discriminator)
        names = [each.name for each in instructions]
        return cls(
            content + b"".join(start.to_bytes(STEP, "little") for _, start in ordered),
            dict(zip(names, starts, strict=True)),
            len(content),
            checks,
            any(each.optional for each in demands),
            any(each.guards for each in lists),
            dict(zip(names, (body for _, body in parts), strict=True)),
        )


@dataclass(frozen=True, slots=True)
class _List:
    """What an instruction demands of its accounts, and its guards."""

    instruction: typed.Instruction
    demands: Sequence[Demand]
    guards: tuple[guards.Guard, ...]

    @property
    def size(self) -> int:
        """Bytes."""
        listed = FIRST + STEP * (len(self.demands) + 1)
        return listed + judge.SIZE * len(self.guards) + len(judge.STOP)

    def pack(self, places: Mapping[Demand, int], keys: Mapping[bytes, int]) -> bytes:
        """The bytes. `places`: of entries, from the list's start; `keys`: of constant keys."""
        length = arguments.exact_size(self.instruction)
        clock = CLOCK if self.instruction.clock is not None else 0
        least = accounts.least(self.instruction)
        late = LATE if length is None or least == 0 else 0
        head = (ANY if length is None else length, least | clock | late)
        numbers = (*head, *(places[each] for each in self.demands), END)
        content = struct.pack(f"<{len(numbers)}H", *numbers)
        content = self.instruction.discriminator + content
        return content + b"".join(guard.pack(keys) for guard in self.guards) + judge.STOP


def _discriminator(listed: tuple[typed.Instruction, int]) -> int:
    return int.from_bytes(listed[0].discriminator, "little")


def _is_own(module: ModuleContext, kind: AccountLikeT) -> bool:
    return isinstance(kind, AccountT) and module.program.account(kind.name).owner is None


def _other_checks(module: ModuleContext, demands: Sequence[Demand]) -> tuple[Demand, ...]:
    """Of the demands, one for each check that an entry does not describe."""
    found: dict[tuple[AccountLikeT, bytes | None], Demand] = {}
    for each in demands:
        if _kind(module, each) == FIRST_OTHER:
            found.setdefault((each.type, each.address), each)
    return tuple(found.values())


def _kind(module: ModuleContext, demand: Demand) -> int:
    if demand.address is not None:
        return FIRST_OTHER
    if _is_own(module, demand.type):
        return OWN
    checked = isinstance(demand.type, AccountT | MintT | TokenAccountT | ProgramT)
    return FIRST_OTHER if checked else NOTHING


def _entry(module: ModuleContext, demand: Demand, checks: Sequence[Demand]) -> bytes:
    mask = 0xFF | demand.signer * 0xFF00 | demand.writable * 0xFF0000
    value = layout.UNIQUE | demand.signer * SIGNER | demand.writable * WRITABLE
    discriminator, least, check = 0, 0, _kind(module, demand)
    if check == OWN:
        assert isinstance(demand.type, AccountT)
        declared = module.program.account(demand.type.name)
        discriminator = int.from_bytes(declared.discriminator, "little")
        least = module.layout(demand.type.name).least
    elif check == FIRST_OTHER:
        same = [(each.type, each.address) for each in checks]
        check += same.index((demand.type, demand.address))
    repeatable = accounts.may_repeat(demand.type, changes=demand.writable or demand.alone)
    traits = repeatable * MAY_REPEAT | demand.optional * OPTIONAL
    if demand.optional:
        assert check != OWN
        discriminator, mask, value = mask | value << FLAGS, 0, 1
    return ENTRY.pack(mask, value, discriminator, least, check, traits)
