"""Arguments of an instruction: Borsh, read in place, consumed exactly."""

from dataclasses import dataclass, field

from conting_compiler.ir import typed
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import CmpOp, Imm, Operand
from conting_compiler.ir.typesystem import (
    DISCRIMINATOR_SIZE,
    ArrayT,
    BoolT,
    ClassT,
    EnumT,
    FloatT,
    ListT,
    OptionT,
    StrT,
    Type,
    fixed_size,
    is_packed,
)
from conting_compiler.lower import codec, floats, heap, memory
from conting_compiler.lower.context import Context, Value
from conting_compiler.lower.layout import LENGTH_PREFIX, size_of

_LARGEST = 0xFFFE
"""Bytes of data that `exact_size` gives at most."""


def exact_size(instruction: typed.Instruction) -> int | None:
    """The bytes of the data, discriminator included, where nothing else needs to be checked."""
    kinds = [argument.type for argument in instruction.arguments]
    if any(fixed_size(kind) is None or _is_checked(kind) for kind in kinds):
        return None
    size = DISCRIMINATOR_SIZE + sum(map(size_of, kinds))
    return size if size <= _LARGEST else None


def declare(context: Context, instruction: typed.Instruction, data: Operand) -> None:
    """Declares every argument where the data is known to be of the exact size."""
    offset = DISCRIMINATOR_SIZE
    for argument in instruction.arguments:
        value = memory.load(context, data, offset, argument.type)
        context.declare(argument.name, Value(value.type, value.words))
        offset += size_of(argument.type)


def load(
    context: Context, instruction: typed.Instruction, data: Operand, length: Operand
) -> Operand:
    """Declares every argument as a variable; Fault.BAD_ARGUMENTS unless the data is just them.

    Gives the address after them.

    `data` is the instruction data including its discriminator, `length` its bytes.
    """
    reader = _Reader(context, data, length)
    for position, argument in enumerate(instruction.arguments):
        if isinstance(argument.type, ListT | ClassT | ArrayT | OptionT) and not is_packed(
            argument.type
        ):
            value = reader.boxed(argument.type)
        elif fixed_size(argument.type) is None:
            value = reader.text(argument.type)
        else:
            reader.expect(instruction.arguments[position:])
            value = reader.fixed(argument.type)
        context.declare(argument.name, Value(value.type, value.words))
    return reader.finish()


@dataclass(slots=True)
class _Reader:
    context: Context
    base: Operand
    length: Operand
    """Bytes from `base` to the end of the data."""
    offset: int = DISCRIMINATOR_SIZE
    """The next argument, from `base`."""
    checked: int = field(default=DISCRIMINATOR_SIZE)
    """Bytes from `base` that are known to be there."""
    exact: bool = False

    def expect(self, rest: tuple[typed.Param, ...]) -> None:
        """Checks once that all arguments of fixed size up to the next text are there."""
        if self.offset < self.checked:
            return
        sizes: list[int] = []
        for parameter in rest:
            size = fixed_size(parameter.type)
            if size is None:
                break
            sizes.append(size)
        self.exact = len(sizes) == len(rest)
        self._require(self.offset + sum(sizes), CmpOp.EQ if self.exact else CmpOp.UGE)

    def _require(self, size: int, op: CmpOp) -> None:
        code = self.context.code
        code.fail_unless(code.cmp(op, self.length, Imm(size)), Fault.BAD_ARGUMENTS)
        self.checked = size

    def fixed(self, kind: Type) -> Value:
        """An argument of fixed size."""
        value = memory.load(self.context, self.base, self.offset, kind)
        _check_value(self.context, kind, value)
        self.offset += size_of(kind)
        return value

    def text(self, kind: Type) -> Value:
        """A str or bytes: its length, then so many bytes."""
        code = self.context.code
        self._require(self.offset + LENGTH_PREFIX, CmpOp.UGE)
        size = code.load(self.base, self.offset, 32)
        start = code.offset(self.base, self.offset + LENGTH_PREFIX)
        rest = code.add(self.length, Imm(-self.offset - LENGTH_PREFIX))
        code.fail_if(code.cmp(CmpOp.UGT, size, rest), Fault.BAD_ARGUMENTS)
        self.base, self.length = code.add(start, size), code.sub(rest, size)
        self.offset, self.checked, self.exact = 0, 0, False
        if isinstance(kind, StrT):
            points = code.call("rt_utf8_length", start, size)
            code.fail_if(code.cmp(CmpOp.SLT, points, Imm(0)), Fault.BAD_ARGUMENTS)
        return Value(kind, (start, size))

    def boxed(self, kind: Type) -> Value:
        """A list, an instance of a class, an Array of such: read to the heap."""
        code = self.context.code
        self._require(self.offset, CmpOp.UGE)
        first = code.offset(self.base, self.offset)
        end = code.add(self.base, self.length)
        state = codec.begin(code, first, end, Fault.BAD_ARGUMENTS)
        cells = code.scratch("argument", heap.cell_size(kind))
        codec.decode(self.context, state, kind, cells)
        self.base = code.load(state, codec.CURSOR)
        self.length = code.sub(end, self.base)
        self.offset, self.checked, self.exact = 0, 0, False
        return heap.load(code, cells, 0, kind)

    def finish(self) -> Operand:
        """Nothing may be left over. Gives the address after the arguments."""
        if not self.exact:
            self._require(self.offset, CmpOp.EQ)
        return self.context.code.offset(self.base, self.offset)


def _check_value(context: Context, kind: Type, value: Value) -> None:
    """A bool is 0 or 1, an enum one of its variants, an f64 no NaN; so in every element."""
    code = context.code
    match kind:
        case BoolT():
            code.fail_if(code.cmp(CmpOp.UGT, value.word, Imm(1)), Fault.BAD_ARGUMENTS)
        case FloatT():
            code.fail_if(floats.is_nan(code, value.word), Fault.BAD_ARGUMENTS)
        case EnumT(variants=variants):
            outside = code.cmp(CmpOp.UGE, value.word, Imm(len(variants)))
            code.fail_if(outside, Fault.BAD_ARGUMENTS)
        case ArrayT(element=element, length=length) if _is_checked(element):
            for index in range(length):
                part = memory.load(context, value.word, index * size_of(element), element)
                _check_value(context, element, part)


def _is_checked(kind: Type) -> bool:
    match kind:
        case ArrayT(element=element):
            return _is_checked(element)
        case _:
            return isinstance(kind, BoolT | EnumT | FloatT)
