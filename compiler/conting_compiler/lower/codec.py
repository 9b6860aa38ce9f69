"""Borsh of any stored type: one function per type that reads it into cells, one that writes it.

Both take the address of a state {u64 cursor, u64 end, u64 fault} and the address of the cells, move
the cursor and return 0, or the fault if the bytes do not reach or stand for no value. They are made
when first asked for.
"""

from collections.abc import Callable
from typing import Final

from conting_compiler.diagnostics import InternalError
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, Operand, Reg
from conting_compiler.ir.typesystem import (
    BYTES,
    NONE,
    ArrayT,
    BoolT,
    BytesT,
    ClassT,
    EnumT,
    FloatT,
    IntT,
    ListT,
    OptionT,
    PubkeyT,
    StrT,
    Type,
    fixed_size,
    is_packed,
)
from conting_compiler.lower import floats, heap, layout, memory
from conting_compiler.lower.context import Context, ModuleContext, Value, number
from conting_compiler.lower.function_builder import FunctionBuilder
from conting_compiler.lower.layout import LENGTH_PREFIX, size_of

CURSOR: Final = 0
END: Final = 8
FAULT: Final = 16
STATE_SIZE: Final = 24
TAG: Final = 1
"""Bytes before the value of an Option: 0 for None, else 1."""
_LENGTH_BITS: Final = 32
_BYTE_BITS: Final = 8
_STATE, _CELLS = Reg(0), Reg(1)


def begin(code: FunctionBuilder, cursor: Operand, end: Operand, fault: Fault) -> Operand:
    """A state for a decoder or encoder."""
    state = code.scratch("codec", STATE_SIZE)
    code.store(cursor, state, CURSOR)
    code.store(end, state, END)
    code.store(Imm(fault.value), state, FAULT)
    return state


def decode(context: Context, state: Operand, kind: Type, target: Operand) -> None:
    """Reads one value into cells; leaves with the state's fault if that cannot be."""
    context.code.propagate(context.code.call(decoder(context.module, kind), state, target))


def encode(context: Context, state: Operand, kind: Type, source: Operand) -> None:
    """Writes the value in the cells; leaves with the state's fault if there is no room."""
    context.code.propagate(context.code.call(encoder(context.module, kind), state, source))


def encoded(context: Context, value: Value, prefix: bytes = b"") -> Value:
    """The value as Borsh, behind some constant bytes, as new bytes on the heap."""
    code = context.code
    cells = heap.row_of(context, [value], [value.type])
    start, end = free_space(code)
    first = code.offset(start, len(prefix))
    state = begin(code, first, end, Fault.TOO_LONG)
    code.fail_if(code.cmp(CmpOp.UGT, first, end), Fault.TOO_LONG)
    memory.write(code, start, 0, prefix)
    encode(context, state, value.type, cells)
    size = code.sub(code.load(state, CURSOR), start)
    memory.allocate(code, size)
    return Value(BYTES, (start, size))


def free_space(code: FunctionBuilder) -> tuple[Operand, Operand]:
    """Where the heap that is left begins and ends."""
    used = code.load(Imm(layout.HEAP_USED))
    return code.add(used, Imm(layout.HEAP_FIRST)), Imm(layout.HEAP_FIRST + layout.HEAP_SIZE)


# --- making the functions


def decoder(module: ModuleContext, kind: Type) -> str:
    """The name of the function that reads the type."""
    return _helper(module, f"decode.{kind}", lambda context: _read(context, kind))


def encoder(module: ModuleContext, kind: Type) -> str:
    """The name of the function that writes the type."""
    return _helper(module, f"encode.{kind}", lambda context: _write(context, kind))


def tail_decoder(module: ModuleContext, account_class: str) -> str:
    """The name of the function that reads the tail of an account."""
    shape = module.layout(account_class)
    kinds = [shape.types[name] for name in shape.tail]
    return _helper(module, f"decode.tail.{account_class}", lambda c: _read_row(c, kinds, _CELLS))


def tail_encoder(module: ModuleContext, account_class: str) -> str:
    """The name of the function that writes the tail of an account."""
    shape = module.layout(account_class)
    kinds = [shape.types[name] for name in shape.tail]
    return _helper(module, f"encode.tail.{account_class}", lambda c: _write_row(c, kinds, _CELLS))


def _helper(module: ModuleContext, name: str, fill: Callable[[Context], None]) -> str:
    if name not in module.helpers:
        code = FunctionBuilder(name, 2, compact=module.compact)
        context = Context(module, code, NONE)
        fill(context)
        module.helpers[name] = code.finish()
    return name


def _take(code: FunctionBuilder, size: Operand) -> Operand:
    """Moves the cursor over `size` bytes, which have to be there; gives where it was."""
    cursor = code.load(_STATE, CURSOR)
    left = code.sub(code.load(_STATE, END), cursor)
    _refuse_if(code, code.cmp(CmpOp.UGT, size, left))
    code.store(code.add(cursor, size), _STATE, CURSOR)
    return cursor


def _refuse_if(code: FunctionBuilder, test: Operand) -> None:
    refused, go_on = code.label("refused"), code.label("ok")
    code.branch(test, refused, go_on, refused)
    code.start(refused)
    code.ret(code.load(_STATE, FAULT))
    code.start(go_on)


# --- reading


def _read(context: Context, kind: Type) -> None:
    """The body of a decoder."""
    code = context.code
    match kind:
        case OptionT(inner=inner):
            _read_option(context, inner)
        case ListT(element=element):
            heap.store(context, _CELLS, 0, _read_list(context, kind, element))
        case ClassT(name=name):
            kinds = [field.type for field in context.module.program.plain_class(name).fields]
            row = heap.new_row(code, kinds)
            code.store(row, _CELLS)
            _read_row(context, kinds, row)
        case ArrayT(element=element, length=length) if not is_packed(kind):
            row = heap.new_row(code, [element] * length)
            code.store(row, _CELLS)
            _read_elements(context, element, row, Imm(length))
        case _:
            heap.store(context, _CELLS, 0, _read_plain(context, kind))


def _read_option(context: Context, inner: Type) -> None:
    code = context.code
    tag = code.load(_take(code, Imm(TAG)), 0, _BYTE_BITS)
    _refuse_if(code, code.cmp(CmpOp.UGT, tag, Imm(1)))
    code.store(tag, _CELLS)
    some, none, end = code.label("some"), code.label("none"), code.label("option")
    code.branch(tag, some, none)
    code.start(some)
    _read_into(context, inner, code.offset(_CELLS, heap.WORD))
    code.jump(end)
    code.start(none)
    for offset in range(heap.WORD, heap.WORD + heap.cell_size(inner), heap.WORD):
        code.store(Imm(0), _CELLS, offset)
    code.start(end)


def _read_row(context: Context, kinds: list[Type], row: Operand) -> None:
    """Reads values into a row of cells; of those of fixed size side by side the length once."""
    for run in heap.runs(kinds):
        if not run.fixed:
            _read_into(context, run.kinds[0], context.code.offset(row, run.cells))
            continue
        at, cells = _take(context.code, Imm(sum(map(size_of, run.kinds)))), run.cells
        for kind in run.kinds:
            heap.store(context, row, cells, _read_at(context, kind, at))
            at, cells = context.code.offset(at, size_of(kind)), cells + heap.cell_size(kind)


def _read_into(context: Context, kind: Type, cells: Operand) -> None:
    if _is_inline(kind):
        heap.store(context, cells, 0, _read_plain(context, kind))
    else:
        decode(context, _STATE, kind, cells)


def _is_inline(kind: Type) -> bool:
    return isinstance(kind, IntT | FloatT | BoolT | EnumT | PubkeyT)


def _read_at(context: Context, kind: Type, at: Operand) -> Value:
    """The value of fixed size that is there; checks that it is one."""
    if isinstance(kind, PubkeyT):
        return Value(kind, (at,), lasting=True)
    if isinstance(kind, ArrayT):
        _check_packed(context, kind, at)
        return number(kind, at)
    value = memory.load(context, at, 0, kind)
    _check_number(context.code, value)
    return value


def _read_plain(context: Context, kind: Type) -> Value:
    code = context.code
    match kind:
        case StrT() | BytesT():
            return _read_text(code, kind)
        case PubkeyT() | ArrayT() | IntT() | FloatT() | BoolT() | EnumT():
            return _read_at(context, kind, _take(code, Imm(size_of(kind))))
        case _:
            raise InternalError(f"{kind} has no bytes on chain")


def _check_number(code: FunctionBuilder, value: Value) -> None:
    """A bool is 0 or 1, an enum one of its variants, an f64 no NaN."""
    if isinstance(value.type, FloatT):
        _refuse_if(code, floats.is_nan(code, value.word))
    count = _choices(value.type)
    if count is not None:
        _refuse_if(code, code.cmp(CmpOp.UGE, value.word, Imm(count)))


def _choices(kind: Type) -> int | None:
    match kind:
        case BoolT():
            return 2
        case EnumT(variants=variants):
            return len(variants)
        case _:
            return None


def _check_packed(context: Context, kind: ArrayT, address: Operand) -> None:
    """Checks every bool, enum and f64 of an Array, however deep, in one loop over them."""
    element: Type = kind
    while isinstance(element, ArrayT):
        element = element.element
    if not isinstance(element, BoolT | EnumT | FloatT):
        return
    code, size = context.code, size_of(element)

    def check(index: Operand) -> None:
        at = code.add(address, code.bin(BinOp.MUL, index, Imm(size)))
        _check_number(code, memory.load(context, at, 0, element))

    heap.loop(code, Imm(size_of(kind) // size), check)


def _read_length(code: FunctionBuilder) -> Operand:
    return code.load(_take(code, Imm(LENGTH_PREFIX)), 0, _LENGTH_BITS)


def _read_text(code: FunctionBuilder, kind: Type) -> Value:
    length = _read_length(code)
    start = _take(code, length)
    if isinstance(kind, StrT):
        points = code.call("rt_utf8_length", start, length)
        _refuse_if(code, code.cmp(CmpOp.SLT, points, Imm(0)))
    return Value(kind, (start, length))


def _read_list(context: Context, kind: Type, element: Type) -> Value:
    code = context.code
    count = _read_length(code)
    left = code.sub(code.load(_STATE, END), code.load(_STATE, CURSOR))
    least = least_size(context.module, element)
    if least:
        needed = code.bin(BinOp.MUL, count, Imm(least))
        _refuse_if(code, code.cmp(CmpOp.UGT, needed, left))
    made = heap.new_list(code, count, element)
    code.store(count, made, heap.LIST_COUNT)
    _read_elements(context, element, code.load(made, heap.LIST_FIRST), count)
    return number(kind, made)


def _read_elements(context: Context, element: Type, row: Operand, count: Operand) -> None:
    code, size = context.code, heap.cell_size(element)

    def read(index: Operand) -> None:
        cells = code.add(row, code.bin(BinOp.MUL, index, Imm(size)))
        _read_into(context, element, cells)

    heap.loop(code, count, read)


def least_size(module: ModuleContext, kind: Type) -> int:
    """Bytes on chain that every value of the type takes at least."""
    match kind:
        case OptionT():
            return TAG
        case ArrayT(element=element, length=length):
            return length * least_size(module, element)
        case ClassT(name=name):
            fields = module.program.plain_class(name).fields
            return sum(least_size(module, field.type) for field in fields)
        case _:
            size = fixed_size(kind)
            return LENGTH_PREFIX if size is None else size


# --- writing


def _write(context: Context, kind: Type) -> None:
    """The body of an encoder."""
    code = context.code
    match kind:
        case OptionT(inner=inner):
            _write_option(context, inner)
        case ListT(element=element):
            made = code.load(_CELLS)
            count = code.load(made, heap.LIST_COUNT)
            code.store(count, _take(code, Imm(LENGTH_PREFIX)), 0, _LENGTH_BITS)
            _write_elements(context, element, code.load(made, heap.LIST_FIRST), count)
        case ClassT(name=name):
            kinds = [field.type for field in context.module.program.plain_class(name).fields]
            _write_row(context, kinds, code.load(_CELLS))
        case ArrayT(element=element, length=length) if not is_packed(kind):
            _write_elements(context, element, code.load(_CELLS), Imm(length))
        case _:
            _write_plain(context, kind, _CELLS)


def _write_option(context: Context, inner: Type) -> None:
    code = context.code
    tag = code.load(_CELLS)
    code.store(tag, _take(code, Imm(TAG)), 0, _BYTE_BITS)
    some, end = code.label("some"), code.label("option")
    code.branch(tag, some, end)
    code.start(some)
    _write_from(context, inner, code.offset(_CELLS, heap.WORD))
    code.start(end)


def _write_row(context: Context, kinds: list[Type], row: Operand) -> None:
    """Writes the values of a row of cells; for those of fixed size side by side looks once."""
    for run in heap.runs(kinds):
        if not run.fixed:
            _write_from(context, run.kinds[0], context.code.offset(row, run.cells))
            continue
        code, cells = context.code, heap.offsets(run.kinds)
        at = _take(code, Imm(sum(map(size_of, run.kinds))))
        values = [
            heap.load(code, row, run.cells + offset, kind)
            for kind, offset in zip(run.kinds, cells, strict=False)
        ]
        memory.store_all(context, at, values, run.kinds)


def _write_from(context: Context, kind: Type, cells: Operand) -> None:
    if _is_inline(kind):
        _write_plain(context, kind, cells)
    else:
        encode(context, _STATE, kind, cells)


def _write_plain(context: Context, kind: Type, cells: Operand) -> None:
    code = context.code
    value = heap.load(code, cells, 0, kind)
    if not isinstance(kind, StrT | BytesT):
        memory.store(context, _take(code, Imm(size_of(kind))), 0, value)
        return
    code.store(value.length, _take(code, Imm(LENGTH_PREFIX)), 0, _LENGTH_BITS)
    memory.copy_text(code, _take(code, value.length), value)


def _write_elements(context: Context, element: Type, row: Operand, count: Operand) -> None:
    code, size = context.code, heap.cell_size(element)

    def write(index: Operand) -> None:
        cells = code.add(row, code.bin(BinOp.MUL, index, Imm(size)))
        _write_from(context, element, cells)

    heap.loop(code, count, write)
