"""Gives every way out of a function its own `ret`, which LLVM's optimiser makes one of.

One shared `ret` costs a jump to it, and what it returns is put in place before branches that mostly
go elsewhere: two instructions of many programs' best path.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import count

from conting_compiler.llvm.functions import change_functions

_SHARED = re.compile(
    r"^(?P<label>[-\w.$]+):[^\n]*\n"
    r"  (?P<value>%[-\w.$]+) = phi i64 (?P<ways>[^\n]*)\n"
    r"  ret i64 (?P=value)\n+",
    re.MULTILINE,
)
_WAY = re.compile(r"\[ ([^ ]+), %([-\w.$]+) \]")
_LAST = re.compile(
    r"^  (?:(?P<value>%[-\w.$]+) = )?"
    r"(?P<call>(?:tail )?call i64 @(?:sol_log_|sol_log_data|sol_set_return_data)\([^\n]*)\n"
    r"  ret i64 0$",
    re.MULTILINE,
)
_LABEL = re.compile(r"^([-\w.$]+):")


def split_returns(text: str) -> str:
    """Optimised LLVM IR, each predecessor of a block that only returns with a `ret` of its own.

    Blocks whose labels are quoted stay as they are.
    """
    return change_functions(text, _split)


def return_zeros(text: str) -> str:
    """Optimised LLVM IR, the 0 of a syscall returned where a 0 is returned right after it.

    These either return 0 or end the transaction (agave `syscalls/src/logging.rs`, `lib.rs`).
    """
    numbers = count()

    def reuse(match: re.Match[str]) -> str:
        value = match["value"] or f"%.zero.{next(numbers)}"
        return f"  {value} = {match['call']}\n  ret i64 {value}"

    return _LAST.sub(reuse, text)


def _split(function: str) -> str:
    match = _SHARED.search(function)
    if match is None:
        return function
    values = {block: value for value, block in _WAY.findall(match["ways"])}
    blocks = {label for line in function.splitlines() if (label := _label(line))}
    if len(values) != match["ways"].count("[") or not values.keys() <= blocks:
        return function  # a switch that leads there twice, or a label that is quoted or not written
    rest = function[: match.start()] + function[match.end() :]
    return "\n".join(_blocks(rest.splitlines(), match["label"], values))


def _label(line: str) -> str:
    """The label that a line is; nothing of an instruction, which is indented."""
    match = None if line.startswith(" ") else _LABEL.match(line)
    return match[1] if match else ""


def _blocks(lines: Sequence[str], shared: str, values: dict[str, str]) -> Iterator[str]:
    """The lines, jumps to the shared block replaced by what they return."""
    target = re.compile(rf"\blabel %{re.escape(shared)}(?![-\w.$])")
    block, made = "", list[str]()
    name = f".{shared}" if shared[0].isdigit() else shared  # no name begins with a digit
    for line in lines[:-1]:
        block = _label(line) or block
        if line == f"  br label %{shared}":
            yield f"  ret i64 {values[block]}"
        elif shared in line and target.search(line):
            own = f"{name}.{len(made)}"
            made.append(f"{own}:\n  ret i64 {values[block]}\n")
            yield target.sub(f"label %{own}", line)
        else:
            yield line
    yield from made
    yield lines[-1]
