"""Sysvars that are read piece by piece with `sol_get_sysvar`.

SlotHashes (solana slot-hashes): u64 count, then up to 512 entries of slot (u64) and hash (32
bytes), the newest first. Slots without a block have none.
"""

from collections.abc import Sequence
from typing import Final

from conting_compiler.base58 import decode
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import CmpOp, Imm, Operand
from conting_compiler.ir.typesystem import BOOL, U8, U64, ArrayT
from conting_compiler.lower import memory
from conting_compiler.lower.context import Context, Value, number

SLOT_HASHES: Final = decode("SysvarS1otHashes111111111111111111111111111")
_FIRST: Final = 8
_HASH_SIZE: Final = 32


def newest_slot(context: Context, arguments: Sequence[Value]) -> Value:
    """The newest slot that has a hash; Fault.NO_VALUE if there is none at all."""
    del arguments
    code = context.code
    found = code.scratch("slot_hash", 2 * _FIRST)
    error = code.call("sol_get_sysvar", _id(context), found, Imm(0), Imm(2 * _FIRST))
    code.fail_if(error, Fault.NO_VALUE)
    return number(U64, code.load(found, _FIRST))


def has_slot(context: Context, arguments: Sequence[Value]) -> Value:
    """Whether the hash of the slot is still known."""
    entry = _find(context, arguments[-1].word)
    return number(BOOL, context.code.cmp(CmpOp.NE, entry, Imm(0)))


def hash_of_slot(context: Context, arguments: Sequence[Value]) -> Value:
    """The hash of a slot's block; Fault.NO_VALUE where it is not known (any more)."""
    code = context.code
    entry = _find(context, arguments[-1].word)
    code.fail_unless(entry, Fault.NO_VALUE)
    kept = memory.allocate(code, Imm(_HASH_SIZE))
    memory.copy(code, kept, code.offset(entry, _FIRST), _HASH_SIZE)
    return number(ArrayT(U8, _HASH_SIZE), kept)


def _find(context: Context, slot: Operand) -> Operand:
    """The address of the slot's entry, 0 if there is none."""
    return context.code.call("rt_slot_hash", _id(context), slot)


def _id(context: Context) -> Operand:
    return context.module.constant(SLOT_HASHES)
