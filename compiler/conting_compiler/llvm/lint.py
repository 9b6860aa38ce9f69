"""Refuses LLVM IR that LLVM's BPF backend would die on, or that SBPF would execute otherwise.

It reads what we emit and what the optimiser makes of it, who invents wide multiplications,
traps and library calls. The rules were reproduced with LLVM 22.1 (facts/solana.md 3.7).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from conting_compiler.diagnostics import InternalError
from conting_compiler.ir.lowered import Module
from conting_compiler.llvm.functions import functions
from conting_compiler.llvm.runtime import runtime_functions

MAX_ARGUMENTS = 5
MAX_FRAME = 4096
MAX_INLINE_COPY = 256
_WIDE = r"i(?:6[5-9]|[7-9]\d|\d{3,})"
_WIDE_WORD = re.compile(_WIDE)
_WORD = re.compile(r"\w+")
_ANY_WIDE = "a wide integer"
_VECTOR = "x"
_ALLOCATION = "alloca"
_FORBIDDEN = tuple(
    (frozenset(words.split("|")), re.compile(pattern, re.MULTILINE), message)
    for words, pattern, message in (
        (
            "half|bfloat|float|double|fp128",
            r"\b(?:half|bfloat|float|double|fp128)\b",
            "floating point: call the soft-float functions",
        ),
        (
            "sdiv|srem",
            r"\b(?:sdiv|srem)\b",
            "signed division: divide magnitudes with udiv and urem",
        ),
        (
            _ANY_WIDE,
            rf"\b(?:mul|udiv|urem)\b[^,\n]*\b{_WIDE}\b",
            "multiplication or division of more than 64 bits: call a runtime function",
        ),
        (
            _ANY_WIDE,
            rf"\b(?:shl|lshr|ashr)\b[^,\n]*\b{_WIDE}\b[^,\n]*,(?! *\d)",
            "a shift of more than 64 bits by a variable amount",
        ),
        ("udiv|urem", r"\b(?:udiv|urem)\b[^,\n]*, 0$", "a division by the constant 0"),
        (
            "poison",
            r"\b(?:ret|store|br|switch)\b.*\bpoison\b",
            "a value that LLVM proved undefined",
        ),
        (_VECTOR, r"<\d+ x ", "a vector"),
        (_ALLOCATION, r"\balloca\b[^,\n]*, i\d+ *(?:,|$)", "an alloca of variable size"),
        (
            "unreachable",
            r"\bunreachable\b",
            "unreachable code: LLVM proved undefined behaviour, such as a division by zero",
        ),
        (
            "atomicrmw|cmpxchg|fence|invoke|indirectbr|callbr|va_arg|addrspacecast",
            r"\b(?:atomicrmw|cmpxchg|fence|invoke|indirectbr|callbr|va_arg|addrspacecast)\b",
            "an instruction that SBPF lacks",
        ),
    )
)
"""Words of which each finding has at least one, the pattern that tells whether it is one, and what
it is.
"""
_COMMON = frozenset({_ANY_WIDE, _VECTOR, _ALLOCATION})
"""Words that are no sign of a finding, or none."""
_RARE = {
    word: re.compile(rf"\b{word}\b")
    for word in frozenset().union(*(words for words, _, _ in _FORBIDDEN)) - _COMMON
}
_SIGNS = (re.compile("<"), re.compile(_WIDE), re.compile(r"alloca\b[^,\n]*, i\d"))
"""What stands in a function with a finding that needs none of the rare words: three patterns, since
one that begins with a choice, or with a word's edge, takes ten times as long.
"""
_INTRINSICS = re.compile(
    r"llvm\.(?:[us](?:min|max)|abs|bswap|ctpop|ctlz|cttz|fsh[lr]|bitreverse|[us]cmp|[us](?:add|sub)\.(?:sat|with\.overflow)"
    r"|[us]mul\.with\.overflow\.i(?:8|16|32)"  # wider ones call __multi3
    r"|assume|expect|bpf\.passthrough|is\.constant|lifetime\.(?:start|end)|experimental\.noalias\.scope\.decl)\b"
)
_COPIES = re.compile(r"llvm\.mem(?:cpy|set|move)\.")
_NAMES = re.compile(r'"[^"\n]*"|[%@!#$][-\w.$]+|^[-\w.$]+:|;.*', re.MULTILINE)
_SIGNATURE = re.compile(r'^define (?P<result>[^@]*)@(?P<name>"[^"]*"|[-\w.$]+)\((?P<rest>.*)')
_CALL = re.compile(r'\bcall\b[^@"]*@(?P<name>"[^"]*"|[-\w.$]+)\((?P<rest>.*)')
_ALLOCA = re.compile(r"= alloca (?:\[(?P<count>\d+) x )?i(?P<bits>\d+)")


@dataclass(frozen=True, slots=True)
class _Function:
    name: str
    signature: str
    body: tuple[str, ...]

    @property
    def inlined(self) -> bool:
        return "alwaysinline" in self.signature


class TooLargeError(InternalError):
    """A function keeps more on the stack than a frame holds, or is longer than a jump can be; the
    program has to be changed.
    """


def lint(text: str, module: Module, *, optimised: bool = False) -> None:
    """Checks LLVM IR made of the module. Raises InternalError with the span of the function.

    What a function keeps on the stack is known only when it is optimised.
    """
    known = _known_callees(module)
    spans = {function.name: function.span for function in module.functions}
    for function in _functions(text):
        for finding in _findings(function, known):
            raise InternalError(f"in {function.name}: {finding}", spans.get(function.name))
        size = sum(_alloca_bytes(line) for line in function.body if "alloca" in line)
        if optimised and size > MAX_FRAME:
            reason = f"a frame of {size} bytes; SBPF has {MAX_FRAME}"
            raise too_large(module, function.name, reason)


def too_large(module: Module, name: str, reason: str) -> TooLargeError:
    """The error for a function; where it is none of the program's, for the greatest of those that
    may be part of it.
    """
    located = [each for each in module.functions if each.span is not None]
    named = [each for each in located if each.name == name] or located
    span = max(named, key=lambda each: len(each.blocks)).span if named else None
    return TooLargeError(f"in {name}: {reason}", span)


def _known_callees(module: Module) -> frozenset[str]:
    runtime = runtime_functions(name for name in module.syscalls if name.startswith("rt_"))
    names = {function.name for function in module.functions} | set(module.syscalls)
    return frozenset(
        names.union(*(function.callees | function.syscalls.keys() for function in runtime))
    )


def _functions(text: str) -> Iterator[_Function]:
    for each in functions(text):
        signature, *body, _ = each.split("\n")
        match = _SIGNATURE.match(signature)
        assert match is not None
        yield _Function(match["name"].strip('"'), signature, tuple(body))


def _findings(function: _Function, known: frozenset[str]) -> Iterator[str]:
    yield from _signature_findings(function)
    text = "\n".join(function.body)
    if _is_suspect(text):
        yield from _forbidden(function, _NAMES.sub(" ", text))
    calls = (line for line in function.body if "call" in line)
    for match in (found for line in calls if (found := _CALL.search(line))):
        name = match["name"].strip('"')
        if _COPIES.match(name) and function.inlined:
            continue  # the size is a constant only where it is inlined
        yield from _call_findings(name, match["rest"], known)


def _is_suspect(text: str) -> bool:
    """Whether a part of LLVM IR may have something forbidden in it; quick, and false of most."""
    return any(sign.search(text) for sign in _SIGNS) or any(
        word in text and pattern.search(text) for word, pattern in _RARE.items()
    )


def _forbidden(function: _Function, bare: str) -> Iterator[str]:
    """What is wrong in the function's text, its names taken out."""
    words = set(_WORD.findall(bare))
    if any(_WIDE_WORD.fullmatch(word) for word in words):
        words.add(_ANY_WIDE)
    for some, pattern, message in _FORBIDDEN:
        if not some.isdisjoint(words) and (match := pattern.search(bare)):
            line = function.body[bare.count("\n", 0, match.start())]
            yield f"{message}: {line.strip()}"


def _signature_findings(function: _Function) -> Iterator[str]:
    match = _SIGNATURE.match(function.signature)
    assert match is not None
    if len(_arguments(match["rest"])) > MAX_ARGUMENTS:
        yield f"more than {MAX_ARGUMENTS} parameters: pass the address of a struct"
    if re.search(rf"[\[{{<]|\b{_WIDE}\b", match["result"]):
        yield "returns more than one register: pass an address for the result"


def _call_findings(name: str, rest: str, known: frozenset[str]) -> Iterator[str]:
    if _COPIES.match(name):
        size = _arguments(rest)[2].split()[-1]
        if not size.isdigit() or int(size) > MAX_INLINE_COPY:
            yield f"{name} of {size} bytes: call sol_memcpy_, sol_memmove_ or sol_memset_"
    elif name.startswith("llvm."):
        if not _INTRINSICS.match(name):
            yield f"the intrinsic {name}, which would become a library call"
    elif name not in known:
        yield f"calls {name}, which is neither defined nor among the module's syscalls"
    if rest.count(",") >= MAX_ARGUMENTS and len(_arguments(rest)) > MAX_ARGUMENTS:
        yield f"passes more than {MAX_ARGUMENTS} arguments to {name}"


def _arguments(text: str) -> list[str]:
    """The arguments in `text`, which begins after the opening parenthesis of a list."""
    depth, start, arguments = 0, 0, list[str]()
    for at, character in enumerate(text):
        if character in "([{":
            depth += 1
        elif character in ")]}" and depth:
            depth -= 1
        elif character == ")" or (character == "," and not depth):
            arguments.append(text[start:at].strip())
            start = at + 1
            if character == ")":
                break
    return [argument for argument in arguments if argument]


def _alloca_bytes(line: str) -> int:
    match = _ALLOCA.search(line)
    if match is None:
        return 0
    size = int(match["count"] or 1) * int(match["bits"]) // 8
    return -(-size // 8) * 8
