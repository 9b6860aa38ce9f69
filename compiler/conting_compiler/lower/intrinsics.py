"""What the compiler provides of the prelude, by the names of the typed IR."""

from collections.abc import Callable, Sequence
from typing import Final

from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import CmpOp, Imm
from conting_compiler.ir.typesystem import (
    BOOL,
    I64,
    PUBKEY,
    PUBKEY_SIZE,
    U8,
    U64,
    ArrayT,
    Type,
)
from conting_compiler.lower import accounts, cpi, layout, memory, system, text, token2022
from conting_compiler.lower.context import NOTHING, Context, Value, number

Intrinsic = Callable[[Context, Sequence[Value]], Value]

_EDWARDS = 0


def _at(kind: Type, offset: int) -> Intrinsic:
    """What lies at the offset from the address that the first argument is."""

    def intrinsic(context: Context, arguments: Sequence[Value]) -> Value:
        return memory.load(context, arguments[0].word, offset, kind)

    return intrinsic


def _key(context: Context, arguments: Sequence[Value]) -> Value:
    return Value(PUBKEY, (context.code.offset(arguments[0].word, layout.RECORD_KEY),))


def _call(description: cpi.Description, *names: str) -> Intrinsic:
    """A call of another program with the arguments under these names."""

    def intrinsic(context: Context, arguments: Sequence[Value]) -> Value:
        cpi.invoke(context, description, dict(zip(names, arguments, strict=True)))
        return NOTHING

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


def _is_on_curve(context: Context, arguments: Sequence[Value]) -> Value:
    code = context.code
    error = code.call("sol_curve_validate_point", Imm(_EDWARDS), arguments[0].word, Imm(0))
    return number(BOOL, code.cmp(CmpOp.EQ, error, Imm(0)))


def _ed25519_before(context: Context, arguments: Sequence[Value]) -> Value:
    sysvar, key, message = arguments
    found = context.code.call(
        "rt_ed25519_before", sysvar.word, key.word, message.word, message.length
    )
    return number(BOOL, found)


def _sha256(context: Context, arguments: Sequence[Value]) -> Value:
    code = context.code
    data = arguments[0]
    result = memory.allocate(code, Imm(PUBKEY_SIZE))
    piece = code.scratch("slice", layout.SLICE_SIZE)
    code.store(data.word, piece)
    code.store(data.length, piece, layout.SLICE_SIZE // 2)
    code.run("sol_sha256", piece, Imm(1), result)
    return number(ArrayT(U8, PUBKEY_SIZE), result)


def _bytes_length(context: Context, arguments: Sequence[Value]) -> Value:
    del context
    return number(U64, arguments[0].length)


def _str_length(context: Context, arguments: Sequence[Value]) -> Value:
    """In code points; all text was checked to be UTF-8 when it came in."""
    data = arguments[0]
    return number(U64, context.code.call("rt_utf8_length", data.word, data.length))


INTRINSICS: Final[dict[str, Intrinsic]] = {
    "account.key": _key,
    "account.lamports": _at(U64, layout.RECORD_LAMPORTS),
    "account.transfer_lamports": _move_lamports,
    "signer.transfer_lamports": _call(system.TRANSFER, "from", "to", "amount"),
    "empty.is_empty": _is_empty,
    "clock.unix_timestamp": _at(I64, layout.CLOCK_UNIX_TIMESTAMP),
    "clock.slot": _at(U64, layout.CLOCK_SLOT),
    "clock.epoch": _at(U64, layout.CLOCK_EPOCH),
    "pubkey.is_on_curve": _is_on_curve,
    "mint.mint_to": _call(token2022.MINT_TO, "mint", "token", "amount", "authority"),
    "mint.give_up_mint_authority": _call(token2022.GIVE_UP_MINT_AUTHORITY, "mint", "authority"),
    "mint.supply": _at(U64, layout.RECORD_DATA + token2022.MINT_SUPPLY),
    "mint.decimals": _at(U8, layout.RECORD_DATA + token2022.MINT_DECIMALS),
    "token.thaw": _call(token2022.THAW, "token", "mint", "authority"),
    "token.freeze": _call(token2022.FREEZE, "token", "mint", "authority"),
    "token.transfer": _call(
        token2022.TRANSFER_CHECKED, "token", "mint", "to", "amount", "decimals", "authority"
    ),
    "token.close": _call(token2022.CLOSE, "token", "to", "authority"),
    "token.mint": _at(PUBKEY, layout.RECORD_DATA + token2022.ACCOUNT_MINT),
    "token.owner": _at(PUBKEY, layout.RECORD_DATA + token2022.ACCOUNT_OWNER),
    "token.amount": _at(U64, layout.RECORD_DATA + token2022.ACCOUNT_AMOUNT),
    "instructions.ed25519_before": _ed25519_before,
    "bytes_of": text.bytes_of,
    "sha256": _sha256,
    "str.len": _str_length,
    "bytes.len": _bytes_length,
}
