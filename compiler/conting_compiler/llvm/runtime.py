"""The runtime: functions in LLVM IR that programs call by name; an ELF holds only what it uses.

They are in `rt/*.ll`, each `define internal i64 @rt_...` with its contract and cost above it. A
table `@rt_... = private unnamed_addr constant ...` belongs to the one function that reads it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from conting_compiler.diagnostics import InternalError

_DEFINITION = re.compile(r"^define [^@]*@(?P<name>rt_\w+)\(.*?^\}", re.MULTILINE | re.DOTALL)
_TABLE = re.compile(r"^@(?P<name>rt_\w+) = private .*?, align 8$", re.MULTILINE | re.DOTALL)
_TABLE_READ = re.compile(r"ptr @(rt_\w+)")
_CALL = re.compile(r"call i64 @(?P<name>\w+)\((?P<arguments>[^)]*)\)")


@dataclass(frozen=True, slots=True)
class RuntimeFunction:
    """Its LLVM IR, the runtime functions it calls, its syscalls with their numbers of arguments."""

    text: str
    callees: frozenset[str]
    syscalls: dict[str, int]


def runtime_functions(names: Iterable[str]) -> tuple[RuntimeFunction, ...]:
    """The named functions and all that they call. Raises InternalError if there is none such."""
    library = _library()
    found: dict[str, RuntimeFunction] = {}
    wanted = list(names)
    while wanted:
        name = wanted.pop()
        if name not in library:
            raise InternalError(f"the runtime has no function {name}")
        if name not in found:
            found[name] = library[name]
            wanted += library[name].callees
    return tuple(found[name] for name in sorted(found))


@cache
def _library() -> dict[str, RuntimeFunction]:
    sources = [
        p.read_text() for p in files(__package__).joinpath("rt").iterdir() if p.name.endswith(".ll")
    ]
    tables = {match["name"]: match[0] for source in sources for match in _TABLE.finditer(source)}
    definitions = (match for source in sources for match in _DEFINITION.finditer(source))
    return {match["name"]: _parse(match[0], tables) for match in definitions}


def _parse(text: str, tables: dict[str, str]) -> RuntimeFunction:
    calls = {match["name"]: match["arguments"].count("i64 ") for match in _CALL.finditer(text)}
    read = dict.fromkeys(_TABLE_READ.findall(text))
    return RuntimeFunction(
        "\n\n".join([*(tables[name] for name in read), text]),
        frozenset(name for name in calls if name.startswith("rt_")),
        {name: arity for name, arity in calls.items() if not name.startswith("rt_")},
    )
