"""Account classes of other programs: `from ticket.state import Ticket`, `ticket` standing beside.

Their accounts belong to the address that the other program declares; they can only be read.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from conting_compiler.base58 import decode
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.modules import ROOT_MODULE, Definition, Loader, Module, Sort
from conting_compiler.frontend.suggest import did_you_mean
from conting_compiler.ir.typesystem import PUBKEY_SIZE

_SHARED: Final = frozenset({Sort.ACCOUNT, Sort.ENUM, Sort.CONSTANT, Sort.CLASS})
"""What a program can use of another one."""


def import_other(module: Module, loader: Loader, node: ast.ImportFrom) -> bool:
    """Binds what is imported from a program beside this one; False if there is none such.

    Raises Refused after reporting an error.
    """
    root = _find(module, loader, (node.module or "").partition(".")[0])
    if root is not None:
        _import(module, loader, node, root)
    return root is not None


def _find(module: Module, loader: Loader, name: str) -> Path | None:
    here = module.file.source.path.parent if loader.folder is None else loader.folder.parent
    for path in (here / name / f"{ROOT_MODULE}.py", here / f"{name}.py"):
        if path.is_file() and path != module.file.source.path:
            return path
    return None


def _import(module: Module, loader: Loader, node: ast.ImportFrom, root: Path) -> None:
    other = _load(module, loader, node, root)
    first, *rest = (node.module or "").split(".")
    path = root.parent.joinpath(*rest).with_suffix(".py") if rest else root
    if not path.is_file():
        known = [each.stem for each in path.parent.glob("*.py")]
        fix = did_you_mean(rest[-1], known, f"create {path}")
        raise module.refuse("E105", f"there is no file {path}", node, fix)
    source = other.load(".".join(rest) or ROOT_MODULE, path)
    owner = _address(module, other, node, first)
    if source is None:
        raise Refused
    for alias in node.names:
        definition = source.names.get(alias.name)
        if not isinstance(definition, Definition) or definition.sort not in _SHARED:
            fix = "account classes, enums, classes and constants can be imported"
            message = f"'{alias.name}' of the program '{first}' cannot be used here"
            raise module.refuse("E106", message, alias, fix)
        loader.bind(module, alias.asname or alias.name, definition, alias)
        _adopt(definition, owner, loader)


def _load(module: Module, loader: Loader, node: ast.ImportFrom, root: Path) -> Loader:
    """The other program's loader, its root file read."""
    if root in loader.foreign:
        return loader.foreign[root]
    if root in loader.roots:
        fix = "keep what both need in one of them"
        raise module.refuse("E107", "two programs import each other", node, fix)
    folder = root.parent if root.stem == ROOT_MODULE else None
    roots = (*loader.roots, root, module.file.source.path)
    other = Loader(folder, loader.diagnostics, import_other=import_other, roots=roots)
    loader.foreign[root] = other
    if other.load(ROOT_MODULE, root) is None:
        raise Refused
    return other


def _address(module: Module, other: Loader, node: ast.ImportFrom, name: str) -> bytes:
    """What the other program declares as its address."""
    for _, call in other.identifiers:
        match call:
            case ast.Call(args=[ast.Constant(value=str(text))]):
                try:
                    found = decode(text)
                except ValueError:
                    continue
                if len(found) == PUBKEY_SIZE:
                    return found
    fix = f"write declare_id(\"…\") in the program '{name}'"
    raise module.refuse("E301", f"the address of the program '{name}' is not known", node, fix)


def _adopt(definition: Definition, owner: bytes, loader: Loader) -> None:
    """Makes the definition, and what its fields are made of, one of this program's."""
    if definition in loader.owners:
        return
    loader.owners[definition] = owner
    for other in _used(definition):
        _adopt(other, owner, loader)
    loader.definitions.append(definition)


def _used(definition: Definition) -> Iterator[Definition]:
    body = definition.node.body if isinstance(definition.node, ast.ClassDef) else [definition.node]
    for statement in body:
        if isinstance(statement, ast.FunctionDef):
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                found = definition.module.names.get(node.id)
                is_other = isinstance(found, Definition) and found is not definition
                if is_other and isinstance(found, Definition) and found.sort in _SHARED:
                    yield found
