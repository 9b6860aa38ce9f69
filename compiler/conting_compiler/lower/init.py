"""`init`: makes accounts of the program, mints and token accounts at derived addresses."""

from collections.abc import Sequence
from dataclasses import dataclass

from conting_compiler.diagnostics import InternalError
from conting_compiler.ir import typed
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import CmpOp, Imm, Operand
from conting_compiler.ir.typesystem import U8, AccountT
from conting_compiler.lower import accounts, cpi, layout, memory, seeds, token2022
from conting_compiler.lower.context import Context, Value
from conting_compiler.lower.seeds import Slice

_BUMP = "bump"


@dataclass(frozen=True, slots=True)
class Place:
    """What is made where: an empty account, who pays for it, the seeds of its address."""

    target: Value
    payer: Value
    slices: list[Slice]


def account(
    context: Context,
    node: typed.InitAccount,
    place: Place,
    fields: dict[str, Value],
) -> Value:
    """Makes an account of a class and fills it; `init_if_empty` takes one that is there already."""
    code = context.code
    result = Value(AccountT(node.account_class), place.target.words)
    end = code.label("initialised")
    if node.if_empty:
        make, take = code.label("make"), code.label("take")
        code.branch(accounts.is_empty(context, place.target), make, take)
        code.start(take)
        _take(context, node, place, result, fields)
        code.jump(end)
        code.start(make)
    _make_account(context, node.account_class, place, fields)
    code.start(end)
    return result


def _make_account(
    context: Context, account_class: str, place: Place, fields: dict[str, Value]
) -> None:
    space = _space(context, account_class, fields)
    owner = context.code.load(Imm(layout.PROGRAM_ID))
    request = _create(context, place, space, space, owner)
    code, record = context.code, place.target.word
    class_layout = context.module.layout(account_class)
    if class_layout.types.get(_BUMP) == U8:
        bump = code.load(request, layout.CREATE_BUMP)
        fields = {**fields, _BUMP: Value(U8, (bump,))}
    definition = context.module.program.account(account_class)
    memory.write(code, record, layout.RECORD_DATA, definition.discriminator)
    for name, offset in class_layout.offsets.items():
        if name in fields:
            memory.store(context, record, layout.FIELDS + offset, fields[name])
    at = code.offset(record, layout.FIELDS + class_layout.fixed)
    for name in class_layout.varying:
        at = memory.put_text(code, at, fields[name]) if name in fields else code.offset(at, 4)


def _space(context: Context, account_class: str, fields: dict[str, Value]) -> Operand:
    """Bytes that the account needs for its initial values."""
    class_layout = context.module.layout(account_class)
    space: Operand = Imm(class_layout.least)
    for name in class_layout.varying:
        if name in fields:
            space = context.code.add(space, fields[name].length)
    return space


def _take(
    context: Context,
    node: typed.InitAccount,
    place: Place,
    account: Value,
    fields: dict[str, Value],
) -> None:
    """Checks that an account which is there already is the one asked for.

    By its class and by the fields that its address was derived from: programs cannot assign those.
    """
    program_id = context.code.load(Imm(layout.PROGRAM_ID))
    accounts.check_class(context, node.account_class, account.word, program_id)
    if node.seeds is not None:
        request = _request(context, place)
        context.code.propagate(context.code.call("rt_find_address", request))
        return
    class_layout = context.module.layout(node.account_class)
    for seed in seeds.declared(context, node.account_class):
        if isinstance(seed, typed.FieldSeed):
            at = layout.FIELDS + class_layout.offsets[seed.field]
            zero = seeds.zero(context, class_layout.types[seed.field])
            _check_field(context, account.word, at, fields.get(seed.field, zero))


def _check_field(context: Context, record: Operand, offset: int, wanted: Value) -> None:
    found = memory.load(context, record, offset, wanted.type)
    fault = context.code.fault(Fault.WRONG_SEEDS)
    if memory.in_memory(wanted.type):
        size = layout.size_of(wanted.type)
        memory.go_unless_equal(context.code, found.word, wanted.word, size, fault, cold=True)
    else:
        different = context.code.cmp(CmpOp.NE, found.word, wanted.word)
        context.code.exit_if(different, fault)


def _request(context: Context, place: Place) -> Operand:
    """The request of rt_find_address: the target and the seeds."""
    if len(place.slices) > layout.MAX_SEEDS:
        raise InternalError(f"an address has at most {layout.MAX_SEEDS} seeds and its bump")
    code = context.code
    room = layout.SLICE_SIZE * (len(place.slices) + layout.SLICES_ADDED)
    request = code.scratch("create", layout.CREATE_SEEDS + room)
    code.store(place.target.word, request, layout.CREATE_TARGET)
    code.store(Imm(len(place.slices)), request, layout.CREATE_SEED_COUNT)
    seeds.write(context, request, layout.CREATE_SEEDS, place.slices)
    return request


def _create(
    context: Context, place: Place, space: Operand, rent_size: Operand, owner: Operand
) -> Operand:
    """Makes the account: `space` zero bytes, rent of `rent_size`. The request holds the bump."""
    code = context.code
    request = _request(context, place)
    code.store(place.payer.word, request, layout.CREATE_PAYER)
    code.store(rent_size, request, layout.CREATE_RENT_SIZE)
    code.store(space, request, layout.CREATE_SPACE)
    code.store(owner, request, layout.CREATE_OWNER)
    code.propagate(code.call("rt_create", request))
    return request


def mint(context: Context, node: typed.InitMint, place: Place, values: dict[str, Value]) -> Value:
    """Makes a Token-2022 mint with the extensions asked for, and writes its metadata."""
    extensions = _extensions(node)
    space = token2022.mint_space(extensions)
    rent_size: Operand = Imm(space)
    if node.metadata is not None:
        rent_size = Imm(space + token2022.METADATA_OVERHEAD)
        for name in ("name", "symbol", "uri"):
            rent_size = context.code.add(rent_size, values[name].length)
    owner = context.module.constant(token2022.PROGRAM)
    _create(context, place, Imm(space), rent_size, owner)
    result = Value(node.type, place.target.words)
    values = {**values, "mint": result}
    for instruction in _mint_instructions(node, extensions):
        cpi.invoke(context, instruction, values)
    return result


def _extensions(node: typed.InitMint) -> tuple[token2022.Extension, ...]:
    asked = (
        (node.metadata is not None, token2022.METADATA_POINTER),
        (node.permanent_delegate is not None, token2022.PERMANENT_DELEGATE),
        (node.default_frozen, token2022.DEFAULT_FROZEN),
        (node.close_authority is not None, token2022.CLOSE_AUTHORITY),
    )
    return tuple(extension for wanted, extension in asked if wanted)


def _mint_instructions(
    node: typed.InitMint, extensions: Sequence[token2022.Extension]
) -> list[cpi.Description]:
    """In Token-2022's order: extensions before the mint itself, metadata after it."""
    freezable = node.freeze_authority is not None
    return [
        *(extension.instruction for extension in extensions),
        token2022.INITIALIZE_MINT_FREEZABLE if freezable else token2022.INITIALIZE_MINT,
        *([token2022.INITIALIZE_METADATA] if node.metadata is not None else []),
    ]


def token_account(
    context: Context, node: typed.InitTokenAccount, place: Place, values: dict[str, Value]
) -> Value:
    """Makes a Token-2022 token account without extensions, which is all that our mints need."""
    size = Imm(token2022.ACCOUNT_SIZE)
    _create(context, place, size, size, context.module.constant(token2022.PROGRAM))
    result = Value(node.type, place.target.words)
    cpi.invoke(context, token2022.INITIALIZE_ACCOUNT, {**values, "token": result})
    return result
