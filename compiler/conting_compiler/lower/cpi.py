"""Calls of other programs: one builder over declarative descriptions of their instructions.

The runtime's rt_invoke turns a short request into the C ABI of `sol_invoke_signed_c`. An authority
that is an account with declared seeds signs by them; all others must have signed the transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from conting_compiler.diagnostics import InternalError
from conting_compiler.ir import typed
from conting_compiler.ir.lowered import Imm, Operand, Reg
from conting_compiler.ir.typesystem import NONE, PUBKEY_SIZE, AccountT, PubkeyT, SignerT
from conting_compiler.lower import layout, memory, seeds, tables
from conting_compiler.lower.context import Context, Value
from conting_compiler.lower.function_builder import FunctionBuilder
from conting_compiler.lower.layout import size_of

_BYTE = 8
_WORD_SIZE = 8
REGISTERS = 5
"""Words that a function takes."""
_MOST_ACCOUNTS, _MOST_DATA = 10, 256
"""Of a call that a table describes."""
SIGNER = "signer"
"""The value that is the seeds by which an account signs, where a call names them."""


@dataclass(frozen=True, slots=True)
class Number:
    """Part of an instruction's data: the named number, little-endian."""

    name: str
    bits: int


@dataclass(frozen=True, slots=True)
class Key:
    """Part of an instruction's data: the address that the named value is or has."""

    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """Part of an instruction's data: the named str, a u32 length and its bytes."""

    name: str


Part = bytes | Number | Key | Text


@dataclass(frozen=True, slots=True)
class Meta:
    """An account of a call."""

    name: str
    writable: bool = False
    signer: bool = False


@dataclass(frozen=True, slots=True)
class Description:
    """An instruction of another program: what its data and accounts are made of."""

    program: bytes
    data: tuple[Part, ...]
    accounts: tuple[Meta, ...]


def invoke(context: Context, description: Description, values: Mapping[str, Value]) -> None:
    """Calls the instruction with the values that its description names."""
    if not context.code.compact or not _invoke_shared(context, description, values):
        _invoke(context, description, values)


def _invoke(context: Context, description: Description, values: Mapping[str, Value]) -> None:
    if context.code.compact and _invoke_by_table(context, description, values):
        return
    data, length = _data(context, description.data, values)
    signers = [values[meta.name] for meta in description.accounts if meta.signer]
    signer = seeds.of_signer(context, signers, values.get(SIGNER))
    program = context.module.constant(description.program)
    metas = description.accounts
    accounts = [(values[meta.name].word, meta.writable, meta.signer) for meta in metas]
    send(context, program, (data, length), accounts, [signer])


def _invoke_by_table(
    context: Context, description: Description, values: Mapping[str, Value]
) -> bool:
    """Calls the instruction by a constant that says how; false if it cannot say that."""
    signers = [values[each.name] for each in description.accounts if each.signer]
    own = [each for each in signers if not isinstance(each.type, SignerT)]
    row, size = tables.Row(context), sum(map(_least_size, description.data))
    texts = any(isinstance(part, Text) for part in description.data)
    constant = all(isinstance(part, bytes) for part in description.data)
    many = len(own) > 1 or len(description.accounts) > _MOST_ACCOUNTS
    if SIGNER in values or texts or constant or many or size > _MOST_DATA:
        return False
    head = bytearray([len(description.accounts)])
    for each in description.accounts:
        flags = layout.ACCOUNT_WRITABLE * each.writable + layout.ACCOUNT_SIGNER * each.signer
        head += bytes([row.cell(values[each.name].word), flags])
    slices = [p for each in own for p in _seed_pieces(context, row, each)]
    data = [piece for part in description.data for piece in _pieces(row, part, values)]
    if row.full:
        return False
    table = tables.packed(bytes([*head, len(slices)]), [*slices, *tables.merged(data)])
    code, program = context.code, context.module.constant(description.program)
    code.propagate(code.call("rt_call", context.module.constant(table), row.stored(), program))
    return True


def _seed_pieces(context: Context, row: tables.Row, signer: Value) -> list[tables.Piece]:
    """The seeds of an account by its class, with its bump; those side by side as one, since only
    their bytes one after the other matter.
    """
    assert isinstance(signer.type, AccountT)
    shape = context.module.layout(signer.type.name)
    found = list[tables.Piece]()
    for seed in (*seeds.declared(context, signer.type.name), typed.FieldSeed("bump")):
        match seed:
            case typed.ConstSeed(content):
                found += tables.constant(content)
            case typed.FieldSeed(name):
                at = context.code.offset(signer.word, layout.FIELDS + shape.offsets[name])
                found += row.at(at, size_of(shape.types[name]))
    return tables.merged(found, seeds.LONGEST)


def _pieces(row: tables.Row, part: Part, values: Mapping[str, Value]) -> list[tables.Piece]:
    match part:
        case bytes():
            return tables.constant(part)
        case Number(name, bits):
            return row.number(values[name].word, bits // _BYTE)
        case Key(name):
            return row.at(key_of(row.context, values[name]), PUBKEY_SIZE)
        case Text():
            raise InternalError("a text has no fixed size")


def _invoke_shared(context: Context, description: Description, values: Mapping[str, Value]) -> bool:
    """Calls the instruction by a function for all such calls; false if its values are too many."""
    parts = [part for part in description.data if not isinstance(part, bytes)]
    names = list(dict.fromkeys(each.name for each in (*parts, *description.accounts)))
    given = [values[name] for name in names]
    words = [word for value in given for word in value.words]
    if SIGNER in values or len(words) > REGISTERS:
        return False
    helpers, kinds = context.module.helpers, [value.type for value in given]
    key = f"cpi.{description}.{kinds}"
    if key not in helpers:
        code = FunctionBuilder(f"cpi.{len(helpers)}", len(words), compact=True)
        taken = (Reg(number) for number in range(len(words)))
        again = {
            name: replace(value, words=tuple(islice(taken, len(value.words))), content=None)
            for name, value in zip(names, given, strict=True)
        }
        _invoke(Context(context.module, code, NONE), description, again)
        helpers[key] = code.finish()
    context.code.propagate(context.code.call(helpers[key].name, *words))
    return True


def send(
    context: Context,
    program: Operand,
    data: tuple[Operand, Operand],
    accounts: Sequence[tuple[Operand, bool, bool]],
    signers: Sequence[tuple[Operand, int]],
) -> None:
    """Calls a program.

    `program` is the address of its id, `data` address and length, `accounts` are (record, writable,
    signer), `signers` the slices by which each of those signs that is no Signer.
    """
    code = context.code
    seeds_at, seed_count = _listed(context, signers)
    size = layout.INVOKE_ACCOUNTS + _WORD_SIZE * len(accounts)
    request = code.scratch("invoke", size)
    code.store(program, request, layout.INVOKE_PROGRAM)
    code.store(Imm(len(accounts)), request, layout.INVOKE_COUNT)
    code.store(data[0], request, layout.INVOKE_DATA)
    code.store(data[1], request, layout.INVOKE_DATA_LENGTH)
    code.store(seeds_at, request, layout.INVOKE_SEEDS)
    code.store(Imm(seed_count), request, layout.INVOKE_SEED_COUNT)
    for index, (record, writable, signs) in enumerate(accounts):
        flags = layout.ACCOUNT_WRITABLE * writable + layout.ACCOUNT_SIGNER * signs
        entry = code.offset(record, flags)
        code.store(entry, request, layout.INVOKE_ACCOUNTS + _WORD_SIZE * index)
    if not accounts:
        code.store(Imm(layout.HEAP), request, layout.INVOKE_METAS)
        code.propagate(code.call("sol_invoke_signed_c", request, Imm(layout.HEAP), *[Imm(0)] * 3))
        return
    code.propagate(code.call("rt_invoke", request))


def _listed(context: Context, signers: Sequence[tuple[Operand, int]]) -> tuple[Operand, int]:
    """What rt_invoke is told: the slices of one signer, or a list of signers and minus its length.

    Without slices nobody signs.
    """
    if len(signers) <= 1:
        return signers[0] if signers else (Imm(0), 0)
    code = context.code
    listed = code.scratch("signers", layout.SLICE_SIZE * len(signers))
    for index, (slices, count) in enumerate(signers):
        code.store(slices, listed, layout.SLICE_SIZE * index)
        code.store(Imm(count), listed, layout.SLICE_SIZE * index + _WORD_SIZE)
    return listed, -len(signers)


def key_of(context: Context, value: Value) -> Operand:
    """The address of the 32 bytes of a Pubkey, or of an account's key."""
    if isinstance(value.type, PubkeyT):
        return value.word
    return context.code.offset(value.word, layout.RECORD_KEY)


def _data(
    context: Context, parts: tuple[Part, ...], values: Mapping[str, Value]
) -> tuple[Operand, Operand]:
    """Address and length of the instruction data: constant, on the stack, or on the heap."""
    if all(isinstance(part, bytes) for part in parts):
        content = b"".join(part for part in parts if isinstance(part, bytes))
        return context.module.constant(content), Imm(len(content))
    size = sum(_least_size(part) for part in parts)
    texts = [values[part.name] for part in parts if isinstance(part, Text)]
    if not texts:
        target, length = context.code.scratch("data", size), Imm(size)
        _fill(context, target, parts, values)
        return target, length
    return _data_on_heap(context, size, texts, parts, values)


def _data_on_heap(
    context: Context,
    size: int,
    texts: list[Value],
    parts: tuple[Part, ...],
    values: Mapping[str, Value],
) -> tuple[Operand, Operand]:
    code = context.code
    total: Operand = Imm(size)
    for text in texts:
        total = code.add(total, text.length)
    target = memory.allocate(code, total)
    _fill(context, target, parts, values)
    return target, total


def _least_size(part: Part) -> int:
    match part:
        case bytes():
            return len(part)
        case Number(bits=bits):
            return bits // _BYTE
        case Key():
            return PUBKEY_SIZE
        case Text():
            return layout.LENGTH_PREFIX


def _fill(
    context: Context, target: Operand, parts: tuple[Part, ...], values: Mapping[str, Value]
) -> None:
    code, offset = context.code, 0
    for part in parts:
        match part:
            case bytes():
                memory.write(code, target, offset, part)
            case Number(name, bits):
                code.store(values[name].word, target, offset, bits)
            case Key(name):
                at = code.offset(target, offset)
                memory.copy(code, at, key_of(context, values[name]), PUBKEY_SIZE)
            case Text(name):
                target, offset = memory.put_text(code, code.offset(target, offset), values[name]), 0
                continue
        offset += _least_size(part)
