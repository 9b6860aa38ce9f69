"""Which instructions a function, class or constant of programs/ has a part in."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping

Name = tuple[str, str]
"""File, relative to programs/, and what is defined there."""
Instruction = tuple[str, str]
"""Program and instruction."""


def reach(sources: Mapping[str, str]) -> Mapping[Name, frozenset[Instruction]]:
    """Of everything that is defined at the top of a file."""
    uses = all_uses(sources)
    reached: dict[Name, set[Instruction]] = defaultdict(set)
    for file, text in sources.items():
        for name in _instructions(text):
            for each in all_from((file, name), uses):
                reached[each].add((file.partition("/")[0], name))
    return {name: frozenset(found) for name, found in reached.items()}


def all_uses(sources: Mapping[str, str]) -> Mapping[Name, frozenset[Name]]:
    """What each definition names itself."""
    return {name: found for file, text in sources.items() for name, found in _uses(file, text)}


def _instructions(text: str) -> Iterator[str]:
    for node in ast.parse(text).body:
        marks = node.decorator_list if isinstance(node, ast.FunctionDef) else []
        if any(isinstance(each, ast.Name) and each.id == "instruction" for each in marks):
            assert isinstance(node, ast.FunctionDef)
            yield node.name


def all_from(start: Name, uses: Mapping[Name, frozenset[Name]]) -> set[Name]:
    """`start`, what it names, what that names, and so on."""
    seen, waiting = {start}, [start]
    while waiting:
        new = uses.get(waiting.pop(), frozenset()) - seen
        seen |= new
        waiting.extend(new)
    return seen


def known_in(file: str, tree: ast.Module) -> dict[str, Name]:
    """What the names in a file mean: what it defines and what it imports."""
    own = {name: (file, name) for name, _ in _definitions(tree)}
    return own | dict(_imports(file, tree))


def _uses(file: str, text: str) -> Iterator[tuple[Name, frozenset[Name]]]:
    """What each definition of the file names."""
    tree = ast.parse(text)
    known = known_in(file, tree)
    for name, node in _definitions(tree):
        names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        yield (file, name), frozenset(known[each] for each in names & known.keys())


def _definitions(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node
            case ast.Assign(targets=[ast.Name(id=name)]):
                yield name, node
            case _:
                pass


def _imports(file: str, tree: ast.Module) -> Iterator[tuple[str, Name]]:
    folder = file.partition("/")[0]
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            path = node.module.replace(".", "/") + ".py"
            where = f"{folder}/{path}" if node.level else path
            yield from ((each.name, (where, each.name)) for each in node.names)
