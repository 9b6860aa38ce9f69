"""What judges guards (guards.py), and how they are written down.

A guard: u8 kind, u8 cell of the left side (eight times its number), u8 cell of the right side, u8
error, u16 offset of the left side, u16 offset of the right side or the constant itself; offsets of
numbers are those of the 8 bytes that end with them. A cell holds an address: of the instruction's
data, of the clock, of an account's record. Kind: relation (numbers equal, less, less with a sign,
or keys equal), whether it has to hold or not, how many bits a number lacks to 64, whether the right
side is a constant; or END. If the error is OR, the next guard only counts where this one does not
hold.
"""

import struct
from typing import Final

from conting_compiler.ir.lowered import (
    BinOp,
    CmpOp,
    DataAddress,
    Imm,
    LoweredFunction,
    Operand,
    Reg,
)
from conting_compiler.lower.context import ModuleContext
from conting_compiler.lower.function_builder import FunctionBuilder

FUNCTION: Final = "accounts.judge"
DATA, CLOCK, RECORDS = 0, 1, 2
"""Cells: of the instruction's data, of the clock, and the first of an account."""
GUARD: Final = struct.Struct("<BBBBHH")
LEFT_CELL, RIGHT_CELL, ERROR, LEFT, RIGHT = 1, 2, 3, 4, 6
RELATION, EQUAL, LESS, SIGNED_LESS, KEY = 3, 0, 1, 2, 3
HOLDS, BITS, CONSTANT, END = 4, 0x38, 0x40, 0x80
OR = 0xFF
SIZE: Final = GUARD.size
STOP: Final = bytes([END])
"""What stands behind the last guard."""
_HALF, _BYTE = 16, 8
_AT, _CELLS = Reg(0), Reg(1)


def function(module: ModuleContext, constants: DataAddress) -> LoweredFunction:
    """The function: 0 or an error of (guards, cells). Constant keys are by their offsets from
    `constants`.

    Of every number it reads the 8 bytes that end with it: before each there are as many.
    """
    code = FunctionBuilder(FUNCTION, 2)
    at, judged, result = code.new_slot(), code.label("judged"), code.new_slot()
    code.set(at, _AT)
    upcoming, judge, done = code.label("guard"), code.label("judge"), code.label("done")
    code.start(upcoming)
    guard = code.get(at)
    kind = code.load(guard, 0, _BYTE)
    code.branch(code.bin(BinOp.AND, kind, Imm(END)), done, judge)
    code.start(judge)
    keys, numbers = code.label("keys"), code.label("numbers")
    left = code.add(_address(code, guard, LEFT_CELL), code.load(guard, LEFT, _HALF))
    right = _right(code, guard, kind, (constants, keys, numbers))
    code.start(keys)
    code.set(result, code.call("rt_same_key", left, code.get(right)))
    code.jump(judged)
    code.start(numbers)
    number = _number(code, left, kind)
    _relate(code, kind, (number, code.get(right)), result)
    code.start(judged)
    _follow(code, guard, kind, (at, result, upcoming, module.program.errors[0].code))
    code.start(done)
    return code.finish(separate=True)


def _address(code: FunctionBuilder, guard: Operand, cell: int) -> Operand:
    return code.load(code.add(_CELLS, code.load(guard, cell, _BYTE)))


def _number(code: FunctionBuilder, address: Operand, kind: Operand) -> Operand:
    return code.bin(BinOp.LSHR, code.load(address), code.bin(BinOp.AND, kind, Imm(BITS)))


def _right(
    code: FunctionBuilder, guard: Operand, kind: Operand, ways: tuple[DataAddress, str, str]
) -> int:
    """The slot with the right side, a number or the address of a key; goes where it is compared."""
    constants, keys, numbers = ways
    right = code.new_slot()
    code.set(right, code.load(guard, RIGHT, _HALF))
    is_key = code.cmp(CmpOp.EQ, code.bin(BinOp.AND, kind, Imm(RELATION)), Imm(KEY))
    constant, key, stored, number = (code.label(h) for h in ("constant", "key", "stored", "number"))
    code.branch(code.bin(BinOp.AND, kind, Imm(CONSTANT)), constant, stored)
    code.start(constant)
    code.branch(is_key, key, numbers)
    code.start(key)
    code.set(right, code.add(constants, code.get(right)))
    code.jump(keys)
    code.start(stored)
    code.set(right, code.add(_address(code, guard, RIGHT_CELL), code.get(right)))
    code.branch(is_key, keys, number)
    code.start(number)
    code.set(right, _number(code, code.get(right), kind))
    code.jump(numbers)
    return right


def _relate(
    code: FunctionBuilder, kind: Operand, sides: tuple[Operand, Operand], result: int
) -> None:
    """Sets `result` to whether the relation is there."""
    relation = code.bin(BinOp.AND, kind, Imm(RELATION))
    end = code.label("related")
    for number, op in ((EQUAL, CmpOp.EQ), (LESS, CmpOp.ULT)):
        this, other = code.label("this"), code.label("other")
        code.branch(code.cmp(CmpOp.EQ, relation, Imm(number)), this, other)
        code.start(this)
        code.set(result, code.cmp(op, *sides))
        code.jump(end)
        code.start(other)
    code.set(result, code.cmp(CmpOp.SLT, *sides))
    code.start(end)


def _follow(
    code: FunctionBuilder, guard: Operand, kind: Operand, known: tuple[int, int, str, int]
) -> None:
    """Goes on with the next guard, or with the one after that; or leaves with the error."""
    at, result, upcoming, first = known
    error = code.load(guard, ERROR, _BYTE)
    fine, wrong, skip, refuse = (code.label(h) for h in ("fine", "wrong", "skip", "refuse"))
    code.set(at, code.offset(guard, GUARD.size))
    wanted = code.cmp(CmpOp.NE, code.bin(BinOp.AND, kind, Imm(HOLDS)), Imm(0))
    either = code.cmp(CmpOp.EQ, error, Imm(OR))
    code.branch(code.cmp(CmpOp.EQ, code.get(result), wanted), fine, wrong, wrong)
    code.start(fine)
    code.branch(either, skip, upcoming, skip)
    code.start(skip)
    code.set(at, code.offset(guard, 2 * GUARD.size))
    code.jump(upcoming)
    code.start(wrong)
    code.branch(either, upcoming, refuse, refuse)
    code.start(refuse)
    code.ret(code.offset(error, first))
