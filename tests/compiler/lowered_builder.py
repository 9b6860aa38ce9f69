"""Builds lowered modules by hand, compiles them and runs them in LiteSVM."""

import atexit
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from conting_compiler.ir.lowered import (
    Bin,
    BinOp,
    Block,
    Branch,
    CallOp,
    Cmp,
    CmpOp,
    GetSlot,
    Imm,
    Jump,
    Load,
    LoweredFunction,
    Module,
    Op,
    Operand,
    Reg,
    Ret,
    Select,
    SetSlot,
    StackAddress,
    Store,
    Terminator,
)
from conting_compiler.link.linker import Arch, link
from conting_compiler.llvm.codegen import Backend, Emitted
from solders.account import Account
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction
from solders.transaction_metadata import FailedTransactionMetadata

ARCHES: tuple[Arch, ...] = ("v3", "v0")
MASK = (1 << 64) - 1


@dataclass
class FunctionBuilder:
    """Appends operations to the block that was begun last; every value gets the next register."""

    name: str
    parameters: int = 0
    exported: bool = False
    inline: bool = False
    slots: int = 0
    buffers: list[int] = field(default_factory=list)
    _blocks: list[Block] = field(default_factory=list)
    _ops: list[Op] = field(default_factory=list)
    _label: str = "start"
    _registers: int = -1

    def _new(self) -> Reg:
        self._registers = max(self._registers, self.parameters - 1) + 1
        return Reg(self._registers)

    def bin(self, op: BinOp, left: Operand, right: Operand) -> Reg:
        self._ops.append(Bin(result := self._new(), op, left, right))
        return result

    def cmp(self, op: CmpOp, left: Operand, right: Operand) -> Reg:
        self._ops.append(Cmp(result := self._new(), op, left, right))
        return result

    def select(self, test: Operand, then: Operand, otherwise: Operand) -> Reg:
        self._ops.append(Select(result := self._new(), test, then, otherwise))
        return result

    def load(
        self, address: Operand, offset: int = 0, bits: int = 64, *, signed: bool = False
    ) -> Reg:
        self._ops.append(Load(result := self._new(), bits, signed, address, offset))
        return result

    def store(self, address: Operand, value: Operand, offset: int = 0, bits: int = 64) -> None:
        self._ops.append(Store(bits, address, offset, value))

    def get(self, slot: int) -> Reg:
        self._ops.append(GetSlot(result := self._new(), slot))
        return result

    def set(self, slot: int, value: Operand) -> None:
        self._ops.append(SetSlot(slot, value))

    def buffer(self, size: int) -> Reg:
        self._ops.append(StackAddress(result := self._new(), len(self.buffers)))
        self.buffers.append(size)
        return result

    def call(self, callee: str, *arguments: Operand) -> Reg:
        self._ops.append(CallOp(result := self._new(), callee, arguments))
        return result

    def end(self, terminator: Terminator, following: str = "") -> None:
        """Ends the block; the next one has the label `following`."""
        self._blocks.append(Block(self._label, tuple(self._ops), terminator))
        self._ops, self._label = [], following

    def jump(self, label: str, following: str = "") -> None:
        self.end(Jump(label), following)

    def branch(
        self, test: Operand, then: str, otherwise: str, following: str, cold: str | None = None
    ) -> None:
        self.end(Branch(test, then, otherwise, cold), following)

    def ret(self, value: Operand, following: str = "") -> None:
        self.end(Ret(value), following)

    def build(self) -> LoweredFunction:
        return LoweredFunction(
            self.name,
            self.parameters,
            self.slots,
            tuple(self.buffers),
            tuple(self._blocks),
            self.exported,
            self.inline,
        )


def entrypoint() -> FunctionBuilder:
    """`entrypoint(input, instruction_data)`: registers 0 and 1."""
    return FunctionBuilder("entrypoint", 2, exported=True)


def module(*functions: FunctionBuilder, data: Sequence[bytes] = ()) -> Module:
    built = tuple(function.build() for function in functions)
    defined = {function.name for function in built}
    ops = (op for function in built for block in function.blocks for op in block.ops)
    called = sorted({op.callee for op in ops if isinstance(op, CallOp)} - defined)
    return Module(built, tuple(data), tuple(called))


@cache
def backend() -> Backend:
    """One LLVM process for all tests of a worker."""
    started = Backend()
    atexit.register(started.close)
    return started


def compile_module(program: Module, arch: Arch) -> bytes:
    return link(emitted(program).object, arch)


def emitted(program: Module) -> Emitted:
    return backend().emit_object(program)


@dataclass(frozen=True)
class Outcome:
    """How a transaction with one instruction ended."""

    error: str | None
    logs: list[str]
    returned: bytes
    units: int


class Chain:
    """A LiteSVM with one program and a payer."""

    def __init__(self) -> None:
        self.svm = LiteSVM()
        self.program, self.payer = Pubkey.new_unique(), Keypair()
        self.svm.airdrop(self.payer.pubkey(), 10**10)

    @classmethod
    def of(cls, elf: bytes) -> "Chain":
        chain = cls()
        chain.deploy(elf)
        return chain

    def deploy(self, elf: bytes) -> None:
        """Replaces the program; raises ValueError if the loader refuses it."""
        self.program = Pubkey.new_unique()
        self.svm.add_program(self.program, elf)

    def send(self, data: bytes = b"", accounts: Sequence[AccountMeta] = ()) -> Outcome:
        self.svm.expire_blockhash()
        instruction = Instruction(self.program, data, list(accounts))
        message = Message([instruction], self.payer.pubkey())
        result = self.svm.send_transaction(
            Transaction([self.payer], message, self.svm.latest_blockhash())
        )
        if isinstance(result, FailedTransactionMetadata):
            error, meta = str(result.err()), result.meta()
        else:
            error, meta = None, result
        returned = bytes(meta.return_data().data)
        return Outcome(error, list(meta.logs()), returned, meta.compute_units_consumed())

    def put(self, data: bytes, owner: Pubkey | None = None, lamports: int = 10**9) -> Pubkey:
        key = Pubkey.new_unique()
        self.svm.set_account(key, Account(lamports, data, owner or self.program))
        return key


def run(program: Module, arch: Arch, data: bytes = b"") -> Outcome:
    return Chain.of(compile_module(program, arch)).send(data)


def return_buffer(function: FunctionBuilder, buffer: Operand, size: int) -> None:
    """Ends the function after making a buffer the transaction's return data."""
    function.call("sol_set_return_data", buffer, Imm(size))
    function.ret(Imm(0))
