"""Arrays lie in their account, or in their Array, as bytes: storing one there copies it.

Python would make two names of one thing. Where a program could see the difference, which takes
another store into an Array of that type, or another name for what is overwritten, it is refused.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from conting_compiler.diagnostics import Diagnostics
from conting_compiler.frontend.walk import Node, walk
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import AccountT, ArrayT, Type, is_packed
from conting_compiler.source import Span

_TELLING: Final = (
    ir.Assign,
    ir.Call,
    ir.ListLit,
    ir.TupleLit,
    ir.Intrinsic,
    ir.Return,
    ir.Conditional,
    ir.InitAccount,
    ir.ArrayLit,
)
"""Nodes that may copy, name or change an Array."""


def check_aliasing(
    functions: Sequence[ir.Function], entries: Collection[str], diagnostics: Diagnostics
) -> None:
    """Reports every store that would copy an Array where Python would not.

    What one instruction shares is over when it ends: each is looked at with all that it calls.
    """
    bodies = {function.name: walk(*function.body) for function in functions}
    handed = {
        each
        for function in functions
        for each in _handed_over(function, bodies[function.name], is_entry=function.name in entries)
    }
    called = {name: _called(nodes) for name, nodes in bodies.items()}
    reached = {name: _reached(name, called) for name in bodies}
    inside = {each for name in entries if name in reached for each in reached[name]}
    roots = [*(name for name in entries if name in bodies), *(bodies.keys() - inside)]
    found: dict[tuple[Span, str], str] = {}
    telling = {
        name: [n for n in nodes if isinstance(n, _TELLING)] for name, nodes in bodies.items()
    }
    for root in roots:
        nodes = [node for name in bodies if name in reached[root] for node in telling[name]]
        found.update(_findings(nodes, handed))
    for (span, message), fix in sorted(found.items(), key=lambda each: _place(each[0][0])):
        diagnostics.error("E226", message, span, fix)


def _place(span: Span) -> tuple[str, int, int]:
    return (str(span.source.path), span.line, span.column)


def _called(nodes: Sequence[Node]) -> set[str]:
    return {node.function for node in nodes if isinstance(node, ir.Call)}


def _reached(name: str, called: Mapping[str, set[str]]) -> set[str]:
    """The function and all that it calls, over others too."""
    found, waiting = {name}, [name]
    while waiting:
        new = called.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _handed_over(function: ir.Function, nodes: Sequence[Node], *, is_entry: bool) -> set[int]:
    """The names, by their identity, that are read here only and nobody else has: nothing can be
    seen through them later.
    """
    targets = {id(node.target) for node in nodes if isinstance(node, ir.Assign)}
    loops = [node for node in nodes if isinstance(node, ir.While | ir.ForRange)]
    again = {id(each) for loop in loops for each in walk(loop)}
    reads = [n for n in nodes if isinstance(n, ir.Local) and id(n) not in targets]
    count = Counter(each.name for each in reads)
    stores = [n for n in nodes if isinstance(n, ir.Assign) and isinstance(n.target, ir.Local)]
    other = {
        n.target.name for n in stores if isinstance(n.target, ir.Local) and not _is_fresh(n.value)
    }
    params = set() if is_entry else {each.name for each in function.params}
    known = other | params
    once = (n for n in reads if count[n.name] == 1 and id(n) not in again)
    return {id(each) for each in once if each.name not in known}


def _findings(
    nodes: Sequence[Node], handed: Collection[int]
) -> Iterator[tuple[tuple[Span, str], str]]:
    changed = {kind for node in nodes for kind in _changed(node)}
    named = {kind for node in nodes for kind in _named(node)}
    for node in nodes:
        for value in _copied(node):
            if id(value) in handed or _is_fresh(value):
                continue
            if any(each in changed for each in _inside(value.type)):
                new = f"'… = Array(x, {_length(value.type)})'"
                fix = f"store a new one, in a line of its own: {new}"
                yield (value.span, f"this copies an {value.type} that is changed elsewhere"), fix
        match node:
            case ir.Assign(target=ir.Field() | ir.Index() as target) if _is_place(target):
                if target.type in named:
                    message = f"this overwrites an {target.type} that may have another name"
                    yield (node.span, message), "assign its elements one by one"


def _length(kind: Type) -> int:
    return kind.length if isinstance(kind, ArrayT) else 0


def _is_array(kind: Type) -> bool:
    return isinstance(kind, ArrayT) and is_packed(kind)


def _is_place(target: ir.Expr) -> bool:
    """Whether it is an Array that lies inside of something else."""
    match target:
        case ir.Field(base=base, type=kind):
            return _is_array(kind) and isinstance(base.type, AccountT)
        case ir.Index(base=base, type=kind):
            return _is_array(kind) and is_packed(base.type)
        case _:
            return False


def _changed(node: Node) -> Iterator[Type]:
    """The Array types of which the node stores an element."""
    match node:
        case ir.Assign(target=ir.Index(base=base)) if _is_array(base.type):
            yield base.type


def _named(node: Node) -> Iterator[Type]:
    """The Array types of which the node gives another name to one that lies somewhere."""
    match node:
        case ir.Assign(target=ir.Local(), value=value):
            values: tuple[ir.Expr, ...] = (value,)
        case ir.Call(arguments=arguments):
            values = arguments
        case ir.ListLit(elements=elements) | ir.TupleLit(elements=elements):
            values = elements
        case ir.Intrinsic(name="list.append" | "list.insert", arguments=arguments):
            values = arguments
        case ir.Return(value=ir.Field() | ir.Index() as value):
            values = (value,)
        case ir.Conditional(then=then, otherwise=otherwise):
            values = (then, otherwise)
        case _:
            return
    yield from (value.type for value in values if _is_place(value))


def _copied(node: Node) -> Iterator[ir.Expr]:
    """The Arrays that a node copies into a place."""
    match node:
        case ir.Assign(target=ir.Field() | ir.Index() as target, value=value):
            if _is_place(target):
                yield value
        case ir.InitAccount(fields=fields):
            yield from (value for _, value in fields if _is_array(value.type))
        case ir.ArrayLit(elements=elements, type=kind) if _is_array(kind):
            yield from (each for each in elements if _is_array(each.type))


def _inside(kind: Type) -> Iterator[Type]:
    yield kind
    if isinstance(kind, ArrayT):
        yield from _inside(kind.element)


def _is_fresh(value: ir.Expr) -> bool:
    """Whether nothing else can refer to the value."""
    match value:
        case ir.ArrayLit():
            return True
        case ir.Intrinsic(name=name):
            return not name.startswith("list.")
        case ir.Block(result=result):
            return _is_fresh(result)
        case ir.Conditional(then=then, otherwise=otherwise):
            return _is_fresh(then) and _is_fresh(otherwise)
        case _:
            return False
