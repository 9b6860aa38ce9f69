"""Where elements of packed arrays and fields of accounts lie."""

from conting_compiler.diagnostics import InternalError
from conting_compiler.ir import typed
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, Operand
from conting_compiler.ir.typesystem import AccountT, ArrayT
from conting_compiler.lower import heap, layout
from conting_compiler.lower.context import Context, Value
from conting_compiler.lower.layout import size_of


def element(context: Context, base: Value, index: Value) -> Operand:
    """The address of a packed array's element; Fault.INDEX outside."""
    kind = base.type
    assert isinstance(kind, ArrayT)
    code, size = context.code, size_of(kind.element)
    if isinstance(index.word, Imm) and len(index.words) == 1:
        return _constant_element(context, base.word, index.word.value, kind)
    position = heap.position(code, index, Imm(kind.length))
    return code.add(base.word, code.bin(BinOp.MUL, position, Imm(size)))


def _constant_element(context: Context, base: Operand, index: int, kind: ArrayT) -> Operand:
    position = index + kind.length if index < 0 else index
    if not 0 <= position < kind.length:
        context.code.fail_if(Imm(1), Fault.INDEX)
        position = 0
    return context.code.offset(base, position * size_of(kind.element))


def field_address(context: Context, base: Value, name: str) -> tuple[Operand, int]:
    """The record and the offset of a field of fixed size."""
    assert isinstance(base.type, AccountT)
    return base.word, layout.FIELDS + context.module.layout(base.type.name).offsets[name]


def varying_field(context: Context, base: Value, node: typed.Field) -> Value:
    """Text in an account: walks the lengths before it, each checked to stay inside the account."""
    assert isinstance(base.type, AccountT)
    code = context.code
    shape = context.module.layout(base.type.name)
    held = code.load(base.word, layout.RECORD_LENGTH)
    end = code.add(code.offset(base.word, layout.RECORD_DATA), held)
    at = code.offset(base.word, layout.FIELDS + shape.fixed)
    for position, name in enumerate(shape.varying, start=1):
        length = code.load(at, 0, 32)
        start = code.offset(at, layout.LENGTH_PREFIX)
        at = code.add(start, length)
        rest = layout.LENGTH_PREFIX * (len(shape.varying) - position)
        outside = code.cmp(CmpOp.UGT, code.offset(at, rest), end)
        code.fail_if(outside, Fault.ACCOUNT_TOO_SHORT)
        if name == node.name:
            return Value(node.type, (start, length))
    raise InternalError(f"{base.type} has no field {node.name}", node.span)
