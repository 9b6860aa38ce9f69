"""Every small change to a program's source that a test should notice: its mutants.

    for mutant in mutants({"ticket/refund.py": text}): mutant.kind, mutant.place, mutant.applied(…)

Kinds: guards (an assert, or a part of one, left out), writes (a field not stored, an effect left
out), arithmetic (+ for -, one more, a part of a min), comparisons (< for <=), conditions (an `if`
that is always or never so), signers (one who need not sign), inits (a field of a new account left
out), seeds (a part of an address left out).
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from bench.mutants.reach import all_from, all_uses, known_in

KINDS: Final = (
    "guards",
    "writes",
    "arithmetic",
    "comparisons",
    "conditions",
    "signers",
    "inits",
    "seeds",
)
NOTHING: Final = "pass"
_BOUNDS: Final[Mapping[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
_OPERATORS: Final[Mapping[type[ast.operator], str]] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "//",
    ast.FloorDiv: "*",
    ast.Mod: "//",
}
_NEEDED: Final = frozenset({"payer", "seeds", "mint", "authority", "decimals"})
"""Arguments of `init` without which nothing compiles."""
_DECLARED: Final = frozenset({"Signer", "UncheckedAccount"})
Function = ast.FunctionDef
Found = tuple[str, ast.AST, str]
"""Kind, what is replaced, and by what."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes `start` to `end` of a file, relative to programs/, become `new`."""

    file: str
    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change; the first edit is what it is about, the others only make it compile."""

    kind: str
    line: int
    function: str
    old: str
    edits: tuple[Edit, ...]
    errors: frozenset[str] = frozenset()
    """Names of the refusals that it has a part in; none where that is not known."""

    @property
    def file(self) -> str:
        """Relative to programs/."""
        return self.edits[0].file

    @property
    def place(self) -> str:
        """Where in programs/."""
        return f"{self.file}:{self.line}"

    @property
    def change(self) -> str:
        """In words, on one line."""
        new = "left out" if self.kind == "inits" else self.edits[0].new
        return f"{' '.join(self.old.split())}  ->  {' '.join(new.split())}"

    def applied(self, sources: Mapping[str, str]) -> dict[str, str]:
        """The files that it changes, changed."""
        changed = {each.file: sources[each.file].encode() for each in self.edits}
        for each in sorted(self.edits, key=lambda edit: -edit.start):
            text = changed[each.file]
            changed[each.file] = text[: each.start] + each.new.encode() + text[each.end :]
        return {file: text.decode() for file, text in changed.items()}


def mutants(sources: Mapping[str, str]) -> Iterator[Mutant]:
    """All of these files, which are named relative to programs/."""
    trees = {file: ast.parse(text) for file, text in sources.items()}
    refusals = _refusals(sources, trees)
    relaxed = [_relaxed(file, tree, sources[file]) for file, tree in trees.items()]
    helpers = tuple(edit for edits in relaxed for edit in edits)
    for file, tree in trees.items():
        text = sources[file]
        guarded = dict(_guarded(tree))
        for name, kind, node, new in _found(tree):
            start, end = _span(text, node)
            old = text.encode()[start:end].decode()
            if old != new:
                errors = guarded.get(id(node)) or _errors_of(node, kind, refusals[file])
                edit = Edit(file, start, end, new)
                old = ast.unparse(node.part) if isinstance(node, _Shown) else old
                yield Mutant(kind, _line(node), name, old, (edit,), errors)
        for function in _functions(tree):
            for argument, kept in _signers(function):
                edits = [Edit(file, *_span(text, kept), "UncheckedAccount"), *helpers]
                edits += _imported(file, tree, text)
                unique = tuple(dict.fromkeys(edits))
                yield Mutant("signers", argument.lineno, function.name, argument.arg, unique)


def _found(tree: ast.Module) -> Iterator[tuple[str, str, ast.AST, str]]:
    """With the name of the function, class or constant that each is in."""
    for node in tree.body:
        match node:
            case ast.FunctionDef():
                for kind, what, new in _in_function(node):
                    yield node.name, kind, what, new
            case ast.ClassDef():
                for kind, what, new in _seeds(node):
                    yield node.name, kind, what, new
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                for number in _numbers(value):
                    yield name, "arithmetic", number, f"{ast.unparse(number)} + 1"
            case _:
                pass


def _functions(tree: ast.Module) -> Iterator[Function]:
    yield from (each for each in tree.body if isinstance(each, ast.FunctionDef))


def _numbers(value: ast.expr) -> Iterator[ast.Constant]:
    """The first number of a constant's value: one more of it is another constant."""
    for node in ast.walk(value):
        if isinstance(node, ast.Constant) and type(node.value) is int:
            yield node
            return


def _in_function(function: Function) -> Iterator[Found]:
    inside_guards = {
        id(part)
        for guard in ast.walk(function)
        if isinstance(guard, ast.Assert)
        for part in ast.walk(guard.test)
    }
    for node in ast.walk(function):
        yield from _guard(node)
        yield from _write(node)
        yield from _calculation(node)
        yield from _condition(node)
        yield from _init(node)
        if isinstance(node, ast.Compare):
            yield from _comparison(node)
        elif isinstance(node, ast.BoolOp) and id(node) not in inside_guards:
            yield from (("conditions", node, ast.unparse(part)) for part in node.values)


def _guard(node: ast.AST) -> Iterator[Found]:
    match node:
        case ast.Assert(test=test):
            yield "guards", node, NOTHING
            yield from (("guards", test, part) for part in _parts(test))
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))) if name.startswith("assert_"):
            yield "guards", node, NOTHING
        case _:
            pass


def _parts(test: ast.expr) -> Iterator[str]:
    """What is left of an assert when all but one of its conditions are taken out."""
    match test:
        case ast.BoolOp(values=values):
            yield from map(ast.unparse, values)
        case ast.Compare(left=left, ops=ops, comparators=others) if len(ops) > 1:
            terms = [left, *others]
            for index, operator in enumerate(ops):
                yield ast.unparse(ast.Compare(terms[index], [operator], [terms[index + 1]]))
        case _:
            pass


def _write(node: ast.AST) -> Iterator[Found]:
    match node:
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "writes", node, NOTHING
        case ast.AugAssign(target=ast.Attribute() | ast.Subscript()):
            yield "writes", node, NOTHING
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            if not name.startswith("assert_") and name != "unchecked":
                yield "writes", node, NOTHING
        case ast.Expr(value=ast.Call(func=ast.Attribute())):
            yield "writes", node, NOTHING
        case _:
            pass


def _calculation(node: ast.AST) -> Iterator[Found]:
    match node:
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            other = _OPERATORS[type(operator)]
            yield "arithmetic", node, f"({ast.unparse(left)}) {other} ({ast.unparse(right)})"
        case ast.AugAssign(target=target, op=ast.Add() | ast.Sub() as operator, value=value):
            other = _OPERATORS[type(operator)]
            yield "arithmetic", node, f"{ast.unparse(target)} {other}= {ast.unparse(value)}"
        case ast.Call(func=ast.Name(id="min" | "max"), args=parts):
            yield from (("arithmetic", node, ast.unparse(part)) for part in parts)
        case _:
            pass


def _comparison(node: ast.Compare) -> Iterator[Found]:
    for index, operator in enumerate(node.ops):
        if type(operator) in _BOUNDS:
            others = list(node.ops)
            others[index] = _BOUNDS[type(operator)]()
            yield (
                "comparisons",
                node,
                ast.unparse(ast.Compare(node.left, others, node.comparators)),
            )


def _condition(node: ast.AST) -> Iterator[Found]:
    match node:
        case ast.If(test=test) | ast.IfExp(test=test):
            text = ast.unparse(test)
            yield "conditions", test, f"({text}) or True"
            yield "conditions", test, f"({text}) and False"
        case _:
            pass


def _init(node: ast.AST) -> Iterator[Found]:
    match node:
        case ast.Call(func=ast.Attribute(attr="init" | "init_if_empty"), keywords=keywords):
            for each in keywords:
                if each.arg not in _NEEDED:
                    kept = [other for other in keywords if other is not each]
                    new = ast.Call(node.func, node.args, kept)
                    yield "inits", _Shown(node, each), ast.unparse(new)
                elif each.arg == "seeds" and isinstance(each.value, ast.List):
                    yield from _shorter(each.value)
        case _:
            pass


class _Shown(ast.AST):
    """Stands where `whole` does; the line is that of the part that is left out."""

    def __init__(self, whole: ast.Call, part: ast.keyword) -> None:
        super().__init__()
        self.whole, self.part = whole, part


def _seeds(node: ast.ClassDef) -> Iterator[Found]:
    for each in ast.walk(node):
        if isinstance(each, ast.Return) and isinstance(each.value, ast.List):
            yield from _shorter(each.value)


def _shorter(seeds: ast.List) -> Iterator[Found]:
    for each in seeds.elts:
        kept = [other for other in seeds.elts if other is not each]
        yield "seeds", seeds, ast.unparse(ast.List(kept))


def _signers(function: Function) -> Iterator[tuple[ast.arg, ast.expr]]:
    """Of an instruction: parameters, and their annotations."""
    decorators = [each.id for each in function.decorator_list if isinstance(each, ast.Name)]
    if "instruction" in decorators:
        yield from _signing(function)


def _signing(function: Function) -> Iterator[tuple[ast.arg, ast.expr]]:
    for argument in function.args.args:
        kind = argument.annotation
        if isinstance(kind, ast.Name) and kind.id == "Signer":
            yield argument, kind


def _relaxed(file: str, tree: ast.Module, text: str) -> Iterator[Edit]:
    """Functions that only compare a signer's key take anybody's: whether it signs is decided where
    the instruction declares it.
    """
    found = [
        Edit(file, *_span(text, kind), "UncheckedAccount")
        for function in _functions(tree)
        if function.name.startswith("assert_")
        for _, kind in _signing(function)
    ]
    yield from found
    if found:
        yield from _imported(file, tree, text)


def _imported(file: str, tree: ast.Module, text: str) -> Iterator[Edit]:
    """UncheckedAccount, if the file does not have it yet."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "seahorse.prelude":
            names = {each.name for each in node.names}
            if "UncheckedAccount" not in names:
                start, end = _span(text, node)
                every = ", ".join(sorted(names | _DECLARED))
                yield Edit(file, start, end, f"from seahorse.prelude import {every}")


def _refusals(
    sources: Mapping[str, str], trees: Mapping[str, ast.Module]
) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """By file and name of a function there: every refusal in it, and in those that it calls.

    Two programs may each have a function of the same name.
    """
    own = {
        (file, each.name): set(_named(each)) for file in trees for each in _functions(trees[file])
    }
    uses = all_uses(sources)
    whole = {
        start: frozenset(error for name in all_from(start, uses) for error in own.get(name, ()))
        for start in own
    }
    return {
        file: {name: whole[what] for name, what in known_in(file, tree).items() if what in whole}
        for file, tree in trees.items()
    }


def _named(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Assert) and isinstance(each.msg, ast.Attribute):
            yield each.msg.attr


def _guarded(tree: ast.Module) -> Iterator[tuple[int, frozenset[str]]]:
    """Of each part of an assert, the refusal."""
    for guard in ast.walk(tree):
        if isinstance(guard, ast.Assert):
            errors = frozenset(_named(guard))
            yield from ((id(part), errors) for part in ast.walk(guard.test))


def _errors_of(node: ast.AST, kind: str, refusals: Mapping[str, frozenset[str]]) -> frozenset[str]:
    match node:
        case ast.Assert():
            return frozenset(_named(node))
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))) if kind == "guards":
            return refusals.get(name, frozenset())
        case _:
            return frozenset()


def _line(node: ast.AST) -> int:
    shown = node.part.value if isinstance(node, _Shown) else node
    assert isinstance(shown, ast.stmt | ast.expr)
    return shown.lineno


def _span(text: str, node: ast.AST) -> tuple[int, int]:
    """From which byte to which."""
    place = node.whole if isinstance(node, _Shown) else node
    assert isinstance(place, ast.stmt | ast.expr)
    assert place.end_lineno is not None
    assert place.end_col_offset is not None
    lines = text.encode().splitlines(keepends=True)
    at = partial(_offset, [len(each) for each in lines])
    return at(place.lineno, place.col_offset), at(place.end_lineno, place.end_col_offset)


def _offset(lengths: list[int], line: int, column: int) -> int:
    return sum(lengths[: line - 1]) + column
