"""What a program writes out: numbers, text and bytes."""

from conting_compiler.ir import typed
from conting_compiler.ir.lowered import Imm
from conting_compiler.ir.typesystem import BytesT, StrT
from conting_compiler.lower import floats, numeric
from conting_compiler.lower.context import Context, Value, number


def integer(context: Context, node: typed.IntLit | typed.BoolLit | typed.EnumLit) -> Value:
    """A number, a bool or a member of an enum."""
    del context
    if isinstance(node, typed.IntLit):
        return numeric.literal(node.type, node.value)
    return number(node.type, Imm(int(node.value)))


def floating(context: Context, node: typed.FloatLit) -> Value:
    """An f64."""
    del context
    return number(node.type, floats.constant(node.value))


def text(context: Context, node: typed.BytesLit) -> Value:
    """Text, bytes, or a constant array of u8."""
    if isinstance(node.type, StrT | BytesT):
        return context.text(node.value, node.type)
    return Value(node.type, (context.module.constant(node.value),), lasting=True)
