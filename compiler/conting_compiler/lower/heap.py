"""Values on the heap: cells of one 8-byte word per word of a value, in rows.

An instance of a plain class is a row of its fields, an Array that is not packed a row of its
elements, a list a header that points to such a row. A Pubkey's word points to 32 bytes that do not
change as long as the instruction runs.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from conting_compiler.diagnostics import InternalError
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, Operand
from conting_compiler.ir.typesystem import (
    PUBKEY,
    PUBKEY_SIZE,
    AccountT,
    ArrayT,
    BoolT,
    BytesT,
    ClassT,
    EnumT,
    FloatT,
    IntT,
    ListT,
    PubkeyT,
    StrT,
    TupleT,
    Type,
    is_packed,
)
from conting_compiler.lower import layout, memory
from conting_compiler.lower.context import Context, ModuleContext, Value, words_of
from conting_compiler.lower.function_builder import FunctionBuilder
from conting_compiler.lower.layout import size_of

WORD: Final = 8
LIST_FIRST: Final = 0
LIST_COUNT: Final = 8
LIST_HEADER: Final = 24
_NOWHERE: Final = Imm(layout.HEAP)
"""An address for what has no bytes."""


def cell_size(kind: Type) -> int:
    """Bytes of a value in a row of cells."""
    return WORD * words_of(kind)


def offsets(kinds: Iterable[Type]) -> list[int]:
    """Where the values of a row begin, and at the end how many bytes the row has."""
    found = [0]
    for kind in kinds:
        found.append(found[-1] + cell_size(kind))
    return found


@dataclass(frozen=True, slots=True)
class Run:
    """Types of fixed size side by side, or one other; where the first one's cells are."""

    fixed: bool
    kinds: list[Type]
    cells: int


def runs(kinds: Iterable[Type]) -> Iterator[Run]:
    """The types of a row in runs."""
    row = list(kinds)
    places = zip(row, offsets(row), strict=False)
    for fixed, group in groupby(places, lambda place: _is_fixed(place[0])):
        members = list(group)
        if fixed:
            yield Run(fixed, [kind for kind, _ in members], members[0][1])
        else:
            yield from (Run(fixed, [kind], cells) for kind, cells in members)


def _is_fixed(kind: Type) -> bool:
    inline = isinstance(kind, IntT | FloatT | BoolT | EnumT | PubkeyT)
    return inline or (isinstance(kind, ArrayT) and is_packed(kind))


def load(code: FunctionBuilder, address: Operand, offset: int, kind: Type) -> Value:
    """The value in the cells at address + offset."""
    words = tuple(code.load(address, offset + WORD * n) for n in range(words_of(kind)))
    return Value(kind, words, lasting=True)


def store(context: Context, address: Operand, offset: int, value: Value) -> None:
    """Writes a value to the cells at address + offset."""
    for number, word in enumerate(lasting(context, value).words):
        context.code.store(word, address, offset + WORD * number)


def lasting(context: Context, value: Value) -> Value:
    """The value such that the heap may point to it: a Pubkey that may change is copied there."""
    if not isinstance(value.type, PubkeyT) or value.lasting:
        return value
    address = memory.allocate(context.code, Imm(PUBKEY_SIZE))
    memory.copy(context.code, address, value.word, PUBKEY_SIZE)
    return Value(PUBKEY, (address,), lasting=True)


# --- fields and elements


def field_offset(module: ModuleContext, class_name: str, field: str) -> int:
    """Where a field begins in the row of an instance."""
    fields = module.program.plain_class(class_name).fields
    starts = offsets(each.type for each in fields)
    return starts[[each.name for each in fields].index(field)]


def tail_offset(module: ModuleContext, account_class: str, field: str) -> int:
    """Where a field of an account's tail begins in the tail's row."""
    shape = module.layout(account_class)
    starts = offsets(shape.types[name] for name in shape.tail)
    return starts[shape.tail.index(field)]


def tail(code: FunctionBuilder, record: Operand) -> Operand:
    """The address of an account's decoded tail."""
    return code.add(code.load(record, layout.RECORD_TAIL, 32), Imm(layout.HEAP))


def set_tail(code: FunctionBuilder, record: Operand, row: Operand) -> None:
    """Says where an account's tail is."""
    code.store(code.sub(row, Imm(layout.HEAP)), record, layout.RECORD_TAIL, 32)


def field_place(context: Context, base: Value, name: str) -> tuple[Operand, int] | None:
    """The cells of a field of an instance or of an account's tail; None for other fields."""
    match base.type:
        case ClassT(name=class_name):
            return base.word, field_offset(context.module, class_name, name)
        case AccountT(name=class_name) if name in context.module.layout(class_name).tail:
            return tail(context.code, base.word), tail_offset(context.module, class_name, name)
        case _:
            return None


def element_place(context: Context, base: Value, index: Value) -> Operand:
    """The cells of an element of a list or of an Array that is not packed; Fault.INDEX outside."""
    code = context.code
    match base.type:
        case ListT(element=element):
            first, count = code.load(base.word, LIST_FIRST), code.load(base.word, LIST_COUNT)
        case ArrayT(element=element, length=length):
            first, count = base.word, Imm(length)
        case kind:
            raise InternalError(f"{kind} has no elements")
    place = position(code, index, count)
    return code.add(first, code.bin(BinOp.MUL, place, Imm(cell_size(element))))


def position(code: FunctionBuilder, index: Value, count: Operand) -> Operand:
    """The place that an index means among `count`; Fault.INDEX outside."""
    assert isinstance(index.type, IntT)
    place = index.word
    if len(index.words) > 1:  # wider than a word: the rest must be the sign only
        sign = code.bin(BinOp.ASHR, place, Imm(63)) if index.type.signed else Imm(0)
        code.fail_if(code.cmp(CmpOp.NE, index.words[1], sign), Fault.INDEX)
    if index.type.signed:
        from_end = code.cmp(CmpOp.SLT, place, Imm(0))
        place = code.add(place, code.select(from_end, count, Imm(0)))
    code.fail_if(code.cmp(CmpOp.UGE, place, count), Fault.INDEX)
    return place


# --- making


def new_row(code: FunctionBuilder, kinds: Iterable[Type]) -> Operand:
    """Memory for a row; an empty one gets a word, so that it has an address of its own."""
    return memory.allocate(code, Imm(max(offsets(kinds)[-1], WORD)))


def row_of(context: Context, values: Iterable[Value], kinds: Iterable[Type]) -> Operand:
    """A new row with these values."""
    kinds = list(kinds)
    address = new_row(context.code, kinds)
    for offset, value in zip(offsets(kinds), values, strict=False):
        store(context, address, offset, value)
    return address


def new_list(code: FunctionBuilder, room: Operand, element: Type) -> Operand:
    """A list without elements, with room for some."""
    address = code.call("rt_list_new", room, Imm(cell_size(element)))
    code.fail_if(code.cmp(CmpOp.EQ, address, Imm(0)), Fault.TOO_LONG)
    return address


def zero(  # noqa: PLR0911 - one per kind of value
    context: Context, kind: Type
) -> Value:
    """What a field holds that `init` was not given: all of its bytes on chain are zero."""
    code, module = context.code, context.module
    match kind:
        case StrT() | BytesT():
            return Value(kind, (_NOWHERE, Imm(0)))
        case PubkeyT():
            return Value(kind, (module.constant(bytes(PUBKEY_SIZE)),), lasting=True)
        case ListT(element=element):
            return Value(kind, (new_list(code, Imm(0), element),))
        case ArrayT() if is_packed(kind):
            size = Imm(size_of(kind))
            address = memory.allocate(code, size)
            code.run("sol_memset_", address, Imm(0), size)
            return Value(kind, (address,))
        case ArrayT(element=element, length=length):
            kinds = [element] * length
            return Value(kind, (row_of(context, [zero(context, k) for k in kinds], kinds),))
        case ClassT(name=name):
            kinds = [field.type for field in module.program.plain_class(name).fields]
            return Value(kind, (row_of(context, [zero(context, k) for k in kinds], kinds),))
        case TupleT(elements=elements):
            words = (word for each in elements for word in zero(context, each).words)
            return Value(kind, tuple(words), lasting=True)
        case _:
            return Value(kind, (Imm(0),) * words_of(kind))


def loop(code: FunctionBuilder, count: Operand, body: Callable[[Operand], None]) -> None:
    """Runs the body for 0 … count - 1."""
    at = code.new_slot()
    code.set(at, Imm(0))
    test, inside, end = code.label("each"), code.label("element"), code.label("all")
    code.start(test)
    index = code.get(at)
    code.branch(code.cmp(CmpOp.ULT, index, count), inside, end)
    code.start(inside)
    body(index)
    code.set(at, code.add(code.get(at), Imm(1)))
    code.jump(test)
    code.start(end)
