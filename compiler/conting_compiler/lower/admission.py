"""One function that finds and checks the accounts of every instruction, as a constant tells it
(demands.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
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
    NONE,
    PUBKEY_SIZE,
    ClockT,
    OptionT,
)
from conting_compiler.lower import accounts, judge, layout, memory, sysvars
from conting_compiler.lower.context import Context, ModuleContext, Value
from conting_compiler.lower.demands import (
    ANY,
    CHECK,
    CLOCK,
    DISCRIMINATOR,
    END,
    FIRST,
    FIRST_OTHER,
    FLAGS,
    LATE,
    LEAST,
    LIST_COUNT,
    LIST_LENGTH,
    MAY_REPEAT,
    OPTIONAL,
    OWN,
    SIGNER,
    STEP,
    TRAITS,
    VALUE,
    Demand,
    Plan,
)
from conting_compiler.lower.function_builder import FunctionBuilder

FUNCTION: Final = "accounts.load"
_INPUT, _DATA, _LENGTH, _LIST, _CELLS = (Reg(number) for number in range(5))
_WORD, _WORD_SHIFT = 8, 3
_RECORDS: Final = _WORD * judge.RECORDS
"""From the first cell to the first that holds a record's address."""
_HALF, _BYTE = 16, 8
_MISSING = 1
"""In a cell, beside the address of the record; a record lies at a multiple of 8."""


def load(
    context: Context, plan: Plan, instruction: typed.Instruction, given: tuple[Operand, ...]
) -> None:
    """Has the function find and check the accounts and read the clock.

    `given` are the input, the data, its length and the cells.
    """
    listed = context.code.offset(
        context.module.constant(plan.content), plan.lists[instruction.name]
    )
    *found, cells = given
    context.code.propagate(context.code.call(FUNCTION, *found, listed, cells))


def room(instruction: typed.Instruction) -> int:
    """Bytes of the cells with the clock."""
    return _clock_at(instruction) + (layout.CLOCK_SIZE if instruction.clock is not None else 0)


def declare(context: Context, instruction: typed.Instruction, cells: Operand) -> None:
    """Declares the accounts and the clock that the function has found."""
    code = context.code
    context.cells, context.room = cells, room(instruction)
    if instruction.clock is not None:
        at = code.offset(cells, _clock_at(instruction))
        context.declare(instruction.clock, Value(ClockT(), (at,)))
    for index, account in enumerate(accounts.taken(instruction)):
        cell = code.offset(cells, _RECORDS + _WORD * index)
        if account.optional:
            record = code.load(cell)
            there = code.bin(BinOp.AND, code.bin(BinOp.XOR, record, Imm(_MISSING)), Imm(_MISSING))
            context.declare(account.name, Value(OptionT(account.type), (there, record)))
        else:
            context.keep_at(account.name, cell)


def _clock_at(instruction: typed.Instruction) -> int:
    return _RECORDS + _WORD * len(accounts.taken(instruction))


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
    return load_all, judge.function(module, module.constant(plan.content))


def _function(module: ModuleContext, plan: Plan) -> LoweredFunction:
    """0 or a fault of (input, data, its length, list, cells for records' addresses).

    It also keeps where the program's id is, which follows the data. The clock, if it is wanted, is
    behind the cells. Then it has the guards judged.
    """
    code = FunctionBuilder(FUNCTION, 5)
    context = Context(module, code, NONE)
    _check_length(code)
    least = code.bin(BinOp.AND, code.load(_LIST, LIST_COUNT, _HALF), Imm(LATE - 1))
    few = code.cmp(CmpOp.ULT, code.load(_INPUT), least)
    code.fail_if(few, Fault.NOT_ENOUGH_ACCOUNTS)
    program_id = code.add(_DATA, _LENGTH)
    code.store(program_id, Imm(layout.PROGRAM_ID))
    walk = _Walk(code, program_id, *(code.new_slot() for _ in range(7)))
    code.set(walk.at, code.offset(_INPUT, accounts.FIRST_RECORD))
    code.set(walk.place, code.offset(_LIST, FIRST))
    code.set(walk.cell, code.offset(_CELLS, _RECORDS))
    account, take, done = code.label("account"), code.label("take"), code.label("done")
    code.start(account)
    offset = code.load(code.get(walk.place), 0, _HALF)
    code.branch(code.cmp(CmpOp.EQ, offset, Imm(END)), done, take, done)
    code.start(take)
    demand = code.add(_LIST, offset)
    go_on = code.label("account_done")
    _find(walk, demand, go_on if plan.optional else None)
    record, cell = code.get(walk.record), code.get(walk.cell)
    code.store(record, cell)
    _check(context, record, demand, (walk.program_id, plan.checks))
    code.start(go_on)
    code.set(walk.cell, code.add(code.get(walk.cell), Imm(_WORD)))
    code.set(walk.place, code.add(code.get(walk.place), Imm(STEP)))
    code.set(walk.at, code.get(walk.following))
    code.jump(account)
    code.start(done)
    _read_clock(context, code.get(walk.cell))
    if plan.guarded:
        code.store(_DATA, _CELLS, _WORD * judge.DATA)
        code.store(code.get(walk.cell), _CELLS, _WORD * judge.CLOCK)
        code.ret(code.call(judge.FUNCTION, code.offset(code.get(walk.place), STEP), _CELLS))
    return code.finish(separate=True)


def _read_clock(context: Context, target: Operand) -> None:
    """Reads the clock to behind the last cell if the list says so."""
    code, wanted, end = context.code, context.code.label("clock"), context.code.label("end")
    traits = code.load(_LIST, LIST_COUNT, _HALF)
    code.branch(code.bin(BinOp.AND, traits, Imm(CLOCK)), wanted, end)
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
    traits = code.load(demand, TRAITS, _HALF)
    code.branch(code.bin(BinOp.AND, traits, Imm(OPTIONAL)), optional, ordinary)
    code.start(optional)
    at = code.get(walk.at)
    code.set(walk.mask, code.load(demand, DISCRIMINATOR, FLAGS))
    code.set(walk.value, code.load(demand, DISCRIMINATOR + VALUE, FLAGS))
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
    flags = code.bin(BinOp.AND, code.load(record, 0, FLAGS), code.get(walk.mask))
    return code.cmp(CmpOp.EQ, flags, code.get(walk.value))


def _recorded(code: FunctionBuilder, index: Operand) -> Operand:
    """The record of the account of that number, which came before."""
    cell = code.load(code.add(_CELLS, code.bin(BinOp.SHL, index, Imm(_WORD_SHIFT))), _RECORDS)
    return code.bin(BinOp.AND, cell, Imm(-_WORD))


def _check_length(code: FunctionBuilder) -> None:
    """The data has as many bytes as the list says, if it does."""
    length, fits, other = (
        code.load(_LIST, LIST_LENGTH, _HALF),
        code.label("fits"),
        code.label("other"),
    )
    code.branch(code.cmp(CmpOp.EQ, length, _LENGTH), fits, other, other)
    code.start(other)
    code.fail_if(code.cmp(CmpOp.NE, length, Imm(ANY)), Fault.BAD_ARGUMENTS)
    code.start(fits)


def _find(walk: _Walk, demand: Operand, missing: str | None) -> None:
    """Marker, signer and writable at once; an account that does not fit is repeated, or a fault.

    `missing` is where to go if it may be missing and is; None if no account of the program may.
    """
    code = walk.code
    at = code.get(walk.at)
    code.set(walk.mask, code.load(demand, 0, FLAGS))
    code.set(walk.value, code.load(demand, VALUE, FLAGS))
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
    code.branch(code.bin(BinOp.AND, code.get(walk.value), Imm(SIGNER)), asked, writable)
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
    other = code.add(_LIST, code.load(place, FIRST, _HALF))
    for each in (demand, other):
        traits = code.load(each, TRAITS, _HALF)
        code.fail_unless(code.bin(BinOp.AND, traits, Imm(MAY_REPEAT)), Fault.SAME_ACCOUNT_TWICE)
    return _recorded(code, index)


def _check(
    context: Context, record: Operand, demand: Operand, known: tuple[Operand, Sequence[Demand]]
) -> None:
    """The check that the demand names; `known` are the program's id and the checks."""
    code, (program_id, checks) = context.code, known
    done, own, other, by_entry = (code.label(hint) for hint in ("ok", "own", "other", "entry"))
    check = code.load(demand, CHECK, _HALF)
    code.branch(code.cmp(CmpOp.UGT, check, Imm(OWN)), other, by_entry, other)
    code.start(by_entry)
    code.branch(check, own, done)
    code.start(own)
    accounts.check_owned(context, record, program_id)
    accounts.check_data(
        context, record, code.load(demand, DISCRIMINATOR), code.load(demand, LEAST, FLAGS)
    )
    code.jump(done)
    code.start(other)
    for number, each in enumerate(checks, start=FIRST_OTHER):
        this, next_ = code.label("this"), code.label("next")
        code.branch(code.cmp(CmpOp.EQ, check, Imm(number)), this, next_)
        code.start(this)
        accounts.check_kind(context, each.type, each.address, record, program_id)
        code.jump(done)
        code.start(next_)
    code.start(done)
