"""Accounts whose last fields cannot be used in place: decoded to the heap when the account is
loaded or made, encoded back when the instruction succeeds.
"""

from collections.abc import Mapping

from conting_compiler.ir import typed
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, Operand
from conting_compiler.ir.typesystem import (
    DISCRIMINATOR_SIZE,
    AccountT,
    ArrayT,
    BytesT,
    ClassT,
    EmptyT,
    ListT,
    OptionT,
    StrT,
    Type,
    fixed_size,
    is_packed,
)
from conting_compiler.lower import codec, heap, layout, memory
from conting_compiler.lower.context import Context, ModuleContext, Value

_ALLOWANCE = 24
"""Bytes that upstream reserves for a text or list of unknown length."""
_WORD = 8


def has_tail(module: ModuleContext, kind: Type) -> bool:
    """Whether it is an account of a class with a tail, or one to be made."""
    inner = kind.inner if isinstance(kind, EmptyT) else kind
    return isinstance(inner, AccountT) and bool(module.layout(inner.name).tail)


def make(context: Context, account_class: str, record: Operand, given: Mapping[str, Value]) -> None:
    """Gives a new account its tail; fields that are not given are zero."""
    shape = context.module.layout(account_class)
    if not shape.tail:
        return
    kinds = [shape.types[name] for name in shape.tail]
    values = [
        given[name] if name in given else heap.zero(context, shape.types[name])
        for name in shape.tail
    ]
    heap.set_tail(context.code, record, heap.row_of(context, values, kinds))


def space(
    context: Context, account_class: str, given: Mapping[str, Value]
) -> tuple[Operand, Operand]:
    """Bytes that an account needs for its initial values, and bytes that it gets unless told.

    What is not given now is given later: it gets at least what upstream reserves for it.
    """
    shape, code = context.module.layout(account_class), context.code
    needed: Operand = Imm(shape.least)
    usual = needed
    later = 0
    for name in (*shape.varying, *shape.tail):
        kind = shape.types[name]
        if name in given:
            size = _size(context, given[name])
            added = code.add(size, Imm(-layout.LENGTH_PREFIX)) if name in shape.varying else size
            needed, usual = code.add(needed, added), code.add(usual, added)
        elif not is_packed(kind):
            least = codec.least_size(context.module, kind)
            needed = code.add(needed, Imm(0 if name in shape.varying else least))
            later += _allowance(context.module, kind)
            later -= layout.LENGTH_PREFIX if name in shape.varying else 0
        else:
            needed = code.add(needed, Imm(layout.size_of(kind)))
            usual = code.add(usual, Imm(layout.size_of(kind)))
    if not later:
        return needed, usual
    padded = code.add(code.add(usual, Imm(later)), Imm(_WORD - 1))
    return needed, code.bin(BinOp.AND, padded, Imm(-_WORD))


def _size(context: Context, value: Value) -> Operand:
    """Bytes of a value on chain."""
    code = context.code
    match value.type:
        case StrT() | BytesT():
            return code.add(value.length, Imm(layout.LENGTH_PREFIX))
        case kind if is_packed(kind):
            return Imm(layout.size_of(kind))
        case kind:
            cells = heap.row_of(context, [value], [kind])
            start, end = codec.free_space(code)
            state = codec.begin(code, start, end, Fault.TOO_LONG)
            codec.encode(context, state, kind, cells)
            return code.sub(code.load(state, codec.CURSOR), start)


def _allowance(module: ModuleContext, kind: Type) -> int:
    """Bytes of a field in memory as upstream counts them, at least those of its zero on chain."""
    match kind:
        case StrT() | BytesT() | ListT():
            return _ALLOWANCE
        case OptionT(inner=inner):
            return codec.TAG + _allowance(module, inner)
        case ArrayT(element=element, length=length) if not is_packed(kind):
            return length * _allowance(module, element)
        case ClassT(name=name):
            fields = module.program.plain_class(name).fields
            total = sum(_allowance(module, field.type) for field in fields)
            return -(-total // _WORD) * _WORD
        case _:
            return fixed_size(kind) or _ALLOWANCE


# --- while an instruction runs


def load_all(context: Context, instruction: typed.Instruction) -> None:
    """Decodes the tails of the instruction's accounts."""
    for account in instruction.accounts:
        kind = account.type
        if isinstance(kind, AccountT) and has_tail(context.module, kind):
            record = context.read(account.name, kind).word
            load_tail(context, kind.name, record)


def written(module: ModuleContext, instruction: typed.Instruction) -> list[typed.AccountParam]:
    """The accounts whose tails the instruction may change."""
    return [
        account
        for account in instruction.accounts
        if account.writable and has_tail(module, account.type)
    ]


def store_all(context: Context, accounts: list[tuple[Operand, Type]]) -> None:
    """Encodes the tails of these records back: all to the heap before the first is written, since
    one may hold text that still lies in another.
    """
    code = context.code
    encoded = [_encode(context, record, kind) for record, kind in accounts]
    for (record, kind), (start, size) in zip(accounts, encoded, strict=True):
        inner = kind.inner if isinstance(kind, EmptyT) else kind
        assert isinstance(inner, AccountT)
        target = code.offset(record, layout.FIELDS + context.module.layout(inner.name).fixed)
        length = code.get(size)
        copy, done = code.label("store"), code.label("stored")
        code.branch(length, copy, done)
        code.start(copy)
        code.run("sol_memcpy_", target, code.get(start), length)
        code.start(done)


def _encode(context: Context, record: Operand, kind: Type) -> tuple[int, int]:
    """Slots with address and length of the bytes; no length where the account has no tail now."""
    code = context.code
    inner = kind.inner if isinstance(kind, EmptyT) else kind
    assert isinstance(inner, AccountT)
    start, size = code.new_slot(), code.new_slot()
    code.set(start, Imm(0))
    code.set(size, Imm(0))
    write, done = code.label("encode"), code.label("encoded")
    code.branch(code.load(record, layout.RECORD_TAIL, 32), write, done)
    code.start(write)
    held = code.load(record, layout.RECORD_LENGTH)
    there = code.label("there")
    code.branch(code.cmp(CmpOp.NE, held, Imm(0)), there, done)
    code.start(there)
    address, length = encode_tail(context, inner, record)
    code.set(start, address)
    code.set(size, length)
    code.start(done)
    return start, size


# --- one account


def load_tail(context: Context, account_class: str, record: Operand) -> None:
    """Decodes the tail of an account unless that was done already; Fault.ACCOUNT_TOO_SHORT."""
    code, shape = context.code, context.module.layout(account_class)
    fresh, done = code.label("fresh"), code.label("decoded")
    code.branch(code.load(record, layout.RECORD_TAIL, 32), done, fresh)
    code.start(fresh)
    data = code.offset(record, layout.RECORD_DATA)
    end = code.add(data, code.load(record, layout.RECORD_LENGTH))
    first = code.offset(record, layout.FIELDS + shape.fixed)
    state = codec.begin(code, first, end, Fault.ACCOUNT_TOO_SHORT)
    row = heap.new_row(code, [shape.types[name] for name in shape.tail])
    code.propagate(code.call(codec.tail_decoder(context.module, account_class), state, row))
    heap.set_tail(code, record, row)
    code.start(done)


def encode_tail(context: Context, kind: AccountT, record: Operand) -> tuple[Operand, Operand]:
    """The tail of an account as bytes on the heap: address and length.

    Fault.ACCOUNT_FULL where the account has no room for them.
    """
    code, shape = context.code, context.module.layout(kind.name)
    start, end = codec.free_space(code)
    held = code.load(record, layout.RECORD_LENGTH)
    room = code.sub(held, Imm(DISCRIMINATOR_SIZE + shape.fixed))
    limit = code.add(start, room)
    code.fail_if(code.cmp(CmpOp.UGT, start, end), Fault.TOO_LONG)
    beyond = code.cmp(CmpOp.UGT, limit, end)
    state = codec.begin(code, start, code.select(beyond, end, limit), Fault.ACCOUNT_FULL)
    name = codec.tail_encoder(context.module, kind.name)
    code.propagate(code.call(name, state, heap.tail(code, record)))
    size = code.sub(code.load(state, codec.CURSOR), start)
    memory.allocate(code, size)
    return start, size
