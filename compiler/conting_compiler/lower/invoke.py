"""`program.invoke`: any instruction of any program, with the accounts and bytes that are given."""

from collections.abc import Sequence

from conting_compiler.ir import typed
from conting_compiler.ir.lowered import Imm, Operand
from conting_compiler.ir.typesystem import AccountT, ArrayT, ListT, SignerT
from conting_compiler.lower import codec, cpi, layout, seeds, tails
from conting_compiler.lower.context import NOTHING, Context, Value
from conting_compiler.lower.layout import LENGTH_PREFIX, size_of


def invoke(
    context: Context,
    node: typed.Invoke,
    program: Value,
    data: Value,
    *,
    accounts: Sequence[Value],
    given: Sequence[Value | None],
) -> Value:
    """Calls the program; `given` are the seeds of each account that signs by them."""
    entries = [
        (account.word, writable, signer)
        for account, (writable, signer) in zip(accounts, node.flags, strict=True)
    ]
    key = context.code.offset(program.word, layout.RECORD_KEY)
    bytes_given = _bytes(context, data)
    signers = _signers(context, node, accounts, given)
    tails.before_call(context, accounts)
    cpi.send(context, key, bytes_given, entries, signers)
    flags = zip(accounts, node.flags, strict=True)
    tails.after_call(context, key, [account for account, (writable, _) in flags if writable])
    return NOTHING


def _signers(
    context: Context,
    node: typed.Invoke,
    accounts: Sequence[Value],
    given: Sequence[Value | None],
) -> list[tuple[Operand, int]]:
    """The slices by which each account signs that is no Signer."""
    found: list[tuple[Operand, int]] = []
    for account, named, (_, signer) in zip(accounts, given, node.flags, strict=True):
        by_seeds = named is not None and not isinstance(account.type, SignerT)
        if by_seeds or (signer and isinstance(account.type, AccountT)):
            room = str(len(found)) if found else ""
            found.append(seeds.of_signer(context, [account], named, room))
    return found


def _bytes(context: Context, data: Value) -> tuple[Operand, Operand]:
    """Address and length of the data; a List's elements are packed on the heap."""
    match data.type:
        case ArrayT():
            return data.word, Imm(size_of(data.type))
        case ListT():
            packed = codec.encoded(context, data)
            start = context.code.offset(packed.word, LENGTH_PREFIX)
            return start, context.code.add(packed.length, Imm(-LENGTH_PREFIX))
        case _:
            return data.word, data.length
