"""Sysvars that are read piece by piece with `sol_get_sysvar`.

SlotHashes (solana slot-hashes): u64 count, then up to 512 entries of slot (u64) and hash (32
bytes), the newest first. Slots without a block have none.
"""

from collections.abc import Sequence
from typing import Final

from conting_compiler.base58 import decode
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, Operand
from conting_compiler.ir.typesystem import BOOL, U8, U64, ArrayT
from conting_compiler.lower.context import Context, Value, number
from conting_compiler.lower.layout import CLOCK_SIZE

_CLOCK: Final = decode("SysvarC1ock11111111111111111111111111111111")
SLOT_HASHES: Final = decode("SysvarS1otHashes111111111111111111111111111")
_FIRST: Final = 8
_HASH_SIZE: Final = 32
_ENTRY_SIZE: Final = 8 + _HASH_SIZE


def read_clock(context: Context, target: Operand) -> None:
    """Reads the clock to an address. `sol_get_sysvar` costs 22 compute units less."""
    code = context.code
    if context.module.early:
        code.run("sol_get_clock_sysvar", target)
    else:
        clock = context.module.constant(_CLOCK)
        error = code.call("sol_get_sysvar", clock, target, Imm(0), Imm(CLOCK_SIZE))
        code.fail_if(error, Fault.NO_VALUE)


def newest_slot(context: Context, arguments: Sequence[Value]) -> Value:
    """The newest slot that has a hash; Fault.NO_VALUE if there is none at all."""
    del arguments
    code = context.code
    found = code.scratch("slot_hash", 2 * _FIRST)
    error = code.call("sol_get_sysvar", _id(context), found, Imm(0), Imm(2 * _FIRST))
    code.fail_if(error, Fault.NO_VALUE)
    return number(U64, code.load(found, _FIRST))


def oldest_slot(context: Context, arguments: Sequence[Value]) -> Value:
    """The oldest slot that has a hash; Fault.NO_VALUE if there is none at all."""
    del arguments
    code = context.code
    found = code.scratch("slot_hash", _FIRST)
    error = code.call("sol_get_sysvar", _id(context), found, Imm(0), Imm(_FIRST))
    code.fail_if(error, Fault.NO_VALUE)
    before = code.bin(BinOp.MUL, code.sub(code.load(found), Imm(1)), Imm(_ENTRY_SIZE))
    last = code.offset(before, _FIRST)
    code.fail_if(code.call("sol_get_sysvar", _id(context), found, last, Imm(8)), Fault.NO_VALUE)
    return number(U64, code.load(found))


def has_slot(context: Context, arguments: Sequence[Value]) -> Value:
    """Whether the hash of the slot is still known."""
    code, slot = context.code, arguments[-1].word
    result, known, end = code.new_slot(), code.label("known"), code.label("end")
    entry = _first_from(context, slot)
    code.set(result, Imm(0))
    code.branch(entry, known, end)
    code.start(known)
    code.set(result, code.cmp(CmpOp.EQ, code.load(entry), slot))
    code.jump(end)
    code.start(end)
    return number(BOOL, code.get(result))


def hash_of_slot(context: Context, arguments: Sequence[Value]) -> Value:
    """The hash of a slot's block; Fault.NO_VALUE where it is not known (any more)."""
    code, slot = context.code, arguments[-1].word
    entry = _first_from(context, slot)
    code.fail_unless(entry, Fault.NO_VALUE)
    code.fail_if(code.cmp(CmpOp.NE, code.load(entry), slot), Fault.NO_VALUE)
    return number(ArrayT(U8, _HASH_SIZE), code.offset(entry, _FIRST))


def first_from(context: Context, arguments: Sequence[Value]) -> Value:
    """The first slot with a hash from the given one on; Fault.NO_VALUE where there is none yet, or
    an earlier one may have been forgotten.
    """
    entry = _first_from(context, arguments[-1].word)
    context.code.fail_unless(entry, Fault.NO_VALUE)
    return number(U64, context.code.load(entry))


def _first_from(context: Context, slot: Operand) -> Operand:
    """The address of the entry of the first slot from this one on, 0 if that is not known."""
    return context.code.call("rt_slot_from", _id(context), slot)


def _id(context: Context) -> Operand:
    return context.module.constant(SLOT_HASHES)
