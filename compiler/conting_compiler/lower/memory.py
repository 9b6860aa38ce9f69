"""Copies and comparisons of memory, and values in it."""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from conting_compiler.diagnostics import InternalError
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, Operand
from conting_compiler.ir.typesystem import (
    PUBKEY_SIZE,
    ArrayT,
    BoolT,
    BytesT,
    EnumT,
    FloatT,
    IntT,
    PubkeyT,
    StrT,
    Type,
)
from conting_compiler.lower import floats
from conting_compiler.lower.context import Context, Value, number
from conting_compiler.lower.function_builder import FunctionBuilder
from conting_compiler.lower.layout import LENGTH_PREFIX, size_of

INLINE_LIMIT = 64
"""Bytes up to which a copy or comparison is written out; beyond, a syscall is as cheap."""
_KEYS_AT_ONCE = 3
_SHORT_TEXT = 8
"""Bytes of a constant that is written rather than copied."""
_BYTE = 8
_WORD_SIZE = 8


def chunks(size: int) -> Iterator[tuple[int, int]]:
    """Offsets and bits of the loads that cover `size` bytes."""
    offset = 0
    for width in (8, 4, 2, 1):
        while size - offset >= width:
            yield offset, width * _BYTE
            offset += width


def copy(code: FunctionBuilder, target: Operand, source: Operand, size: int) -> None:
    """Copies `size` bytes; target and source may be the same place."""
    if size > INLINE_LIMIT:
        code.run("sol_memmove_", target, source, Imm(size))
        return
    if code.compact and not code.often and size == PUBKEY_SIZE:
        code.run("rt_copy_key", target, source)
        return
    for offset, bits in chunks(size):
        code.store(code.load(source, offset, bits), target, offset, bits)


def copy_text(code: FunctionBuilder, target: Operand, text: Value) -> Operand:
    """Copies a str's or bytes' content; gives the address after it."""
    if text.content is not None and len(text.content) <= _SHORT_TEXT:
        write(code, target, 0, text.content)
        return code.offset(target, len(text.content))
    code.run("sol_memcpy_", target, text.word, text.length)
    return code.add(target, text.length)


def write(code: FunctionBuilder, target: Operand, offset: int, content: bytes) -> None:
    """Writes constant bytes."""
    for at, bits in chunks(len(content)):
        chunk = int.from_bytes(content[at : at + bits // _BYTE], "little")
        code.store(Imm(chunk), target, offset + at, bits)


def differ(code: FunctionBuilder, left: Operand, right: Operand, size: int) -> Operand:
    """Nonzero where `size` (at most 64) bytes differ."""
    found: Operand = Imm(0)
    for offset, bits in chunks(size):
        one, other = code.load(left, offset, bits), code.load(right, offset, bits)
        different = code.bin(BinOp.XOR, one, other)
        found = different if offset == 0 else code.bin(BinOp.OR, found, different)
    return found


def go_unless_equal(
    code: FunctionBuilder, left: Operand, right: Operand, size: int, label: str, *, cold: bool
) -> None:
    """Goes to the label at the first word that differs."""
    if size > INLINE_LIMIT:
        same = code.call("rt_equal", left, right, Imm(size))
        _go_if(code, code.cmp(CmpOp.EQ, same, Imm(0)), label, cold=cold)
        return
    if code.compact and size == PUBKEY_SIZE:
        same = code.call("rt_same_key", left, right)
        _go_if(code, code.cmp(CmpOp.EQ, same, Imm(0)), label, cold=cold)
        return
    for offset, bits in chunks(size):
        one, other = code.load(left, offset, bits), code.load(right, offset, bits)
        _go_if(code, code.cmp(CmpOp.NE, one, other), label, cold=cold)


def _go_if(code: FunctionBuilder, test: Operand, label: str, *, cold: bool) -> None:
    go_on = code.label("same")
    code.branch(test, label, go_on, label if cold else None)
    code.start(go_on)


def equal(code: FunctionBuilder, left: Value, right: Value) -> Operand:
    """1 if two values of a type that lies in memory are equal, else 0."""
    match left.type:
        case StrT() | BytesT():
            return _texts_equal(code, left, right)
        case kind if size_of(kind) > INLINE_LIMIT:
            return code.call("rt_equal", left.word, right.word, Imm(size_of(kind)))
        case kind:
            return code.cmp(CmpOp.EQ, differ(code, left.word, right.word, size_of(kind)), Imm(0))


def _texts_equal(code: FunctionBuilder, left: Value, right: Value) -> Operand:
    result = code.new_slot()
    compare, end = code.label("compare"), code.label("compared")
    code.set(result, Imm(0))
    code.branch(code.cmp(CmpOp.EQ, left.length, right.length), compare, end)
    code.start(compare)
    code.set(result, code.call("rt_equal", left.word, right.word, left.length))
    code.start(end)
    return code.get(result)


def load(context: Context, address: Operand, offset: int, kind: Type) -> Value:
    """The value of fixed size at address + offset; a Pubkey or array is its address."""
    code = context.code
    match kind:
        case IntT(bits=128):
            places = (offset, offset + _WORD_SIZE)
            return Value(kind, tuple(code.load(address, place) for place in places))
        case IntT(bits=bits, signed=signed):
            return number(kind, code.load(address, offset, bits, signed=signed))
        case FloatT():
            return number(kind, code.load(address, offset))
        case BoolT() | EnumT():
            return number(kind, code.load(address, offset, _BYTE))
        case PubkeyT():
            return Value(kind, (code.offset(address, offset),), stable=False)
        case ArrayT():
            return number(kind, code.offset(address, offset))
        case _:
            raise InternalError(f"{kind} cannot be read from memory")


def store(context: Context, address: Operand, offset: int, value: Value) -> None:
    """Writes a value of fixed size to address + offset."""
    code = context.code
    match value.type:
        case IntT(bits=128):
            for index, word in enumerate(value.words):
                code.store(word, address, offset + _WORD_SIZE * index)
        case IntT(bits=bits):
            code.store(value.word, address, offset, bits)
        case FloatT():
            floats.check_storable(code, value.word)
            code.store(value.word, address, offset)
        case BoolT() | EnumT():
            code.store(value.word, address, offset, _BYTE)
        case PubkeyT() | ArrayT():
            copy(code, code.offset(address, offset), value.word, size_of(value.type))
        case kind:
            raise InternalError(f"{kind} cannot be written to memory")


def store_all(
    context: Context, address: Operand, values: Sequence[Value], kinds: Sequence[Type]
) -> None:
    """Writes values of these types of fixed size one after another."""
    code, offset, done = context.code, 0, 0
    while done < len(values):
        keys = [*takewhile(lambda kind: isinstance(kind, PubkeyT), kinds[done:])][:_KEYS_AT_ONCE]
        target = code.offset(address, offset)
        if code.compact and len(keys) > 1:
            words = (value.word for value in values[done : done + len(keys)])
            code.run(f"rt_copy_{len(keys)}_keys", target, *words)
        else:
            keys = [kinds[done]]
            store(context, target, 0, values[done])
        done += len(keys)
        offset += sum(map(size_of, keys))


def keep(context: Context, value: Value) -> Value:
    """The value in memory that does not change: a Pubkey that is not stable is copied."""
    if value.stable:
        return value
    storage = context.code.buffer(PUBKEY_SIZE)
    copy(context.code, storage, value.word, PUBKEY_SIZE)
    return Value(value.type, (storage,))


def allocate(code: FunctionBuilder, size: Operand) -> Operand:
    """The address of `size` new bytes on the heap; Fault.TOO_LONG when it is exhausted."""
    address = code.call("rt_allocate", size)
    code.fail_if(code.cmp(CmpOp.EQ, address, Imm(0)), Fault.TOO_LONG)
    return address


def put_text(code: FunctionBuilder, target: Operand, text: Value) -> Operand:
    """Writes a u32 length and the bytes, as Borsh does; gives the address after them."""
    code.store(text.length, target, 0, 4 * _BYTE)
    return copy_text(code, code.offset(target, LENGTH_PREFIX), text)


def in_memory(kind: Type) -> bool:
    """Whether values of the type are addresses of their bytes."""
    return isinstance(kind, PubkeyT | ArrayT)
