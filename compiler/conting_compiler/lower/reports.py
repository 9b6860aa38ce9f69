"""What a failed check of the program logs: where it fails, or for all of them at its end."""

import struct
from typing import Final

from conting_compiler.ir import typed
from conting_compiler.ir.lowered import CallOp, Imm, Operand
from conting_compiler.lower.context import Context, ModuleContext
from conting_compiler.lower.function_builder import FunctionBuilder

_ENTRY: Final = struct.Struct("<IHH")
_END: Final = struct.pack("<I", 0)
_LONGEST: Final = 4_096
"""Bytes of a message that are logged; a transaction's whole log has 10,000."""


def refusal(context: Context, error: typed.ErrorDef) -> str:
    """The label of the block that leaves the function with the error."""
    label, number = f"error.{error.code}", Imm(error.code)
    if context.module.compact:
        return context.code.cold_exit(label, (), number)
    text = _text(error)
    log = CallOp(None, "sol_log_", (context.module.constant(text), Imm(len(text))))
    return context.code.cold_exit(label, (log,), number)


def log(module: ModuleContext, code: FunctionBuilder, error: Operand) -> None:
    """Returns the error, an instruction's; one of the program's own is logged before."""
    failed, done = code.label("failed"), code.label("done")
    code.branch(error, failed, done, failed)
    code.start(failed)
    if module.program.errors:
        code.run("rt_report", error, module.constant(_table(module.program.errors)))
    code.ret(error)
    code.start(done)


def _text(error: typed.ErrorDef) -> bytes:
    """Anchor's wording (lang/src/error.rs), which clients parse; rt_report writes the same."""
    return (
        f"AnchorError occurred. Error Code: {_name(error)}. Error Number: {error.code}. "
        f"Error Message: {error.message}."
    ).encode()


def _name(error: typed.ErrorDef) -> str:
    return "".join(word.capitalize() for word in error.name.split("_"))


def _table(errors: tuple[typed.ErrorDef, ...]) -> bytes:
    return b"".join(map(_entry, errors)) + _END


def _entry(error: typed.ErrorDef) -> bytes:
    name, message = _name(error).encode(), error.message.encode()[:_LONGEST]
    return _ENTRY.pack(error.code, len(name), len(message)) + name + message
