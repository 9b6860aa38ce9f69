"""What a program costs: bytes of code per function, compute units of a first call.

Bytes are those of the code as it is deployed; what is used once stands inside its caller. How many
compute units an instruction takes depends on its accounts, so every instruction is really run, on
LiteSVM: with signers who have money, accounts of its classes full of zeros, addresses derived as
the IDL says, arguments of zero. The report says how that call ended.
"""

from dataclasses import dataclass, field
from typing import Final

from conting_compiler.driver import Compiled
from conting_compiler.ir import typed
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.typesystem import AccountT, Type, fixed_size
from conting_compiler.link.linker import Arch, function_sizes
from solders.account import Account
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction
from solders.transaction_metadata import FailedTransactionMetadata

_FUNDS: Final = 10**11  # lamports of everybody who signs
_ROOM: Final = 1024  # bytes of an account full of zeros, beside its discriminator
_LENGTH: Final = 4  # bytes of the length before text and lists (Borsh)


def report(compiled: Compiled, arch: Arch) -> str:
    """The costs of one program as a table."""
    lines = [f"{compiled.name}: {len(compiled.elf):,} bytes of ELF, SBPF {arch}", ""]
    sizes = function_sizes(compiled.emitted.object, arch)
    lines += [f"{'function':40}{'bytes':>8}"]
    lines += [f"{name:40}{size:8,}" for name, size in sorted(sizes.items(), key=_largest)]
    lines += ["", f"{'instruction, first call':40}{'units':>8}  ended"]
    trial = _Trial(compiled)
    for each in compiled.program.instructions:
        units, end = trial.call(each)
        lines.append(f"{each.name:40}{units:>8}  {end}")
    return "\n".join(lines) + "\n"


def _largest(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


@dataclass(slots=True)
class _Trial:
    """Instructions of one program, called for the first time; the accounts of each are its own."""

    compiled: Compiled
    keys: dict[str, Keypair] = field(default_factory=dict)
    places: dict[str, Pubkey] = field(default_factory=dict)
    svm: LiteSVM = field(default_factory=LiteSVM)

    def call(self, instruction: typed.Instruction) -> tuple[int, str]:
        """The compute units that it took, and how it ended."""
        self.keys, self.places = {"": Keypair()}, {}
        self.svm = LiteSVM().with_blockhash_check(check=False)
        program = Pubkey.from_bytes(self.compiled.program.address)
        self.svm.add_program(program, self.compiled.elf)
        metas = [self._meta(each, instruction) for each in instruction.accounts]
        metas += [_read_only(Pubkey.from_bytes(each.address)) for each in instruction.programs]
        for key in self.keys.values():
            self.svm.airdrop(key.pubkey(), _FUNDS)
        arguments = b"".join(_zeros(each.type) for each in instruction.arguments)
        return self._send(Instruction(program, instruction.discriminator + arguments, metas))

    def _send(self, instruction: Instruction) -> tuple[int, str]:
        message = Message([instruction], self.keys[""].pubkey())
        needed = message.account_keys[: message.header.num_required_signatures]
        keys = {key.pubkey(): key for key in self.keys.values()}
        signed = Transaction([keys[each] for each in needed], message, Hash.default())
        result = self.svm.send_transaction(signed)
        if isinstance(result, FailedTransactionMetadata):
            return result.meta().compute_units_consumed(), self._name(result.err())
        return result.compute_units_consumed(), "well"

    def _name(self, error: object) -> str:
        inner = getattr(error, "err", error)
        code = getattr(inner, "code", None)
        if not isinstance(code, int):
            return str(inner)
        own = {each.code: each.name for each in self.compiled.program.errors}
        return own.get(code) or (Fault(code).name if code in set(Fault) else str(code))

    def _meta(self, account: typed.AccountParam, instruction: typed.Instruction) -> AccountMeta:
        place = self._place(account.name, instruction)
        return AccountMeta(place, is_signer=account.signer, is_writable=account.writable)

    def _place(self, name: str, instruction: typed.Instruction) -> Pubkey:
        """The address of an account; what has to lie there is put there."""
        if name not in self.places:
            account = next(each for each in instruction.accounts if each.name == name)
            self.places[name] = self._address(account, instruction)
            if isinstance(account.type, AccountT):
                self._fill(self.places[name], account.type.name)
        return self.places[name]

    def _address(self, account: typed.AccountParam, instruction: typed.Instruction) -> Pubkey:
        if account.address is not None:
            return Pubkey.from_bytes(account.address)
        if account.pda is not None:
            seeds = [self._seed(each, instruction) for each in account.pda.seeds]
            program = account.pda.program or self.compiled.program.address
            return Pubkey.find_program_address(seeds, Pubkey.from_bytes(program))[0]
        key = Keypair()
        if account.signer:
            self.keys[account.name] = key
        return key.pubkey()

    def _seed(self, seed: typed.PdaSeed, instruction: typed.Instruction) -> bytes:
        match seed:
            case typed.ConstPdaSeed(value=value):
                return value
            case typed.AccountPdaSeed(account=name):
                return bytes(self._place(name, instruction))
            case typed.ArgumentPdaSeed(argument=name):
                return next(_zeros(p.type) for p in instruction.arguments if p.name == name)

    def _fill(self, place: Pubkey, account_class: str) -> None:
        data = self.compiled.program.account(account_class).discriminator + bytes(_ROOM)
        owner = Pubkey.from_bytes(self.compiled.program.address)
        self.svm.set_account(place, Account(_FUNDS, data, owner))


def _read_only(place: Pubkey) -> AccountMeta:
    return AccountMeta(place, is_signer=False, is_writable=False)


def _zeros(kind: Type) -> bytes:
    """The Borsh of zero, of an empty text or list. Not of classes: such a call ends early."""
    return bytes(fixed_size(kind) or _LENGTH)
