"""Lists: making, growing, taking from; what the elements are is up to `heap`."""

from collections.abc import Sequence

from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, Operand
from conting_compiler.ir.typesystem import U64, IntT, ListT
from conting_compiler.lower import heap, slices
from conting_compiler.lower.context import NOTHING, Context, Value, number
from conting_compiler.lower.function_builder import FunctionBuilder
from conting_compiler.lower.layout import HEAP_SIZE


def made(context: Context, kind: ListT, elements: Sequence[Value]) -> Value:
    """A new list of these elements."""
    code, count = context.code, Imm(len(elements))
    made_list = heap.new_list(code, count, kind.element)
    code.store(count, made_list, heap.LIST_COUNT)
    first = code.offset(made_list, heap.LIST_HEADER)
    for place, value in enumerate(elements):
        heap.store(context, first, place * heap.cell_size(kind.element), value)
    return number(kind, made_list)


def append(context: Context, arguments: Sequence[Value]) -> Value:
    """list.append(x)."""
    made_list, value = arguments
    heap.store(context, _grown(context, made_list), 0, value)
    return NOTHING


def _grown(context: Context, made_list: Value) -> Operand:
    """The address of a new last element."""
    code, kind = context.code, made_list.type
    assert isinstance(kind, ListT)
    slot = code.call("rt_list_grow", made_list.word, Imm(heap.cell_size(kind.element)))
    code.fail_if(code.cmp(CmpOp.EQ, slot, Imm(0)), Fault.TOO_LONG)
    return slot


def length(context: Context, arguments: Sequence[Value]) -> Value:
    """len(list)."""
    return number(U64, context.code.load(arguments[0].word, heap.LIST_COUNT))


def pop(context: Context, arguments: Sequence[Value]) -> Value:
    """list.pop(): the last element; Fault.INDEX where there is none."""
    code, made_list = context.code, arguments[0]
    kind = made_list.type
    assert isinstance(kind, ListT)
    count = code.load(made_list.word, heap.LIST_COUNT)
    code.fail_if(code.cmp(CmpOp.EQ, count, Imm(0)), Fault.INDEX)
    left = code.add(count, Imm(-1))
    code.store(left, made_list.word, heap.LIST_COUNT)
    place = code.bin(BinOp.MUL, left, Imm(heap.cell_size(kind.element)))
    return heap.load(code, code.add(code.load(made_list.word), place), 0, kind.element)


def pop_at(context: Context, arguments: Sequence[Value]) -> Value:
    """list.pop(i): takes the element out; those behind it move up."""
    code, (made_list, index) = context.code, arguments
    kind = made_list.type
    assert isinstance(kind, ListT)
    size = heap.cell_size(kind.element)
    count = code.load(made_list.word, heap.LIST_COUNT)
    place = heap.position(code, index, count)
    at = code.add(code.load(made_list.word), code.bin(BinOp.MUL, place, Imm(size)))
    taken = heap.load(code, at, 0, kind.element)
    left = code.add(count, Imm(-1))
    behind = code.bin(BinOp.MUL, code.sub(left, place), Imm(size))
    code.run("sol_memmove_", at, code.offset(at, size), behind)
    code.store(left, made_list.word, heap.LIST_COUNT)
    return taken


def remove_at(context: Context, arguments: Sequence[Value]) -> Value:
    """list.remove(x), of which the place is known."""
    pop_at(context, arguments)
    return NOTHING


def insert(context: Context, arguments: Sequence[Value]) -> Value:
    """list.insert(i, x): an index outside means the nearer end, as in Python."""
    code, (made_list, index, value) = context.code, arguments
    kind = made_list.type
    assert isinstance(kind, ListT)
    size = heap.cell_size(kind.element)
    count = code.load(made_list.word, heap.LIST_COUNT)
    place = slices.clipped(code, index, count)
    _grown(context, made_list)
    at = code.add(code.load(made_list.word), code.bin(BinOp.MUL, place, Imm(size)))
    behind = code.bin(BinOp.MUL, code.sub(count, place), Imm(size))
    code.run("sol_memmove_", code.offset(at, size), at, behind)
    heap.store(context, at, 0, value)
    return NOTHING


def clear(context: Context, arguments: Sequence[Value]) -> Value:
    """list.clear()."""
    context.code.store(Imm(0), arguments[0].word, heap.LIST_COUNT)
    return NOTHING


def extend(context: Context, arguments: Sequence[Value]) -> Value:
    """list.extend(other), also `list += other`; of itself it takes what it was before."""
    code, (made_list, other) = context.code, arguments
    _repeat(context, made_list, other, Imm(1), code.load(other.word, heap.LIST_COUNT))
    return NOTHING


def joined(context: Context, arguments: Sequence[Value]) -> Value:
    """list + list: a new one."""
    code, (left, right) = context.code, arguments
    kind = left.type
    assert isinstance(kind, ListT)
    first, second = (code.load(each.word, heap.LIST_COUNT) for each in (left, right))
    made_list = number(kind, heap.new_list(code, code.add(first, second), kind.element))
    _repeat(context, made_list, left, Imm(1), first)
    _repeat(context, made_list, right, Imm(1), second)
    return made_list


def repeated(context: Context, arguments: Sequence[Value]) -> Value:
    """list * count: a new one with the same elements again and again; none if count < 1."""
    code, (made_list, times) = context.code, arguments
    kind = made_list.type
    assert isinstance(kind, ListT)
    assert isinstance(times.type, IntT)
    count = code.load(made_list.word, heap.LIST_COUNT)
    rounds = times.word
    if times.type.signed:
        negative = code.cmp(CmpOp.SLT, rounds, Imm(0))
        rounds = code.select(negative, Imm(0), rounds)
    some = code.cmp(CmpOp.NE, count, Imm(0))
    rounds = code.select(some, rounds, Imm(0))
    code.fail_if(code.cmp(CmpOp.UGT, rounds, Imm(HEAP_SIZE)), Fault.TOO_LONG)
    result = number(kind, heap.new_list(code, code.bin(BinOp.MUL, count, rounds), kind.element))
    _repeat(context, result, made_list, rounds, count)
    return result


def _repeat(
    context: Context, target: Value, source: Value, rounds: Operand, count: Operand
) -> None:
    """Appends the first `count` elements of `source` to `target`, `rounds` times."""
    code, kind = context.code, target.type
    assert isinstance(kind, ListT)
    size = heap.cell_size(kind.element)

    def once(_: Operand) -> None:
        def one(index: Operand) -> None:
            slot = _grown(context, target)
            place = code.bin(BinOp.MUL, index, Imm(size))
            found = heap.load(code, code.add(code.load(source.word), place), 0, kind.element)
            heap.store(context, slot, 0, found)

        heap.loop(code, count, one)

    heap.loop(code, rounds, once)


def reverse(context: Context, arguments: Sequence[Value]) -> Value:
    """list.reverse()."""
    code, made_list = context.code, arguments[0]
    kind = made_list.type
    assert isinstance(kind, ListT)
    size = heap.cell_size(kind.element)
    count = code.load(made_list.word, heap.LIST_COUNT)
    first = code.load(made_list.word)

    def swap(index: Operand) -> None:
        last = code.sub(code.add(count, Imm(-1)), index)
        low = code.add(first, code.bin(BinOp.MUL, index, Imm(size)))
        high = code.add(first, code.bin(BinOp.MUL, last, Imm(size)))
        one, other = heap.load(code, low, 0, kind.element), heap.load(code, high, 0, kind.element)
        heap.store(context, low, 0, other)
        heap.store(context, high, 0, one)

    heap.loop(code, code.bin(BinOp.LSHR, count, Imm(1)), swap)
    return NOTHING


def exact(context: Context, arguments: Sequence[Value]) -> Value:
    """Fault.INDEX unless the list has so many elements."""
    code, (made_list, wanted) = context.code, arguments
    count = code.load(made_list.word, heap.LIST_COUNT)
    code.fail_if(code.cmp(CmpOp.NE, count, wanted.word), Fault.INDEX)
    return NOTHING


def found(context: Context, arguments: Sequence[Value]) -> Value:
    """Fault.NO_VALUE unless the place lies in the list."""
    code, (made_list, place) = context.code, arguments
    count = code.load(made_list.word, heap.LIST_COUNT)
    code.fail_if(code.cmp(CmpOp.UGE, place.word, count), Fault.NO_VALUE)
    return NOTHING


def rounds_of(context: Context, arguments: Sequence[Value]) -> Value:
    """How many rounds range(start, stop, step) has; a step of 0 is Fault.DIVISION_BY_ZERO."""
    code, (start, stop, step) = context.code, arguments
    assert isinstance(start.type, IntT)
    low, high, size = _in_order(code, start.word, stop.word, step)
    some = code.cmp(CmpOp.SLT if start.type.signed else CmpOp.ULT, low, high)
    rounds = code.sub(high, low)
    if size != Imm(1):
        whole = code.bin(BinOp.UDIV, code.add(rounds, Imm(-1)), size)
        rounds = code.add(whole, Imm(1))
    return number(U64, code.select(some, rounds, Imm(0)))


def _in_order(
    code: FunctionBuilder, start: Operand, stop: Operand, step: Value
) -> tuple[Operand, Operand, Operand]:
    """The lower one of where a range begins and ends, the other, and how far a step goes."""
    if isinstance(step.word, Imm) and step.word.value:
        size = step.word.value
        return (start, stop, Imm(size)) if size > 0 else (stop, start, Imm(-size))
    code.fail_if(code.cmp(CmpOp.EQ, step.word, Imm(0)), Fault.DIVISION_BY_ZERO)
    if not isinstance(step.type, IntT) or not step.type.signed:
        return start, stop, step.word
    is_down = code.cmp(CmpOp.SLT, step.word, Imm(0))
    low, high = code.select(is_down, stop, start), code.select(is_down, start, stop)
    return low, high, code.select(is_down, code.sub(Imm(0), step.word), step.word)


def range_item(context: Context, arguments: Sequence[Value]) -> Value:
    """The number that range(start, …, step) gives in round `at`; since there is one, it fits."""
    code, (start, step, at) = context.code, arguments
    return number(start.type, code.add(start.word, code.bin(BinOp.MUL, at.word, step.word)))
