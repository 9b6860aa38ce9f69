"""What stands beside a program: other programs, and libraries that several of them share.

`from ticket.state import Ticket`: the accounts belong to the address that the other program
declares; they can only be read. `from fairness.seed import seed_of`, where the folder `fairness`
has no program.py: its files are compiled as if they were the program's own. So are files that are
named from the program's folder without a leading dot, as the original Seahorse does.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from conting_compiler.base58 import decode
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.modules import (
    FLAT,
    PRELUDE_MODULE,
    ROOT_MODULE,
    Definition,
    Loader,
    Module,
    Sort,
)
from conting_compiler.frontend.suggest import did_you_mean
from conting_compiler.ir.typesystem import PUBKEY_SIZE

_SHARED: Final = frozenset({Sort.ACCOUNT, Sort.ENUM, Sort.CONSTANT, Sort.CLASS})
"""What a program can use of another one."""


def import_other(module: Module, loader: Loader, node: ast.ImportFrom) -> bool:
    """Binds what is imported from a program or library beside this one; False if none is there.

    Raises Refused after reporting an error.
    """
    here = loader.beside or module.file.source.path.parent
    parts = (node.module or "").split(".")
    name = parts[0]
    if name in {"", PRELUDE_MODULE.partition(".")[0]}:
        return False
    root = _find(module, here, name)
    if root is not None and _is_program(root):
        _import(module, loader, node, root)
    elif loader.folder and not loader.library and _file(loader.folder, parts).is_file():
        _bind(module, loader, loader.load_own(module, node, loader.folder, parts), node)
    elif (here / name).is_dir():
        _import_library(module, loader, node, here / name)
    elif root is not None:
        library = _library(module, loader, node, here, FLAT)
        _bind(module, library, library.load_own(module, node, here, parts), node)
    else:
        return False
    return True


def _file(folder: Path, parts: Sequence[str]) -> Path:
    return folder.joinpath(*parts[:-1], f"{parts[-1]}.py")


def _bind(module: Module, loader: Loader, source: Module | None, node: ast.ImportFrom) -> None:
    for alias in node.names:
        loader.bind_import(module, source, alias)


def _is_program(root: Path) -> bool:
    """Whether the file is the root of a program; if not, it is a part of who imports it."""
    try:
        return root.stem == ROOT_MODULE or b"declare_id" in root.read_bytes()
    except OSError:
        return True  # `_import` says what is wrong with it


def _find(module: Module, here: Path, name: str) -> Path | None:
    for path in (here / name / f"{ROOT_MODULE}.py", here / f"{name}.py"):
        if path.is_file() and path != module.file.source.path:
            return path
    return None


def _import_library(module: Module, loader: Loader, node: ast.ImportFrom, folder: Path) -> None:
    """Binds what is imported from a file of a folder that has no program.py."""
    path = _file(folder.parent, (node.module or "").split("."))
    if not path.is_file():
        known = [f"{folder.stem}.{each.stem}" for each in folder.glob("*.py")]
        fix = did_you_mean(node.module or "", known, f"create {path}")
        raise module.refuse("E105", f"there is no file {path}", node, fix)
    library = _library(module, loader, node, folder, folder.stem)
    _bind(module, library, library.load(node.module or "", path), node)


def _library(
    module: Module, loader: Loader, node: ast.ImportFrom, folder: Path, name: str
) -> Loader:
    """The library's loader: what it finds belongs to the program."""
    if loader.library == name == FLAT:
        return loader
    if folder in loader.roots:
        fix = "keep what both need in one of them"
        raise module.refuse("E107", f"'{folder.stem}' imports this file in turn", node, fix)
    if folder not in loader.foreign:
        loader.foreign[folder] = replace(
            loader,
            folder=folder if name == FLAT else folder.parent,
            library=name,
            modules={},
            open=[],
            roots=(*loader.roots, folder, module.file.source.path),
        )
    return loader.foreign[folder]


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
