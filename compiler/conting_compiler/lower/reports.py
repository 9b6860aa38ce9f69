"""What a failed check of the program logs: where it fails, or for all of them at its end."""

import struct
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from conting_compiler.ir import typed
from conting_compiler.ir.lowered import CallOp, CmpOp, Imm, Operand
from conting_compiler.lower.context import Context, ModuleContext
from conting_compiler.lower.function_builder import FunctionBuilder

_SIZE: Final = struct.Struct("<H")
_BORDER = 0
_CODES: Final = (*range(123, 256), *range(_BORDER, 32))
"""Bytes that stand for pairs, in the order in which these are written; all but the border."""
_RARE = 4
"""Times that two letters stand together from which on a code for them saves bytes."""
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
    errors = module.program.errors
    if errors:
        pairs, texts = _table(errors)
        report, other = code.label("report"), code.label("other")
        index = code.sub(error, Imm(errors[0].code))
        code.branch(code.cmp(CmpOp.ULT, index, Imm(len(errors))), report, other)
        code.start(report)
        table = module.constant(pairs + texts)
        code.run("rt_report", error, index, table, code.offset(table, len(pairs)))
        code.start(other)
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


def _table(errors: Sequence[typed.ErrorDef]) -> tuple[bytes, bytes]:
    """What the codes of the texts stand for, and the texts of the errors, whose numbers follow
    each other: u16 size, name, 0, message.
    """
    named = [(_name(each).encode(), each.message.encode()[:_LONGEST]) for each in errors]
    pairs, packed = _packed(tuple(text for both in named for text in both))
    lines = (b"\0".join(both) for both in zip(packed[::2], packed[1::2], strict=True))
    return b"".join(pairs), b"".join(_SIZE.pack(len(line)) + line for line in lines)


@lru_cache(maxsize=64)
def _packed(texts: tuple[bytes, ...]) -> tuple[list[bytes], list[bytes]]:
    """The texts with codes for pairs of letters or codes, the most frequent first; the pairs.

    A letter that would be taken for a code, or for a border, has a code too, the pair of 0 and it.
    """
    odd = sorted({byte for text in texts for byte in text if byte in _CODES})
    codes = [code for code in _CODES if code != _BORDER]
    pairs = {code: bytes([_BORDER, byte]) for code, byte in zip(codes, odd, strict=False)}
    coded = bytes.maketrans(bytes(odd), bytes(pairs))
    packed = [text.translate(coded) for text in texts]
    together = Counter(pair for text in packed for pair in pairwise(text))
    for code in codes[len(odd) :]:
        times = max(together.values(), default=0)
        if times < _RARE:
            break
        pair = bytes(max([pair for pair, count in together.items() if count == times]))
        pairs[code] = pair
        for number, text in enumerate(packed):
            if pair in text:
                packed[number] = shorter = text.replace(pair, bytes([code]))
                together.subtract(pairwise(text))
                together.update(pairwise(shorter))
    used = _CODES[: _CODES.index(max(pairs, key=_CODES.index)) + 1] if pairs else ()
    return [pairs.get(code, bytes(2)) for code in used], packed
