"""Parts an optimised module for the code generator, which looks at one function at a time.

Every part has all constants, attributes and metadata of the module and some of its functions, the
others only declared. So its code is what it would be in the whole, constants lie where they would,
and the parts can be generated in any order, at once, or not again if they have not changed.
"""

import re
from collections.abc import Iterable
from typing import Final
from zlib import crc32

from conting_compiler.llvm.functions import change_functions, functions

_NAME: Final = re.compile(r'@("[^"]*"|[-\w.$]+)\(')
_DEFINE: Final = re.compile(r"^define (?:internal )?")
_PART: Final = 8
"""Functions of a part, in the mean: each part costs the code generator 2 ms more."""


def split(text: str) -> list[str]:
    """The parts, in the order of their functions.

    Where a part begins depends on names alone, so that a change within a function leaves the other
    parts as they were.
    """
    found = functions(text)
    rest = change_functions(text, lambda _: "")
    heads = {_name(each): _declaration(each) for each in found}
    return [_part(rest, part, heads) for part in _groups(found)]


def _groups(found: Iterable[str]) -> list[list[str]]:
    groups = list[list[str]]()
    for each in found:
        if not groups or crc32(_name(each).encode()) % _PART == 0:
            groups.append([])
        groups[-1].append(each)
    return groups


def _part(rest: str, part: list[str], heads: dict[str, str]) -> str:
    body = "\n\n".join(part)
    missing = set(_NAME.findall(body)).intersection(heads).difference(map(_name, part))
    return "\n\n".join([rest, body, *(heads[name] for name in sorted(missing))]) + "\n"


def _name(function: str) -> str:
    match = _NAME.search(function)
    assert match is not None
    return match[1]


def _declaration(function: str) -> str:
    head = function[: function.index("\n")]
    return _DEFINE.sub("declare ", head).removesuffix(" {")
