"""The asserts that an instruction begins with, as data instead of code, where they only compare.

`accounts.load` has them judged when it has found the accounts (judge.py, which says how they are
written down).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from conting_compiler.ir import typed
from conting_compiler.ir.typed import CompareOp, UnaryOp
from conting_compiler.ir.typesystem import (
    BOOL,
    DISCRIMINATOR_SIZE,
    I64,
    PUBKEY,
    U64,
    AccountT,
    BoolT,
    EnumT,
    IntT,
    PubkeyT,
    Type,
    fixed_size,
    is_packed,
)
from conting_compiler.lower import layout, tails
from conting_compiler.lower.context import ModuleContext
from conting_compiler.lower.judge import (
    CLOCK,
    CONSTANT,
    DATA,
    EQUAL,
    GUARD,
    HOLDS,
    KEY,
    LESS,
    OR,
    RECORDS,
    SIGNED_LESS,
)

_CELL_SIZE, _MOST_CELLS = 8, 32
_WORD, _HALF, _BYTE = 64, 16, 8
_LARGEST = 0xFFFF
_TIMES: Final = {
    "clock.slot": (layout.CLOCK_SLOT, U64),
    "clock.unix_timestamp": (layout.CLOCK_UNIX_TIMESTAMP, I64),
}


@dataclass(frozen=True, slots=True)
class _Account:
    """An account of the instruction."""

    cell: int


@dataclass(frozen=True, slots=True)
class _Clock:
    """The clock as a whole."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A value in memory, by the address in a cell."""

    cell: int
    offset: int
    type: Type


_Known = _Account | _Clock | _Place | int | bytes
"""What a guard may name: an int or a key (bytes) are constants."""
_Names = dict[str, _Known]


@dataclass(frozen=True, slots=True)
class Guard:
    """A comparison that holds, or does not; `error` None: or the next guard is fulfilled."""

    relation: int
    left: _Place
    right: _Place | int | bytes
    holds: bool
    error: int | None = None

    def pack(self, places: Mapping[bytes, int]) -> bytes:
        """Its bytes; `places` says where constant keys are in the constant that it stands in."""
        missing = _missing_bits(self.left.type)
        kind = self.relation | self.holds * HOLDS | missing
        left, right = self.left, self.right
        if isinstance(right, _Place):
            cell, offset = right.cell, right.offset - missing // _BYTE
        else:
            cell, offset = 0, right if isinstance(right, int) else places[right]
            kind |= CONSTANT
        error = OR if self.error is None else self.error
        cells = left.cell * _CELL_SIZE, cell * _CELL_SIZE
        return GUARD.pack(kind, *cells, error, left.offset - missing // _BYTE, offset)


def keys(guards: Iterable[Guard]) -> tuple[bytes, ...]:
    """The constant keys that they name."""
    return tuple(dict.fromkeys(each.right for each in guards if isinstance(each.right, bytes)))


def split(
    module: ModuleContext, instruction: typed.Instruction
) -> tuple[tuple[Guard, ...], tuple[typed.Stmt, ...]]:
    """The guards that an instruction begins with, and what is left of its body."""
    names = _parameters(module, instruction)
    if names is None:
        return (), instruction.body
    guards, kept = list[Guard](), list[typed.Stmt]()
    for number, statement in enumerate(instruction.body):
        found = _taken(module, statement, names)
        if found is None:
            return tuple(guards), (*kept, *instruction.body[number:])
        guards += found
        if not isinstance(statement, typed.Assert | typed.Do):
            kept.append(statement)
    return tuple(guards), tuple(kept)


def _parameters(module: ModuleContext, instruction: typed.Instruction) -> _Names | None:
    """What the names of the instruction's parameters mean; None if it cannot have guards.

    Errors have to be in the order of the source: what may fail between the accounts and the body
    rules guards out.
    """
    codes = [error.code for error in module.program.errors]
    ordered = codes == list(range(codes[0], codes[0] + len(codes))) if codes else False
    tailed = any(tails.has_tail(module, account.type) for account in instruction.accounts)
    few = RECORDS + len(instruction.accounts) <= _MOST_CELLS
    if not ordered or len(codes) > OR or tailed or not few:
        return None
    names: _Names = {
        account.name: _Account(cell)
        for cell, account in zip(count(RECORDS), instruction.accounts, strict=False)
        if not account.optional
    }
    if instruction.clock is not None:
        names[instruction.clock] = _Clock()
    return names | dict(_arguments(instruction))


def _arguments(instruction: typed.Instruction) -> Iterator[tuple[str, _Known]]:
    """Those whose place in the data is always the same."""
    offset = DISCRIMINATOR_SIZE
    for argument in instruction.arguments:
        size = fixed_size(argument.type)
        if size is None or not is_packed(argument.type):
            return
        yield argument.name, _Place(DATA, offset, argument.type)
        offset += size


# --- statements


def _taken(module: ModuleContext, statement: typed.Stmt, names: _Names) -> list[Guard] | None:
    """The guards that a statement is; None if it is or does anything else."""
    match statement:
        case typed.Assign(target=typed.Local(name=name), value=value):
            known = _known(module, value, names)
            if known is not None:
                names[name] = known
            return None if known is None else []
        case typed.Do(value=typed.Intrinsic(name="unchecked")):
            return []
        case typed.Do(value=typed.Call() as call):
            return _of_function(module, call, names)
        case typed.Assert(condition=condition, error=error):
            return _of_clauses(_clauses(module, condition, names, wanted=True), error)
        case _:
            return None


def _of_clauses(clauses: "_Clauses | None", error: int) -> list[Guard] | None:
    if clauses is None or max(map(len, clauses)) > 2:  # noqa: PLR2004 - this or that
        return None
    return [
        replace(guard, error=error if guard is clause[-1] else None)
        for clause in clauses
        for guard in clause
    ]


def _of_function(module: ModuleContext, call: typed.Call, names: _Names) -> list[Guard] | None:
    """The guards that are all that a function does."""
    function = next(each for each in module.program.functions if each.name == call.function)
    inner, guards = _Names(), list[Guard]()
    for parameter, argument in zip(function.params, call.arguments, strict=True):
        known = _known(module, argument, names)
        if known is None:
            return None
        inner[parameter.name] = known
    for statement in function.body:
        found = _taken(module, statement, inner)
        if found is None:
            return None
        guards += found
    return guards


# --- conditions: a clause holds if one of its guards does, the condition if all its clauses do


_Clauses = list[list[Guard]]


def _clauses(
    module: ModuleContext, node: typed.Expr, names: _Names, *, wanted: bool
) -> _Clauses | None:
    match node:
        case typed.Unary(op=UnaryOp.NOT, operand=operand):
            return _clauses(module, operand, names, wanted=not wanted)
        case typed.BoolOp(op=op, operands=operands):
            parts = [_clauses(module, each, names, wanted=wanted) for each in operands]
            return _joined(parts, every=(op == "and") is wanted)
        case typed.Compare():
            sides = (_known(module, side, names) for side in (node.left, node.right))
            guard = _compared(node, *sides, wanted=wanted)
        case _:
            flag = _known(module, node, names)
            guard = None
            if isinstance(flag, _Place) and flag.type == BOOL:
                guard = Guard(EQUAL, flag, 0, not wanted)
    return None if guard is None else [[guard]]


def _joined(parts: Sequence[_Clauses | None], *, every: bool) -> _Clauses | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if every:
        return [clause for part in known for clause in part]
    if any(len(part) > 1 for part in known):
        return None
    return [[guard for part in known for guard in part[0]]]


def _compared(
    node: typed.Compare, left: _Known | None, right: _Known | None, *, wanted: bool
) -> Guard | None:
    """left < right is all that there is: turned round and denied it is every order."""
    if node.op in {CompareOp.GT, CompareOp.LE}:
        left, right = right, left
    equality = node.op in {CompareOp.EQ, CompareOp.NE}
    holds = wanted is (node.op in {CompareOp.EQ, CompareOp.LT, CompareOp.GT})
    if isinstance(left, int | bytes):
        left, right = right, left
        if not equality:  # constant < place: not place < constant + 1
            holds = not holds
            right = right + 1 if isinstance(right, int) else None
    relation = _relation(node.left.type, equality=equality)
    if relation is None or not isinstance(left, _Place) or not _fits(right):
        return None
    assert not isinstance(right, _Account | _Clock | None)
    return Guard(relation, left, right, holds)


def _fits(right: _Known | None) -> bool:
    return isinstance(right, _Place | bytes) or (isinstance(right, int) and right <= _LARGEST)


def _relation(kind: Type, *, equality: bool) -> int | None:
    """How two values of the type are compared; None: not by a guard."""
    match kind:
        case PubkeyT() if equality:
            return KEY
        case IntT(bits=64, signed=True):
            return EQUAL if equality else SIGNED_LESS
        case IntT(bits=bits, signed=False) if bits <= _WORD:
            return EQUAL if equality else LESS
        case EnumT() if equality:
            return EQUAL
        case _:
            return None


def _missing_bits(kind: Type) -> int:
    match kind:
        case IntT(bits=bits):
            return _WORD - bits
        case BoolT() | EnumT():
            return _WORD - _BYTE
        case _:
            return 0


# --- what the sides are


def _known(module: ModuleContext, node: typed.Expr, names: _Names) -> _Known | None:
    found: _Known | None = None
    match node:
        case typed.Local(name=name):
            found = names.get(name)
        case typed.IntLit(value=value) | typed.EnumLit(value=value) if value >= 0:
            found = value
        case typed.BytesLit(value=key, type=PubkeyT()):
            found = key
        case typed.Field():
            found = _field(module, node, names)
        case typed.Intrinsic(name="account.key", arguments=(of,)):
            account = _known(module, of, names)
            if isinstance(account, _Account):
                found = _Place(account.cell, layout.RECORD_KEY, PUBKEY)
        case typed.Intrinsic(name=name, arguments=(of,)) if name in _TIMES:
            offset, kind = _TIMES[name]
            clock = _known(module, of, names)
            found = _Place(CLOCK, offset, kind) if isinstance(clock, _Clock) else None
    return found


def _field(module: ModuleContext, node: typed.Field, names: _Names) -> _Place | None:
    account = _known(module, node.base, names)
    if not isinstance(account, _Account) or not isinstance(node.base.type, AccountT):
        return None
    offset = module.layout(node.base.type.name).offsets.get(node.name)
    if offset is None or layout.FIELDS + offset > _LARGEST:
        return None
    return _Place(account.cell, layout.FIELDS + offset, node.type)
