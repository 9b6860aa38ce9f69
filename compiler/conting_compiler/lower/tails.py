"""Accounts whose last fields cannot be used in place: decoded to the heap when the account is
loaded or made, encoded back when the instruction succeeds.
"""

from collections.abc import Mapping, Sequence

from conting_compiler.ir import typed
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, Operand
from conting_compiler.ir.typesystem import (
    DISCRIMINATOR_SIZE,
    PUBKEY_SIZE,
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
    if account_class in context.module.handed():
        first, end = _out_of_reach(context, account_class, first, end)
    heap.set_tail(code, record, _decode(context, account_class, first, end))
    code.start(done)


def _decode(context: Context, account_class: str, first: Operand, end: Operand) -> Operand:
    """The row of the tail whose bytes lie there; Fault.ACCOUNT_TOO_SHORT."""
    code, shape = context.code, context.module.layout(account_class)
    state = codec.begin(code, first, end, Fault.ACCOUNT_TOO_SHORT)
    row = heap.new_row(code, [shape.types[name] for name in shape.tail])
    code.propagate(code.call(codec.tail_decoder(context.module, account_class), state, row))
    return row


def _out_of_reach(
    context: Context, account_class: str, first: Operand, end: Operand
) -> tuple[Operand, Operand]:
    """Start and end of a copy of the tail's bytes on the heap. Texts and keys stay where they were
    decoded from, and a called program may write over the account's own bytes.

    They are decoded once to learn how many there are: the room behind them may be kilobytes.
    """
    code = context.code
    used = code.load(Imm(layout.HEAP_USED))
    _decode(context, account_class, first, end)
    size = code.sub(code.load(code.scratch("codec", codec.STATE_SIZE), codec.CURSOR), first)
    code.store(used, Imm(layout.HEAP_USED))
    copy = memory.allocate(code, size)
    code.run("sol_memcpy_", copy, first, size)
    return copy, code.add(copy, size)


# --- around a call of another program


def before_call(context: Context, accounts: Sequence[Value]) -> None:
    """Writes the tails of accounts that are handed to a called program, so that it reads what they
    are now; Fault.ACCOUNT_FULL.
    """
    for account in accounts:
        if has_tail(context.module, account.type) and not _is_foreign(context, account.type):
            code = context.code
            write, done = code.label("show"), code.label("shown")
            code.branch(code.load(account.word, layout.RECORD_WRITABLE, 8), write, done)
            code.start(write)
            store_all(context, [(account.word, account.type)])
            code.start(done)


def after_call(context: Context, program: Operand, accounts: Sequence[Value]) -> None:
    """Decodes the tails again of accounts that the called program may have written.

    `program` is the address of its id. An account that it closed keeps what was known of it.
    """
    code = context.code
    for account in accounts:
        if not has_tail(context.module, account.type):
            continue
        name = _class_of(account.type)
        read, done = code.label("read_again"), code.label("known")
        owner = code.offset(account.word, layout.RECORD_OWNER)
        memory.go_unless_equal(code, owner, program, PUBKEY_SIZE, done, cold=False)
        code.branch(code.load(account.word, layout.RECORD_TAIL, 32), read, done)
        code.start(read)
        least = Imm(context.module.layout(name).least)
        length = code.load(account.word, layout.RECORD_LENGTH)
        code.fail_if(code.cmp(CmpOp.ULT, length, least), Fault.ACCOUNT_TOO_SHORT)
        code.store(Imm(0), account.word, layout.RECORD_TAIL, 32)
        load_tail(context, name, account.word)
        code.jump(done)
        code.start(done)


def _class_of(kind: Type) -> str:
    inner = kind.inner if isinstance(kind, EmptyT) else kind
    assert isinstance(inner, AccountT)
    return inner.name


def _is_foreign(context: Context, kind: Type) -> bool:
    """Whether its class is another program's."""
    return context.module.program.account(_class_of(kind)).owner is not None


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
    short = code.select(beyond, Imm(Fault.TOO_LONG.value), Imm(Fault.ACCOUNT_FULL.value))
    code.store(short, state, codec.FAULT)
    name = codec.tail_encoder(context.module, kind.name)
    code.propagate(code.call(name, state, heap.tail(code, record)))
    size = code.sub(code.load(state, codec.CURSOR), start)
    memory.allocate(code, size)
    return start, size
