"""Bytes that are put together as a constant says, instead of by code for each of them.

A `Row` gathers what they are made of: words that the code at hand stores side by side (cells), and
pieces, each some bytes from a cell, from behind the address in one, or constant. In an instruction
the cells of its accounts are the first ones. The runtime reads cells and pieces (llvm/rt/tables.ll,
which says how an entry is written down).
"""

import struct
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from conting_compiler.ir.lowered import Imm, Load, Operand, Reg
from conting_compiler.ir.typesystem import ArrayT, BoolT, EnumT, IntT, PubkeyT, Type, is_packed
from conting_compiler.lower import layout
from conting_compiler.lower.context import Context, Value
from conting_compiler.lower.layout import size_of

ENTRY: Final = struct.Struct("<BBH")
_ITSELF, CELLS, _NOTHING = 255, 254, 253
_MOST_CELLS: Final = 250
_LONGEST: Final = 248
"""Bytes of a piece; longer ones are several."""
_FARTHEST: Final = 0x8000
WORD: Final = 8
_MADE_ANEW: Final = frozenset({layout.RECORD_LAMPORTS, layout.RECORD_LENGTH})
"""Of a record, what making another account may change."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes: constant ones, or `size` at a distance from a base."""

    size: int
    base: int = _ITSELF
    distance: int = 0
    content: bytes = b""

    def with_next(self, other: "Piece", longest: int) -> "Piece | None":
        """Both as one, if that can be."""
        if self.base != other.base or self.size + other.size > longest:
            return None
        if self.base in (_ITSELF, _NOTHING):
            both = self.content + other.content
            return replace(self, size=self.size + other.size, content=both)
        if self.base == CELLS or self.distance + self.size != other.distance:
            return None
        return replace(self, size=self.size + other.size)


def nothing(size: int) -> list[Piece]:
    """Bytes that stay as they are."""
    return [Piece(min(_LONGEST, size - at), _NOTHING) for at in range(0, size, _LONGEST)]


def constant(content: bytes) -> list[Piece]:
    """Constant bytes."""
    parts = (content[at : at + _LONGEST] for at in range(0, len(content), _LONGEST))
    return [Piece(len(part), content=part) for part in parts]


def merged(pieces: Sequence[Piece], longest: int = _LONGEST) -> list[Piece]:
    """The pieces, those side by side that can be one as one, of at most so many bytes."""
    found = list[Piece]()
    for piece in pieces:
        both = found[-1].with_next(piece, longest) if found else None
        found[-1:] = [piece] if not found else [both] if both else [found[-1], piece]
    return found


def packed(head: bytes, pieces: Sequence[Piece]) -> bytes:
    """A table: what comes first, the entries of the pieces, their end, then the constant bytes."""
    literals = bytearray()
    behind = len(pieces) * ENTRY.size + 1
    entries = list[bytes]()
    for number, piece in enumerate(pieces):
        distance = piece.distance
        if piece.base == _ITSELF:
            place = literals.find(piece.content)
            if place < 0:
                place = len(literals)
                literals += piece.content
            distance = behind + place - number * ENTRY.size
        entries.append(ENTRY.pack(piece.size, piece.base, distance))
    return head + b"".join(entries) + b"\0" + literals


def fits(kind: Type) -> bool:
    """Whether a table can describe values of the type."""
    if isinstance(kind, ArrayT):
        return is_packed(kind) and fits(kind.element)
    return isinstance(kind, IntT | BoolT | EnumT | PubkeyT)


@dataclass(slots=True)
class Row:
    """The cells so far. `lasting`: they are used after another account has been made."""

    context: Context
    lasting: bool = False
    words: list[Operand] = field(default_factory=list)
    _places: dict[Hashable, int] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        """Whether there are more cells than a table can name."""
        return self._first + len(self.words) > _MOST_CELLS

    @property
    def _first(self) -> int:
        """The number of the first cell that is not an account's."""
        return self.context.room // WORD

    def cell(self, word: Operand) -> int:
        """The number of the cell with the word; the same one is stored once."""
        known, code = self.context.identity(word), self.context.code
        match code.source(word):
            case Load(_, _, _, address, 0) if known != word and self.context.cells is not None:
                base, distance = code.origin(address)
                if base == self.context.cells:
                    return distance // WORD
        if known not in self._places:
            self._places[known] = self.own(word)
        return self._places[known]

    def own(self, word: Operand) -> int:
        """The number of a cell with the word that nothing else is taken from."""
        self.words.append(word)
        return self._first + len(self.words) - 1

    def at(self, address: Operand, size: int) -> list[Piece]:
        """Bytes in memory."""
        base, distance = self.context.code.origin(address)
        if not 0 <= distance < _FARTHEST:
            base, distance = address, 0
        base_cell = CELLS if base == self.context.cells else self.cell(base)
        steps = range(0, size, _LONGEST)
        return [Piece(min(_LONGEST, size - at), base_cell, distance + at) for at in steps]

    def number(self, word: Operand, size: int) -> list[Piece]:
        """The low bytes of a word."""
        if isinstance(word, Imm):
            return constant((word.value & (1 << 8 * size) - 1).to_bytes(size, "little"))
        if isinstance(word, Reg) and (load := self.context.code.still_loaded(word)) is not None:
            base, distance = self.context.code.origin(load.address)
            distance += load.offset
            usable = 0 <= distance < _FARTHEST and load.bits >= 8 * size
            if usable and not (self.lasting and distance in _MADE_ANEW):
                return [
                    Piece(size, CELLS if base == self.context.cells else self.cell(base), distance)
                ]
        return [Piece(size, CELLS, WORD * self.cell(word))]

    def value(self, value: Value) -> list[Piece]:
        """A value as Borsh."""
        size = size_of(value.type)
        if isinstance(value.type, PubkeyT | ArrayT):
            return self.at(value.word, size)
        each = size // len(value.words)
        return [piece for word in value.words for piece in self.number(word, each)]

    def stored(self) -> Operand:
        """The address of the cells."""
        code, cells = self.context.code, self.context.cells
        size = WORD * len(self.words)
        row = code.scratch("row", size) if cells is None else cells
        for number, word in enumerate(self.words):
            code.store(word, row, self.context.room + WORD * number)
        self.context.module.row = max(self.context.module.row, size)
        return row
