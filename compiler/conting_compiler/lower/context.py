"""What the lowering of one function carries along: values, variables, the module's constants."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from conting_compiler.ir import typed
from conting_compiler.ir.lowered import DataAddress, GetSlot, Imm, Load, LoweredFunction, Operand
from conting_compiler.ir.typesystem import (
    PUBKEY,
    AccountT,
    BytesT,
    EmptyT,
    IntT,
    NoneT,
    OptionT,
    RentT,
    SeedsT,
    SlotHashesT,
    StrT,
    TupleT,
    Type,
)
from conting_compiler.lower.function_builder import FunctionBuilder
from conting_compiler.lower.layout import ClassLayout, class_layout
from conting_compiler.lower.walk import nodes


def words_of(kind: Type) -> int:  # noqa: PLR0911 - one per kind
    """How many 64-bit words hold a value: text and bytes are an address and a length.

    Of an Option the first is 0 for None; the others are the value's.
    """
    match kind:
        case StrT() | BytesT():
            return 2
        case IntT(bits=bits):
            return 1 if bits <= 64 else 2  # noqa: PLR2004 - a word
        case TupleT(elements=elements):
            return sum(map(words_of, elements))
        case OptionT(inner=inner):
            return 1 + words_of(inner)
        case NoneT() | RentT() | SlotHashesT():
            return 0
        case SeedsT(count=count):
            return 2 * count
        case _:
            return 1


@dataclass(frozen=True, slots=True)
class Value:
    """A value at run time: a number, an address (Pubkey, array, record), address and length."""

    type: Type
    words: tuple[Operand, ...]
    stable: bool = True
    """Whether what lies at the address stays as it is; else a Pubkey is copied to be kept."""
    lasting: bool = False
    """Whether it stays so until the instruction ends: a Pubkey that the heap may point to."""
    content: bytes | None = None
    """Of a str or bytes that is a constant."""

    @property
    def word(self) -> Operand:
        """The number or address."""
        return self.words[0]

    @property
    def length(self) -> Operand:
        """Bytes of a str or bytes."""
        return self.words[1]


NOTHING = Value(NoneT(), ())


def number(kind: Type, word: Operand) -> Value:
    """A value of one word."""
    return Value(kind, (word,))


@dataclass(frozen=True, slots=True)
class Variable:
    """Where a local lives."""

    slots: tuple[int, ...]
    storage: Operand | None = None
    """The stack buffer that a Pubkey is copied to; None for a name that is never assigned."""
    cell: Operand | None = None
    """The word in memory that holds it; then there are no slots, and it is never assigned."""


@dataclass(slots=True)
class ModuleContext:
    """The program, and its constants so far."""

    program: typed.Program
    compact: bool = False
    """Whether to share code that would otherwise stand at each place of its use."""
    early: bool = False
    """Whether to do without `sol_get_sysvar` where there is another way."""
    sparing: bool = False
    """Whether to keep on the heap what could lie in a function's frame."""
    constants: dict[bytes, int] = field(default_factory=dict)
    helpers: dict[str, LoweredFunction] = field(default_factory=dict)
    """Functions that the lowering itself has made, by name."""
    row: int = 0
    """Bytes of the largest row of cells that tables are read by (tables.py)."""
    _repeated: frozenset[str] | None = None
    _handed: frozenset[tuple[str, bool]] | None = None
    _assigned: dict[str, frozenset[str]] = field(default_factory=dict)
    _layouts: dict[str, ClassLayout] = field(default_factory=dict)

    def constant(self, value: bytes) -> DataAddress:
        """The address of read-only bytes; equal ones are stored once."""
        return DataAddress(self.constants.setdefault(value, len(self.constants)))

    def layout(self, account_class: str) -> ClassLayout:
        """The layout of an account class."""
        if account_class not in self._layouts:
            definition = self.program.account(account_class)
            assigned = self._assigned_fields().get(account_class, frozenset())
            if account_class in self.handed(to_write=True):
                assigned |= {field.name for field in definition.fields}
            self._layouts[account_class] = class_layout(definition, assigned)
        return self._layouts[account_class]

    def repeated(self) -> frozenset[str]:
        """The program's functions that loops call, and all that these call."""
        if self._repeated is None:
            bodies = {each.name: each.body for each in self.program.functions}
            everything = nodes((*self.program.functions, *self.program.instructions))
            found = set[str]()
            waiting: list[object] = [
                each for each in everything if isinstance(each, typed.ForRange | typed.While)
            ]
            while waiting:
                for node in nodes(waiting.pop()):
                    if isinstance(node, typed.Call) and node.function not in found:
                        found.add(node.function)
                        waiting.append(bodies[node.function])
            self._repeated = frozenset(found)
        return self._repeated

    def handed(self, *, to_write: bool = False) -> frozenset[str]:
        """The account classes of which the program hands accounts to programs that it calls; those
        that the called program may write, if asked so.
        """
        if self._handed is None:
            everything = nodes((*self.program.functions, *self.program.instructions))
            calls = [each for each in everything if isinstance(each, typed.Invoke)]
            self._handed = frozenset(
                (kind.name, writable)
                for call in calls
                for account, (writable, _) in zip(call.accounts, call.flags, strict=True)
                for kind in [
                    account.type.inner if isinstance(account.type, EmptyT) else account.type
                ]
                if isinstance(kind, AccountT)
            )
        return frozenset(name for name, writable in self._handed if writable or not to_write)

    def _assigned_fields(self) -> dict[str, frozenset[str]]:
        """By class, the fields of accounts that the program assigns."""
        if not self._assigned:
            self._assigned = {each.name: frozenset() for each in self.program.accounts}
            for node in nodes((*self.program.functions, *self.program.instructions)):
                match node:
                    case typed.Assign(target=typed.Field(base=base, name=name)) if isinstance(
                        base.type, AccountT
                    ):
                        before = self._assigned[base.type.name]
                        self._assigned[base.type.name] = before | {name}
        return self._assigned


@dataclass(slots=True)
class Context:
    """One function being lowered."""

    module: ModuleContext
    code: FunctionBuilder
    result: Type
    result_address: Operand | None = None
    leave: str | None = None
    """The label of the end of an instruction that has something to do before it succeeds."""
    variables: dict[str, Variable] = field(default_factory=dict)
    cells: Operand | None = None
    """Where the cells of an instruction's accounts are, with room for a row behind them."""
    room: int = 0
    """Bytes of these cells without that."""
    loops: list[tuple[str, str]] = field(default_factory=list)
    """Labels of (break, continue), the innermost loop last."""

    def declare(self, name: str, value: Value) -> None:
        """A parameter or argument: a variable with its first value."""
        self.variables[name] = Variable(tuple(self.code.new_slot() for _ in value.words))
        self.assign(name, value)

    def keep_at(self, name: str, cell: Operand) -> None:
        """A parameter whose one word lies in memory."""
        self.variables[name] = Variable((), cell=cell)

    def prepare(self, name: str, kind: Type) -> None:
        """Makes room for a variable that the body assigns; a Pubkey gets memory of its own."""
        known = self.variables.get(name)
        slots = self._new_slots(kind) if known is None or known.cell is not None else known.slots
        storage = self.code.buffer(32) if kind == PUBKEY else None
        self.variables[name] = Variable(slots, storage)
        if known is not None and known.cell is not None:
            self.code.set(slots[0], self.code.load(known.cell))

    def _new_slots(self, kind: Type) -> tuple[int, ...]:
        return tuple(self.code.new_slot() for _ in range(words_of(kind)))

    def assign(self, name: str, value: Value) -> None:
        """Binds the name to the value; the caller has copied what is not stable."""
        for slot, word in zip(self.variables[name].slots, value.words, strict=True):
            self.code.set(slot, word)

    def read(self, name: str, kind: Type) -> Value:
        """The variable's value."""
        variable = self.variables[name]
        if variable.cell is not None:
            return Value(kind, (self.code.load(variable.cell),))
        words = tuple(self.code.get(slot) for slot in variable.slots)
        return Value(kind, words, stable=variable.storage is None)

    def identity(self, word: Operand) -> Hashable:
        """Equal for words that are sure to be the same: of the same slot, of the same account."""
        match self.code.source(word):
            case GetSlot(_, slot):
                return slot
            case Load(_, _, _, address, 0) if any(
                variable.cell == address for variable in self.variables.values()
            ):
                return ("account", address)
            case _:
                return word

    def text(self, value: bytes, kind: Type) -> Value:
        """A constant str or bytes."""
        return Value(kind, (self.module.constant(value), Imm(len(value))), content=value)
