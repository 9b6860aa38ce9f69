"""What an instruction tells the outside: events in the log, and its result, both as Borsh.

As Anchor writes them: `emit!` is sol_log_data, a result is sol_set_return_data.
"""

from collections.abc import Sequence

from conting_compiler.ir.lowered import Imm
from conting_compiler.ir.typesystem import ClassT, NoneT, is_packed
from conting_compiler.lower import codec, layout, memory
from conting_compiler.lower.context import NOTHING, Context, Value
from conting_compiler.lower.layout import size_of

_WORD_SIZE = 8


def emit(context: Context, arguments: Sequence[Value]) -> Value:
    """Logs discriminator and fields (Borsh); Fault.TOO_LONG where the heap has no room for them."""
    event = arguments[0]
    assert isinstance(event.type, ClassT)
    code = context.code
    definition = context.module.program.plain_class(event.type.name)
    content = codec.encoded(context, event, definition.discriminator)
    piece = code.scratch("slice", layout.SLICE_SIZE)
    code.store(content.word, piece)
    code.store(content.length, piece, _WORD_SIZE)
    code.run("sol_log_data", piece, Imm(1))
    return NOTHING


def give_back(context: Context, value: Value) -> None:
    """Sets the result of the instruction; the runtime takes at most 1,024 bytes."""
    code = context.code
    if isinstance(value.type, NoneT):
        return
    if is_packed(value.type):
        size = size_of(value.type)
        place = code.scratch("result", size)
        memory.store(context, place, 0, value)
        code.run("sol_set_return_data", place, Imm(size))
        return
    content = codec.encoded(context, value)
    code.run("sol_set_return_data", content.word, content.length)
