"""Follows imports from the root file and says what each module-level name of each file is.

Files are read depth-first in the order of their imports, as Python would run them, so the order of
`Loader.definitions` is the order of first appearance.
"""

import ast
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

from conting_compiler.diagnostics import Diagnostics
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.intrinsics.names import (
    INSTEAD,
    NOT_YET,
    PRELUDE,
    Builtin,
    Special,
    TypeName,
)
from conting_compiler.frontend.parse import Node, SourceFile, parse_file
from conting_compiler.frontend.suggest import did_you_mean
from conting_compiler.frontend.whole_files import instead_of_whole
from conting_compiler.source import Span

PRELUDE_MODULE: Final = "seahorse.prelude"
ROOT_MODULE: Final = "program"
FLAT: Final = "."
"""`Loader.library` of files that stand beside a program of one file, without a folder of theirs."""

_NO_FILE: Final = "a file itself cannot be imported"
_PYTH: Final = "seahorse.pyth"
_PYTH_NAMES: Final = ("PriceAccount", "PriceFeed", "Price")
_INSTEAD_OF_PYTHON: Final = "delete the line: Python's own modules do not exist on chain"


class Sort(Enum):
    """What a program defines at module level."""

    CONSTANT = "a constant"
    ACCOUNT = "an account class"
    ENUM = "an enum"
    CLASS = "a class"
    ERRORS = "an errors class"
    FUNCTION = "a function"
    INSTRUCTION = "an instruction"


_SORT_OF_BASE: Final = {
    Special.ACCOUNT: Sort.ACCOUNT,
    Special.ENUM: Sort.ENUM,
    Special.ERRORS: Sort.ERRORS,
    Special.EVENT: Sort.CLASS,
}


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """One thing that a file defines."""

    sort: Sort
    name: str
    node: ast.stmt
    module: "Module"


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """One file: its names, in the order in which they appear."""

    name: str
    """Dotted, from the program's folder."""
    file: SourceFile
    diagnostics: Diagnostics
    names: dict[str, "Definition | Builtin | None"] = field(default_factory=dict)
    """None is a name whose import or definition was refused: it silences what follows from it."""
    starred: set[str] = field(default_factory=set)
    """Names that came with `import *`: a definition of the program's own takes their place."""

    def span(self, node: Node) -> Span:
        """Where a node stands."""
        return self.file.span(node)

    def error(self, code: str, message: str, node: Node, fix: str | None = None) -> None:
        """Notes an error; the caller goes on."""
        self.diagnostics.error(code, message, self.span(node), fix)

    def refuse(self, code: str, message: str, node: Node, fix: str | None = None) -> Refused:
        """Notes an error and gives what the caller raises, to unwind to where it can go on."""
        self.error(code, message, node, fix)
        return Refused()


@dataclass(slots=True)
class Loader:
    """Reads the files of a program; `folder` is None for a program of one file."""

    folder: Path | None
    diagnostics: Diagnostics
    modules: dict[str, Module | None] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    definitions: list[Definition] = field(default_factory=list)
    identifiers: list[tuple[Module, ast.Call]] = field(default_factory=list)
    """The calls of `declare_id`."""
    import_other: "Callable[[Module, Loader, ast.ImportFrom], bool] | None" = None
    """Imports from another program; False where there is none of that name."""
    roots: tuple[Path, ...] = ()
    """The root files of the programs that import this one."""
    foreign: "dict[Path, Loader]" = field(default_factory=dict)
    """Other programs of which this one imports something, by their root files."""
    owners: dict[Definition, bytes] = field(default_factory=dict)
    """Definitions of other programs, and those programs' addresses."""
    library: str = ""
    """The folder's folder that this loader reads, for a library, or FLAT: its files become the
    program's.
    """

    @property
    def beside(self) -> Path | None:
        """The folder in which other programs and libraries stand; None for a file's own folder."""
        return self.folder if self.folder is None or self.library else self.folder.parent

    def load(self, name: str, path: Path) -> Module | None:
        """The module in a file, read once; None where the file was refused."""
        if name in self.modules:
            return self.modules[name]
        file = parse_file(path, self.diagnostics)
        if file is None:
            self.modules[name] = None
            return None
        module = Module(name, file, self.diagnostics)
        self.modules[name] = module
        self.open.append(name)
        for statement in file.tree.body:
            try:
                self._statement(module, statement)
            except Refused:
                continue
        self.open.pop()
        return module

    def _statement(self, module: Module, node: ast.stmt) -> None:
        match node:
            case ast.ImportFrom():
                self._import(module, node)
            case ast.ClassDef():
                self._define(module, node.name, _class_sort(module, node), node)
            case ast.FunctionDef():
                self._define(module, node.name, _function_sort(module, node), node)
            case ast.Assign(targets=[ast.Name(id="__all__")]) | ast.Pass():
                pass
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                self._define(module, name, Sort.CONSTANT, node)
            case ast.Expr(value=ast.Constant(value=str())):
                pass
            case ast.Expr(value=ast.Call(func=ast.Name(id=name)) as call) if (
                module.names.get(name) is Special.DECLARE_ID
            ):
                self.identifiers.append((module, call))
            case _:
                _refuse_statement(module, node)

    def _define(self, module: Module, name: str, sort: Sort | None, node: ast.stmt) -> None:
        definition = None if sort is None else Definition(sort, name, node, module)
        self.bind(module, name, definition, node)
        if definition is not None:
            self.definitions.append(definition)

    def bind(
        self,
        module: Module,
        name: str,
        meaning: Definition | Builtin | None,
        node: ast.stmt | ast.alias,
    ) -> None:
        """Gives a name its meaning; refuses a second one, but for names that came with `*`."""
        known = module.names.get(name)
        if name in module.starred:
            module.starred.discard(name)
        elif name in module.names and (known is not meaning or isinstance(node, ast.stmt)):
            module.names[name] = None
            fix = "rename one of them"
            raise module.refuse("E112", f"'{name}' is already something else here", node, fix)
        module.names[name] = meaning

    def _import(self, module: Module, node: ast.ImportFrom) -> None:
        if node.level == 0 and node.module == "__future__":
            return
        if node.level == 0:
            self._import_absolute(module, node)
            return
        try:
            source = self._imported_module(module, node)
        except Refused:
            source = None
        for alias in node.names:
            try:
                self.bind_import(module, source, alias)
            except Refused:
                module.names.setdefault(alias.asname or alias.name, None)

    def _import_absolute(self, module: Module, node: ast.ImportFrom) -> None:
        if node.module == PRELUDE_MODULE or self.import_other is None:
            self._import_prelude(module, node)
            return
        names = [each.name for each in node.names]
        folders = {module.file.source.path.parent, self.folder or module.file.source.path.parent}
        fix = instead_of_whole(sorted(folders), node.module or "", names)
        if fix is not None:
            _silence(module, node)
            raise module.refuse("E104", _NO_FILE, node, fix)
        try:
            if not self.import_other(module, self, node):
                self._import_prelude(module, node)
        except Refused:
            _silence(module, node)
            raise

    def _import_prelude(self, module: Module, node: ast.ImportFrom) -> None:
        if node.module != PRELUDE_MODULE:
            raise _refuse_module(module, node)
        for alias in node.names:
            if alias.name == "*":
                new = {k: v for k, v in PRELUDE.items() if k not in module.names}
                module.names.update(new)
                module.starred.update(new)
                continue
            meaning = PRELUDE.get(alias.name)
            if meaning is None:
                message, suggestion = unknown_name(alias.name, PRELUDE, "the prelude has no")
                module.error("E106", message, alias, suggestion)
            self.bind(module, alias.asname or alias.name, meaning, alias)

    def _imported_module(self, module: Module, node: ast.ImportFrom) -> Module | None:
        names = [each.name for each in node.names]
        if self.folder is None:
            beside = [module.file.source.path.parent]
            fix = f"write 'from {node.module or names[0]} import …', or make a folder with a"
            fix = instead_of_whole(beside, node.module or "", names) or f"{fix} {ROOT_MODULE}.py"
            message = "a program of one file cannot import other files"
            raise module.refuse("E104", message, node, fix)
        parts = module.name.split(".")
        if node.level > len(parts) - (self.library not in {"", FLAT}):
            fix = "a program is made of the files in its folder"
            raise module.refuse("E104", "this import leads out of the program's folder", node, fix)
        above = parts[: len(parts) - node.level]
        whole = [self.folder.joinpath(*above)]
        instead = instead_of_whole(whole, node.module or "", names, "." * node.level)
        if node.module is None or instead is not None:
            raise module.refuse("E104", _NO_FILE, node, instead or "from .file import name")
        target = [*above, *node.module.split(".")]
        return self.load_own(module, node, self.folder, target)

    def load_own(
        self, module: Module, node: ast.ImportFrom, folder: Path, target: Sequence[str]
    ) -> Module | None:
        """One of the program's own files, by its path in the folder, without suffix."""
        name = ".".join(target)
        path = folder.joinpath(*target[:-1], f"{target[-1]}.py")
        if name in self.open:
            fix = "move what both need into a third file"
            raise module.refuse("E107", f"'{name}' imports this file in turn", node, fix)
        if not path.is_file():
            known = [each.stem for each in path.parent.glob("*.py")]
            suggestion = did_you_mean(target[-1], known, f"create {path}")
            raise module.refuse("E105", f"there is no file {path}", node, suggestion)
        return self.load(name, path)

    def bind_import(self, module: Module, source: Module | None, alias: ast.alias) -> None:
        """Binds one name of a file, or all with `*`; `source` is None where that was refused."""
        if alias.name == "*":
            self._bind_all(module, source, alias)
            return
        bound = alias.asname or alias.name
        if source is None:
            module.names.setdefault(bound, None)
            return
        if alias.name not in source.names:
            message = f"'{source.name}' has no '{alias.name}'"
            raise module.refuse("E106", message, alias, did_you_mean(alias.name, source.names))
        self.bind(module, bound, source.names[alias.name], alias)

    def _bind_all(self, module: Module, source: Module | None, alias: ast.alias) -> None:
        if source is None:
            raise Refused
        for name, meaning in source.names.items():
            if not name.startswith("_"):
                self.bind(module, name, meaning, alias)
                module.starred.add(name)


def unknown_name(name: str, known: Iterable[str], prefix: str) -> tuple[str, str | None]:
    """Message and help for a name that is neither defined nor imported."""
    if name in INSTEAD:
        return f"'{name}' has no meaning on chain", INSTEAD[name]
    if name in NOT_YET:
        return f"'{name}' is not supported yet", None
    if name in PRELUDE:
        return f"'{name}' is not imported", f"from {PRELUDE_MODULE} import {name}"
    return f"{prefix} '{name}'", did_you_mean(name, known)


def _class_sort(module: Module, node: ast.ClassDef) -> Sort | None:

    if node.keywords:
        module.error("E318", "a class takes no keywords", node, "drop them")
        return None
    dataclass = [_is_dataclass(module, each) for each in node.decorator_list]
    if not all(dataclass):
        fix = "the only decorator of a class is '@dataclass', imported from the prelude"
        module.error("E318", "this decorator is not supported", node.decorator_list[0], fix)
        return None
    match node.bases:
        case [] | [ast.Name(id="object")]:
            return Sort.CLASS
        case [ast.Name(id=base)]:
            meaning = module.names.get(base)
            if isinstance(meaning, Special) and meaning in _SORT_OF_BASE:
                return _SORT_OF_BASE[meaning]
            if base in module.names and meaning is None:
                return None
        case _:
            pass
    message = f"the class '{node.name}' is none that the dialect has"
    module.error("E318", message, node, _instead_of_bases(module, node.bases))
    return None


def _instead_of_bases(module: Module, bases: Iterable[ast.expr]) -> str:
    """What to write in place of a class that is derived from something else."""
    names = (base.id for base in bases if isinstance(base, ast.Name))
    if any(isinstance(module.names.get(name), TypeName) for name in names):
        return "keep what it adds in an Account of your own, with the key of this one in a field"
    return "derive it from Account, Enum, Errors or Event of the prelude, or from nothing"


def _is_dataclass(module: Module, node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and module.names.get(node.id, "") is Special.DATACLASS


def _function_sort(module: Module, node: ast.FunctionDef) -> Sort | None:
    others = [each for each in node.decorator_list if not _is_instruction(module, each)]
    if others:
        fix = "the only decorator is '@instruction', imported from the prelude"
        module.error("E110", "this decorator is not supported", others[0], fix)
        return None
    return Sort.INSTRUCTION if node.decorator_list else Sort.FUNCTION


def _is_instruction(module: Module, node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and module.names.get(node.id, "") is Special.INSTRUCTION


def _refuse_module(module: Module, node: ast.ImportFrom) -> Refused:
    """Reports an import from a module that is neither the prelude nor a file of the program."""
    name, names = node.module or "", [each.name for each in node.names]
    _silence(module, node)
    if name == _PYTH:
        for each in _PYTH_NAMES:
            module.names.setdefault(each, None)
        fix = "take the price as an argument of an instruction that a Signer of yours has to sign"
        return module.refuse("E104", f"'{name}' is not supported yet", node, fix)
    fix = f"import from {PRELUDE_MODULE}, or from the program's own files with a leading '.'"
    if name.partition(".")[0] in sys.stdlib_module_names:
        fix = _INSTEAD_OF_PYTHON
        if all(each in PRELUDE for each in names):
            fix = f"write 'from {PRELUDE_MODULE} import {', '.join(names)}'"
    return module.refuse("E104", f"'{name}' is not part of the program", node, fix)


def _silence(module: Module, node: ast.Import | ast.ImportFrom) -> None:
    """Says nothing of names whose import was refused."""
    for alias in node.names:
        bound = alias.name.partition(".")[0] if isinstance(node, ast.Import) else alias.name
        module.names.setdefault(alias.asname or bound, None)


def _refuse_statement(module: Module, node: ast.stmt) -> None:
    match node:
        case ast.Import():
            _silence(module, node)
            names = [each.name for each in node.names]
            otherwise = f"write 'from {PRELUDE_MODULE} import …'"
            if all(each.partition(".")[0] in sys.stdlib_module_names for each in names):
                otherwise = _INSTEAD_OF_PYTHON
            whole = instead_of_whole([module.file.source.path.parent], "", names)
            message = "'import' of whole modules is not supported"
            raise module.refuse("E104", message, node, whole or otherwise)
        case ast.AsyncFunctionDef():
            raise module.refuse("E110", "async functions do not exist on chain", node, "drop async")
        case ast.Expr(value=ast.Call(func=ast.Name(id="declare_id"))):
            fix = f"from {PRELUDE_MODULE} import declare_id"
            raise module.refuse("E201", "'declare_id' is not imported", node, fix)
    fix = "move it into a function; at the top stand imports, constants, classes and functions"
    raise module.refuse("E111", "this cannot stand outside functions and classes", node, fix)
