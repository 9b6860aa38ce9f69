"""A chain in memory on which programs run under CPython with the meaning they have on chain.

chain = Chain()
ticket = chain.deploy(Program.of(ticket.program))
chain.airdrop(organiser, 10**9)
chain.run(ticket, "register_gate", {"organiser": organiser, …}, {"key": …}, signers=[organiser])
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeVar

from seahorse.accounts import (
    INSTRUCTIONS_ADDRESS,
    AccountLike,
    Clock,
    Instructions,
    Signer,
    UncheckedAccount,
)
from seahorse.classes import Account
from seahorse.empty import Empty, EmptyKind
from seahorse.errors import (
    CallError,
    ErrorName,
    Fault,
    FaultError,
)
from seahorse.ledger import ClockState, Frame, Record, rent, snapshot
from seahorse.program import DISCRIMINATOR_SIZE, AccountParameter, Entry, Program
from seahorse.token2022 import Token2022Account, Token2022Mint, open_mint, open_token_account
from seahorse.values import Pubkey

A = TypeVar("A", bound=AccountLike)


class Refusal(Exception):  # noqa: N818 - what a client calls it
    """An instruction was refused and nothing changed.

    `code` is the custom error number that a client sees, None where the runtime refused; `name` is
    the error's (as in the IDL), the fault's, or the runtime's.
    """

    def __init__(self, code: int | None, name: str, message: str) -> None:
        self.code = code
        self.name = name
        self.message = message
        super().__init__(f"{name} ({code}): {message}")


@dataclass(frozen=True, slots=True)
class Meta:
    """An account as an instruction names it."""

    address: Pubkey
    is_signer: bool = False
    is_writable: bool = True


Proof = tuple[Pubkey, bytes]
"""A key and the message that it signed, as an Ed25519 instruction shows it."""


@dataclass(slots=True)
class Chain:
    """Accounts and a clock. Fees are not modelled: only what instructions do."""

    clock: ClockState = field(default_factory=ClockState)
    records: dict[Pubkey, Record] = field(default_factory=dict)
    programs: dict[Pubkey, Program] = field(default_factory=dict)

    def deploy(self, program: Program, address: Pubkey | None = None) -> Pubkey:
        """Puts the program at the address, by default the one that it declares; gives that."""
        where = program.address if address is None else address
        self.programs[where] = program
        return where

    def airdrop(self, address: Pubkey, lamports: int) -> None:
        """Adds lamports out of nothing."""
        self.records.setdefault(address, Record()).lamports += lamports

    def lamports(self, address: Pubkey) -> int:
        """The balance; 0 where nothing is."""
        return self.records.get(address, Record()).lamports

    def data(self, address: Pubkey) -> bytes:
        """The account's bytes; none where nothing is."""
        return bytes(self.records.get(address, Record()).data)

    def account(self, program: Pubkey, kind: type[A], address: Pubkey) -> A:
        """A copy of the account, to be read; refused as an instruction that names it would be."""
        frame = Frame(program, snapshot(self.records), self.clock)
        return _open(AccountParameter("", kind), frame, Meta(address), kind)

    def run(
        self,
        program: Pubkey,
        name: str,
        accounts: Mapping[str, Pubkey],
        arguments: Mapping[str, object] = MappingProxyType({}),
        *,
        signers: Collection[Pubkey] = (),
        read_only: Collection[Pubkey] = (),
        proofs: Sequence[Proof] = (),
    ) -> None:
        """Executes one instruction by names. The instructions sysvar need not be named.

        Raises Refusal; TypeError for accounts or arguments that the instruction does not have.
        """
        entry = self.programs[program].entry(name)
        given = {p.name: INSTRUCTIONS_ADDRESS for p in entry.accounts if p.kind is Instructions}
        given.update(accounts)
        wrong = {each.name for each in entry.accounts} ^ set(given)
        if wrong:
            raise TypeError(f"{name}: missing or unknown account '{min(wrong)}'")
        addresses = [given[each.name] for each in entry.accounts]
        metas = [Meta(a, a in signers, a not in read_only) for a in addresses]
        self.execute(program, metas, entry.encode_arguments(arguments), proofs)

    def execute(
        self, program: Pubkey, metas: Sequence[Meta], data: bytes, proofs: Sequence[Proof] = ()
    ) -> None:
        """Executes one instruction as it stands in a transaction. Raises Refusal.

        `proofs`: what the Ed25519 instruction right before it proves.
        """
        frame = Frame(
            program,
            snapshot(self.records),
            self.clock,
            frozenset(meta.address for meta in metas if meta.is_signer),
            frozenset(meta.address for meta in metas if meta.is_writable),
            tuple(proofs),
        )
        try:
            _enter(self.programs[program], frame, metas, data)
            _check_rent(self.records, frame.records)
        except FaultError as error:
            raise Refusal(error.fault.value, error.fault.name, str(error)) from error
        except CallError as error:
            raise Refusal(error.code, error.name, str(error)) from error
        except AssertionError as error:
            raise _refusal(self.programs[program], error) from error
        self.records = {a: record for a, record in frame.records.items() if record.lamports}


def _refusal(program: Program, error: AssertionError) -> Refusal:
    reason = error.args[0] if error.args else ""
    if isinstance(reason, ErrorName):
        name = "".join(part.capitalize() for part in reason.name.split("_"))
        return Refusal(program.code_of(reason), name, str(reason))
    return Refusal(None, "Refused", str(reason))


def _enter(program: Program, frame: Frame, metas: Sequence[Meta], data: bytes) -> None:
    if len(data) < DISCRIMINATOR_SIZE:
        raise FaultError(Fault.INSTRUCTION_MISSING)
    entry = next((e for e in program.entries if data.startswith(e.discriminator)), None)
    if entry is None:
        raise FaultError(Fault.UNKNOWN_INSTRUCTION)
    views = _open_all(entry, frame, metas)
    try:
        arguments = entry.decode_arguments(data)
    except (ValueError, FaultError) as error:
        raise FaultError(Fault.BAD_ARGUMENTS, str(error)) from error
    clock = {} if entry.clock is None else {entry.clock: Clock(frame)}
    entry.function(**views, **clock, **arguments)
    _check_repeated(entry, frame, metas)


def _open_all(entry: Entry, frame: Frame, metas: Sequence[Meta]) -> dict[str, AccountLike]:
    if len(metas) < len(entry.accounts):
        raise FaultError(Fault.NOT_ENOUGH_ACCOUNTS, f"{len(metas)} of {len(entry.accounts)}")
    pairs = zip(entry.accounts, metas, strict=False)
    return {p.name: _open(p, frame, meta, AccountLike) for p, meta in pairs}


def _check_repeated(entry: Entry, frame: Frame, metas: Sequence[Meta]) -> None:
    """On chain this is refused before the body runs, by what the body may write; here once it is
    known what it wrote. Nothing is kept either way.
    """
    addresses = [meta.address for meta in metas[: len(entry.accounts)]]
    for address in set(addresses):
        if addresses.count(address) > 1 and address in frame.written:
            raise FaultError(Fault.SAME_ACCOUNT_TWICE, str(address))


def _check_rent(before: Mapping[Pubkey, Record], after: Mapping[Pubkey, Record]) -> None:
    """The runtime lets no account fall below its rent that was above it (nor makes a poor one)."""
    for address, record in after.items():
        old = before.get(address, Record())
        poor = 0 < record.lamports < rent(len(record.data))
        was_poor = 0 < old.lamports < rent(len(old.data))
        if poor and not (was_poor and len(old.data) == len(record.data)):
            raise CallError("InsufficientFundsForRent")


# --- what an instruction may name -----------------------------------------------------------------


def _signer(frame: Frame, meta: Meta) -> Signer:
    if not meta.is_signer:
        raise FaultError(Fault.NOT_SIGNER, str(meta.address))
    return Signer(frame, meta.address)


def _instructions(frame: Frame, meta: Meta) -> Instructions:
    if meta.address != INSTRUCTIONS_ADDRESS:
        raise FaultError(Fault.WRONG_ADDRESS, str(meta.address))
    return Instructions(frame, meta.address)


_OPENERS: Final[dict[type[AccountLike], Callable[[Frame, Meta], AccountLike]]] = {
    Signer: _signer,
    Instructions: _instructions,
    UncheckedAccount: lambda frame, meta: UncheckedAccount(frame, meta.address),
    Token2022Mint: lambda frame, meta: open_mint(frame, meta.address),
    Token2022Account: lambda frame, meta: open_token_account(frame, meta.address),
}


def _open(parameter: AccountParameter, frame: Frame, meta: Meta, wanted: type[A]) -> A:
    kind = parameter.kind
    opened: AccountLike
    if isinstance(kind, EmptyKind):
        opened = Empty(frame, meta.address, kind.inner)
    elif issubclass(kind, Account):
        opened = kind.open(frame, meta.address)
    else:
        opened = _OPENERS[kind](frame, meta)
    if not isinstance(opened, wanted):
        raise TypeError(f"{opened!r} is no {wanted.__name__}")
    return opened
