"""Calls between the program's own functions.

A function returns its error, 0 for none, and writes its result to the address that is its last
word. Registers take 5 words: of more, the fifth is the address of a buffer with the rest.
"""

from collections.abc import Sequence

from conting_compiler.ir import typed
from conting_compiler.ir.lowered import Operand, Reg
from conting_compiler.ir.typesystem import PUBKEY_SIZE, NoneT, PubkeyT, Type
from conting_compiler.lower import memory
from conting_compiler.lower.context import NOTHING, Context, ModuleContext, Value, words_of
from conting_compiler.lower.function_builder import FunctionBuilder

_REGISTERS = 5
_WORD_SIZE = 8


def symbol(function: str) -> str:
    """The lowered name of a function of the program: none that the runtime or the chain has."""
    return f"fn.{function}"


def call(context: Context, node: typed.Call, arguments: Sequence[Value]) -> Value:
    """Calls a function of the program; its error becomes the caller's."""
    code = context.code
    words = [word for argument in arguments for word in argument.words]
    result = _result_memory(code, node.type)
    if result is not None:
        words.append(result)
    if len(words) > _REGISTERS:
        rest = code.scratch("arguments", _WORD_SIZE * (len(words) - _REGISTERS + 1))
        for index, word in enumerate(words[_REGISTERS - 1 :]):
            code.store(word, rest, _WORD_SIZE * index)
        words = [*words[: _REGISTERS - 1], rest]
    code.propagate(code.call(symbol(node.function), *words))
    return NOTHING if result is None else _result(code, node.type, result)


def _result_memory(code: FunctionBuilder, kind: Type) -> Operand | None:
    match kind:
        case NoneT():
            return None
        case PubkeyT():
            return code.buffer(PUBKEY_SIZE)
        case _:
            return code.scratch("result", words_of(kind) * _WORD_SIZE)


def _result(code: FunctionBuilder, kind: Type, memory_: Operand) -> Value:
    if isinstance(kind, PubkeyT):
        return Value(kind, (memory_,), stable=False)
    return Value(
        kind, tuple(code.load(memory_, _WORD_SIZE * index) for index in range(words_of(kind)))
    )


def begin(module: ModuleContext, function: typed.Function) -> Context:
    """A function with its parameters declared."""
    counts = [words_of(parameter.type) for parameter in function.params]
    total = sum(counts) + (function.result != NoneT())
    often = module.compact and function.name in module.repeated()
    code = FunctionBuilder(
        symbol(function.name), min(total, _REGISTERS), function.span, module.compact, often
    )
    context = Context(module, code, function.result)
    words = _incoming(code, total)
    for parameter, count in zip(function.params, counts, strict=True):
        context.declare(parameter.name, Value(parameter.type, tuple(words[:count])))
        words = words[count:]
    if words:
        context.result_address = words[0]
    return context


def _incoming(code: FunctionBuilder, total: int) -> list[Operand]:
    registers: list[Operand] = [Reg(number) for number in range(min(total, _REGISTERS))]
    if total <= _REGISTERS:
        return registers
    rest = registers.pop()
    return registers + [
        code.load(rest, _WORD_SIZE * index) for index in range(total - len(registers))
    ]


def give(context: Context, value: Value) -> None:
    """Writes the function's result to where the caller wants it."""
    if context.result_address is None:
        return
    code = context.code
    if isinstance(value.type, PubkeyT):
        memory.copy(code, context.result_address, value.word, PUBKEY_SIZE)
        return
    for index, word in enumerate(value.words):
        code.store(word, context.result_address, _WORD_SIZE * index)
