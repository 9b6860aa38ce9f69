"""How a program that shares its code finds the instruction that is wanted: by a constant
(demands.py), and its accounts before the instruction itself begins.
"""

from typing import Final

from conting_compiler.ir import typed
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, LoweredFunction, Operand, Reg
from conting_compiler.ir.typesystem import DISCRIMINATOR_SIZE
from conting_compiler.lower import admission
from conting_compiler.lower.context import ModuleContext
from conting_compiler.lower.demands import LATE, LIST_COUNT, Plan
from conting_compiler.lower.function_builder import FunctionBuilder

GIVEN: Final = (Reg(0), Reg(1), Reg(2), Reg(3))
"""What an instruction's function is given: cells of its accounts, data, input, data's length."""
_INPUT, _DATA = Reg(0), Reg(1)
_LIST = Reg(4)
_LENGTH_BEFORE_DATA: Final = -8
_HALF: Final = 16
_RUN: Final = "dispatch.run"


def functions(module: ModuleContext, plan: Plan) -> tuple[LoweredFunction, LoweredFunction]:
    """The one to call with input and data, and the one that it calls: both give the error or 0."""
    code = FunctionBuilder("dispatch", 2, compact=True)
    content = module.constant(plan.content)
    length = code.load(_DATA, _LENGTH_BEFORE_DATA)
    offset, listed = _find(code, content, plan, length)
    cells = code.buffer(max(map(admission.room, module.program.instructions)) + module.row)
    early, ready = code.label("early"), code.label("ready")
    late = code.bin(BinOp.AND, code.load(listed, LIST_COUNT, _HALF), Imm(LATE))
    code.branch(late, ready, early)
    code.start(early)
    code.propagate(code.call(admission.FUNCTION, _INPUT, _DATA, length, listed, cells))
    code.start(ready)
    code.ret(code.call(_RUN, cells, _DATA, _INPUT, length, offset))
    return code.finish(separate=True), _run(module, plan)


def _find(
    code: FunctionBuilder, content: Operand, plan: Plan, length: Operand
) -> tuple[Operand, Operand]:
    """Offset and address of the list whose instruction the data names by its first 8 bytes.

    Shorter data can be looked at, since 32 bytes of the program's id follow it.
    """
    wanted = code.load(_DATA)
    at, left = code.new_slot(), code.new_slot()
    code.set(at, code.offset(content, plan.index))
    code.set(left, Imm(len(plan.lists)))
    search, halve, above, found = (
        code.label(hint) for hint in ("search", "halve", "above", "found")
    )
    code.start(search)
    code.branch(code.cmp(CmpOp.EQ, code.get(left), Imm(1)), found, halve, found)
    code.start(halve)
    half = code.bin(BinOp.LSHR, code.get(left), Imm(1))
    middle = code.add(code.get(at), code.bin(BinOp.SHL, half, Imm(1)))
    named = code.load(code.add(content, code.load(middle, 0, _HALF)))
    code.set(left, code.sub(code.get(left), half))
    code.branch(code.cmp(CmpOp.UGT, named, wanted), search, above)
    code.start(above)
    code.set(at, middle)
    code.jump(search)
    code.start(found)
    offset = code.load(code.get(at), 0, _HALF)
    listed = code.add(content, offset)
    _check_discriminator(code, code.load(listed), wanted, length)
    return offset, listed


def _check_discriminator(
    code: FunctionBuilder, found: Operand, wanted: Operand, length: Operand
) -> None:
    short, unknown, right = (code.label(hint) for hint in ("short", "unknown", "right"))
    none = code.fault(Fault.UNKNOWN_INSTRUCTION)
    code.branch(code.cmp(CmpOp.EQ, found, wanted), right, unknown, unknown)
    code.start(unknown)
    code.branch(code.cmp(CmpOp.ULT, length, Imm(DISCRIMINATOR_SIZE)), short, none)
    code.start(short)
    code.jump(code.fault(Fault.INSTRUCTION_MISSING))
    code.start(right)


def _run(module: ModuleContext, plan: Plan) -> LoweredFunction:
    """Runs the instruction whose list has that offset, found by halves."""
    code = FunctionBuilder(_RUN, 5, compact=True)
    known = sorted(module.program.instructions, key=lambda each: plan.lists[each.name])
    waiting = [(code.label("search"), known)]
    while waiting:
        label, rest = waiting.pop()
        code.start(label)
        if len(rest) == 1:
            code.ret(code.call(symbol(rest[0]), *GIVEN))
            continue
        half = (len(rest) + 1) // 2
        above, below = code.label("above"), code.label("below")
        border = Imm(plan.lists[rest[half - 1].name])
        code.branch(code.cmp(CmpOp.UGT, _LIST, border), above, below)
        waiting += [(above, rest[half:]), (below, rest[:half])]
    return code.finish(separate=True)


def symbol(instruction: typed.Instruction) -> str:
    """The name of the instruction's function."""
    return f"ix.{instruction.name}"
