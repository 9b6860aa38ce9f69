"""Checks of accounts: at entry, for each parameter in order, and what `init` asks of its target."""

from dataclasses import dataclass
from typing import Final

from conting_compiler.ir import typed
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, Operand
from conting_compiler.ir.typesystem import (
    PUBKEY_SIZE,
    AccountLikeT,
    AccountT,
    EmptyT,
    MintT,
    OptionT,
    ProgramT,
    TokenAccountT,
    UncheckedT,
)
from conting_compiler.lower import layout, memory, spl, token2022
from conting_compiler.lower.context import Context, Value
from conting_compiler.lower.function_builder import FunctionBuilder
from conting_compiler.source import Span

_COUNT = 0
FIRST_RECORD: Final = 8
_BYTE = 8
_CALLED_IN_TURN: Final = {
    bytes(PUBKEY_SIZE): layout.SYSTEM_RECORD,
    spl.PROGRAM: layout.TOKEN_RECORD,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """Where an instruction starts: its accounts, and the address of the program's own id."""

    input: Operand
    program_id: Operand


def load(context: Context, instruction: typed.Instruction, entry: Entry) -> None:
    """Finds and checks every account of the instruction and declares it as a variable.

    Programs that the instruction calls only have to be there: the runtime looks them up itself.
    """
    code = context.code
    count = code.load(entry.input, _COUNT)
    code.fail_if(code.cmp(CmpOp.ULT, count, Imm(least(instruction))), Fault.NOT_ENOUGH_ACCOUNTS)
    cursor = code.new_slot()
    code.set(cursor, code.offset(entry.input, FIRST_RECORD))
    named = taken(instruction)
    for index, account in enumerate(named):
        if account.optional:
            _load_optional(context, named[:index], account, cursor, entry.program_id)
            continue
        record = _find(context, named[:index], account, cursor)
        context.declare(account.name, Value(account.type, (record,)))
        check_kind(context, account.type, account.address, record, entry.program_id)


def least(instruction: typed.Instruction) -> int:
    """How many accounts there have to be."""
    return len(instruction.accounts) + len(instruction.programs)


def taken(instruction: typed.Instruction) -> tuple[typed.AccountParam, ...]:
    """The accounts of the instruction, and the programs that another one is to call in turn."""
    if all(program.address != spl.ASSOCIATED for program in instruction.programs):
        return instruction.accounts
    programs = (_passed_on(program, instruction.span) for program in instruction.programs)
    return (*instruction.accounts, *programs)


def _passed_on(program: typed.ProgramAccount, span: Span) -> typed.AccountParam:
    """A program as an account: at its address if the Associated Token Account program calls it."""
    address = program.address if program.address in _CALLED_IN_TURN else None
    return typed.AccountParam(
        program.name,
        UncheckedT(),
        writable=False,
        signer=False,
        address=address,
        pda=None,
        span=span,
    )


def keep_programs(context: Context, instruction: typed.Instruction) -> None:
    """Notes where the programs are that the Associated Token Account program calls in turn."""
    for program in taken(instruction)[len(instruction.accounts) :]:
        if program.address is not None:
            record = context.read(program.name, program.type).word
            context.code.store(record, Imm(_CALLED_IN_TURN[program.address]))


def is_empty(context: Context, account: Value) -> Operand:
    """1 if nothing is at the address: the System program's, no data; lamports do not matter."""
    code = context.code
    if code.compact:
        return code.call("rt_is_empty", account.word)
    found = code.load(account.word, layout.RECORD_LENGTH)
    for offset, bits in memory.chunks(PUBKEY_SIZE):
        word = code.load(account.word, layout.RECORD_OWNER + offset, bits)
        found = code.bin(BinOp.OR, found, word)
    return code.cmp(CmpOp.EQ, found, Imm(0))


def check_class(context: Context, account_class: str, record: Operand, program_id: Operand) -> None:
    """Faults unless the account is one of the class, made by the class's program."""
    definition = context.module.program.account(account_class)
    if definition.owner is None:
        check_owned(context, record, program_id)
    else:
        _check_key(context, record, layout.RECORD_OWNER, definition.owner, Fault.WRONG_OWNER)
    wanted = Imm(int.from_bytes(definition.discriminator, "little"))
    check_data(context, record, wanted, Imm(context.module.layout(account_class).least))


def check_owned(context: Context, record: Operand, program_id: Operand) -> None:
    """Faults unless the account is this program's."""
    code = context.code
    owner = code.offset(record, layout.RECORD_OWNER)
    fault = code.fault(Fault.WRONG_OWNER)
    memory.go_unless_equal(code, owner, program_id, PUBKEY_SIZE, fault, cold=True)


def check_data(context: Context, record: Operand, discriminator: Operand, least: Operand) -> None:
    """Faults unless the account has the discriminator, and at least so many bytes.

    Behind shorter data lie zeros, in room for it to grow, so the discriminator can always be read.
    """
    code = context.code
    found = code.load(record, layout.RECORD_DATA)
    code.fail_if(code.cmp(CmpOp.NE, found, discriminator), Fault.WRONG_CLASS)
    _check_least(code, record, least)


# --- the record


def _find(
    context: Context,
    earlier: tuple[typed.AccountParam, ...],
    account: typed.AccountParam,
    cursor: int,
) -> Operand:
    """The account's record, its flags checked; the cursor moves to the next place."""
    code = context.code
    at = code.get(cursor)
    if not _may_repeat(account) or not any(_may_repeat(o) or o.optional for o in earlier):
        _check_flags(code, account, at)
        code.set(cursor, after(code, at))
        return at
    return _find_repeatable(context, earlier, account, cursor)


def _find_repeatable(
    context: Context,
    earlier: tuple[typed.AccountParam, ...],
    account: typed.AccountParam,
    cursor: int,
) -> Operand:
    """As _find, for an account that may be an earlier one again, whose record it then shares."""
    code = context.code
    at = code.get(cursor)
    result = _next_record(context, earlier, cursor)
    _refuse_again(code, at, earlier)
    _check_flag(code, result, layout.RECORD_SIGNER, Fault.NOT_SIGNER, wanted=account.signer)
    _check_flag(code, result, layout.RECORD_WRITABLE, Fault.NOT_WRITABLE, wanted=account.writable)
    return result


def _next_record(context: Context, earlier: tuple[typed.AccountParam, ...], cursor: int) -> Operand:
    """The record at the cursor, or of the earlier account that stands there again, which may."""
    code = context.code
    record, at = code.new_slot(), code.get(cursor)
    repeated, fresh, found = code.label("repeated"), code.label("fresh"), code.label("found")
    marker = code.load(at, layout.RECORD_MARKER, _BYTE)
    code.branch(code.cmp(CmpOp.EQ, marker, Imm(layout.UNIQUE)), fresh, repeated, repeated)
    code.start(repeated)
    code.set(cursor, code.offset(at, layout.DUPLICATE_SIZE))
    for index, other in enumerate(earlier):
        if _may_repeat(other) or other.optional:
            code.set(record, _record_of(context, other))
            go_on = code.label("other")
            code.branch(code.cmp(CmpOp.EQ, marker, Imm(index)), found, go_on)
            code.start(go_on)
    code.jump(code.fault(Fault.SAME_ACCOUNT_TWICE))
    code.start(fresh)
    code.set(record, at)
    code.set(cursor, after(code, at))
    code.start(found)
    return code.get(record)


def _record_of(context: Context, account: typed.AccountParam) -> Operand:
    """The record that stands for an account; for none, it is the program's own."""
    if account.optional:
        return context.read(_standing(account), account.type).word
    return context.read(account.name, account.type).word


def _standing(account: typed.AccountParam) -> str:
    """The hidden variable with the record that stands in the place of an optional account."""
    return f"{account.name}.record"


def _load_optional(
    context: Context,
    earlier: tuple[typed.AccountParam, ...],
    account: typed.AccountParam,
    cursor: int,
    program_id: Operand,
) -> None:
    """Declares an account that may be missing: then the program's own id stands in its place."""
    code = context.code
    at = code.get(cursor)
    record = _next_record(context, earlier, cursor)
    context.declare(_standing(account), Value(account.type, (record,)))
    present = code.new_slot()
    code.set(present, Imm(0))
    given, done = code.label("given"), code.label("none")
    key = code.offset(record, layout.RECORD_KEY)
    memory.go_unless_equal(code, key, program_id, PUBKEY_SIZE, given, cold=False)
    code.jump(done)
    code.start(given)
    code.set(present, Imm(1))
    if not _may_repeat(account):
        code.fail_if(code.cmp(CmpOp.NE, at, record), Fault.SAME_ACCOUNT_TWICE)
    _refuse_again(code, at, earlier)
    _check_flag(code, record, layout.RECORD_WRITABLE, Fault.NOT_WRITABLE, wanted=account.writable)
    check_kind(context, account.type, account.address, record, program_id)
    code.start(done)
    words = (code.get(present), record)
    context.declare(account.name, Value(OptionT(account.type), words))


def _refuse_again(
    code: FunctionBuilder, at: Operand, earlier: tuple[typed.AccountParam, ...]
) -> None:
    """Faults if an optional account that must not repeat stands here again."""
    for index, other in enumerate(earlier):
        if other.optional and not _may_repeat(other):
            marker = code.load(at, layout.RECORD_MARKER, _BYTE)
            code.fail_if(code.cmp(CmpOp.EQ, marker, Imm(index)), Fault.SAME_ACCOUNT_TWICE)


def _may_repeat(account: typed.AccountParam) -> bool:
    return may_repeat(account.type, changes=account.writable or account.alone)


def may_repeat(kind: AccountLikeT, *, changes: bool) -> bool:
    """Whether an account may stand in two places: at most its lamports change."""
    return not changes or not isinstance(kind, AccountT | EmptyT | MintT | TokenAccountT)


def after(code: FunctionBuilder, record: Operand) -> Operand:
    """The address after a record."""
    length = code.load(record, layout.RECORD_LENGTH)
    padded = code.bin(BinOp.AND, code.add(length, Imm(7)), Imm(-8))
    return code.offset(code.add(record, padded), layout.RECORD_EMPTY_SIZE)


def _check_flags(code: FunctionBuilder, account: typed.AccountParam, record: Operand) -> None:
    """One comparison for marker, signer and writable; the cold path finds out which it was."""
    mask = 0xFF | account.signer * 0xFF00 | account.writable * 0xFF0000
    wanted = 0xFF | account.signer * 0x0100 | account.writable * 0x010000
    flags = _masked(code, record, mask)
    good, bad = code.label("flags"), code.label("bad_flags")
    code.branch(code.cmp(CmpOp.EQ, flags, Imm(wanted)), good, bad, bad)
    code.start(bad)
    marker = code.load(record, layout.RECORD_MARKER, _BYTE)
    code.fail_unless(code.cmp(CmpOp.EQ, marker, Imm(0xFF)), Fault.SAME_ACCOUNT_TWICE)
    _check_flag(code, record, layout.RECORD_SIGNER, Fault.NOT_SIGNER, wanted=account.signer)
    code.jump(code.fault(Fault.NOT_WRITABLE))
    code.start(good)


def _masked(code: FunctionBuilder, record: Operand, mask: int) -> Operand:
    bits = next(bits for bits in (8, 16, 32) if mask >> bits == 0)
    flags = code.load(record, layout.RECORD_MARKER, bits)
    return flags if mask == (1 << bits) - 1 else code.bin(BinOp.AND, flags, Imm(mask))


def _check_flag(
    code: FunctionBuilder, record: Operand, offset: int, fault: Fault, *, wanted: bool
) -> None:
    if wanted:
        code.fail_unless(code.load(record, offset, _BYTE), fault)


# --- what the account is


def check_kind(
    context: Context,
    kind: AccountLikeT,
    address: bytes | None,
    record: Operand,
    program_id: Operand,
) -> None:
    """Faults unless the account is of the type, and at the address if there is one."""
    match kind:
        case AccountT(name):
            check_class(context, name, record, program_id)
        case MintT(classic=True):
            _check_spl(context, record, _MINT)
        case TokenAccountT(classic=True):
            _check_spl(context, record, _TOKEN)
        case MintT():
            _check_token(context, record, _MINT)
        case TokenAccountT():
            _check_token(context, record, _TOKEN)
        case ProgramT():
            held = context.code.load(record, layout.RECORD_EXECUTABLE, _BYTE)
            context.code.fail_unless(held, Fault.NOT_PROGRAM)
    if address is not None:
        _check_key(context, record, layout.RECORD_KEY, address, Fault.WRONG_ADDRESS)


def _check_key(context: Context, record: Operand, offset: int, wanted: bytes, fault: Fault) -> None:
    code = context.code
    if context.module.compact:
        place = code.offset(record, offset)
        same = code.call("rt_same_key", place, context.module.constant(wanted))
        code.fail_unless(same, fault)
        return
    for at, bits in memory.chunks(PUBKEY_SIZE):
        word = int.from_bytes(wanted[at : at + bits // _BYTE], "little")
        found = code.load(record, offset + at, bits)
        code.fail_if(code.cmp(CmpOp.NE, found, Imm(word)), fault)


def _check_least(code: FunctionBuilder, record: Operand, least: Operand) -> None:
    length = code.load(record, layout.RECORD_LENGTH)
    code.fail_if(code.cmp(CmpOp.ULT, length, least), Fault.ACCOUNT_TOO_SHORT)


@dataclass(frozen=True, slots=True)
class _TokenKind:
    size: int
    """Bytes without extensions."""
    type: int
    """What the type byte of one with extensions says."""
    state: int
    """The offset of a byte that is 0 before it is initialised."""


_MINT = _TokenKind(token2022.MINT_SIZE, token2022.TYPE_MINT, token2022.MINT_INITIALIZED)
_TOKEN = _TokenKind(token2022.ACCOUNT_SIZE, token2022.TYPE_ACCOUNT, token2022.ACCOUNT_STATE)


def _check_spl(context: Context, record: Operand, kind: _TokenKind) -> None:
    """Owner, length, initialised: as SPL Token itself tells its accounts apart."""
    code = context.code
    _check_key(context, record, layout.RECORD_OWNER, spl.PROGRAM, Fault.WRONG_OWNER)
    _check_least(code, record, Imm(kind.size))
    length = code.load(record, layout.RECORD_LENGTH)
    code.fail_if(code.cmp(CmpOp.NE, length, Imm(kind.size)), Fault.WRONG_CLASS)
    state = code.load(record, layout.RECORD_DATA + kind.state, _BYTE)
    code.fail_unless(state, Fault.WRONG_CLASS)


def _check_token(context: Context, record: Operand, kind: _TokenKind) -> None:
    """Owner, length or type byte, initialised: as Token-2022 itself tells its accounts apart."""
    code = context.code
    _check_key(context, record, layout.RECORD_OWNER, token2022.PROGRAM, Fault.WRONG_OWNER)
    _check_least(code, record, Imm(kind.size))
    length = code.load(record, layout.RECORD_LENGTH)
    extended, known = code.label("extended"), code.label("known")
    code.branch(code.cmp(CmpOp.EQ, length, Imm(kind.size)), known, extended)
    code.start(extended)
    short = code.cmp(CmpOp.ULE, length, Imm(token2022.TYPE_OFFSET))
    code.fail_if(short, Fault.WRONG_CLASS)
    multisig = code.cmp(CmpOp.EQ, length, Imm(token2022.MULTISIG_SIZE))
    code.fail_if(multisig, Fault.WRONG_CLASS)
    found = code.load(record, layout.RECORD_DATA + token2022.TYPE_OFFSET, _BYTE)
    code.fail_if(code.cmp(CmpOp.NE, found, Imm(kind.type)), Fault.WRONG_CLASS)
    code.start(known)
    state = code.load(record, layout.RECORD_DATA + kind.state, _BYTE)
    code.fail_unless(state, Fault.WRONG_CLASS)
