"""Expressions to values, and conditions to branches."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from conting_compiler.diagnostics import InternalError
from conting_compiler.ir import typed
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, Operand
from conting_compiler.ir.typed import CompareOp, UnaryOp
from conting_compiler.ir.typesystem import (
    BOOL,
    AccountT,
    ArrayT,
    BytesT,
    IntT,
    PubkeyT,
    StrT,
)
from conting_compiler.lower import arithmetic, calls, init, layout, memory, seeds, text
from conting_compiler.lower.context import Context, Value, number, words_of
from conting_compiler.lower.init import Place
from conting_compiler.lower.intrinsics import INTRINSICS
from conting_compiler.lower.layout import size_of
from conting_compiler.lower.walk import has_effects


def evaluate(context: Context, node: typed.Expr) -> Value:
    """The value of an expression."""
    return _HANDLERS[type(node)](context, node)


def evaluate_all(context: Context, expressions: Iterable[typed.Expr]) -> list[Value]:
    """The values of expressions in order; what a later one may change is copied first."""
    remaining = list(expressions)
    values = []
    while remaining:
        value = evaluate(context, remaining.pop(0))
        if any(has_effects(later) for later in remaining):
            value = memory.keep(context, value)
        values.append(value)
    return values


def branch(
    context: Context, condition: typed.Expr, then: str, otherwise: str, cold: str | None = None
) -> None:
    """Goes to `then` if the condition holds, else to `otherwise`; ends the block."""
    match condition:
        case typed.Unary(op=UnaryOp.NOT, operand=operand):
            branch(context, operand, otherwise, then, cold)
        case typed.BoolOp():
            _branch_bool_op(context, condition, then, otherwise, cold)
        case typed.Compare() if memory.in_memory(condition.left.type):
            _branch_memory(context, condition, then, otherwise, cold)
        case _:
            context.code.branch(evaluate(context, condition).word, then, otherwise, cold)


def _branch_bool_op(
    context: Context, node: typed.BoolOp, then: str, otherwise: str, cold: str | None
) -> None:
    """Operands one after another, as far as needed."""
    for operand in node.operands[:-1]:
        go_on = context.code.label(node.op)
        if node.op == "and":
            branch(context, operand, go_on, otherwise, cold)
        else:
            branch(context, operand, then, go_on, cold)
        context.code.start(go_on)
    branch(context, node.operands[-1], then, otherwise, cold)


def _branch_memory(
    context: Context, node: typed.Compare, then: str, otherwise: str, cold: str | None
) -> None:
    """Leaves at the first word that differs."""
    same, differ = (then, otherwise) if node.op is CompareOp.EQ else (otherwise, then)
    left, right = evaluate_all(context, (node.left, node.right))
    size = size_of(left.type)
    memory.go_unless_equal(context.code, left.word, right.word, size, differ, cold=differ == cold)
    context.code.jump(same)


def element(context: Context, node: typed.Index) -> Operand:
    """The address of an array's element; Fault.INDEX outside."""
    kind = node.base.type
    assert isinstance(kind, ArrayT)
    base, index = evaluate_all(context, (node.base, node.index))
    code, size = context.code, size_of(kind.element)
    if isinstance(index.word, Imm):
        return _constant_element(context, base.word, index.word.value, kind)
    assert isinstance(index.type, IntT)
    position: Operand = index.word
    if index.type.signed:
        from_end = code.cmp(CmpOp.SLT, position, Imm(0))
        position = code.add(position, code.select(from_end, Imm(kind.length), Imm(0)))
    code.fail_if(code.cmp(CmpOp.UGE, position, Imm(kind.length)), Fault.INDEX)
    return code.add(base.word, code.bin(BinOp.MUL, position, Imm(size)))


def _constant_element(context: Context, base: Operand, index: int, kind: ArrayT) -> Operand:
    position = index + kind.length if index < 0 else index
    if not 0 <= position < kind.length:
        context.code.fail_if(Imm(1), Fault.INDEX)
        position = 0
    return context.code.offset(base, position * size_of(kind.element))


def field_address(context: Context, base: Value, name: str) -> tuple[Operand, int]:
    """The record and the offset of a field of fixed size."""
    assert isinstance(base.type, AccountT)
    return base.word, layout.FIELDS + context.module.layout(base.type.name).offsets[name]


# --- leaves


def _int(context: Context, node: typed.IntLit | typed.BoolLit | typed.EnumLit) -> Value:
    del context
    return number(node.type, Imm(int(node.value)))


def _bytes(context: Context, node: typed.BytesLit) -> Value:
    if isinstance(node.type, StrT | BytesT):
        return context.text(node.value, node.type)
    return Value(node.type, (context.module.constant(node.value),))


def _array(context: Context, node: typed.ArrayLit) -> Value:
    """A new array on the heap: others may come to refer to it."""
    elements = evaluate_all(context, node.elements)
    address = memory.allocate(context.code, Imm(size_of(node.type)))
    offset = 0
    for value in elements:
        memory.store(context, address, offset, value)
        offset += size_of(value.type)
    return Value(node.type, (address,))


def _local(context: Context, node: typed.Local) -> Value:
    return context.read(node.name, node.type)


def _field(context: Context, node: typed.Field) -> Value:
    base = evaluate(context, node.base)
    if isinstance(node.type, StrT | BytesT):
        return _varying_field(context, base, node)
    return memory.load(context, *field_address(context, base, node.name), node.type)


def _varying_field(context: Context, base: Value, node: typed.Field) -> Value:
    """Text in an account: walks the lengths before it, each checked to stay inside the account."""
    assert isinstance(base.type, AccountT)
    code = context.code
    shape = context.module.layout(base.type.name)
    held = code.load(base.word, layout.RECORD_LENGTH)
    end = code.add(code.offset(base.word, layout.RECORD_DATA), held)
    at = code.offset(base.word, layout.FIELDS + shape.fixed)
    for position, name in enumerate(shape.varying, start=1):
        length = code.load(at, 0, 32)
        start = code.offset(at, layout.LENGTH_PREFIX)
        at = code.add(start, length)
        rest = layout.LENGTH_PREFIX * (len(shape.varying) - position)
        outside = code.cmp(CmpOp.UGT, code.offset(at, rest), end)
        code.fail_if(outside, Fault.ACCOUNT_TOO_SHORT)
        if name == node.name:
            return Value(node.type, (start, length))
    raise InternalError(f"{base.type} has no field {node.name}", node.span)


def _index(context: Context, node: typed.Index) -> Value:
    return memory.load(context, element(context, node), 0, node.type)


# --- operators


def _unary(context: Context, node: typed.Unary) -> Value:
    code, operand = context.code, evaluate(context, node.operand)
    if node.op is UnaryOp.NOT:
        return number(BOOL, code.bin(BinOp.XOR, operand.word, Imm(1)))
    assert isinstance(node.type, IntT)
    operation = arithmetic.negate if node.op is UnaryOp.NEGATE else arithmetic.invert
    return number(node.type, operation(code, operand.word, node.type))


def _binary(context: Context, node: typed.Binary) -> Value:
    left, right = evaluate_all(context, (node.left, node.right))
    assert isinstance(node.type, IntT)
    word = arithmetic.binary(context.code, node.op, left.word, right.word, node.type)
    return number(node.type, word)


def _compare(context: Context, node: typed.Compare) -> Value:
    left, right = evaluate_all(context, (node.left, node.right))
    code, kind = context.code, left.type
    if isinstance(kind, PubkeyT | ArrayT | StrT | BytesT):
        same = memory.equal(code, left, right)
        negate = node.op is CompareOp.NE
        return number(BOOL, code.bin(BinOp.XOR, same, Imm(1)) if negate else same)
    signed = isinstance(kind, IntT) and kind.signed
    return number(BOOL, arithmetic.compare(code, node.op, left.word, right.word, signed=signed))


def _bool_op(context: Context, node: typed.BoolOp) -> Value:
    code = context.code
    result = code.new_slot()
    yes, no, end = code.label("true"), code.label("false"), code.label("known")
    branch(context, node, yes, no)
    for label, value in ((yes, 1), (no, 0)):
        code.start(label)
        code.set(result, Imm(value))
        code.jump(end)
    code.start(end)
    return number(BOOL, code.get(result))


def _conditional(context: Context, node: typed.Conditional) -> Value:
    code = context.code
    slots = tuple(code.new_slot() for _ in range(words_of(node.type)))
    then, otherwise, end = code.label("then"), code.label("otherwise"), code.label("chosen")
    branch(context, node.test, then, otherwise)
    stable = True
    for label, side in ((then, node.then), (otherwise, node.otherwise)):
        code.start(label)
        value = evaluate(context, side)
        stable = stable and value.stable
        for slot, word in zip(slots, value.words, strict=True):
            code.set(slot, word)
        code.jump(end)
    code.start(end)
    return Value(node.type, tuple(code.get(slot) for slot in slots), stable)


def _convert(context: Context, node: typed.Convert) -> Value:
    operand = evaluate(context, node.operand)
    if not isinstance(operand.type, IntT):  # bool and enum
        return number(node.type, operand.word)
    return number(
        node.type, arithmetic.convert(context.code, operand.word, operand.type, node.type)
    )


# --- calls


def _format(context: Context, node: typed.Format) -> Value:
    return text.formatted(context, node.type, evaluate_all(context, node.parts))


def _call(context: Context, node: typed.Call) -> Value:
    arguments = [memory.keep(context, v) for v in evaluate_all(context, node.arguments)]
    return calls.call(context, node, arguments)


def _intrinsic(context: Context, node: typed.Intrinsic) -> Value:
    if node.name not in INTRINSICS:
        raise InternalError(f"no lowering of {node.name}", node.span)
    return INTRINSICS[node.name](context, evaluate_all(context, node.arguments))


# --- init


def _init_account(context: Context, node: typed.InitAccount) -> Value:
    names = [name for name, _ in node.fields]
    given = (node.target, node.payer, *(value for _, value in node.fields), *(node.seeds or ()))
    target, payer, *rest = evaluate_all(context, given)
    fields = dict(zip(names, rest, strict=False))
    if node.seeds is None:
        slices = seeds.of_fields(context, node.account_class, fields)
    else:
        slices = seeds.of_values(context, rest[len(names) :])
    return init.account(context, node, Place(target, payer, slices), fields)


def _init_mint(context: Context, node: typed.InitMint) -> Value:
    named: dict[str, typed.Expr | None] = {
        "decimals": node.decimals,
        "authority": node.authority,
        "freeze_authority": node.freeze_authority,
        "permanent_delegate": node.permanent_delegate,
        "close_authority": node.close_authority,
    }
    if node.metadata is not None:
        named |= dict(zip(("name", "symbol", "uri"), node.metadata, strict=True))
    return init.mint(context, node, *_place(context, node, named))


def _init_token_account(context: Context, node: typed.InitTokenAccount) -> Value:
    named: dict[str, typed.Expr | None] = {"mint": node.mint, "authority": node.authority}
    return init.token_account(context, node, *_place(context, node, named))


def _place(
    context: Context,
    node: typed.InitMint | typed.InitTokenAccount,
    named: dict[str, typed.Expr | None],
) -> tuple[Place, dict[str, Value]]:
    given = {name: value for name, value in named.items() if value is not None}
    values = evaluate_all(context, (node.target, node.payer, *node.seeds, *given.values()))
    target, payer = values[:2]
    slices = seeds.of_values(context, values[2 : 2 + len(node.seeds)])
    return Place(target, payer, slices), dict(
        zip(given, values[2 + len(node.seeds) :], strict=True)
    )


_HANDLERS: Final[dict[type, Callable[[Context, Any], Value]]] = {
    typed.IntLit: _int,
    typed.BoolLit: _int,
    typed.EnumLit: _int,
    typed.BytesLit: _bytes,
    typed.ArrayLit: _array,
    typed.Local: _local,
    typed.Field: _field,
    typed.Index: _index,
    typed.Unary: _unary,
    typed.Binary: _binary,
    typed.Compare: _compare,
    typed.BoolOp: _bool_op,
    typed.Conditional: _conditional,
    typed.Convert: _convert,
    typed.Format: _format,
    typed.Call: _call,
    typed.Intrinsic: _intrinsic,
    typed.InitAccount: _init_account,
    typed.InitMint: _init_mint,
    typed.InitTokenAccount: _init_token_account,
}
