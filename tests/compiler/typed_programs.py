"""Typed IR by hand, compiled and run in LiteSVM."""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from conting_compiler.driver import compile_program
from conting_compiler.ir import typed
from conting_compiler.ir.typesystem import BOOL, BYTES, STR, AccountLikeT, IntT, Type
from conting_compiler.link.linker import link
from conting_compiler.llvm.codegen import emit_object
from conting_compiler.lower import lower
from conting_compiler.source import Source, Span
from solders.account import Account
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction
from solders.transaction_metadata import FailedTransactionMetadata, TransactionMetadata

SPAN = Span(Source(Path("test.py"), ""), 1, 1, 1, 1)
SYSTEM = typed.ProgramAccount("system_program", bytes(32))
FAILED = 6000
"""The code of the first error of a program."""
Arch = Literal["v3", "v0"]


def discriminator(space: str, name: str) -> bytes:
    return hashlib.sha256(f"{space}:{name}".encode()).digest()[:8]


def instruction(
    name: str,
    body: Iterable[typed.Stmt],
    *,
    accounts: Sequence[typed.AccountParam] = (),
    arguments: Sequence[tuple[str, Type]] = (),
    programs: Sequence[typed.ProgramAccount] = (),
    clock: str | None = None,
) -> typed.Instruction:
    params = tuple(typed.Param(argument, kind, SPAN) for argument, kind in arguments)
    return typed.Instruction(
        name,
        "",
        discriminator("global", name),
        tuple(accounts),
        tuple(programs),
        params,
        clock,
        tuple(body),
        SPAN,
    )


def account(
    name: str,
    kind: AccountLikeT,
    *,
    writable: bool = False,
    signer: bool = False,
    address: bytes | None = None,
) -> typed.AccountParam:
    return typed.AccountParam(name, kind, writable, signer, address, None, SPAN)


def account_class(
    name: str,
    fields: Sequence[tuple[str, Type]],
    seeds: Sequence[bytes | str] | None = None,
) -> typed.AccountClass:
    """Seeds: bytes are constants, strings fields."""
    declared = None
    if seeds is not None:
        declared = tuple(
            typed.ConstSeed(s) if isinstance(s, bytes) else typed.FieldSeed(s) for s in seeds
        )
    definitions = tuple(typed.FieldDef(field, kind, "", SPAN) for field, kind in fields)
    return typed.AccountClass(name, "", discriminator("account", name), definitions, declared, SPAN)


def program(
    instructions: Iterable[typed.Instruction],
    *,
    classes: Iterable[typed.AccountClass] = (),
    functions: Iterable[typed.Function] = (),
) -> typed.Program:
    errors = (typed.ErrorDef("FAILED", FAILED, "it failed"),)
    return typed.Program(
        "test",
        "",
        bytes(32),
        tuple(classes),
        (),
        errors,
        tuple(functions),
        tuple(instructions),
    )


def function(
    name: str, params: Sequence[tuple[str, Type]], result: Type, body: Iterable[typed.Stmt]
) -> typed.Function:
    return typed.Function(
        name, tuple(typed.Param(n, k, SPAN) for n, k in params), result, tuple(body), SPAN
    )


# --- expressions


def local(name: str, kind: Type) -> typed.Local:
    return typed.Local(name, kind, SPAN)


def integer(value: int, kind: IntT) -> typed.IntLit:
    return typed.IntLit(value, kind, SPAN)


def text(value: str) -> typed.BytesLit:
    return typed.BytesLit(value.encode(), STR, SPAN)


def data(value: bytes) -> typed.BytesLit:
    return typed.BytesLit(value, BYTES, SPAN)


def equals(left: typed.Expr, right: typed.Expr) -> typed.Compare:
    return typed.Compare(typed.CompareOp.EQ, left, right, BOOL, SPAN)


def check(condition: typed.Expr) -> typed.Assert:
    return typed.Assert(condition, 0, SPAN)


def intrinsic(name: str, kind: Type, *arguments: typed.Expr) -> typed.Intrinsic:
    return typed.Intrinsic(name, arguments, kind, SPAN)


def let(name: str, value: typed.Expr) -> typed.Assign:
    return typed.Assign(local(name, value.type), value, SPAN)


def field(base: typed.Expr, name: str, kind: Type) -> typed.Field:
    return typed.Field(base, name, kind, SPAN)


# --- running


FORMS: dict[str, tuple[Arch, bool]] = {
    "v3": ("v3", False),
    "v3-shared": ("v3", True),
    "v0-shared": ("v0", True),
}
"""What a program is compiled to: the version of SBPF, and whether its code is shared."""


def build(source: typed.Program, form: str = "v3") -> bytes:
    arch, shared = FORMS[form]
    return link(emit_object(lower(source, compact=shared)).object, arch)


def build_source(text: str, folder: Path, form: str = "v3") -> bytes:
    """The ELF of a program written in the dialect, as one file."""
    path = folder / "sample.py"
    path.write_text(text)
    arch, shared = FORMS[form]
    return compile_program(path, arch=arch, compact=shared).elf


class Chain:
    """LiteSVM with one program and a rich payer."""

    def __init__(self, elf: bytes, program_id: Pubkey | None = None) -> None:
        self.svm = LiteSVM()
        self.payer = Keypair()
        self.program = program_id or Pubkey.new_unique()
        self.svm.airdrop(self.payer.pubkey(), 10**12)
        self.svm.add_program(self.program, elf)

    def send(
        self,
        *instructions: Instruction,
        signers: Sequence[Keypair] = (),
        payer: Keypair | None = None,
    ) -> TransactionMetadata | FailedTransactionMetadata:
        first = payer or self.payer
        others = [signer for signer in signers if signer.pubkey() != first.pubkey()]
        message = Message(list(instructions), first.pubkey())
        self.svm.expire_blockhash()
        transaction = Transaction([first, *others], message, self.svm.latest_blockhash())
        return self.svm.send_transaction(transaction)

    def call(
        self, name: str, data: bytes = b"", accounts: Sequence[AccountMeta] = ()
    ) -> Instruction:
        return Instruction(self.program, discriminator("global", name) + data, list(accounts))

    def run(
        self,
        name: str,
        data: bytes = b"",
        accounts: Sequence[AccountMeta] = (),
        signers: Sequence[Keypair] = (),
    ) -> int:
        """0, or the program's error; anything else that fails raises."""
        return code_of(self.send(self.call(name, data, accounts), signers=signers))

    def all_succeed(self, name: str, cases: Sequence[bytes]) -> bool:
        """Whether the instruction succeeds on each of the data, many in one transaction."""
        size = 40
        return all(
            code_of(self.send(*(self.call(name, data) for data in cases[at : at + size]))) == 0
            for at in range(0, len(cases), size)
        )

    def put(self, data: bytes, owner: Pubkey | None = None, key: Pubkey | None = None) -> Pubkey:
        """An account that just is there; of this program if no owner is named."""
        key = key or Pubkey.new_unique()
        lamports = self.svm.minimum_balance_for_rent_exemption(len(data))
        self.svm.set_account(key, Account(lamports, data, owner or self.program))
        return key


def code_of(outcome: TransactionMetadata | FailedTransactionMetadata) -> int:
    if isinstance(outcome, TransactionMetadata):
        return 0
    error = outcome.err()
    code = getattr(getattr(error, "err", None), "code", None)
    if code is None:
        raise AssertionError(f"{error}\n" + "\n".join(outcome.meta().logs()))
    return int(code)


def packed(value: int, kind: IntT) -> bytes:
    return value.to_bytes(kind.bits // 8, "little", signed=kind.signed)


def borsh(value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack("<I", len(raw)) + raw
