"""Loads a program so that it means exactly what it means on chain.

Plain Python cannot know that `x = 5` makes an i64, that `f(5)` passes a u64, or that a u8 which is
returned as a u64 is one from there on. The loader rewrites each file so that a value takes the type
of where it goes; nothing else changes. `import program` works as well, with untyped numbers left
as they are.
"""

import ast
import copy
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

from seahorse import typing_rules
from seahorse.beginnings import Function, bounds_of, names_of
from seahorse.entry import LIBRARY, OTHER_PROGRAM
from seahorse.meetings import Firsts
from seahorse.ordering import ordered
from seahorse.program import Program

_ROOT: Final = "program"
_RULES: Final = "__seahorse__"
_FIRSTS: Final = "__seahorse_firsts__"
"""With what the variables of each function begin, by the function's number in its file."""
_PRELUDE: Final = "seahorse"
_numbers = count()


def load(root: Path) -> Program:
    """The program of a folder with `program.py`, or of one file. Each call loads it afresh.

    Raises what importing it raises; TypeError where it does not call declare_id.
    """
    package = f"seahorse_program_{next(_numbers)}"
    finder = _Finder(package, root)
    sys.meta_path.insert(0, finder)
    try:
        return Program.of(importlib.import_module(f"{package}.{finder.root_name}"))
    finally:
        sys.meta_path.remove(finder)


def _is_program(path: Path) -> bool:
    """Whether the file is the root of a program."""
    return path.is_file() and (path.stem == _ROOT or b"declare_id" in path.read_bytes())


def _program(module: str) -> str:
    """The package of the program that is being loaded, of which a module is a part."""
    return module.partition(".")[0].partition(OTHER_PROGRAM)[0].partition(LIBRARY)[0]


class _Finder:
    """Finds the modules of one program under a name that nothing else has."""

    def __init__(self, package: str, root: Path) -> None:
        self._folders = {package: root if root.is_dir() else root.parent}
        self.root_name = _ROOT if root.is_dir() else root.stem

    def other_program(self, module: str, name: str) -> str | None:
        """The root module of the program that stands beside the module's own under the name."""
        beside, package = self._beside(module), f"{_program(module)}{OTHER_PROGRAM}{name}"
        for home, root in ((beside / name, _ROOT), (beside, name)):
            if _is_program(home / f"{root}.py"):
                self._folders[package] = home
                return f"{package}.{root}"
        return None

    def own(self, module: str, path: str) -> str | None:
        """The name of the program's own file that is named from the program's folder."""
        package = module.partition(".")[0]
        file = self._folders[package].joinpath(*path.split(".")).with_suffix(".py")
        return f"{package}.{path}" if file.is_file() else None

    def library(self, module: str, name: str) -> str | None:
        """The package of the folder without a root file that stands beside the module's own."""
        beside, package = self._beside(module), f"{_program(module)}{LIBRARY}{name}"
        if not (beside / name).is_dir():
            return None
        self._folders[package] = beside / name
        return package

    def _beside(self, module: str) -> Path:
        """Where other programs and libraries stand."""
        package = module.partition(".")[0]
        folder = self._folders[package]
        in_folder = LIBRARY in package or (folder / f"{_ROOT}.py").is_file()
        return folder.parent if in_folder else folder

    def find_spec(
        self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """As the import system asks."""
        if name in self._folders:
            return importlib.machinery.ModuleSpec(name, None, is_package=True)
        parent, _, stem = name.rpartition(".")
        if parent not in self._folders:
            return None
        path = self._folders[parent] / f"{stem}.py"
        if not path.is_file() and path.with_suffix("").is_dir():
            self._folders[name] = path.with_suffix("")
            return importlib.machinery.ModuleSpec(name, None, is_package=True)
        loader = _Loader(name, str(path))
        loader.finder = self
        return importlib.util.spec_from_file_location(name, path, loader=loader)


class _Loader(importlib.machinery.SourceFileLoader):
    """Compiles the rewritten source."""

    finder: _Finder

    def __init__(self, name: str, path: str) -> None:
        super().__init__(name, path)
        self.firsts: list[Firsts] = []

    def get_code(self, fullname: str) -> CodeType:
        """The rewritten module; nothing is cached on disk."""
        path = self.get_filename(fullname)
        tree = ast.parse(self.get_data(path), path)
        body = [each for node in tree.body for each in self._imports(fullname, node)]
        tree.body = ordered(body)
        return compile(ast.fix_missing_locations(_Rewriter(self.firsts).visit(tree)), path, "exec")

    def _imports(self, fullname: str, node: ast.stmt) -> list[ast.stmt]:
        """An import from another program goes to that program's files, its root file read first."""
        if not isinstance(node, ast.ImportFrom) or node.level or not node.module:
            return [node]
        first, _, rest = node.module.partition(".")
        root = None if first == _PRELUDE else self.finder.other_program(fullname, first)
        if root is None:
            node.module = self._own_module(fullname, node.module)
            return [node]
        node.module = f"{root.rpartition('.')[0]}.{rest}" if rest else root
        return [ast.Import([ast.alias(root, "__seahorse_other__")]), node]

    def _own_module(self, fullname: str, path: str) -> str:
        """The name of a module that is named without a dot, and becomes a part of the program."""
        first, _, rest = path.partition(".")
        if first == _PRELUDE:
            return path
        own = None if LIBRARY in fullname else self.finder.own(fullname, path)
        if own is not None:
            return own
        library = self.finder.library(fullname, first)
        return path if library is None else f"{library}.{rest}"

    def exec_module(self, module: ModuleType) -> None:
        """Runs the module with the rules at hand."""
        vars(module)[_RULES] = typing_rules
        vars(module)[_FIRSTS] = self.firsts
        super().exec_module(module)


def _rule(name: str, *arguments: ast.expr) -> ast.expr:
    rules = ast.Name(_RULES, ast.Load())
    return ast.Call(ast.Attribute(rules, name, ast.Load()), list(arguments), [])


def _names() -> list[ast.expr]:
    """The calls of globals() and locals()."""
    return [ast.Call(ast.Name(each, ast.Load()), [], []) for each in ("globals", "locals")]


class _Rewriter(ast.NodeTransformer):
    """Puts a rule of `typing_rules` wherever a value goes to a place with a type."""

    def __init__(self, firsts: list[Firsts]) -> None:
        self._all_firsts = firsts
        self._function: Function | None = None
        self._in_class = False

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Parameters take their declared types."""
        outer, self._function = self._function, Function(node, len(self._all_firsts))
        self._all_firsts.append(self._function.firsts)
        node.body = [self.visit(each) for each in node.body]
        self._function = outer
        parameters = [each for each in node.args.args if each.annotation is not None]
        node.body = [*(_settle_parameter(each) for each in parameters), *node.body]
        if self._in_class:
            _quote_annotations(node)
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST:
        """A result takes its declared type."""
        self.generic_visit(node)
        if node.value is not None and self._function is not None and self._function.result:
            node.value = _rule("as_declared", node.value, self._function.result)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """A variable takes its declared type."""
        if node.value is not None:
            node.value = _rule("as_declared", self.visit(node.value), node.annotation)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """A variable keeps the type that it began with; a number by itself is an i64."""
        value = self.visit(node.value)
        target = node.targets[0]
        names = names_of(target)
        if names is not None and self._function is not None and len(node.targets) == 1:
            several = ast.Tuple([ast.Constant(name) for name in names], ast.Load())
            node.value = _rule("as_several", value, several, *_names(), self._firsts())
        elif self._function is None or not isinstance(target, ast.Name):
            node.targets = [self.visit(each) for each in node.targets]
            node.value = value
        elif node in self._function.beginnings and target.id not in self._function.firsts.bare:
            node.value = _rule("as_alone", value)
        else:
            node.value = self._settled(target.id, value)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """`x += y` gives x a value of its own type."""
        self.generic_visit(node)
        if not isinstance(node.target, ast.Name):
            return node
        name = ast.Name(node.target.id, ast.Load())
        value: ast.expr = ast.BinOp(name, node.op, node.value)
        if isinstance(node.op, ast.Add):
            value = _rule("added", name, node.value)
        assigned = ast.Assign([node.target], self._settled(node.target.id, value))
        return ast.copy_location(assigned, node)

    def visit_For(self, node: ast.For) -> ast.AST:
        """`range` counts in a type."""
        bounds = bounds_of(node)
        if bounds is not None and isinstance(node.target, ast.Name):
            bounds = [self.visit(each) for each in bounds]
            node.iter = ast.Tuple([], ast.Load())
        self.generic_visit(node)
        if bounds is not None and isinstance(node.target, ast.Name):
            name = ast.Constant(node.target.id)
            node.iter = _rule("typed_range", name, *_names(), self._firsts(), *bounds)
        else:
            node.iter = _rule("over", node.iter)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        """The elements of bytes are u8."""
        self.generic_visit(node)
        node.iter = _rule("over", node.iter)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """An element of bytes is a u8."""
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Store) or isinstance(node.slice, ast.Slice):
            return node
        return _rule("item", node.value, node.slice)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """A number with a point is an f64."""
        return _rule("f64", node) if isinstance(node.value, float) else node

    def visit_List(self, node: ast.List) -> ast.AST:
        """A list has a kind."""
        self.generic_visit(node)
        return _rule("literal", node) if isinstance(node.ctx, ast.Load) else node

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        """A list has a kind."""
        self.generic_visit(node)
        return _rule("list_of", node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """The fields of a plain class have types."""
        self._in_class = True
        self.generic_visit(node)
        self._in_class = False
        if not node.bases or _is_event(node):
            rules = ast.Name(_RULES, ast.Load())
            node.decorator_list.insert(0, ast.Attribute(rules, "plain", ast.Load()))
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        """Both choices have one type, whichever is taken."""
        branches = [ast.Constant(ast.unparse(each)) for each in (node.body, node.orelse)]
        self.generic_visit(node)
        return _rule("as_either", node, *branches, *_names(), self._firsts())

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """`len`, `min` and `max` give typed numbers."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in _RULED and not node.keywords:
            return _rule(_RULED[node.func.id], *node.args)
        if isinstance(node.func, ast.Name) and node.func.id in {"min", "max"}:
            return _rule("extreme", node.func, *node.args)
        if isinstance(node.func, ast.Name) and node.func.id in {"zip", "map", "filter"}:
            node.args = [_rule("over", each) for each in node.args]
        return self._with_seeds(node)

    def _with_seeds(self, node: ast.Call) -> ast.Call:
        """`empty.bump()` is told the seeds that the function's `empty.init` names."""
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="bump"), args=[]):
                seeds = {} if self._function is None else self._function.seeds
                node.args = [copy.deepcopy(seeds[name])] if name in seeds else []
        return node

    def _settled(self, name: str, value: ast.expr) -> ast.expr:
        return _rule("as_begun", value, ast.Constant(name), *_names(), self._firsts())

    def _firsts(self) -> ast.expr:
        if self._function is None:
            return _rule("Firsts")
        number = ast.Constant(self._function.number)
        return ast.Subscript(ast.Name(_FIRSTS, ast.Load()), number, ast.Load())


def _quote_annotations(node: ast.FunctionDef) -> None:
    """A method may name its own class, which is not there yet."""
    if node.returns is not None:
        node.returns = ast.Constant(ast.unparse(node.returns))
    for each in node.args.args:
        if each.annotation is not None:
            each.annotation = ast.Constant(ast.unparse(each.annotation))


def _is_event(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id == "Event" for base in node.bases)


_RULED: Final = {
    "len": "typed_len",
    "range": "loose_range",
    "enumerate": "counted",
    "sum": "sum_of",
    "sorted": "sorted_of",
    "list": "list_of",
}
"""Builtins that give typed values."""


def _settle_parameter(parameter: ast.arg) -> ast.stmt:
    assert parameter.annotation is not None
    value = _rule("as_declared", ast.Name(parameter.arg, ast.Load()), parameter.annotation)
    return ast.Assign([ast.Name(parameter.arg, ast.Store())], value)
