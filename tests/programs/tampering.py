"""Every way in which an instruction's accounts and bytes can be wrong, by what the program says.

    for attack in tampered(world, call):
        refused(world.send(attack.instruction, by=[world.actor(), *signers]), attack.error)

What is wrong is always one thing, so the error is known: missing signature, foreign owner, other
class, other address, read-only where it is written, one account twice, bytes missing or too many.
Wrong relations between accounts are the tests' own business.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from conting_compiler.ir import typed
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.typesystem import AccountT, EmptyT, MintT, SignerT, TokenAccountT
from solders.account import Account
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.compiled import compiled
from tests.programs.world import World, program_names

NO_PROGRAM = "MissingAccount"
"""The runtime's refusal: a call names its program, and that was not given."""
_DISCRIMINATOR = 8


@dataclass(frozen=True)
class Call:
    """An instruction that would be accepted, and who signs it."""

    instruction: Instruction
    signers: tuple[Keypair, ...]


@dataclass(frozen=True)
class Tampered:
    """The instruction with one thing wrong, and the name of the refusal."""

    what: str
    instruction: Instruction
    error: str


def tampered(world: World, call: Instruction) -> Iterator[Tampered]:
    """All of it. Puts forged accounts on the chain, at addresses that nothing else knows."""
    known = described(call)
    yield from _bytes(call)
    absent = {each.pubkey for each in call.accounts} & {call.program_id}
    for index, account in enumerate(known.accounts):
        if call.accounts[index].pubkey in absent:
            continue  # an optional account that this call does without
        for what, made, error in _account(world, call, account, index):
            yield Tampered(f"{account.name}: {what}", made, error.name)
    yield from _twice(world, call, known)
    for index, program in enumerate(known.programs, len(known.accounts)):
        if absent and program.name == "token_program":
            continue  # nothing is paid in tokens, so it is not called
        other = _with(call, index, Pubkey.new_unique())
        yield Tampered(f"{program.name}: another", other, NO_PROGRAM)


def described(call: Instruction) -> typed.Instruction:
    """What the program's source says about the instruction."""
    head = bytes(call.data)[:_DISCRIMINATOR]
    return next(
        each
        for name in program_names()
        if World.program(name) == call.program_id
        for each in compiled(name).program.instructions
        if each.discriminator == head
    )


def _bytes(call: Instruction) -> Iterator[Tampered]:
    data, metas = bytes(call.data), list(call.accounts)

    def changed(data: bytes, accounts: list[AccountMeta], what: str, error: Fault) -> Tampered:
        return Tampered(what, Instruction(call.program_id, data, accounts), error.name)

    yield changed(data + b"\0", metas, "a byte too many", Fault.BAD_ARGUMENTS)
    yield changed(data[:7], metas, "no discriminator", Fault.INSTRUCTION_MISSING)
    yield changed(b"\0" * 8 + data[8:], metas, "unknown", Fault.UNKNOWN_INSTRUCTION)
    yield changed(data, metas[:-1], "an account too few", Fault.NOT_ENOUGH_ACCOUNTS)
    if len(data) > _DISCRIMINATOR:
        yield changed(data[:-1], metas, "a byte too few", Fault.BAD_ARGUMENTS)


def _account(
    world: World, call: Instruction, account: typed.AccountParam, index: int
) -> Iterator[tuple[str, Instruction, Fault]]:
    meta = call.accounts[index]
    if account.writable:
        yield "read-only", _without(call, index, signer=True, writable=False), Fault.NOT_WRITABLE
    if account.address is not None:
        yield "another", _with(call, index, Pubkey.new_unique()), Fault.WRONG_ADDRESS
    match account.type:
        case SignerT():
            yield "unsigned", _without(call, index, signer=False, writable=True), Fault.NOT_SIGNER
        case EmptyT() if not world.exists(meta.pubkey):
            yield "another address", _with(call, index, Pubkey.new_unique()), Fault.WRONG_SEEDS
        case AccountT():
            yield from _forged(world, call, index)
            other = _put(world, meta.pubkey, head=b"\xff" * _DISCRIMINATOR)
            yield "another class", _with(call, index, other), Fault.WRONG_CLASS
        case MintT() | TokenAccountT():
            yield from _forged(world, call, index)
        case _:
            pass


def _forged(
    world: World, call: Instruction, index: int
) -> Iterator[tuple[str, Instruction, Fault]]:
    """The same bytes, but of somebody else's program; and nothing at all."""
    fake = _put(world, call.accounts[index].pubkey, owner=Pubkey.new_unique())
    yield "forged", _with(call, index, fake), Fault.WRONG_OWNER
    yield "missing", _with(call, index, Pubkey.new_unique()), Fault.WRONG_OWNER


def _twice(world: World, call: Instruction, known: typed.Instruction) -> Iterator[Tampered]:
    """One account in the places of two of the same class, of which one is written."""
    for i, first in enumerate(known.accounts):
        for j, second in enumerate(known.accounts[:i]):
            same = isinstance(first.type, AccountT) and first.type == second.type
            if same and (first.writable or second.writable):
                made = _with(call, i, call.accounts[j].pubkey)
                what = f"{first.name}: same as {second.name}"
                yield Tampered(what, made, Fault.SAME_ACCOUNT_TWICE.name)


def _put(
    world: World, original: Pubkey, *, owner: Pubkey | None = None, head: bytes = b""
) -> Pubkey:
    """A copy of the account somewhere else, with another owner or beginning."""
    found = world.account(original)
    assert found is not None, f"nothing at {original}"
    place = Pubkey.new_unique()
    data = head + bytes(found.data)[len(head) :]
    world.svm.set_account(place, Account(found.lamports, data, owner or found.owner))
    return place


def _with(call: Instruction, index: int, key: Pubkey) -> Instruction:
    """The call with another account in one place."""
    metas = list(call.accounts)
    metas[index] = AccountMeta(key, metas[index].is_signer, metas[index].is_writable)
    return Instruction(call.program_id, bytes(call.data), metas)


def _without(call: Instruction, index: int, *, signer: bool, writable: bool) -> Instruction:
    """The call with fewer rights for one account, wherever it stands: a transaction joins them."""
    key = call.accounts[index].pubkey
    metas = [
        AccountMeta(key, each.is_signer and signer, each.is_writable and writable)
        if each.pubkey == key
        else each
        for each in call.accounts
    ]
    return Instruction(call.program_id, bytes(call.data), metas)
