"""A program of bench/programs on LiteSVM, one instruction of it called in a transaction of its own.

All keys are made from names, so that every run measures the same addresses.
"""

import hashlib
import inspect
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import ModuleType

from conting_compiler.driver import Compiled
from conting_compiler.ir import typed
from conting_compiler.ir.typesystem import (
    AccountT,
    EmptyT,
    MintT,
    ProgramT,
    SignerT,
    TokenAccountT,
    Type,
)
from solders.account import Account
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction
from solders.transaction_metadata import FailedTransactionMetadata

SOL = 10**9
"""Lamports of everybody and everything that is there before."""
SYSTEM = Pubkey.default()
TOKEN_PROGRAM = Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
OWNER_NAME = "owner"
"""Who holds the tokens of all token accounts."""
_TOKENS = 1000


def keypair(name: str) -> Keypair:
    """Always the same for a name."""
    return Keypair.from_seed(hashlib.sha256(f"conting bench {name}".encode()).digest())


def _mint() -> bytes:
    """82 bytes: authority, supply, decimals, initialised, freeze authority (spl-token `Mint`)."""
    authority = bytes(keypair(OWNER_NAME).pubkey())
    return struct.pack("<I32sQBBI32s", 1, authority, _TOKENS, 0, 1, 0, bytes(32))


def _token_account() -> bytes:
    """165 bytes: mint, owner, amount, no delegate, initialised (spl-token `Account`)."""
    mint, owner = (bytes(keypair(name).pubkey()) for name in ("mint", OWNER_NAME))
    head = struct.pack("<32s32sQ36sB", mint, owner, _TOKENS, bytes(36), 1)
    return head + bytes(165 - len(head))


def _nothing() -> bytes:
    return b""


_TOKEN_DATA: Mapping[type[Type], Callable[[], bytes]] = {
    MintT: _mint,
    TokenAccountT: _token_account,
}


@dataclass(frozen=True)
class Scene:
    """What a row needs besides what the types of its accounts say."""

    arguments: tuple[object, ...] = ()
    places: Mapping[str, Pubkey] = field(default_factory=dict)
    """Accounts that stand at a given address."""
    fields: Mapping[str, bytes] = field(default_factory=dict)
    """Fields of the program's accounts, by the parameter's name."""
    absent: frozenset[str] = frozenset()
    """Accounts of which nothing is there."""


class RefusedError(Exception):
    """The transaction failed, so that its cost means nothing."""


@dataclass
class Bench:
    """One compiled program in a fresh LiteSVM."""

    compiled: Compiled
    elf: bytes
    """Of either arch."""
    scene: Scene
    svm: LiteSVM = field(default_factory=lambda: LiteSVM().with_blockhash_check(check=False))
    signers: list[Keypair] = field(default_factory=list)

    def units(self) -> int:
        """The compute units that the transaction of the program's first instruction consumes.

        It holds that instruction only, none of the compute budget. RefusedError if it fails.
        """
        payer = self._person("the payer of fees")
        client = ModuleType("client")
        exec(self.compiled.client, vars(client))
        self.svm.add_program(client.PROGRAM_ID, self.elf)
        message = Message([self._instruction(client)], payer.pubkey())
        transaction = Transaction([payer, *self._others(message)], message, Hash.default())
        result = self.svm.send_transaction(transaction)
        if isinstance(result, FailedTransactionMetadata):
            raise RefusedError(self.compiled.name, result.err(), result.meta().logs())
        return result.compute_units_consumed()

    def _others(self, message: Message) -> Iterable[Keypair]:
        needed = message.account_keys[1 : message.header.num_required_signatures]
        known = {signer.pubkey(): signer for signer in self.signers}
        return [known[key] for key in needed]

    def _instruction(self, client: ModuleType) -> Instruction:
        known = self.compiled.program.instructions[0]
        builder = getattr(client, known.name)
        parameters = inspect.signature(builder).parameters
        given = {
            each.name: self._account(each)
            for each in known.accounts
            if each.name in parameters and parameters[each.name].default is not None
        }
        values = {p.name: v for p, v in zip(known.arguments, self.scene.arguments, strict=True)}
        built: Instruction = builder(**given, **values)
        return built

    def _person(self, name: str) -> Keypair:
        person = keypair(name)
        self.signers.append(person)
        self.svm.airdrop(person.pubkey(), 100 * SOL)
        return person

    def _account(self, account: typed.AccountParam) -> Pubkey:
        """Puts an account there as its type demands, and says where."""
        name, kind = account.name, account.type
        if name in self.scene.places:
            return self.scene.places[name]
        if isinstance(kind, SignerT):
            return self._person(name).pubkey()
        key = keypair(name)
        if isinstance(kind, EmptyT):
            self.signers.append(key)
        elif name not in self.scene.absent:
            self.svm.set_account(key.pubkey(), self._content(name, kind))
        return key.pubkey()

    def _content(self, name: str, kind: Type) -> Account:
        program = self.compiled.program
        if isinstance(kind, AccountT):
            discriminator = program.account(kind.name).discriminator
            data = discriminator + self.scene.fields.get(name, b"")
            return Account(SOL, data, Pubkey(program.address))
        data = _TOKEN_DATA.get(type(kind), _nothing)()
        owner = TOKEN_PROGRAM if data else SYSTEM
        return Account(SOL, data, owner, executable=isinstance(kind, ProgramT))
