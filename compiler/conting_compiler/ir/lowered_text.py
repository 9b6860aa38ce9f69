"""Lowered IR as text, for `--emit` and the golden files; the same text for the same module."""

from collections.abc import Iterator
from typing import assert_never

from conting_compiler.ir.lowered import (
    Bin,
    Block,
    Branch,
    CallOp,
    Cmp,
    DataAddress,
    GetSlot,
    Imm,
    Jump,
    Load,
    LoweredFunction,
    Module,
    Op,
    Operand,
    Reg,
    Ret,
    Select,
    SetSlot,
    StackAddress,
    Store,
    Terminator,
)

_LARGE = 1 << 16
"""From here on numbers are written in hexadecimal: they are addresses or discriminators."""


def to_text(module: Module) -> str:
    """The constants, then the functions, each with its blocks in order."""
    constants = [f"d{index} = {data!r}" for index, data in enumerate(module.data)]
    calls = [f"calls {', '.join(module.syscalls)}"] if module.syscalls else []
    functions = ["\n".join(_function(function)) for function in module.functions]
    return "\n\n".join(part for part in ("\n".join(constants + calls), *functions) if part) + "\n"


def _function(function: LoweredFunction) -> Iterator[str]:
    parameters = ", ".join(f"r{number}" for number in range(function.parameters))
    marks = "".join(
        f" {mark}" for mark in ("exported", "inline", "separate") if getattr(function, mark)
    )
    yield f"function {function.name}({parameters}){marks}"
    if function.slots:
        yield f"  slots {function.slots}"
    for number, size in enumerate(function.buffers):
        yield f"  b{number}: {size} bytes"
    for block in function.blocks:
        yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    yield f"{block.label}:"
    for op in block.ops:
        yield f"  {_op(op)}"
    yield f"  {_terminator(block.terminator)}"


def _op(op: Op) -> str:
    match op:
        case Store(bits, address, offset, value):
            return f"u{bits} {_place(address, offset)} = {_operand(value)}"
        case SetSlot(slot, value):
            return f"s{slot} = {_operand(value)}"
        case _:
            text = _value(op)
            return text if op.result is None else f"r{op.result.number} = {text}"


def _value(op: Bin | Cmp | Select | Load | GetSlot | StackAddress | CallOp) -> str:
    text: str
    match op:
        case Bin(_, operation, left, right) | Cmp(_, operation, left, right):
            text = f"{operation.value} {_operands(left, right)}"
        case Select(_, test, then, otherwise):
            text = f"select {_operands(test, then, otherwise)}"
        case Load(_, bits, signed, address, offset):
            text = f"{'i' if signed else 'u'}{bits} {_place(address, offset)}"
        case GetSlot(_, slot):
            text = f"s{slot}"
        case StackAddress(_, buffer):
            text = f"address of b{buffer}"
        case CallOp(_, callee, arguments):
            text = f"{callee}({_operands(*arguments)})"
    return text


def _operands(*operands: Operand) -> str:
    return ", ".join(_operand(operand) for operand in operands)


def _terminator(terminator: Terminator) -> str:
    match terminator:
        case Jump(label):
            return f"jump {label}"
        case Branch(test, then, otherwise, cold):
            names = (f"{label} (cold)" if label == cold else label for label in (then, otherwise))
            return f"if {_operand(test)} {' else '.join(names)}"
        case Ret(value):
            return f"return {_operand(value)}"
    assert_never(terminator)


def _place(address: Operand, offset: int) -> str:
    return f"[{_operand(address)}{f' + {offset}' if offset else ''}]"


def _operand(operand: Operand) -> str:
    match operand:
        case Reg(number):
            return f"r{number}"
        case Imm(value):
            return hex(value) if abs(value) >= _LARGE else str(value)
        case DataAddress(index, offset):
            return f"&d{index}{f' + {offset}' if offset else ''}"
    assert_never(operand)
