"""A chain in memory on which programs run under CPython with the meaning they have on chain.

chain = Chain()
ticket = chain.deploy(Program.of(ticket.program))
chain.airdrop(organiser, 10**9)
chain.run(ticket, "register_gate", {"organiser": organiser, …}, {"key": …}, signers=[organiser])
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from seahorse.calls import Program as CalledProgram
from seahorse.classes import Account, open_account
from seahorse.empty import Empty, EmptyKind
from seahorse.errors import (
    CallError,
    ErrorName,
    Fault,
    FaultError,
)
from seahorse.events import RUNNING
from seahorse.ledger import (
    SYSTEM_PROGRAM,
    CallMeta,
    ClockState,
    Frame,
    Record,
    rent,
    snapshot,
)
from seahorse.native import run_system
from seahorse.program import DISCRIMINATOR_SIZE, AccountParameter, Entry, Program
from seahorse.spl_token import (
    ASSOCIATED_PROGRAM,
    TOKEN_PROGRAM,
    TokenAccount,
    TokenMint,
    open_spl_account,
    open_spl_mint,
)
from seahorse.token2022 import (
    TOKEN_2022,
    Token2022Account,
    Token2022Mint,
    open_mint,
    open_token_account,
)
from seahorse.values import RUNNING_PROGRAM, Pubkey, encode

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


Proof = tuple[Pubkey | bytes, bytes]
"""A key and the message that it signed, as an Ed25519 instruction shows it; a P-256 key (33 bytes)
for one of Secp256r1.
"""
_MOST_CALLS: Final = 4
"""Calls within each other that the runtime takes."""
_NATIVE: Final = frozenset({SYSTEM_PROGRAM, TOKEN_PROGRAM, TOKEN_2022, ASSOCIATED_PROGRAM})


@dataclass(slots=True)
class Chain:
    """Accounts and a clock. Fees are not modelled: only what instructions do."""

    clock: ClockState = field(default_factory=ClockState)
    records: dict[Pubkey, Record] = field(default_factory=dict)
    programs: dict[Pubkey, Program] = field(default_factory=dict)
    events: list[bytes] = field(default_factory=list)
    """The events of all instructions so far, each as its log entry has it."""
    returned: bytes = b""
    """The return data of the last instruction that succeeded."""

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
        """Executes one instruction by names. The instructions sysvar need not be named, nor what
        is optional.

        Raises Refusal; TypeError for accounts or arguments that the instruction does not have.
        """
        entry = self.programs[program].entry(name)
        given = {p.name: INSTRUCTIONS_ADDRESS for p in entry.accounts if p.kind is Instructions}
        given |= {p.name: program for p in entry.accounts if p.optional}
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
            self._call,
            _NATIVE | self.programs.keys(),
        )
        try:
            _enter(self.programs[program], frame, metas, data)
            _drop_closed(frame.records)
            _check_rent(self.records, frame.records)
            self.events += frame.events
            self.returned = frame.returned
        except FaultError as error:
            raise Refusal(error.fault.value, error.fault.name, str(error)) from error
        except CallError as error:
            raise Refusal(error.code, error.name, str(error)) from error
        except AssertionError as error:
            raise _refusal(self.programs[program], error) from error
        self.records = {a: record for a, record in frame.records.items() if record.lamports}

    def _call(self, caller: Frame, program: Pubkey, metas: Sequence[CallMeta], data: bytes) -> None:
        """One instruction of another program within one of ours, on the same records."""
        _check_call(caller, program, metas)
        caller.store_tails({meta.address for meta in metas})
        inner = replace(
            caller,
            program_id=program,
            callers=(*caller.callers, caller.program_id),
            signers=frozenset(meta.address for meta in metas if meta.is_signer),
            writable=frozenset(meta.address for meta in metas if meta.is_writable),
            written=set(),
            tails={},
            hands=False,
            returned=b"",
        )
        if program == SYSTEM_PROGRAM:
            run_system(inner, metas, data)
            return
        if program not in self.programs:
            raise TypeError(f"the model knows no program at {program} that could be called")
        try:
            _enter(self.programs[program], inner, [_plain(meta) for meta in metas], data)
        except FaultError as error:
            raise CallError(error.fault.name, error.fault.value) from error
        except AssertionError as error:
            refusal = _refusal(self.programs[program], error)
            raise CallError(refusal.name, refusal.code) from error
        _clear_closed([caller.record(meta.address) for meta in metas])
        caller.returned = inner.returned if program == caller.program_id else b""
        for meta in metas:
            if meta.is_writable and caller.record(meta.address).owner == program:
                caller.tails.pop(meta.address, None)


def _check_call(caller: Frame, program: Pubkey, metas: Sequence[CallMeta]) -> None:
    """CallError where the runtime lets no such call begin."""
    for meta in metas:
        unsigned = meta.is_signer and not meta.by_seeds and meta.address not in caller.signers
        if unsigned or (meta.is_writable and meta.address not in caller.writable):
            raise CallError("PrivilegeEscalation")
    if program != caller.program_id and program in caller.callers:
        raise CallError("ReentrancyNotAllowed")
    if len(caller.callers) >= _MOST_CALLS:
        raise CallError("CallDepth")


def _plain(meta: CallMeta) -> Meta:
    return Meta(meta.address, meta.is_signer, meta.is_writable)


def _clear_closed(records: Iterable[Record]) -> None:
    """A caller reads zeros of what the called program has closed."""
    for record in records:
        if record.gone is not None:
            record.data[:] = bytes(len(record.data))


def _drop_closed(records: Mapping[Pubkey, Record]) -> None:
    for record in records.values():
        if record.gone is not None:
            record.data, record.gone = bytearray(), None


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
    sysvars = {name: kind(frame) for name, kind in entry.sysvars}
    running, own = RUNNING.set(frame), RUNNING_PROGRAM.set(frame.program_id)
    try:
        result = entry.function(**views, **clock, **sysvars, **arguments)
    finally:
        RUNNING.reset(running)
        RUNNING_PROGRAM.reset(own)
    frame.store_tails()
    if entry.result is not None:
        frame.returned = encode(entry.result, result)
    _check_repeated(entry, frame, metas)


def _open_all(entry: Entry, frame: Frame, metas: Sequence[Meta]) -> dict[str, AccountLike | None]:
    if len(metas) < len(entry.accounts):
        raise FaultError(Fault.NOT_ENOUGH_ACCOUNTS, f"{len(metas)} of {len(entry.accounts)}")
    pairs = zip(entry.accounts, metas, strict=False)
    return {
        p.name: None
        if p.optional and meta.address == frame.program_id
        else _open(p, frame, meta, AccountLike)
        for p, meta in pairs
    }


def _check_repeated(entry: Entry, frame: Frame, metas: Sequence[Meta]) -> None:
    """On chain this is refused before the body runs, by what the body may write; here once it is
    known what it wrote. Nothing is kept either way.
    """
    addresses = [meta.address for meta in metas[: len(entry.accounts)]]
    kinds = zip(addresses, entry.accounts, strict=True)
    known = {a for a, p in kinds if isinstance(p.kind, type) and issubclass(p.kind, Account)}
    alone = known - {frame.program_id} if frame.hands else set()
    for address in frame.written | alone:
        if addresses.count(address) > 1:
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


def _program(frame: Frame, meta: Meta) -> CalledProgram:
    if meta.address not in frame.executables:
        raise FaultError(Fault.NOT_PROGRAM, str(meta.address))
    return CalledProgram(frame, meta.address)


_OPENERS: Final[dict[type[AccountLike], Callable[[Frame, Meta], AccountLike]]] = {
    Signer: _signer,
    Instructions: _instructions,
    UncheckedAccount: lambda frame, meta: UncheckedAccount(frame, meta.address),
    CalledProgram: _program,
    TokenMint: lambda frame, meta: open_spl_mint(frame, meta.address),
    TokenAccount: lambda frame, meta: open_spl_account(frame, meta.address),
    Token2022Mint: lambda frame, meta: open_mint(frame, meta.address),
    Token2022Account: lambda frame, meta: open_token_account(frame, meta.address),
}


def _open(parameter: AccountParameter, frame: Frame, meta: Meta, wanted: type[A]) -> A:
    kind = parameter.kind
    opened: AccountLike
    if isinstance(kind, EmptyKind):
        opened = Empty(frame, meta.address, kind.inner)
    elif issubclass(kind, Account):
        opened = open_account(kind, frame, meta.address)
    else:
        opened = _OPENERS[kind](frame, meta)
    if not isinstance(opened, wanted):
        raise TypeError(f"{opened!r} is no {wanted.__name__}")
    return opened
