"""Statements to blocks."""

from collections.abc import Callable
from typing import Any, Final, TypeGuard

from conting_compiler.ir import typed
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, Operand
from conting_compiler.ir.typed import CompareOp
from conting_compiler.ir.typesystem import PUBKEY_SIZE, AccountT, IntT, PubkeyT, is_packed
from conting_compiler.lower import calls, events, heap, memory, reports
from conting_compiler.lower.context import Context, Value
from conting_compiler.lower.expressions import EXPRESSIONS, branch, evaluate, evaluate_all
from conting_compiler.lower.places import element, field_address
from conting_compiler.lower.walk import assigned


def body(context: Context, statements: tuple[typed.Stmt, ...]) -> None:
    """The body of a function: makes room for its variables, then runs it."""
    for name, kind in assigned(statements).items():
        context.prepare(name, kind)
    block(context, statements)


def block(context: Context, statements: tuple[typed.Stmt, ...]) -> None:
    """Statements in order; what follows one that leaves is not reached and not lowered."""
    for statement in statements:
        if not context.code.open:
            return
        _HANDLERS[type(statement)](context, statement)


def _assign(context: Context, node: typed.Assign) -> None:
    match node.target:
        case typed.Local(name=name):
            _bind(context, name, evaluate(context, node.value))
        case typed.Field() if not isinstance(node.target.base.type, AccountT):
            value, base = evaluate_all(context, (node.value, node.target.base))
            _put(context, base, node.target.name, value)
        case typed.Field():
            base, value = evaluate_all(context, (node.target.base, node.value))
            _put(context, base, node.target.name, value)
        case typed.Index():
            value, base, index = evaluate_all(
                context, (node.value, node.target.base, node.target.index)
            )
            if is_packed(node.target.base.type):
                memory.store(context, element(context, base, index), 0, value)
            else:
                heap.store(context, heap.element_place(context, base, index), 0, value)


def _put(context: Context, base: Value, name: str, value: Value) -> None:
    place = heap.field_place(context, base, name)
    if place is None:
        memory.store(context, *field_address(context, base, name), value)
    else:
        heap.store(context, *place, value)


def _bind(context: Context, name: str, value: Value) -> None:
    storage = context.variables[name].storage
    if isinstance(value.type, PubkeyT) and not value.stable:
        assert storage is not None
        memory.copy(context.code, storage, value.word, PUBKEY_SIZE)
        value = Value(value.type, (storage,))
    context.assign(name, value)


def _block(context: Context, node: typed.Block) -> Value:
    """Statements inside an expression, then its value."""
    block(context, node.body)
    return evaluate(context, node.result)


EXPRESSIONS[typed.Block] = _block


def _do(context: Context, node: typed.Do) -> None:
    evaluate(context, node.value)


def _assert(context: Context, node: typed.Assert) -> None:
    code = context.code
    error = context.module.program.errors[node.error]
    if code.compact and _compares_keys(node.condition):
        _require_key(context, node.condition, error)
        return
    refuse = reports.refusal(context, error)
    holds = code.label("holds")
    branch(context, node.condition, holds, refuse, refuse)
    code.start(holds)


def _require_key(context: Context, node: typed.Compare, error: typed.ErrorDef) -> None:
    """Leaves with the error unless two keys are the same; mostly one is an account's own."""
    code, sides = context.code, (node.left, node.right)
    own = next((side for side in sides if _is_account_key(side)), None)
    if isinstance(own, typed.Intrinsic):
        other = sides[0] if own is sides[1] else sides[1]
        value, account = evaluate_all(context, (other, own.arguments[0]))
        words, check = (value.word, account.word), "rt_require_own_key"
    else:
        left, right = evaluate_all(context, sides)
        words, check = (left.word, right.word), "rt_require_key"
    code.propagate(code.call(check, *words, Imm(error.code)))


def _is_account_key(node: typed.Expr) -> bool:
    """Whether it is the key of an account that has a name: evaluating that does nothing."""
    if not isinstance(node, typed.Intrinsic) or node.name != "account.key":
        return False
    return isinstance(node.arguments[0], typed.Local)


def _compares_keys(node: typed.Expr) -> TypeGuard[typed.Compare]:
    """Whether the condition is that two keys are the same."""
    if not isinstance(node, typed.Compare) or node.op is not CompareOp.EQ:
        return False
    return isinstance(node.left.type, PubkeyT)


def _if(context: Context, node: typed.If) -> None:
    code = context.code
    then, end = code.label("then"), code.label("end")
    otherwise = code.label("else") if node.otherwise else end
    branch(context, node.test, then, otherwise)
    code.start(then)
    block(context, node.then)
    code.jump(end)
    if node.otherwise:
        code.start(otherwise)
        block(context, node.otherwise)
    code.start(end)


def _while(context: Context, node: typed.While) -> None:
    code = context.code
    test, inside, end = code.label("while"), code.label("body"), code.label("end")
    code.start(test)
    branch(context, node.test, inside, end)
    code.start(inside)
    _loop(context, node.body, end, test)
    code.jump(test)
    code.start(end)


def _loop(context: Context, statements: tuple[typed.Stmt, ...], leave: str, go_on: str) -> None:
    context.loops.append((leave, go_on))
    block(context, statements)
    context.loops.pop()


def _for_range(context: Context, node: typed.ForRange) -> None:
    """Each round begins by setting the variable; nothing overflows: where steps are of more than
    one, it is rounds that are counted.
    """
    code = context.code
    start, stop = evaluate_all(context, (node.start, node.stop))
    upcoming, rounds = code.new_slot(), None
    code.set(upcoming, start.word)
    if abs(node.step) != 1:
        rounds = code.new_slot()
        code.set(rounds, _rounds(context, start, stop, node.step))
    test, inside, end = code.label("for"), code.label("body"), code.label("end")
    code.start(test)
    now = code.get(upcoming)
    if rounds is not None:
        remaining = code.get(rounds)
    else:
        remaining = _is_below(context, *_in_order(Value(start.type, (now,)), stop, node.step))
    code.branch(remaining, inside, end)
    code.start(inside)
    if rounds is not None:
        code.set(rounds, code.add(remaining, Imm(-1)))
    code.set(upcoming, code.add(now, Imm(node.step)))
    context.assign(node.variable.name, Value(node.variable.type, (now,)))
    _loop(context, node.body, end, test)
    code.jump(test)
    code.start(end)


def _in_order(start: Value, stop: Value, step: int) -> tuple[Value, Value]:
    """The lower one of where a range begins and ends, if there is anything between, the other."""
    return (start, stop) if step > 0 else (stop, start)


def _is_below(context: Context, low: Value, high: Value) -> Operand:
    signed = isinstance(low.type, IntT) and low.type.signed
    return context.code.cmp(CmpOp.SLT if signed else CmpOp.ULT, low.word, high.word)


def _rounds(context: Context, start: Value, stop: Value, step: int) -> Operand:
    """How many rounds range(start, stop, step) has, as an unsigned word."""
    code = context.code
    low, high = _in_order(start, stop, step)
    whole = code.bin(BinOp.UDIV, code.add(code.sub(high.word, low.word), Imm(-1)), Imm(abs(step)))
    return code.select(_is_below(context, low, high), code.add(whole, Imm(1)), Imm(0))


def _break(context: Context, node: typed.Break) -> None:
    del node
    context.code.jump(context.loops[-1][0])


def _continue(context: Context, node: typed.Continue) -> None:
    del node
    context.code.jump(context.loops[-1][1])


def _return(context: Context, node: typed.Return) -> None:
    if node.value is not None and context.result_address is None:
        events.give_back(context, evaluate(context, node.value))
    elif node.value is not None:
        calls.give(context, evaluate(context, node.value))
    if context.leave is None:
        context.code.ret(Imm(0))
    else:
        context.code.jump(context.leave)


_HANDLERS: Final[dict[type, Callable[[Context, Any], None]]] = {
    typed.Assign: _assign,
    typed.Do: _do,
    typed.Assert: _assert,
    typed.If: _if,
    typed.While: _while,
    typed.ForRange: _for_range,
    typed.Break: _break,
    typed.Continue: _continue,
    typed.Return: _return,
}
