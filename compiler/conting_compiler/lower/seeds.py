"""Seeds of derived addresses as slices: to find an address, and to sign for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from conting_compiler.diagnostics import InternalError
from conting_compiler.ir import typed
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import CmpOp, Imm, Operand, Reg
from conting_compiler.ir.typesystem import (
    NONE,
    PUBKEY,
    PUBKEY_SIZE,
    U8,
    AccountLikeT,
    AccountT,
    ArrayT,
    BoolT,
    BytesT,
    EnumT,
    IntT,
    PubkeyT,
    SeedsT,
    SignerT,
    StrT,
    TupleT,
    Type,
)
from conting_compiler.lower import layout, memory, numeric
from conting_compiler.lower.context import Context, Value, number
from conting_compiler.lower.function_builder import FunctionBuilder
from conting_compiler.lower.layout import size_of

LONGEST = 32
"""Bytes of a seed; the runtime refuses longer ones."""


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


def of_signer(
    context: Context, signers: Sequence[Value], given: Value | None = None, room: str = ""
) -> tuple[Operand, int]:
    """The slices by which the one signer that is no Signer signs; else none.

    By the seeds given in the call, or else those that its class declares. They lie where those of
    another `room` do not.
    """
    own = [s for s in signers if not isinstance(s.type, SignerT)]
    if len(own) > 1:
        raise InternalError("two accounts of the program sign one call")
    if not own:
        return Imm(0), 0
    if given is not None and isinstance(given.type, SeedsT):
        if not given.type.bumped:
            return _with_bump(context, own[0].word, of_words(given), room)
        slices = of_words(given)
    elif context.code.compact:
        return _of_account_shared(context, own[0], room)
    else:
        slices = of_account(context, own[0])
    target = context.code.scratch(f"signer{room}", layout.SLICE_SIZE * len(slices))
    write(context, target, 0, slices)
    return target, len(slices)


def _of_account_shared(context: Context, account: Value, room: str) -> tuple[Operand, int]:
    """The slices of an account's seeds, written by a function for all accounts of the class."""
    assert isinstance(account.type, AccountT)
    module, name = context.module, f"signer.{account.type.name}"
    count = len(declared(context, account.type.name)) + 1
    if name not in module.helpers:
        code = FunctionBuilder(name, 2, compact=True)
        inner = Context(module, code, NONE)
        write(inner, Reg(1), 0, of_account(inner, replace(account, words=(Reg(0),))))
        module.helpers[name] = code.finish()
    target = context.code.scratch(f"signer{room}", layout.SLICE_SIZE * count)
    context.code.run(name, account.word, target)
    return target, count


def of_words(given: Value) -> list[Slice]:
    """The slices of seeds that came as an argument of a call."""
    words = iter(given.words)
    return [Slice(address, length) for address, length in zip(words, words, strict=True)]


def request(context: Context, target: Operand, slices: Sequence[Slice], place: str = "") -> Operand:
    """The request of rt_find_address: the record whose address it has to be, and the seeds."""
    if len(slices) > layout.MAX_SEEDS:
        raise InternalError(f"an address has at most {layout.MAX_SEEDS} seeds and its bump")
    code = context.code
    size = layout.CREATE_SEEDS + layout.SLICE_SIZE * (len(slices) + layout.SLICES_ADDED)
    made = code.scratch(f"create{place}", size)
    code.store(target, made, layout.CREATE_TARGET)
    code.store(Imm(len(slices)), made, layout.CREATE_SEED_COUNT)
    write(context, made, layout.CREATE_SEEDS, slices)
    return made


def _with_bump(
    context: Context, record: Operand, slices: list[Slice], room: str
) -> tuple[Operand, int]:
    """The slices and the bump with which they are the account's address, Fault.WRONG_SEEDS else."""
    found = request(context, record, slices, room)
    context.code.propagate(context.code.call("rt_find_address", found))
    return context.code.offset(found, layout.CREATE_SEEDS), len(slices) + 1


def bump_of(context: Context, record: Operand, slices: list[Slice]) -> Value:
    """The bump with which the seeds are the account's address, Fault.WRONG_SEEDS else."""
    found = request(context, record, slices)
    context.code.propagate(context.code.call("rt_find_address", found))
    return number(U8, context.code.load(found, layout.CREATE_BUMP))


def find(context: Context, arguments: Sequence[Value]) -> Value:
    """`Pubkey.find_program_address`: the address and its bump; Fault.WRONG_SEEDS if there is none.

    By the syscall, 1,500 CU for each bump that is tried.
    """
    code, slices = context.code, of_words(arguments[0])
    program = arguments[1].word if len(arguments) > 1 else code.load(Imm(layout.PROGRAM_ID))
    listed = code.scratch("seeds", layout.SLICE_SIZE * max(len(slices), 1))
    write(context, listed, 0, slices)
    address = memory.allocate(code, Imm(PUBKEY_SIZE))
    bump = code.scratch("bump", 8)
    error = code.call(
        "sol_try_find_program_address", listed, Imm(len(slices)), program, address, bump
    )
    code.fail_if(error, Fault.WRONG_SEEDS)
    return Value(TupleT((PUBKEY, U8)), (address, code.load(bump, 0, 8)), lasting=True)


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
    return numeric.literal(kind, 0)


def _of_value(context: Context, value: Value) -> Slice:
    match value.type:
        case StrT() | BytesT():
            if not isinstance(value.length, Imm):
                long = context.code.cmp(CmpOp.UGT, value.length, Imm(LONGEST))
                context.code.fail_if(long, Fault.WRONG_SEEDS)
            return Slice(value.word, value.length)
        case PubkeyT() | ArrayT():
            return Slice(value.word, Imm(size_of(value.type)))
        case IntT() | BoolT() | EnumT():
            place = context.code.buffer(8 * len(value.words))
            memory.store(context, place, 0, value)
            return Slice(place, Imm(size_of(value.type)))
        case kind if isinstance(kind, AccountLikeT):
            return Slice(context.code.offset(value.word, layout.RECORD_KEY), Imm(PUBKEY_SIZE))
        case kind:
            raise InternalError(f"{kind} cannot be a seed")
