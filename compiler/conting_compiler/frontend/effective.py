"""Which expressions have an effect."""

from conting_compiler.frontend.intrinsics import BY_NAME
from conting_compiler.frontend.walk import walk
from conting_compiler.ir import typed as ir


def is_repeatable(expr: ir.Expr) -> bool:
    """Whether computing an expression twice is the same as computing it once."""
    return not any(_has_effect(each) for each in walk(expr))


def _has_effect(node: object) -> bool:
    if isinstance(node, ir.Intrinsic):
        return BY_NAME[node.name].has_effect
    return isinstance(node, ir.Block | ir.Call | ir.InitAccount | ir.InitMint | ir.InitTokenAccount)
