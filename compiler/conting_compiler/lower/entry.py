"""The entrypoint, which dispatches on the discriminator, and the instructions' own functions."""

from collections.abc import Callable, Sequence
from typing import Final

from conting_compiler.ir import typed
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, LoweredFunction, Operand, Reg
from conting_compiler.ir.typesystem import DISCRIMINATOR_SIZE, ClockT
from conting_compiler.lower import (
    accounts,
    admission,
    arguments,
    calls,
    demands,
    dispatch,
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
_MANY: Final = 8
"""Instructions from which on they are searched by halves."""
_SMALL = (1 << 31) - 1
"""The bits of a discriminator that an instruction of the machine can compare with a constant."""
_ASK_FOR_ID = frozenset({"empty.bump", "pubkey.find"})


def entrypoints(module: ModuleContext, plan: demands.Plan | None) -> tuple[LoweredFunction, ...]:
    """The entrypoint; where all errors are reported in one place, with the functions that it calls.

    Shorter data can be looked at, since 32 bytes of the program's id follow it; the instruction
    itself refuses it, as it checks the length of its arguments.
    """
    if not module.compact:
        return (_dispatch(module, FunctionBuilder("entrypoint", 2)).finish(exported=True),)
    outer = FunctionBuilder("entrypoint", 2)
    reports.log(module, outer, outer.call("dispatch", _INPUT, _DATA))
    if plan is not None:
        return outer.finish(exported=True), *dispatch.functions(module, plan)
    inner = _dispatch(module, FunctionBuilder("dispatch", 2, compact=True))
    return outer.finish(exported=True), inner.finish(separate=True)


def _dispatch(module: ModuleContext, code: FunctionBuilder) -> FunctionBuilder:
    """Finds the instruction that the data names by its first 8 bytes."""
    length = code.load(_DATA, _LENGTH_BEFORE_DATA)
    wanted = code.load(_DATA)
    unknown = code.label("unknown")

    def run(instruction: typed.Instruction) -> None:
        code.ret(code.call(dispatch.symbol(instruction), _INPUT, _DATA, length))

    _search(code, wanted, module.program.instructions, (run, unknown))
    code.start(unknown)
    short = code.cmp(CmpOp.ULT, length, Imm(DISCRIMINATOR_SIZE))
    code.fail_if(short, Fault.INSTRUCTION_MISSING)
    code.jump(code.fault(Fault.UNKNOWN_INSTRUCTION))
    return code


_Run = Callable[[typed.Instruction], None]


def _search(
    code: FunctionBuilder,
    wanted: Operand,
    instructions: Sequence[typed.Instruction],
    ways: tuple[_Run, str],
) -> None:
    """Runs the one that is wanted; many are searched by halves of what 31 bits of each say.

    Then what is left is compared as a whole.
    """
    run, unknown = ways
    if len(instructions) < _MANY:
        _compare(code, wanted, instructions, run, unknown)
        return
    key = code.bin(BinOp.AND, wanted, Imm(_SMALL))
    waiting = [(code.label("search"), sorted(instructions, key=_small_key))]
    while waiting:
        label, rest = waiting.pop()
        code.start(label)
        border = _small_key(rest[(len(rest) - 1) // 2])
        lower = [each for each in rest if _small_key(each) <= border]
        if len(lower) == len(rest):
            _compare(code, wanted, rest, run, unknown)
        else:
            above, below = code.label("above"), code.label("below")
            code.branch(code.cmp(CmpOp.UGT, key, Imm(border)), above, below)
            waiting += [(above, rest[len(lower) :]), (below, lower)]


def _compare(
    code: FunctionBuilder,
    wanted: Operand,
    instructions: Sequence[typed.Instruction],
    run: _Run,
    unknown: str,
) -> None:
    """Runs the one whose discriminator is wanted."""
    for each in instructions:
        this, other = code.label(each.name), code.label("next")
        discriminator = Imm(int.from_bytes(each.discriminator, "little"))
        code.branch(code.cmp(CmpOp.EQ, wanted, discriminator), this, other)
        code.start(this)
        run(each)
        code.start(other)
    code.jump(unknown)


def _small_key(instruction: typed.Instruction) -> int:
    return int.from_bytes(instruction.discriminator, "little") & _SMALL


def instruction_function(
    module: ModuleContext, instruction: typed.Instruction, plan: demands.Plan | None
) -> LoweredFunction:
    """One instruction: arguments, accounts (one function checks them by the plan), clock, body.

    Of several, each keeps its own frame: one for all would not fit the 4,096 bytes that there are.
    """
    taken = 3 if plan is None else len(dispatch.GIVEN)
    code = FunctionBuilder(dispatch.symbol(instruction), taken, instruction.span, module.compact)
    context = Context(module, code, instruction.result)
    body = instruction.body
    if plan is None:
        _load(context, instruction, (_INPUT, _DATA, _LENGTH))
    elif accounts.least(instruction) == 0:
        _, data, given, length = dispatch.GIVEN
        _load(context, instruction, (given, data, length))
    else:
        _load_by_plan(context, plan, instruction)
        body = plan.bodies[instruction.name]
    accounts.keep_programs(context, instruction)
    for each in instruction.sysvars:
        context.declare(each.name, Value(each.type, ()))
    _run(context, instruction, body)
    return code.finish(separate=len(module.program.instructions) > 1)


def _load(
    context: Context, instruction: typed.Instruction, given: tuple[Operand, Operand, Operand]
) -> None:
    """Arguments, accounts, clock; of input, data and its length."""
    start, data, length = given
    program_id = arguments.load(context, instruction, data, length)
    accounts.load(context, instruction, accounts.Entry(start, program_id))
    _keep_id(context, instruction, program_id)
    if instruction.clock is not None:
        _read_clock(context, instruction.clock)


def _load_by_plan(context: Context, plan: demands.Plan, instruction: typed.Instruction) -> None:
    """Accounts and clock, if they are not there yet, and arguments."""
    cells, data, given, length = dispatch.GIVEN
    if arguments.exact_size(instruction) is None:
        arguments.load(context, instruction, data, length)
        admission.load(context, plan, instruction, (given, data, length, cells))
    else:
        arguments.declare(context, instruction, data)
    admission.declare(context, instruction, cells)


def _keep_id(context: Context, instruction: typed.Instruction, program_id: Operand) -> None:
    if instruction.programs or _needs_id(context.module.program):
        context.code.store(program_id, Imm(layout.PROGRAM_ID))


def _run(context: Context, instruction: typed.Instruction, body: tuple[typed.Stmt, ...]) -> None:
    """The body, and after it, wherever it returns, what has to be stored."""
    code = context.code
    tails.load_all(context, instruction)
    written = tails.written(context.module, instruction)
    if not written:
        statements.body(context, body)
        return
    records = [(context.read(each.name, each.type).word, each.type) for each in written]
    kept = [(code.new_slot(), record, kind) for record, kind in records]
    for slot, record, _ in kept:
        code.set(slot, record)
    context.leave = code.label("success")
    statements.body(context, body)
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
