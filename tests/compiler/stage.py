"""A compiled program on LiteSVM, called by its own generated client."""

import inspect
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from conting_compiler.driver import Compiled, compile_program
from conting_compiler.ir import typed
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.typesystem import AccountT, EmptyT, SignerT
from solders.account import Account
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction
from solders.transaction_metadata import FailedTransactionMetadata, TransactionMetadata

SOL = 10**9
_ROOM = 1000  # bytes of an account that stands there without having been made


@dataclass(frozen=True)
class Outcome:
    """What became of a transaction."""

    error: str
    """The fault's or the program error's name, another error's text, or nothing."""
    logs: list[str]
    returned: bytes
    units: int

    @property
    def printed(self) -> list[str]:
        """What the program itself logged."""
        mark = "Program log: "
        return [line.removeprefix(mark) for line in self.logs if line.startswith(mark)]


@dataclass
class Stage:
    """One program, and the people and accounts that its instructions name."""

    compiled: Compiled
    svm: LiteSVM = field(init=False)
    keys: dict[str, Keypair] = field(default_factory=dict)
    """Who can sign, by the name of a parameter."""
    places: dict[str, Pubkey] = field(default_factory=dict)
    """Where each named account lies."""
    classes: dict[str, str] = field(default_factory=dict)
    """The account class of each named account."""

    def __post_init__(self) -> None:
        self.svm = LiteSVM().with_blockhash_check(check=False).with_transaction_history(0)
        self.client = ModuleType("client")
        exec(self.compiled.client, vars(self.client))
        self.program: Pubkey = self.client.PROGRAM_ID
        self.svm.add_program(self.program, self.compiled.elf)
        self.payer = self.person("the payer of fees")

    @classmethod
    def of(cls, source: Path) -> "Stage":
        """The program of a file or folder."""
        return cls(compile_program(source))

    # --- people and accounts

    def person(self, name: str) -> Keypair:
        """Somebody with money, always the same for a name."""
        if name not in self.keys:
            self.keys[name] = Keypair()
            self.svm.airdrop(self.keys[name].pubkey(), 100 * SOL)
            self.places[name] = self.keys[name].pubkey()
        return self.keys[name]

    def put(self, name: str, account_class: str, data: bytes = b"") -> Pubkey:
        """An account of the program with the fields' bytes, zeros where they end."""
        declared = self.compiled.program.account(account_class)
        content = declared.discriminator + data + bytes(_ROOM - len(data))
        return self.put_raw(name, content, self.program)

    def put_raw(self, name: str, data: bytes, owner: Pubkey, lamports: int = SOL) -> Pubkey:
        """Any account, as an attacker can make it under a program of their own."""
        self.places[name] = Keypair().pubkey()
        self.svm.set_account(self.places[name], Account(lamports, data, owner))
        return self.places[name]

    def data(self, name: str) -> bytes:
        """The account's bytes; none where nothing is."""
        account = self.svm.get_account(self.places[name])
        return b"" if account is None else bytes(account.data)

    def lamports(self, name: str) -> int:
        """The balance of a named account."""
        return self.svm.get_balance(self.places[name]) or 0

    def read(self, name: str) -> Any:
        """The account's fields, by the client's decoder."""
        return getattr(self.client, self.classes[name]).decode(self.data(name))

    # --- instructions

    def instruction(self, name: str) -> typed.Instruction:
        """The instruction as the compiler knows it."""
        return next(i for i in self.compiled.program.instructions if i.name == name)

    def build(
        self, name: str, *arguments: object, accounts: Mapping[str, str] | None = None
    ) -> Instruction:
        """The instruction with its accounts by their parameters' names, or by others in `accounts`.

        What is named for the first time is made: signers with money, accounts full of zeros.
        """
        known = self.instruction(name)
        renamed = accounts or {}
        builder = getattr(self.client, name)
        optional = {
            n for n, p in inspect.signature(builder).parameters.items() if p.default is None
        }
        given: dict[str, object] = {}
        for each in (a for a in known.accounts if a.address is None):
            called = renamed.get(each.name, each.name)
            place = self._place(each, called, is_derived=each.name in optional)
            if place is not None:
                given[each.name] = place
        values = {p.name: v for p, v in zip(known.arguments, arguments, strict=True)}
        built: Instruction = builder(**given, **values)
        for each, meta in zip(known.accounts, built.accounts, strict=False):
            called = renamed.get(each.name, each.name)
            self.places[called] = meta.pubkey
            kind = each.type.inner if isinstance(each.type, EmptyT) else each.type
            if isinstance(kind, AccountT):
                self.classes[called] = kind.name
        return built

    def _place(
        self, account: typed.AccountParam, called: str, *, is_derived: bool
    ) -> Pubkey | None:
        if called in self.places and not (is_derived and isinstance(account.type, EmptyT)):
            return self.places[called]
        if is_derived:
            return None
        if isinstance(account.type, SignerT):
            return self.person(called).pubkey()
        if isinstance(account.type, AccountT):
            return self.put(called, account.type.name)
        if account.signer:
            self.keys[called] = Keypair()
            return self.keys[called].pubkey()
        return Keypair().pubkey()

    def run(
        self, name: str, *arguments: object, accounts: Mapping[str, str] | None = None
    ) -> Outcome:
        """One instruction in a transaction, signed by all who have to."""
        return self.send(self.build(name, *arguments, accounts=accounts))

    def send(self, *instructions: Instruction) -> Outcome:
        """A transaction, signed by all of its signers whose keys are known."""
        self.svm.expire_blockhash()
        message = Message([*instructions], self.payer.pubkey())
        needed = message.account_keys[: message.header.num_required_signatures]
        owners = {key.pubkey(): key for key in self.keys.values()}
        signed = Transaction([owners[key] for key in needed], message, Hash.default())
        return self._outcome(self.svm.send_transaction(signed))

    def _outcome(self, result: TransactionMetadata | FailedTransactionMetadata) -> Outcome:
        if isinstance(result, FailedTransactionMetadata):
            meta, error = result.meta(), self._name(result.err())
        else:
            meta, error = result, ""
        data = bytes(meta.return_data().data)
        return Outcome(error, meta.logs(), data, meta.compute_units_consumed())

    def _name(self, error: object) -> str:
        inner = getattr(error, "err", error)
        code = getattr(inner, "code", None)
        if code is None:
            return str(inner)
        own = {each.code: each.name for each in self.compiled.program.errors}
        return own.get(code) or (Fault(code).name if code in set(Fault) else str(code))


def pubkey_bytes(*keys: Pubkey) -> bytes:
    """Keys as an account holds them."""
    return b"".join(bytes(each) for each in keys)


def u64_bytes(*numbers: int) -> bytes:
    """Numbers as an account holds them."""
    return struct.pack(f"<{len(numbers)}Q", *numbers)
