"""One function that finds and checks the accounts of every instruction, as a constant tells it.

The constant: for each instruction a list, then constant keys, then the entries that the lists name.
A list: the instruction's discriminator; u16, how many bytes its data must have, or _ANY; u16, how
many accounts must be there, plus _CLOCK if the clock is to be read; for each account to check u16,
from the list's start to its entry; _END; the guards that the instruction begins with (guards.py).
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
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import (
    BinOp,
    CmpOp,
    Imm,
    LoweredFunction,
    Operand,
    Reg,
)
from conting_compiler.ir.typesystem import (
    DISCRIMINATOR_SIZE,
    NONE,
    PUBKEY_SIZE,
    AccountLikeT,
    AccountT,
    ClockT,
    MintT,
    OptionT,
    ProgramT,
    TokenAccountT,
)
from conting_compiler.lower import accounts, arguments, guards, layout, memory, sysvars
from conting_compiler.lower.context import Context, ModuleContext, Value
from conting_compiler.lower.function_builder import FunctionBuilder

FUNCTION: Final = "accounts.load"
_ENTRY: Final = struct.Struct("<IIQIHH")
_VALUE, _DISCRIMINATOR, _LEAST, _CHECK, _TRAITS = 4, 8, 16, 20, 22
_LIST_LENGTH, _LIST_COUNT, _FIRST, _STEP, _END, _ANY = 8, 10, 12, 2, 0xFFFF, 0xFFFF
_INPUT, _DATA, _LENGTH, _LIST, _CELLS = (Reg(number) for number in range(5))
_NOTHING, _OWN, _FIRST_OTHER = 0, 1, 2
"""Checks: none, owner and discriminator and length by the entry, others by themselves."""
_SIGNER, _WRITABLE = 0x0100, 0x010000
_CLOCK = 0x8000
_WORD, _WORD_SHIFT = 8, 3
_RECORDS: Final = _WORD * guards.RECORDS
"""From the first cell to the first that holds a record's address."""
_FLAGS, _HALF, _BYTE = 32, 16, 8
_MAY_REPEAT, _OPTIONAL = 1, 2
_MISSING = 1
"""In a cell, beside the address of the record; a record lies at a multiple of 8."""


@dataclass(frozen=True, slots=True)
class _Demand:
    """What an instruction demands of an account."""

    type: AccountLikeT
    signer: bool
    writable: bool
    address: bytes | None
    optional: bool

    @classmethod
    def of(cls, account: typed.AccountParam) -> "_Demand":
        """That of a parameter."""
        flags = account.signer, account.writable
        return cls(account.type, *flags, account.address, account.optional)


@dataclass(frozen=True, slots=True)
class Plan:
    """The constant, where in it each instruction's list begins, and the checks beyond entries."""

    content: bytes
    lists: dict[str, int]
    checks: tuple[_Demand, ...]
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
        taken = [[_Demand.of(each) for each in accounts.taken(every)] for every in instructions]
        demands = tuple(dict.fromkeys(demand for row in taken for demand in row))
        checks = _other_checks(module, demands)
        parts = [guards.split(module, instruction) for instruction in instructions]
        lists = [
            _List(*each) for each in zip(instructions, taken, (g for g, _ in parts), strict=True)
        ]
        *starts, end = accumulate((each.size for each in lists), initial=0)
        keys = guards.keys(guard for each in lists for guard in each.guards)
        entries = end + PUBKEY_SIZE * len(keys)
        if entries + _ENTRY.size * len(demands) >= _END:
            return None
        key_places = {key: end + PUBKEY_SIZE * index for index, key in enumerate(keys)}
        places = {demand: entries + _ENTRY.size * index for index, demand in enumerate(demands)}
        content = b"".join(
            each.pack({demand: place - start for demand, place in places.items()}, key_places)
            for each, start in zip(lists, starts, strict=True)
        )
        content += b"".join(keys)
        content += b"".join(_entry(module, demand, checks) for demand in demands)
        names = [each.name for each in instructions]
        return cls(
            content,
            dict(zip(names, starts, strict=True)),
            checks,
            any(each.optional for each in demands),
            any(each.guards for each in lists),
            dict(zip(names, (body for _, body in parts), strict=True)),
        )


@dataclass(frozen=True, slots=True)
class _List:
    """What an instruction demands of its accounts, and its guards."""

    instruction: typed.Instruction
    demands: Sequence[_Demand]
    guards: tuple[guards.Guard, ...]

    @property
    def size(self) -> int:
        """Bytes."""
        listed = _FIRST + _STEP * (len(self.demands) + 1)
        return listed + guards.SIZE * len(self.guards) + len(guards.END)

    def pack(self, places: Mapping[_Demand, int], keys: Mapping[bytes, int]) -> bytes:
        """The bytes. `places`: of entries, from the list's start; `keys`: of constant keys."""
        length = arguments.exact_size(self.instruction)
        clock = _CLOCK if self.instruction.clock is not None else 0
        least = accounts.least(self.instruction)
        head = (_ANY if length is None else length, least | clock)
        numbers = (*head, *(places[each] for each in self.demands), _END)
        content = struct.pack(f"<{len(numbers)}H", *numbers)
        content = self.instruction.discriminator + content
        return content + b"".join(guard.pack(keys) for guard in self.guards) + guards.END


def load(
    context: Context, plan: Plan, instruction: typed.Instruction, given: tuple[Operand, ...]
) -> None:
    """Has the function find and check the accounts and read the clock, and declares all of them.

    `given` are the input, the data and its length.
    """
    taken = accounts.taken(instruction)
    code = context.code
    clock = layout.CLOCK_SIZE if instruction.clock is not None else 0
    cells = code.buffer(_RECORDS + _WORD * len(taken) + clock)
    if instruction.clock is not None:
        at = code.offset(cells, _RECORDS + _WORD * len(taken))
        context.declare(instruction.clock, Value(ClockT(), (at,)))
    listed = code.offset(context.module.constant(plan.content), plan.lists[instruction.name])
    code.propagate(code.call(FUNCTION, *given, listed, cells))
    for index, account in enumerate(taken):
        cell = code.offset(cells, _RECORDS + _WORD * index)
        if account.optional:
            record = code.load(cell)
            there = code.bin(BinOp.AND, code.bin(BinOp.XOR, record, Imm(_MISSING)), Imm(_MISSING))
            context.declare(account.name, Value(OptionT(account.type), (there, record)))
        else:
            context.keep_at(account.name, cell)


@dataclass(frozen=True, slots=True)
class _Walk:
    """The walk over the accounts: what changes with each is in slots."""

    code: FunctionBuilder
    program_id: Operand
    at: int
    """The next record in the input."""
    following: int
    """The one after it."""
    place: int
    """In the list."""
    cell: int
    """Where its record's address goes."""
    record: int
    """Its record: the next one, or an earlier one that it repeats."""
    mask: int
    """What its flags are compared by."""
    value: int


def functions(module: ModuleContext, plan: Plan) -> tuple[LoweredFunction, ...]:
    """The one that is called; with the one that judges the guards, if there are any."""
    load_all = _function(module, plan)
    if not plan.guarded:
        return (load_all,)
    return load_all, guards.function(module, module.constant(plan.content))


def _function(module: ModuleContext, plan: Plan) -> LoweredFunction:
    """0 or a fault of (input, data, its length, list, cells for records' addresses).

    It also keeps where the program's id is, which follows the data. The clock, if it is wanted, is
    behind the cells. Then it has the guards judged.
    """
    code = FunctionBuilder(FUNCTION, 5)
    context = Context(module, code, NONE)
    _check_discriminator(code)
    _check_length(code)
    least = code.bin(BinOp.AND, code.load(_LIST, _LIST_COUNT, _HALF), Imm(_CLOCK - 1))
    few = code.cmp(CmpOp.ULT, code.load(_INPUT), least)
    code.fail_if(few, Fault.NOT_ENOUGH_ACCOUNTS)
    program_id = code.add(_DATA, _LENGTH)
    code.store(program_id, Imm(layout.PROGRAM_ID))
    walk = _Walk(code, program_id, *(code.new_slot() for _ in range(7)))
    code.set(walk.at, code.offset(_INPUT, accounts.FIRST_RECORD))
    code.set(walk.place, code.offset(_LIST, _FIRST))
    code.set(walk.cell, code.offset(_CELLS, _RECORDS))
    account, take, done = code.label("account"), code.label("take"), code.label("done")
    code.start(account)
    offset = code.load(code.get(walk.place), 0, _HALF)
    code.branch(code.cmp(CmpOp.EQ, offset, Imm(_END)), done, take, done)
    code.start(take)
    demand = code.add(_LIST, offset)
    go_on = code.label("account_done")
    _find(walk, demand, go_on if plan.optional else None)
    record, cell = code.get(walk.record), code.get(walk.cell)
    code.store(record, cell)
    _check(context, record, demand, (walk.program_id, plan.checks))
    code.start(go_on)
    code.set(walk.cell, code.add(code.get(walk.cell), Imm(_WORD)))
    code.set(walk.place, code.add(code.get(walk.place), Imm(_STEP)))
    code.set(walk.at, code.get(walk.following))
    code.jump(account)
    code.start(done)
    _read_clock(context, code.get(walk.cell))
    if plan.guarded:
        code.store(_DATA, _CELLS, _WORD * guards.DATA)
        code.store(code.get(walk.cell), _CELLS, _WORD * guards.CLOCK)
        code.ret(code.call(guards.FUNCTION, code.offset(code.get(walk.place), _STEP), _CELLS))
    return code.finish(separate=True)


def _read_clock(context: Context, target: Operand) -> None:
    """Reads the clock to behind the last cell if the list says so."""
    code, wanted, end = context.code, context.code.label("clock"), context.code.label("end")
    traits = code.load(_LIST, _LIST_COUNT, _HALF)
    code.branch(code.bin(BinOp.AND, traits, Imm(_CLOCK)), wanted, end)
    code.start(wanted)
    sysvars.read_clock(context, target)
    code.start(end)


def _pass_missing(walk: _Walk, demand: Operand, labels: tuple[str, str, str]) -> None:
    """If the account may be missing: goes on where the program's own id stands in its place, and
    else checks its flags by the mask and value behind the first ones, which nothing fits.

    `labels` are where to go if it is missing, if its flags fit, if they do not.
    """
    code = walk.code
    missing, fits, ordinary = labels
    optional, unique, repeated = code.label("optional"), code.label("unique"), code.label("again")
    asked, given = code.label("asked"), code.label("given")
    traits = code.load(demand, _TRAITS, _HALF)
    code.branch(code.bin(BinOp.AND, traits, Imm(_OPTIONAL)), optional, ordinary)
    code.start(optional)
    at = code.get(walk.at)
    code.set(walk.mask, code.load(demand, _DISCRIMINATOR, _FLAGS))
    code.set(walk.value, code.load(demand, _DISCRIMINATOR + _VALUE, _FLAGS))
    marker = code.load(at, layout.RECORD_MARKER, _BYTE)
    code.branch(code.cmp(CmpOp.EQ, marker, Imm(layout.UNIQUE)), unique, repeated)
    code.start(repeated)
    code.set(walk.record, _recorded(code, marker))
    code.set(walk.following, code.offset(at, layout.DUPLICATE_SIZE))
    code.jump(asked)
    code.start(unique)
    code.set(walk.record, at)
    code.set(walk.following, accounts.after(code, at))
    code.start(asked)
    record = code.get(walk.record)
    key = code.offset(record, layout.RECORD_KEY)
    memory.go_unless_equal(code, key, walk.program_id, PUBKEY_SIZE, given, cold=False)
    code.store(code.add(record, Imm(_MISSING)), code.get(walk.cell))
    code.jump(missing)
    code.start(given)
    code.branch(_flags_fit(walk, at), fits, ordinary)


def _flags_fit(walk: _Walk, record: Operand) -> Operand:
    code = walk.code
    flags = code.bin(BinOp.AND, code.load(record, 0, _FLAGS), code.get(walk.mask))
    return code.cmp(CmpOp.EQ, flags, code.get(walk.value))


def _recorded(code: FunctionBuilder, index: Operand) -> Operand:
    """The record of the account of that number, which came before."""
    cell = code.load(code.add(_CELLS, code.bin(BinOp.SHL, index, Imm(_WORD_SHIFT))), _RECORDS)
    return code.bin(BinOp.AND, cell, Imm(-_WORD))


def is_named_in_list(instruction: typed.Instruction) -> bool:
    """Whether the function is the first to see the data, and so may say that it is not meant."""
    return accounts.least(instruction) > 0 and arguments.exact_size(instruction) is not None


def _check_discriminator(code: FunctionBuilder) -> None:
    """The data begins as that of the instruction does: what is searched by fewer bits ends here."""
    short, unknown, right = (code.label(hint) for hint in ("short", "unknown", "right"))
    none = code.fault(Fault.UNKNOWN_INSTRUCTION)
    code.branch(code.cmp(CmpOp.EQ, code.load(_DATA), code.load(_LIST)), right, unknown, unknown)
    code.start(unknown)
    code.branch(code.cmp(CmpOp.ULT, _LENGTH, Imm(DISCRIMINATOR_SIZE)), short, none)
    code.start(short)
    code.jump(code.fault(Fault.INSTRUCTION_MISSING))
    code.start(right)


def _check_length(code: FunctionBuilder) -> None:
    """The data has as many bytes as the list says, if it does."""
    length, fits, other = (
        code.load(_LIST, _LIST_LENGTH, _HALF),
        code.label("fits"),
        code.label("other"),
    )
    code.branch(code.cmp(CmpOp.EQ, length, _LENGTH), fits, other, other)
    code.start(other)
    code.fail_if(code.cmp(CmpOp.NE, length, Imm(_ANY)), Fault.BAD_ARGUMENTS)
    code.start(fits)


def _find(walk: _Walk, demand: Operand, missing: str | None) -> None:
    """Marker, signer and writable at once; an account that does not fit is repeated, or a fault.

    `missing` is where to go if it may be missing and is; None if no account of the program may.
    """
    code = walk.code
    at = code.get(walk.at)
    code.set(walk.mask, code.load(demand, 0, _FLAGS))
    code.set(walk.value, code.load(demand, _VALUE, _FLAGS))
    fits, bad, found = code.label("fits"), code.label("bad"), code.label("found")
    code.branch(_flags_fit(walk, at), fits, bad, bad)
    code.start(bad)
    if missing is not None:
        ordinary = code.label("ordinary")
        _pass_missing(walk, demand, (missing, fits, ordinary))
        code.start(ordinary)
    repeated, faulty = code.label("repeated"), code.label("faulty")
    marker = code.load(at, layout.RECORD_MARKER, _BYTE)
    code.set(walk.record, at)
    code.branch(code.cmp(CmpOp.EQ, marker, Imm(layout.UNIQUE)), faulty, repeated)
    code.start(repeated)
    earlier = _earlier(walk, demand, marker)
    code.set(walk.record, earlier)
    code.set(walk.following, code.offset(at, layout.DUPLICATE_SIZE))
    code.branch(_flags_fit(walk, earlier), found, faulty)
    code.start(faulty)
    _refuse(walk)
    code.start(fits)
    code.set(walk.record, at)
    code.set(walk.following, accounts.after(code, at))
    code.start(found)


def _refuse(walk: _Walk) -> None:
    """The record's flags are not what they have to be: it does not sign, or is not writable."""
    code = walk.code
    asked, writable = code.label("asked"), code.label("writable")
    code.branch(code.bin(BinOp.AND, code.get(walk.value), Imm(_SIGNER)), asked, writable)
    code.start(asked)
    signed = code.load(code.get(walk.record), layout.RECORD_SIGNER, _BYTE)
    code.fail_unless(signed, Fault.NOT_SIGNER)
    code.start(writable)
    code.jump(code.fault(Fault.NOT_WRITABLE))


def _earlier(walk: _Walk, demand: Operand, index: Operand) -> Operand:
    """The record of the account of that number, if both may be one and the same.

    The loader names only accounts that come before the one that repeats them.
    """
    code = walk.code
    place = code.add(_LIST, code.bin(BinOp.SHL, index, Imm(1)))
    other = code.add(_LIST, code.load(place, _FIRST, _HALF))
    for each in (demand, other):
        traits = code.load(each, _TRAITS, _HALF)
        code.fail_unless(code.bin(BinOp.AND, traits, Imm(_MAY_REPEAT)), Fault.SAME_ACCOUNT_TWICE)
    return _recorded(code, index)


def _check(
    context: Context, record: Operand, demand: Operand, known: tuple[Operand, Sequence[_Demand]]
) -> None:
    """The check that the demand names; `known` are the program's id and the checks."""
    code, (program_id, checks) = context.code, known
    done, own, other, by_entry = (code.label(hint) for hint in ("ok", "own", "other", "entry"))
    check = code.load(demand, _CHECK, _HALF)
    code.branch(code.cmp(CmpOp.UGT, check, Imm(_OWN)), other, by_entry, other)
    code.start(by_entry)
    code.branch(check, own, done)
    code.start(own)
    accounts.check_owned(context, record, program_id)
    accounts.check_data(
        context, record, code.load(demand, _DISCRIMINATOR), code.load(demand, _LEAST, _FLAGS)
    )
    code.jump(done)
    code.start(other)
    for number, each in enumerate(checks, start=_FIRST_OTHER):
        this, next_ = code.label("this"), code.label("next")
        code.branch(code.cmp(CmpOp.EQ, check, Imm(number)), this, next_)
        code.start(this)
        accounts.check_kind(context, each.type, each.address, record, program_id)
        code.jump(done)
        code.start(next_)
    code.start(done)


# --- the constant


def _is_own(module: ModuleContext, kind: AccountLikeT) -> bool:
    return isinstance(kind, AccountT) and module.program.account(kind.name).owner is None


def _other_checks(module: ModuleContext, demands: Sequence[_Demand]) -> tuple[_Demand, ...]:
    """Of the demands, one for each check that an entry does not describe."""
    found: dict[tuple[AccountLikeT, bytes | None], _Demand] = {}
    for each in demands:
        if _kind(module, each) == _FIRST_OTHER:
            found.setdefault((each.type, each.address), each)
    return tuple(found.values())


def _kind(module: ModuleContext, demand: _Demand) -> int:
    if demand.address is not None:
        return _FIRST_OTHER
    if _is_own(module, demand.type):
        return _OWN
    checked = isinstance(demand.type, AccountT | MintT | TokenAccountT | ProgramT)
    return _FIRST_OTHER if checked else _NOTHING


def _entry(module: ModuleContext, demand: _Demand, checks: Sequence[_Demand]) -> bytes:
    mask = 0xFF | demand.signer * 0xFF00 | demand.writable * 0xFF0000
    value = layout.UNIQUE | demand.signer * _SIGNER | demand.writable * _WRITABLE
    discriminator, least, check = 0, 0, _kind(module, demand)
    if check == _OWN:
        assert isinstance(demand.type, AccountT)
        declared = module.program.account(demand.type.name)
        discriminator = int.from_bytes(declared.discriminator, "little")
        least = module.layout(demand.type.name).least
    elif check == _FIRST_OTHER:
        same = [(each.type, each.address) for each in checks]
        check += same.index((demand.type, demand.address))
    repeatable = accounts.may_repeat(demand.type, writable=demand.writable)
    traits = repeatable * _MAY_REPEAT | demand.optional * _OPTIONAL
    if demand.optional:
        assert check != _OWN
        discriminator, mask, value = mask | value << _FLAGS, 0, 1
    return _ENTRY.pack(mask, value, discriminator, least, check, traits)
