"""What the compiler provides of the prelude, by the names of the typed IR."""

from collections.abc import Callable, Sequence
from typing import Final

from conting_compiler.base58 import decode
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import CmpOp, Imm, Operand, Reg
from conting_compiler.ir.typesystem import (
    BOOL,
    I64,
    PUBKEY,
    U8,
    U64,
    SeedsT,
    Type,
)
from conting_compiler.lower import (
    accounts,
    cpi,
    events,
    layout,
    lists,
    memory,
    printing,
    seeds,
    slices,
    spl,
    system,
    sysvars,
    text,
    token2022,
)
from conting_compiler.lower.context import NOTHING, Context, Value, number
from conting_compiler.lower.function_builder import FunctionBuilder
from conting_compiler.lower.number_builtins import NUMBER_BUILTINS

Intrinsic = Callable[[Context, Sequence[Value]], Value]

_EDWARDS = 0
_CLOSE: Final = "account.close"
_ED25519: Final = decode("Ed25519SigVerify111111111111111111111111111")
_SECP256R1: Final = decode("Secp256r1SigVerify1111111111111111111111111")
_LARGEST_SIZE = 10 * 1024 * 1024
"""Bytes that an account can have."""


def _at(kind: Type, offset: int) -> Intrinsic:
    """What lies at the offset from the address that the first argument is."""

    def intrinsic(context: Context, arguments: Sequence[Value]) -> Value:
        return memory.load(context, arguments[0].word, offset, kind)

    return intrinsic


def _key(context: Context, arguments: Sequence[Value]) -> Value:
    key = context.code.offset(arguments[0].word, layout.RECORD_KEY)
    return Value(PUBKEY, (key,), lasting=True)


def _call(description: cpi.Description, *names: str) -> Intrinsic:
    """A call of another program with the arguments under these names."""

    def intrinsic(context: Context, arguments: Sequence[Value]) -> Value:
        values = dict(zip(names, arguments, strict=False))
        if isinstance(arguments[-1].type, SeedsT):
            values[cpi.SIGNER] = arguments[-1]
        cpi.invoke(context, description, values)
        return NOTHING

    return intrinsic


def _bump(context: Context, arguments: Sequence[Value]) -> Value:
    target, given = arguments
    return seeds.bump_of(context, target.word, seeds.of_words(given))


def _key_of_mint(offset: int) -> Intrinsic:
    """A u32 that says whether there is a key, then the key; Fault.NO_VALUE where there is none."""

    def intrinsic(context: Context, arguments: Sequence[Value]) -> Value:
        code, mint = context.code, arguments[0].word
        present = code.load(mint, layout.RECORD_DATA + offset, 32)
        code.fail_unless(present, Fault.NO_VALUE)
        return memory.load(context, mint, layout.RECORD_DATA + offset + 4, PUBKEY)

    return intrinsic


def _is_empty(context: Context, arguments: Sequence[Value]) -> Value:
    return number(BOOL, accounts.is_empty(context, arguments[0]))


def _move_lamports(context: Context, arguments: Sequence[Value]) -> Value:
    """From an account of this program, which needs no other program for it."""
    code = context.code
    source, target, amount = (argument.word for argument in arguments)
    held = code.load(source, layout.RECORD_LAMPORTS)
    code.fail_if(code.cmp(CmpOp.ULT, held, amount), Fault.LAMPORTS)
    code.store(code.sub(held, amount), source, layout.RECORD_LAMPORTS)
    received = code.add(code.load(target, layout.RECORD_LAMPORTS), amount)
    code.store(received, target, layout.RECORD_LAMPORTS)
    return NOTHING


def _close(context: Context, arguments: Sequence[Value]) -> Value:
    """All lamports to another account; no data and the System program's: nothing can revive it.

    The bytes stay where they are till the instruction ends: texts and keys may lie in them.
    """
    source, target = (argument.word for argument in arguments)
    if not context.code.compact:
        _close_record(context.code, source, target)
        return NOTHING
    helpers = context.module.helpers
    if _CLOSE not in helpers:
        code = FunctionBuilder(_CLOSE, 2)
        _close_record(code, Reg(0), Reg(1))
        helpers[_CLOSE] = code.finish()
    context.code.run(_CLOSE, source, target)
    return NOTHING


def _close_record(code: FunctionBuilder, source: Operand, target: Operand) -> None:
    held = code.load(source, layout.RECORD_LAMPORTS)
    received = code.add(code.load(target, layout.RECORD_LAMPORTS), held)
    code.store(received, target, layout.RECORD_LAMPORTS)
    code.store(Imm(0), source, layout.RECORD_LAMPORTS)
    code.store(Imm(0), source, layout.RECORD_LENGTH)
    memory.write(code, source, layout.RECORD_OWNER, system.PROGRAM)


def _minimum_balance(context: Context, arguments: Sequence[Value]) -> Value:
    """Fault.OVERFLOW for a size that no account has."""
    code = context.code
    size = arguments[-1].word
    code.fail_if(code.cmp(CmpOp.UGT, size, Imm(_LARGEST_SIZE)), Fault.OVERFLOW)
    return number(U64, code.call("rt_rent", size))


def _pay_rent(context: Context, arguments: Sequence[Value]) -> Value:
    """What the account lacks to keep as many bytes as it has now."""
    code, (payer, account) = context.code, arguments
    needed = code.call("rt_rent", code.load(account.word, layout.RECORD_LENGTH))
    held = code.load(account.word, layout.RECORD_LAMPORTS)
    pay, end = code.label("pay_rent"), code.label("rent_paid")
    code.branch(code.cmp(CmpOp.UGT, needed, held), pay, end)
    code.start(pay)
    lacking = number(U64, code.sub(needed, held))
    cpi.invoke(context, system.TRANSFER, {"from": payer, "to": account, "amount": lacking})
    code.jump(end)
    code.start(end)
    return NOTHING


def _is_on_curve(context: Context, arguments: Sequence[Value]) -> Value:
    code = context.code
    error = code.call("sol_curve_validate_point", Imm(_EDWARDS), arguments[0].word, Imm(0))
    return number(BOOL, code.cmp(CmpOp.EQ, error, Imm(0)))


def _signed_before(program: bytes, key_size: int) -> Intrinsic:
    """Whether the instruction before this one proves a signature by the program's scheme."""

    def intrinsic(context: Context, arguments: Sequence[Value]) -> Value:
        sysvar, key, message = arguments
        scheme = context.module.constant(program + key_size.to_bytes(8, "little"))
        given = (sysvar.word, key.word, message.word, message.length)
        return number(BOOL, context.code.call("rt_signed_before", *given, scheme))

    return intrinsic


def _bytes_length(context: Context, arguments: Sequence[Value]) -> Value:
    del context
    return number(U64, arguments[0].length)


def _str_length(context: Context, arguments: Sequence[Value]) -> Value:
    """In code points; all text was checked to be UTF-8 when it came in."""
    data = arguments[0]
    return number(U64, context.code.call("rt_utf8_length", data.word, data.length))


def _unchecked(context: Context, arguments: Sequence[Value]) -> Value:
    del context, arguments
    return NOTHING


INTRINSICS: Final[dict[str, Intrinsic]] = {
    "unchecked": _unchecked,
    "event.emit": events.emit,
    "pubkey.find": seeds.find,
    "account.key": _key,
    "account.lamports": _at(U64, layout.RECORD_LAMPORTS),
    "account.transfer_lamports": _move_lamports,
    "signer.transfer_lamports": _call(system.TRANSFER, "from", "to", "amount"),
    "signer.pay_rent": _pay_rent,
    "empty.is_empty": _is_empty,
    "empty.bump": _bump,
    "clock.unix_timestamp": _at(I64, layout.CLOCK_UNIX_TIMESTAMP),
    "clock.slot": _at(U64, layout.CLOCK_SLOT),
    "clock.epoch": _at(U64, layout.CLOCK_EPOCH),
    "clock.epoch_start_timestamp": _at(I64, layout.CLOCK_EPOCH_START),
    "clock.leader_schedule_epoch": _at(U64, layout.CLOCK_LEADER_EPOCH),
    "rent.minimum_balance": _minimum_balance,
    "slot_hashes.newest_slot": sysvars.newest_slot,
    "slot_hashes.oldest_slot": sysvars.oldest_slot,
    "slot_hashes.first_from": sysvars.first_from,
    "slot_hashes.has": sysvars.has_slot,
    "slot_hashes.hash_of": sysvars.hash_of_slot,
    "account.close": _close,
    "pubkey.is_on_curve": _is_on_curve,
    "mint.mint_to": _call(token2022.MINT_TO, "mint", "token", "amount", "authority"),
    "mint.give_up_mint_authority": _call(token2022.GIVE_UP_MINT_AUTHORITY, "mint", "authority"),
    "mint.burn": _call(token2022.BURN, "mint", "token", "amount", "authority"),
    "mint.close": _call(token2022.CLOSE_MINT, "mint", "to", "authority"),
    "mint.update_field": _call(token2022.UPDATE_FIELD, "mint", "field", "value", "authority"),
    "mint.authority": _key_of_mint(0),
    "mint.freeze_authority": _key_of_mint(token2022.MINT_FREEZE_AUTHORITY),
    "spl.mint": _call(spl.MINT_TO, "mint", "authority", "to", "amount"),
    "spl.burn": _call(spl.BURN, "mint", "authority", "holder", "amount"),
    "spl.transfer": _call(spl.TRANSFER, "token", "authority", "to", "amount"),
    "spl.freeze": _call(spl.FREEZE, "token", "authority", "mint"),
    "spl.thaw": _call(spl.THAW, "token", "authority", "mint"),
    "spl.close": _call(spl.CLOSE, "token", "authority", "to"),
    "spl.approve": _call(spl.APPROVE, "token", "authority", "delegate", "amount"),
    "spl.revoke": _call(spl.REVOKE, "token", "authority"),
    "mint.supply": _at(U64, layout.RECORD_DATA + token2022.MINT_SUPPLY),
    "mint.decimals": _at(U8, layout.RECORD_DATA + token2022.MINT_DECIMALS),
    "token.thaw": _call(token2022.THAW, "token", "mint", "authority"),
    "token.freeze": _call(token2022.FREEZE, "token", "mint", "authority"),
    "token.transfer": _call(
        token2022.TRANSFER_CHECKED, "token", "mint", "to", "amount", "decimals", "authority"
    ),
    "token.set_owner": _call(token2022.SET_OWNER, "token", "owner", "authority"),
    "token.set_close_authority": _call(
        token2022.SET_CLOSE_AUTHORITY, "token", "close_authority", "authority"
    ),
    "token.close": _call(token2022.CLOSE, "token", "to", "authority"),
    "token.mint": _at(PUBKEY, layout.RECORD_DATA + token2022.ACCOUNT_MINT),
    "token.owner": _at(PUBKEY, layout.RECORD_DATA + token2022.ACCOUNT_OWNER),
    "token.size": _at(U64, layout.RECORD_LENGTH),
    "token.amount": _at(U64, layout.RECORD_DATA + token2022.ACCOUNT_AMOUNT),
    "instructions.ed25519_before": _signed_before(_ED25519, 32),
    "instructions.ed25519_padded_before": _signed_before(_ED25519, 32),
    "instructions.secp256r1_before": _signed_before(_SECP256R1, 33),
    "bytes_of": text.bytes_of,
    "str.len": _str_length,
    "str.item": text.character_at,
    "bytes.item": text.byte_at,
    "text.order": text.order,
    "text.contains": text.contains,
    "str.startswith": text.starts_with,
    "str.endswith": text.ends_with,
    "bytes.startswith": text.starts_with,
    "bytes.endswith": text.ends_with,
    **NUMBER_BUILTINS,
    "print": printing.log,
    "list.append": lists.append,
    "list.len": lists.length,
    "list.pop": lists.pop,
    "list.pop_at": lists.pop_at,
    "list.insert": lists.insert,
    "list.clear": lists.clear,
    "list.extend": lists.extend,
    "list.reverse": lists.reverse,
    "list.exact": lists.exact,
    "list.found": lists.found,
    "list.remove_at": lists.remove_at,
    "list.joined": lists.joined,
    "list.repeated": lists.repeated,
    "range.count": lists.rounds_of,
    "range.item": lists.range_item,
    "list.slice": slices.of_list,
    "bytes.len": _bytes_length,
    "bytes.slice": slices.of_bytes,
    "bytes.to_array": slices.to_array,
    "str.slice": slices.of_text,
    "array.slice": slices.of_array,
    "pubkey.from_bytes": slices.to_pubkey,
}
