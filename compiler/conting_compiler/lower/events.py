"""What an instruction tells the outside: events in the log, and its result, both as Borsh.

As Anchor writes them: `emit!` is sol_log_data, a result is sol_set_return_data.
"""

from collections.abc import Sequence

from conting_compiler.ir import typed
from conting_compiler.ir.lowered import Imm, Operand
from conting_compiler.ir.typesystem import (
    ArrayT,
    BoolT,
    ClassT,
    EnumT,
    IntT,
    NoneT,
    PubkeyT,
    Type,
    is_packed,
)
from conting_compiler.lower import codec, layout, memory, tables
from conting_compiler.lower.context import NOTHING, Context, ModuleContext, Value
from conting_compiler.lower.layout import size_of

_WORD_SIZE = 8
_ON_STACK = 256
"""Bytes of an event that is put together in the function's frame; a larger one is on the heap."""


def emit(context: Context, arguments: Sequence[Value]) -> Value:
    """Logs discriminator and fields (Borsh); Fault.TOO_LONG where the heap has no room for them."""
    event = arguments[0]
    assert isinstance(event.type, ClassT)
    definition = context.module.program.plain_class(event.type.name)
    content = codec.encoded(context, event, definition.discriminator)
    _log(context, content.word, content.length)
    return NOTHING


def given_fields(module: ModuleContext, node: typed.Expr) -> tuple[typed.Expr, ...] | None:
    """The fields of an event that the expression makes of just these, all of them of fixed size."""
    if not isinstance(node, typed.Call) or not isinstance(node.type, ClassT):
        return None
    fields = module.program.plain_class(node.type.name).fields
    function = next(each for each in module.program.functions if each.name == node.function)
    fills = [
        (each.target.name, each.value.name)
        for each in function.body
        if isinstance(each, typed.Assign)
        and isinstance(each.target, typed.Field)
        and isinstance(each.value, typed.Local)
    ]
    plain = len(function.body) == len(fields) + 2 and isinstance(
        getattr(function.body[0], "value", None), typed.New
    )
    names = [(field.name, field.name) for field in fields]
    fixed = all(_is_fixed(field.type) for field in fields)
    return node.arguments if plain and fixed and fills == names else None


def _is_fixed(kind: Type) -> bool:
    if isinstance(kind, ArrayT):
        return is_packed(kind) and _is_fixed(kind.element)
    return isinstance(kind, IntT | BoolT | EnumT | PubkeyT)


def emit_fields(context: Context, name: str, values: Sequence[Value]) -> None:
    """Logs an event whose fields, all of fixed size, are these."""
    code = context.code
    definition = context.module.program.plain_class(name)
    kinds, discriminator = [each.type for each in definition.fields], definition.discriminator
    size = len(discriminator) + sum(map(size_of, kinds))
    small = size <= _ON_STACK
    if code.compact and small and _emit_by_table(context, discriminator, values):
        return
    start = code.scratch("event", size) if small else memory.allocate(code, Imm(size))
    memory.write(code, start, 0, discriminator)
    memory.store_all(context, code.offset(start, len(discriminator)), values, kinds)
    _log(context, start, Imm(size))


def _emit_by_table(context: Context, discriminator: bytes, values: Sequence[Value]) -> bool:
    """Logs the event by a constant that says how; false if it cannot say that."""
    row = tables.Row(context)
    if not all(tables.fits(each.type) for each in values):
        return False
    pieces = [*tables.constant(discriminator), *(p for each in values for p in row.value(each))]
    if row.full:
        return False
    table = context.module.constant(tables.packed(b"", tables.merged(pieces)))
    context.code.run("rt_emit", table, row.stored())
    return True


def _log(context: Context, start: Operand, size: Operand) -> None:
    code = context.code
    piece = code.scratch("slice", layout.SLICE_SIZE)
    code.store(start, piece)
    code.store(size, piece, _WORD_SIZE)
    code.run("sol_log_data", piece, Imm(1))


def give_back(context: Context, value: Value) -> None:
    """Sets the result of the instruction; the runtime takes at most 1,024 bytes."""
    code = context.code
    if isinstance(value.type, NoneT):
        return
    if is_packed(value.type):
        size = size_of(value.type)
        place = code.scratch("result", size)
        memory.store(context, place, 0, value)
        code.run("sol_set_return_data", place, Imm(size))
        return
    content = codec.encoded(context, value)
    code.run("sol_set_return_data", content.word, content.length)
