"""The runtime's functions (llvm/rt) compiled for this machine, and the bits of floats."""

import ctypes
import math
import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import conting_compiler.llvm
import llvmlite.binding as llvm

_RT = Path(conting_compiler.llvm.__file__).parent / "rt"
_FILES = ("memory.ll", "text.ll", "wide.ll", "float.ll", "power.ll", "pow.ll", "decimal.ll")
_NAMES = re.compile(r"^define [^@]*@(rt_\w+)\((.*?)\)", re.MULTILINE)
_SYSCALLS = re.compile(r"@(sol_\w+)\(([^)]*)\)")

Runtime = dict[str, Callable[..., int]]


def runtime() -> Iterator[Runtime]:
    """What a fixture gives: the functions by name; syscalls do nothing."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    text = "\n".join((_RT / name).read_text() for name in _FILES)
    text = text.replace("define internal", "define").replace("#0", "")
    syscalls = {m[1]: m[2].count("i64 ") for m in _SYSCALLS.finditer(text)}
    for name, arity in syscalls.items():
        text += f"\ndefine i64 @{name}({', '.join(['i64'] * arity)}) {{\n  ret i64 0\n}}\n"
    module = llvm.parse_assembly(text)
    module.verify()
    machine = llvm.Target.from_default_triple().create_target_machine(opt=1)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    yield {
        name: ctypes.CFUNCTYPE(ctypes.c_uint64, *[ctypes.c_uint64] * arguments.count("i64"))(
            engine.get_function_address(name)
        )
        for name, arguments in _NAMES.findall(text)
    }
    engine.close()


def bits(value: float) -> int:
    """The word of an f64."""
    return int.from_bytes(struct.pack("<d", value), "little")


def number(word: int) -> float:
    """The f64 of a word."""
    return float(struct.unpack("<d", word.to_bytes(8, "little"))[0])


def same(word: int, value: float) -> bool:
    """Whether the word is that float; all NaNs are one."""
    return word == bits(value) or (math.isnan(number(word)) and math.isnan(value))
