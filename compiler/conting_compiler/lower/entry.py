"""The entrypoint, which dispatches on the discriminator, and the instructions' own functions."""

from conting_compiler.ir import typed
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import CmpOp, Imm, LoweredFunction, Operand, Reg
from conting_compiler.ir.typesystem import DISCRIMINATOR_SIZE, NONE, ClockT
from conting_compiler.lower import accounts, arguments, calls, layout, statements
from conting_compiler.lower.context import Context, ModuleContext, Value
from conting_compiler.lower.function_builder import FunctionBuilder

_INPUT, _DATA, _LENGTH = Reg(0), Reg(1), Reg(2)
_LENGTH_BEFORE_DATA = -8


def entrypoint(program: typed.Program) -> LoweredFunction:
    """Finds the instruction that the data names by its first 8 bytes."""
    code = FunctionBuilder("entrypoint", 2)
    length = code.load(_DATA, _LENGTH_BEFORE_DATA)
    short = code.cmp(CmpOp.ULT, length, Imm(DISCRIMINATOR_SIZE))
    code.fail_if(short, Fault.INSTRUCTION_MISSING)
    wanted = code.load(_DATA)
    for instruction in program.instructions:
        this, other = code.label(instruction.name), code.label("next")
        discriminator = Imm(int.from_bytes(instruction.discriminator, "little"))
        code.branch(code.cmp(CmpOp.EQ, wanted, discriminator), this, other)
        code.start(this)
        code.ret(code.call(_symbol(instruction), _INPUT, _DATA, length))
        code.start(other)
    code.jump(code.fault(Fault.UNKNOWN_INSTRUCTION))
    return code.finish(exported=True)


def instruction_function(module: ModuleContext, instruction: typed.Instruction) -> LoweredFunction:
    """One instruction: arguments, accounts, clock, body.

    Of several, each keeps its own frame: one for all would not fit the 4,096 bytes that there are.
    """
    code = FunctionBuilder(_symbol(instruction), 3, instruction.span)
    context = Context(module, code, NONE)
    program_id = code.add(_DATA, _LENGTH)
    arguments.load(context, instruction, _DATA, _LENGTH)
    accounts.load(context, instruction, accounts.Entry(_INPUT, program_id))
    if instruction.programs:
        code.store(program_id, Imm(layout.PROGRAM_ID))
    if instruction.clock is not None:
        _read_clock(context, instruction.clock)
    statements.body(context, instruction.body)
    return code.finish(separate=len(module.program.instructions) > 1)


def plain_function(module: ModuleContext, function: typed.Function) -> LoweredFunction:
    """A function or method of the program."""
    context = calls.begin(module, function)
    statements.body(context, function.body)
    return context.code.finish()


def _read_clock(context: Context, name: str) -> None:
    clock: Operand = context.code.buffer(layout.CLOCK_SIZE)
    context.code.run("sol_get_clock_sysvar", clock)
    context.declare(name, Value(ClockT(), (clock,)))


def _symbol(instruction: typed.Instruction) -> str:
    return f"ix.{instruction.name}"
