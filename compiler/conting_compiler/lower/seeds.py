"""Seeds of derived addresses as slices: to find an address, and to sign for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from conting_compiler.diagnostics import InternalError
from conting_compiler.ir import typed
from conting_compiler.ir.lowered import Imm, Operand
from conting_compiler.ir.typesystem import (
    PUBKEY,
    PUBKEY_SIZE,
    AccountLikeT,
    AccountT,
    ArrayT,
    BoolT,
    BytesT,
    EnumT,
    IntT,
    PubkeyT,
    StrT,
    Type,
)
from conting_compiler.lower import layout
from conting_compiler.lower.context import Context, Value, number
from conting_compiler.lower.layout import size_of


@dataclass(frozen=True, slots=True)
class Slice:
    """One seed: where its bytes are and how many."""

    address: Operand
    length: Operand


def declared(context: Context, account_class: str) -> tuple[typed.ConstSeed | typed.FieldSeed, ...]:
    """The seeds that the class declares; empty where it declares none."""
    return context.module.program.account(account_class).seeds or ()


def of_values(context: Context, values: Iterable[Value]) -> list[Slice]:
    """Seeds written in a call; the frontend has seen to their number and lengths."""
    return [_of_value(context, value) for value in values]


def of_fields(context: Context, account_class: str, fields: Mapping[str, Value]) -> list[Slice]:
    """The declared seeds of an account that is going to have these fields; others are zero."""
    types = context.module.layout(account_class).types
    values = []
    for seed in declared(context, account_class):
        match seed:
            case typed.ConstSeed(content):
                values.append(context.text(content, BytesT()))
            case typed.FieldSeed(name):
                values.append(fields.get(name) or zero(context, types[name]))
    return of_values(context, values)


def of_account(context: Context, account: Value) -> list[Slice]:
    """The declared seeds and the bump of an existing account, straight from its data."""
    assert isinstance(account.type, AccountT)
    class_layout = context.module.layout(account.type.name)
    names = (*declared(context, account.type.name), typed.FieldSeed("bump"))
    slices = []
    for seed in names:
        match seed:
            case typed.ConstSeed(content):
                slices.append(Slice(context.module.constant(content), Imm(len(content))))
            case typed.FieldSeed(name):
                at = layout.FIELDS + class_layout.offsets[name]
                size = size_of(class_layout.types[name])
                slices.append(Slice(context.code.offset(account.word, at), Imm(size)))
    return slices


def of_signer(context: Context, signers: Sequence[Value]) -> tuple[Operand, int]:
    """The slices by which the one signer that is an account of ours signs; else none."""
    own = [s for s in signers if isinstance(s.type, AccountT)]
    if not own:
        return Imm(0), 0
    if len(own) > 1:
        raise InternalError("two accounts of the program sign one call")
    slices = of_account(context, own[0])
    target = context.code.scratch("signer", layout.SLICE_SIZE * len(slices))
    write(context, target, 0, slices)
    return target, len(slices)


def write(context: Context, target: Operand, offset: int, slices: Sequence[Slice]) -> None:
    """Writes the slices one after another."""
    for index, piece in enumerate(slices):
        at = offset + layout.SLICE_SIZE * index
        context.code.store(piece.address, target, at)
        context.code.store(piece.length, target, at + layout.SLICE_SIZE // 2)


def zero(context: Context, kind: Type) -> Value:
    """What a seed field holds that `init` was not given."""
    if isinstance(kind, PubkeyT):
        return Value(PUBKEY, (context.module.constant(bytes(PUBKEY_SIZE)),))
    assert isinstance(kind, IntT)
    return number(kind, Imm(0))


def _of_value(context: Context, value: Value) -> Slice:
    match value.type:
        case StrT() | BytesT():
            return Slice(value.word, value.length)
        case PubkeyT() | ArrayT():
            return Slice(value.word, Imm(size_of(value.type)))
        case IntT() | BoolT() | EnumT():
            memory = context.code.buffer(8)
            context.code.store(value.word, memory)
            return Slice(memory, Imm(size_of(value.type)))
        case kind if isinstance(kind, AccountLikeT):
            return Slice(context.code.offset(value.word, layout.RECORD_KEY), Imm(PUBKEY_SIZE))
        case kind:
            raise InternalError(f"{kind} cannot be a seed")
