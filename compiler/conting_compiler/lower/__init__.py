"""Typed IR to lowered IR."""

from collections.abc import Sequence
from typing import Final

from conting_compiler.ir import typed
from conting_compiler.ir.lowered import CallOp, LoweredFunction, Module
from conting_compiler.lower import admission, demands
from conting_compiler.lower.context import ModuleContext
from conting_compiler.lower.entry import entrypoints, instruction_function, plain_function

__all__ = ["COMPACT_FROM", "lower"]

COMPACT_FROM: Final = 4
"""Instructions of a program from which on its code is shared rather than written out."""


def lower(
    program: typed.Program,
    *,
    compact: bool | None = None,
    early: bool = False,
    sparing: bool = False,
) -> Module:
    """The program over 64-bit words: the entrypoint, its instructions, its plain functions.

    `compact` says whether its code is shared; by itself it is where there are many instructions.
    `early`: it is to load on runtimes without `sol_get_sysvar` too, unless it reads SlotHashes.
    `sparing`: frames have to be small; hashes are made on the heap.
    Raises InternalError for typed IR that the frontend should not have let through.
    """
    if compact is None:
        compact = len(program.instructions) >= COMPACT_FROM
    module = ModuleContext(program, compact, early, sparing)
    plan = demands.Plan.of(module) if compact else None
    functions = [
        *(instruction_function(module, each, plan) for each in program.instructions),
        *(plain_function(module, each) for each in program.functions),
    ]
    functions = [*entrypoints(module, plan), *functions]  # which keep room for what the others need
    if plan is not None:
        functions += admission.functions(module, plan)
    functions += module.helpers.values()
    return Module(
        tuple(functions), tuple(module.constants), _external_calls(functions), compact=compact
    )


def _external_calls(functions: Sequence[LoweredFunction]) -> tuple[str, ...]:
    own = {function.name for function in functions}
    blocks = (block for function in functions for block in function.blocks)
    called = {op.callee for block in blocks for op in block.ops if isinstance(op, CallOp)}
    return tuple(sorted(called - own))
