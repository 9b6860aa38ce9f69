"""Expressions to values, and conditions to branches."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from conting_compiler.diagnostics import InternalError
from conting_compiler.ir import typed
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, Operand
from conting_compiler.ir.typed import CompareOp, UnaryOp
from conting_compiler.ir.typesystem import (
    BOOL,
    U8,
    ArrayT,
    BytesT,
    ClassT,
    FloatT,
    IntT,
    ListT,
    PubkeyT,
    StrT,
    TupleT,
    is_packed,
)
from conting_compiler.lower import (
    calls,
    events,
    hashing,
    heap,
    init,
    invoke,
    lists,
    literals,
    memory,
    numeric,
    printing,
    seeds,
)
from conting_compiler.lower.context import NOTHING, Context, Value, number, words_of
from conting_compiler.lower.init import Place
from conting_compiler.lower.intrinsics import INTRINSICS
from conting_compiler.lower.layout import size_of
from conting_compiler.lower.places import element, field_address, varying_field
from conting_compiler.lower.walk import has_effects


def evaluate(context: Context, node: typed.Expr) -> Value:
    """The value of an expression."""
    return EXPRESSIONS[type(node)](context, node)


def evaluate_all(context: Context, expressions: Iterable[typed.Expr]) -> list[Value]:
    """The values of expressions in order; what a later one may change is copied first."""
    nodes = list(expressions)
    last = max((place for place, node in enumerate(nodes) if has_effects(node)), default=0)
    values = []
    for place, node in enumerate(nodes):
        value = evaluate(context, node)
        values.append(memory.keep(context, value) if place < last else value)
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


# --- leaves


def _array(context: Context, node: typed.ArrayLit) -> Value:
    """A new array on the heap: others may come to refer to it."""
    elements = evaluate_all(context, node.elements)
    if not is_packed(node.type):
        kinds = [value.type for value in elements]
        return Value(node.type, (heap.row_of(context, elements, kinds),))
    address = memory.allocate(context.code, Imm(size_of(node.type)))
    offset = 0
    for value in elements:
        memory.store(context, address, offset, value)
        offset += size_of(value.type)
    return Value(node.type, (address,))


def _list(context: Context, node: typed.ListLit) -> Value:
    assert isinstance(node.type, ListT)
    return lists.made(context, node.type, evaluate_all(context, node.elements))


def _tuple(context: Context, node: typed.TupleLit) -> Value:
    values = (heap.lasting(context, v) for v in evaluate_all(context, node.elements))
    return Value(node.type, tuple(word for value in values for word in value.words), lasting=True)


def _tuple_item(context: Context, node: typed.TupleItem) -> Value:
    base = evaluate(context, node.base)
    assert isinstance(base.type, TupleT)
    first = sum(map(words_of, base.type.elements[: node.place]))
    words = base.words[first : first + words_of(node.type)]
    return Value(node.type, words, lasting=True)


def _nothing(context: Context, node: typed.Nothing) -> Value:
    del context
    return Value(node.type, (Imm(0),) * words_of(node.type), lasting=True)


def _some(context: Context, node: typed.Some) -> Value:
    value = heap.lasting(context, evaluate(context, node.value))
    return Value(node.type, (Imm(1), *value.words), lasting=True)


def _unwrap(context: Context, node: typed.Unwrap) -> Value:
    return Value(node.type, evaluate(context, node.option).words[1:], lasting=True)


def _is_none(context: Context, node: typed.IsNone) -> Value:
    option = evaluate(context, node.option)
    return number(BOOL, context.code.cmp(CmpOp.EQ, option.word, Imm(0)))


def _new(context: Context, node: typed.New) -> Value:
    fields = context.module.program.plain_class(node.type.name).fields
    return Value(node.type, (heap.new_row(context.code, [each.type for each in fields]),))


def _local(context: Context, node: typed.Local) -> Value:
    return context.read(node.name, node.type)


def _field(context: Context, node: typed.Field) -> Value:
    base = evaluate(context, node.base)
    place = heap.field_place(context, base, node.name)
    if place is not None:
        return heap.load(context.code, *place, node.type)
    if isinstance(node.type, StrT | BytesT):
        return varying_field(context, base, node)
    return memory.load(context, *field_address(context, base, node.name), node.type)


def _index(context: Context, node: typed.Index) -> Value:
    match node:
        case typed.Index(
            base=typed.Intrinsic(name=name, arguments=(data,)), index=typed.IntLit() as place
        ) if name in hashing.SYSCALLS:
            base = _hash(context, name, data, hashing.frame_place)
            index = evaluate(context, place)
        case _:
            base, index = evaluate_all(context, (node.base, node.index))
    if is_packed(base.type):
        return memory.load(context, element(context, base, index), 0, node.type)
    return heap.load(context.code, heap.element_place(context, base, index), 0, node.type)


# --- operators


def _unary(context: Context, node: typed.Unary) -> Value:
    code, operand = context.code, evaluate(context, node.operand)
    if node.op is UnaryOp.NOT:
        return number(BOOL, code.bin(BinOp.XOR, operand.word, Imm(1)))
    operation = numeric.negate if node.op is UnaryOp.NEGATE else numeric.invert
    return operation(code, operand)


def _binary(context: Context, node: typed.Binary) -> Value:
    left, right = evaluate_all(context, (node.left, node.right))
    return numeric.binary(context.code, node.op, left, right)


def _compare(context: Context, node: typed.Compare) -> Value:
    left, right = evaluate_all(context, (node.left, node.right))
    code, kind = context.code, left.type
    if isinstance(kind, PubkeyT | ArrayT | StrT | BytesT):
        same = memory.equal(code, left, right)
        negate = node.op is CompareOp.NE
        return number(BOOL, code.bin(BinOp.XOR, same, Imm(1)) if negate else same)
    return number(BOOL, numeric.compare(code, node.op, left, right))


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
    stable = lasting = True
    for label, side in ((then, node.then), (otherwise, node.otherwise)):
        code.start(label)
        value = evaluate(context, side)
        stable, lasting = stable and value.stable, lasting and value.lasting
        for slot, word in zip(slots, value.words, strict=True):
            code.set(slot, word)
        code.jump(end)
    code.start(end)
    return Value(node.type, tuple(code.get(slot) for slot in slots), stable, lasting)


def _convert(context: Context, node: typed.Convert) -> Value:
    operand = evaluate(context, node.operand)
    if not isinstance(operand.type, IntT | FloatT):  # bool and enum
        operand = number(U8, operand.word)
    return numeric.convert(context.code, operand, node.type)


# --- calls


def _format(context: Context, node: typed.Format) -> Value:
    return printing.formatted(context, node.type, evaluate_all(context, node.parts))


def _call(context: Context, node: typed.Call) -> Value:
    arguments = [memory.keep(context, v) for v in evaluate_all(context, node.arguments)]
    return calls.call(context, node, arguments)


def _hash(
    context: Context, name: str, data: typed.Expr, place: Callable[[Context], Operand]
) -> Value:
    match data:
        case typed.Intrinsic(name="bytes_of", arguments=parts):
            values = evaluate_all(context, parts)
            return hashing.of_parts(context, name, values, place(context))
        case _:
            return hashing.of(context, name, evaluate(context, data), place(context))


def _intrinsic(context: Context, node: typed.Intrinsic) -> Value:
    if node.name in hashing.SYSCALLS:
        return _hash(context, node.name, node.arguments[0], hashing.heap_place)
    if node.name not in INTRINSICS:
        raise InternalError(f"no lowering of {node.name}", node.span)
    if node.name == "event.emit":
        fields = events.given_fields(context.module, node.arguments[0])
        if fields is not None and isinstance(node.arguments[0].type, ClassT):
            values = evaluate_all(context, fields)
            events.emit_fields(context, node.arguments[0].type.name, values)
            return NOTHING
    return INTRINSICS[node.name](context, evaluate_all(context, node.arguments))


# --- init


def _init_account(context: Context, node: typed.InitAccount) -> Value:
    names = [name for name, _ in node.fields]
    sizes = [size for size in (node.space, node.padding) if size is not None]
    values = (value for _, value in node.fields)
    given = (node.target, node.payer, *values, *(node.seeds or ()), *sizes)
    target, payer, *rest = evaluate_all(context, given)
    size = rest.pop() if sizes else None
    fields = dict(zip(names, rest, strict=False))
    slices = seeds.of_values(context, rest[len(names) :]) if node.seeds else []
    space, padding = (None if asked is None else size for asked in (node.space, node.padding))
    place = Place(target, payer, slices, space, padding)
    return init.account(context, node, place, fields)


def _signer_seeds(context: Context, node: typed.SignerSeeds) -> Value:
    slices = seeds.of_values(context, evaluate_all(context, node.seeds))
    return Value(node.type, tuple(word for s in slices for word in (s.address, s.length)))


def _invoke(context: Context, node: typed.Invoke) -> Value:
    named = [each for each in node.signers if each is not None]
    values = evaluate_all(context, (node.program, *node.accounts, *named, node.data))
    program, *rest = values
    accounts, (*seeds_given, data) = rest[: len(node.accounts)], rest[len(node.accounts) :]
    upcoming = iter(seeds_given)
    given = [None if each is None else next(upcoming) for each in node.signers]
    return invoke.invoke(context, node, program, data, accounts=accounts, given=given)


def _init_mint(context: Context, node: typed.InitMint) -> Value:
    named: dict[str, typed.Expr | None] = {
        "decimals": node.decimals,
        "authority": node.authority,
        "freeze_authority": node.freeze_authority,
        "permanent_delegate": node.permanent_delegate,
        "close_authority": node.close_authority,
    }
    if node.metadata is not None:
        named |= dict(zip(("name", "symbol", "uri", "room"), node.metadata, strict=False))
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


EXPRESSIONS: Final[dict[type, Callable[[Context, Any], Value]]] = {
    typed.IntLit: literals.integer,
    typed.FloatLit: literals.floating,
    typed.BoolLit: literals.integer,
    typed.EnumLit: literals.integer,
    typed.BytesLit: literals.text,
    typed.ArrayLit: _array,
    typed.ListLit: _list,
    typed.TupleLit: _tuple,
    typed.TupleItem: _tuple_item,
    typed.Nothing: _nothing,
    typed.Some: _some,
    typed.Unwrap: _unwrap,
    typed.IsNone: _is_none,
    typed.New: _new,
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
    typed.SignerSeeds: _signer_seeds,
    typed.Invoke: _invoke,
}
"""The lowering of each kind of expression; `statements` adds those that contain statements."""
