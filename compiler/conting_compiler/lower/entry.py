"""The entrypoint, which dispatches on the discriminator, and the instructions' own functions."""

from conting_compiler.ir import typed
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import CmpOp, Imm, LoweredFunction, Operand, Reg
from conting_compiler.ir.typesystem import DISCRIMINATOR_SIZE, ClockT
from conting_compiler.lower import (
    accounts,
    admission,
    arguments,
    calls,
    layout,
    reports,
    statements,
    tails,
)
from conting_compiler.lower.context import Context, ModuleContext, Value
from conting_compiler.lower.function_builder import FunctionBuilder
from conting_compiler.lower.walk import nodes

_INPUT, _DATA, _LENGTH = Reg(0), Reg(1), Reg(2)
_LENGTH_BEFORE_DATA = -8
_ASK_FOR_ID = frozenset({"empty.bump", "pubkey.find"})


def entrypoint(module: ModuleContext) -> LoweredFunction:
    """Finds the instruction that the data names by its first 8 bytes.

    Shorter data can be looked at, since 32 bytes of the program's id follow it; the instruction
    itself refuses it, as it checks the length of its arguments.
    """
    code = FunctionBuilder("entrypoint", 2)
    length = code.load(_DATA, _LENGTH_BEFORE_DATA)
    wanted = code.load(_DATA)
    end = code.label("end")
    outcome = code.new_slot() if module.compact else None
    for instruction in module.program.instructions:
        this, other = code.label(instruction.name), code.label("next")
        discriminator = Imm(int.from_bytes(instruction.discriminator, "little"))
        code.branch(code.cmp(CmpOp.EQ, wanted, discriminator), this, other)
        code.start(this)
        error = code.call(_symbol(instruction), _INPUT, _DATA, length)
        if outcome is None:
            code.ret(error)
        else:
            code.set(outcome, error)
            code.jump(end)
        code.start(other)
    short = code.cmp(CmpOp.ULT, length, Imm(DISCRIMINATOR_SIZE))
    code.fail_if(short, Fault.INSTRUCTION_MISSING)
    code.jump(code.fault(Fault.UNKNOWN_INSTRUCTION))
    if outcome is not None:
        code.start(end)
        reports.log(module, code, code.get(outcome))
    return code.finish(exported=True)


def instruction_function(
    module: ModuleContext, instruction: typed.Instruction, plan: admission.Plan | None
) -> LoweredFunction:
    """One instruction: arguments, accounts (one function checks them by the plan), clock, body.

    Of several, each keeps its own frame: one for all would not fit the 4,096 bytes that there are.
    """
    code = FunctionBuilder(_symbol(instruction), 3, instruction.span, module.compact)
    context = Context(module, code, instruction.result)
    program_id = arguments.load(context, instruction, _DATA, _LENGTH)
    entry = accounts.Entry(_INPUT, program_id)
    if plan is None:
        accounts.load(context, instruction, entry)
    else:
        admission.load(context, plan, instruction, entry)
    accounts.keep_programs(context, instruction)
    kept = plan is not None and accounts.least(instruction) > 0
    if not kept and (instruction.programs or _needs_id(module.program)):
        code.store(program_id, Imm(layout.PROGRAM_ID))
    for each in instruction.sysvars:
        context.declare(each.name, Value(each.type, ()))
    if instruction.clock is not None:
        _read_clock(context, instruction.clock)
    _run(context, instruction)
    return code.finish(separate=len(module.program.instructions) > 1)


def _run(context: Context, instruction: typed.Instruction) -> None:
    """The body, and after it, wherever it returns, what has to be stored."""
    code = context.code
    tails.load_all(context, instruction)
    written = tails.written(context.module, instruction)
    if not written:
        statements.body(context, instruction.body)
        return
    records = [(context.read(each.name, each.type).word, each.type) for each in written]
    kept = [(code.new_slot(), record, kind) for record, kind in records]
    for slot, record, _ in kept:
        code.set(slot, record)
    context.leave = code.label("success")
    statements.body(context, instruction.body)
    code.start(context.leave)
    tails.store_all(context, [(code.get(slot), kind) for slot, _, kind in kept])


def plain_function(module: ModuleContext, function: typed.Function) -> LoweredFunction:
    """A function or method of the program."""
    context = calls.begin(module, function)
    statements.body(context, function.body)
    return context.code.finish()


def _needs_id(program: typed.Program) -> bool:
    """Whether something in the program asks for its id that calls no program of ours."""
    asked = (*program.functions, *program.instructions)
    return any(
        isinstance(node, typed.Invoke)
        or (isinstance(node, typed.Intrinsic) and node.name in _ASK_FOR_ID)
        for node in nodes(asked)
    )


def _read_clock(context: Context, name: str) -> None:
    clock: Operand = context.code.buffer(layout.CLOCK_SIZE)
    context.code.run("sol_get_clock_sysvar", clock)
    context.declare(name, Value(ClockT(), (clock,)))


def _symbol(instruction: typed.Instruction) -> str:
    return f"ix.{instruction.name}"
