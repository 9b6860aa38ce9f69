"""`init`: makes accounts of the program, mints and token accounts at derived addresses."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from conting_compiler.ir import typed
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, Operand
from conting_compiler.ir.typed import CompareOp
from conting_compiler.ir.typesystem import U8, AccountT, MintT, TokenAccountT, Type, UncheckedT
from conting_compiler.lower import (
    accounts,
    cpi,
    layout,
    memory,
    numeric,
    seeds,
    spl,
    tables,
    tails,
    token2022,
)
from conting_compiler.lower.context import Context, Value
from conting_compiler.lower.layout import ClassLayout, size_of
from conting_compiler.lower.seeds import Slice

_BUMP = "bump"
_LARGEST = 10_240
"""Bytes by which an account can grow in one instruction."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is made where: an empty account, who pays for it, the seeds of its address."""

    target: Value
    payer: Value
    slices: list[Slice]
    """Those that the call names. None, and none of its class: its own key signs."""
    space: Value | None = None
    """Bytes, where the call says so."""
    padding: Value | None = None
    """Bytes beside what the account needs."""


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
    shape = context.module.layout(node.account_class)
    plain = not (shape.varying or shape.tail or place.space or place.padding)
    if node.if_empty and plain and _is_described(context, node):
        asked = place, Imm(shape.least)
        if _make_by_table(context, node.account_class, asked, fields, "rt_found_or_taken"):
            return result
    if node.if_empty:
        make, take = code.label("make"), code.label("take")
        code.branch(accounts.is_empty(context, place.target), make, take)
        code.start(take)
        _take(context, node, place, result, fields)
        code.jump(end)
        code.start(make)
    _make_account(context, node, place, fields)
    code.start(end)
    return result


def _make_account(
    context: Context, node: typed.InitAccount, place: Place, fields: dict[str, Value]
) -> None:
    account_class = node.account_class
    needed, usual = tails.space(context, account_class, fields)
    space = _asked(context, place, needed, usual)
    code, record = context.code, place.target.word
    class_layout = context.module.layout(account_class)
    asked = place, space
    if not _is_described(context, node) or not _make_by_table(
        context, account_class, asked, fields
    ):
        if node.seeds is None:
            place = replace(place, slices=seeds.of_fields(context, account_class, fields))
        fields = _make_by_code(context, account_class, (place, space), fields)
    at = code.offset(record, layout.FIELDS + class_layout.fixed)
    for name in class_layout.varying:
        at = memory.put_text(code, at, fields[name]) if name in fields else code.offset(at, 4)
    tails.make(context, account_class, record, fields)


def _is_described(context: Context, node: typed.InitAccount) -> bool:
    """Whether the class says the address, and few bytes matter."""
    declared = node.seeds is None and bool(seeds.declared(context, node.account_class))
    return declared and context.code.compact


def _make_by_code(
    context: Context, account_class: str, asked: tuple[Place, Operand], fields: dict[str, Value]
) -> dict[str, Value]:
    """Makes the account and writes its fields of fixed size; what is asked for: where, how long.
    All fields that have a value, with the bump, which may lie behind one of varying size.
    """
    place, space = asked
    request = _create_own(context, place, space)
    code, record = context.code, place.target.word
    class_layout = context.module.layout(account_class)
    if place.slices and class_layout.types.get(_BUMP) == U8:
        bump = code.load(request, layout.CREATE_BUMP)
        fields = {**fields, _BUMP: Value(U8, (bump,))}
    definition = context.module.program.account(account_class)
    memory.write(code, record, layout.RECORD_DATA, definition.discriminator)
    _fill(context, record, class_layout, fields)
    return fields


def _make_by_table(
    context: Context,
    account_class: str,
    asked: tuple[Place, Operand],
    fields: dict[str, Value],
    function: str = "rt_found",
) -> bool:
    """As _make_by_code, by a constant that tells the function how; false if it cannot tell that."""
    (place, space), module = asked, context.module
    definition, shape = module.program.account(account_class), module.layout(account_class)
    given = {name: value for name, value in fields.items() if name in shape.offsets}
    row = tables.Row(context, lasting=True)
    cells = [row.cell(place.target.word), row.cell(place.payer.word), row.own(space)]
    found = [_seed(row, each, given, shape) for each in definition.seeds or ()]
    content = tables.constant(definition.discriminator)
    for name in shape.offsets:
        kind = shape.types[name]
        if name == _BUMP and kind == U8:
            content.append(tables.Piece(1, tables.CELLS, tables.WORD * cells[-1]))
        elif name not in given:
            content += tables.nothing(size_of(kind))
        elif tables.fits(kind):
            content += row.value(given[name])
        else:
            return False
    if row.full or any(len(pieces) != 1 for pieces in found):
        return False
    seeds_first = [piece for pieces in found for piece in pieces]
    table = tables.packed(bytes([*cells, len(found)]), [*seeds_first, *tables.merged(content)])
    code = context.code
    code.propagate(code.call(function, module.constant(table), row.stored()))
    return True


def _seed(
    row: tables.Row,
    seed: typed.ConstSeed | typed.FieldSeed,
    fields: dict[str, Value],
    shape: ClassLayout,
) -> list[tables.Piece]:
    match seed:
        case typed.ConstSeed(content):
            return tables.constant(content)
        case typed.FieldSeed(name):
            return row.value(fields.get(name) or seeds.zero(row.context, shape.types[name]))


def _fill(
    context: Context, record: Operand, class_layout: ClassLayout, fields: dict[str, Value]
) -> None:
    """Writes the fields in place that are given; those side by side together."""
    names = list(class_layout.offsets)
    while names:
        together = list(takewhile(fields.__contains__, names))
        if together:
            at = context.code.offset(record, layout.FIELDS + class_layout.offsets[together[0]])
            kinds = [class_layout.types[name] for name in together]
            memory.store_all(context, at, [fields[name] for name in together], kinds)
        del names[: len(together) + 1]


def _asked(context: Context, place: Place, needed: Operand, usual: Operand) -> Operand:
    """Bytes of the account: what the call asks for, at least what it needs."""
    code = context.code
    if place.space is not None:
        too_small = code.cmp(CmpOp.ULT, place.space.word, needed)
        code.fail_if(too_small, Fault.ACCOUNT_TOO_SHORT)
        return place.space.word
    if place.padding is not None:
        too_long = code.cmp(CmpOp.UGT, place.padding.word, Imm(_LARGEST))
        code.fail_if(too_long, Fault.TOO_LONG)
        return code.add(usual, place.padding.word)
    return usual


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
    if tails.has_tail(context.module, account.type):
        tails.load_tail(context, node.account_class, account.word)
    if node.seeds is not None:
        request = seeds.request(context, place.target.word, place.slices)
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
        different = numeric.compare(context.code, CompareOp.NE, found, wanted)
        context.code.exit_if(different, fault)


def _create(
    context: Context, place: Place, space: Operand, rent_size: Operand, owner: Operand
) -> Operand:
    """Makes the account: `space` zero bytes, rent of `rent_size`. The request holds the bump."""
    code = context.code
    request = seeds.request(context, place.target.word, place.slices)
    code.store(place.payer.word, request, layout.CREATE_PAYER)
    code.store(rent_size, request, layout.CREATE_RENT_SIZE)
    code.store(space, request, layout.CREATE_SPACE)
    code.store(owner, request, layout.CREATE_OWNER)
    code.propagate(code.call("rt_create" if place.slices else "rt_make", request))
    return request


def _create_own(context: Context, place: Place, space: Operand) -> Operand:
    """Makes an account of this program: `space` zero bytes and their rent."""
    code = context.code
    if not code.compact or not place.slices:
        return _create(context, place, space, space, code.load(Imm(layout.PROGRAM_ID)))
    request = seeds.request(context, place.target.word, place.slices)
    code.propagate(code.call("rt_create_own", request, place.payer.word, space))
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
        if "room" in values:
            rent_size = _with_room(context, rent_size, values["room"].word)
        rent_size = _not_multisig(context, rent_size)
    owner = context.module.constant(_program(node.type))
    _create(context, place, Imm(space), rent_size, owner)
    result = Value(node.type, place.target.words)
    values = {**values, "mint": result}
    for instruction in _mint_instructions(node, extensions):
        cpi.invoke(context, replace(instruction, program=_program(node.type)), values)
    return result


def _with_room(context: Context, size: Operand, room: Operand) -> Operand:
    """The length with further fields."""
    code = context.code
    code.fail_if(code.cmp(CmpOp.UGT, room, Imm(_LARGEST)), Fault.TOO_LONG)
    return code.add(size, room)


def _not_multisig(context: Context, size: Operand) -> Operand:
    """The length that Token-2022 gives a mint that would be as long as a multisig: two more."""
    code = context.code
    is_multisig = code.cmp(CmpOp.EQ, size, Imm(token2022.MULTISIG_SIZE))
    return code.add(size, code.bin(BinOp.SHL, is_multisig, Imm(1)))


def _program(kind: Type) -> bytes:
    """The token program that a mint or token account belongs to."""
    is_classic = kind in {MintT(classic=True), TokenAccountT(classic=True)}
    return spl.PROGRAM if is_classic else token2022.PROGRAM


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
    """Makes a token account without extensions, which is all that our mints need."""
    result = Value(node.type, place.target.words)
    if node.associated:
        _associate(context, place, {**values, "token": result})
        return result
    size, program = Imm(token2022.ACCOUNT_SIZE), _program(node.type)
    _create(context, place, size, size, context.module.constant(program))
    initialize = replace(token2022.INITIALIZE_ACCOUNT, program=program)
    cpi.invoke(context, initialize, {**values, "token": result})
    return result


def _associate(context: Context, place: Place, values: dict[str, Value]) -> None:
    """Has the Associated Token Account program make the account; it derives the address itself."""
    empty = accounts.is_empty(context, place.target)
    context.code.fail_unless(empty, Fault.NOT_EMPTY)
    programs = {"system_program": layout.SYSTEM_RECORD, "token_program": layout.TOKEN_RECORD}
    records = {
        name: Value(UncheckedT(), (context.code.load(Imm(at)),)) for name, at in programs.items()
    }
    cpi.invoke(context, spl.CREATE_ASSOCIATED, {**values, **records, "payer": place.payer})
