"""Loads a program so that it means exactly what it means on chain.

Plain Python cannot know that `x = 5` makes an i64, that `f(5)` passes a u64, or that a u8 which is
returned as a u64 is one from there on. The loader rewrites each file so that a value takes the type
of where it goes; nothing else changes. `import program` works as well, with untyped numbers left
as they are.
"""

import ast
import functools
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

from seahorse import typing_rules
from seahorse.program import Program

_ROOT: Final = "program"
_RULES: Final = "__seahorse__"
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


class _Finder:
    """Finds the modules of one program under a name that nothing else has."""

    def __init__(self, package: str, root: Path) -> None:
        self._package = package
        self._folder = root if root.is_dir() else root.parent
        self.root_name = _ROOT if root.is_dir() else root.stem

    def find_spec(
        self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """As the import system asks."""
        if name == self._package:
            return importlib.machinery.ModuleSpec(name, None, is_package=True)
        parent, _, stem = name.rpartition(".")
        if parent != self._package:
            return None
        path = self._folder / f"{stem}.py"
        return importlib.util.spec_from_file_location(name, path, loader=_Loader(name, str(path)))


class _Loader(importlib.machinery.SourceFileLoader):
    """Compiles the rewritten source."""

    def get_code(self, fullname: str) -> CodeType:
        """The rewritten module; nothing is cached on disk."""
        path = self.get_filename(fullname)
        tree = ast.parse(self.get_data(path), path)
        return compile(ast.fix_missing_locations(_Rewriter().visit(tree)), path, "exec")

    def exec_module(self, module: ModuleType) -> None:
        """Runs the module with the rules at hand."""
        vars(module)[_RULES] = typing_rules
        super().exec_module(module)


def _rule(name: str, *arguments: ast.expr) -> ast.expr:
    rules = ast.Name(_RULES, ast.Load())
    return ast.Call(ast.Attribute(rules, name, ast.Load()), list(arguments), [])


def _names() -> list[ast.expr]:
    """The calls of globals() and locals()."""
    return [ast.Call(ast.Name(each, ast.Load()), [], []) for each in ("globals", "locals")]


class _Rewriter(ast.NodeTransformer):
    """Puts a rule of `typing_rules` wherever a value goes to a place with a type."""

    def __init__(self) -> None:
        self._function: _Function | None = None

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Parameters take their declared types."""
        outer, self._function = self._function, _Function(node)
        node.body = [self.visit(each) for each in node.body]
        self._function = outer
        parameters = [each for each in node.args.args if each.annotation is not None]
        node.body = [*(_settle_parameter(each) for each in parameters), *node.body]
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
        if self._function is None or not isinstance(target, ast.Name):
            node.targets = [self.visit(each) for each in node.targets]
            node.value = value
        elif node in self._function.beginnings:
            node.value = _rule("as_alone", value)
        else:
            node.value = self._settled(target.id, value)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """`x += y` gives x a value of its own type."""
        self.generic_visit(node)
        if not isinstance(node.target, ast.Name):
            return node
        value = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
        assigned = ast.Assign([node.target], self._settled(node.target.id, value))
        return ast.copy_location(assigned, node)

    def visit_For(self, node: ast.For) -> ast.AST:
        """`range` counts in a type."""
        self.generic_visit(node)
        bounds = _bounds(node)
        if bounds is not None and isinstance(node.target, ast.Name):
            name = ast.Constant(node.target.id)
            node.iter = _rule("typed_range", name, *_names(), self._firsts(), *bounds)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        """Both choices have one type, whichever is taken."""
        branches = [ast.Constant(ast.unparse(each)) for each in (node.body, node.orelse)]
        self.generic_visit(node)
        return _rule("as_either", node, *branches, *_names(), self._firsts())

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """`len` gives a typed number."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "len":
            return _rule("typed_len", *node.args)
        return node

    def _settled(self, name: str, value: ast.expr) -> ast.expr:
        return _rule("as_begun", value, ast.Constant(name), *_names(), self._firsts())

    def _firsts(self) -> ast.expr:
        firsts = {} if self._function is None else self._function.firsts
        return ast.Tuple([_pair(*each) for each in firsts.items()], ast.Load())


class _Function:
    """What its statements depend on: the result's type, and with what each variable begins."""

    def __init__(self, node: ast.FunctionDef) -> None:
        self.result = node.returns
        self.firsts: dict[str, str] = {}
        self.beginnings: set[ast.stmt] = set()
        statements = [each for each in ast.walk(node) if isinstance(each, ast.stmt)]
        for each in sorted(statements, key=lambda s: (s.lineno, s.col_offset)):
            first = _beginning(each)
            if first is not None and first[0] not in self.firsts:
                self.firsts[first[0]] = ast.unparse(first[1])
                self.beginnings.add(each)


def _beginning(node: ast.stmt) -> tuple[str, ast.expr] | None:
    """The variable to which the statement gives a value, and an expression of its type."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name, value
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
            return name, ast.Call(annotation, [], [])
        case ast.For(target=ast.Name(id=name)):
            bounds = _bounds(node)
            if bounds is None:
                return name, ast.Subscript(node.iter, ast.Constant(0), ast.Load())
            return name, functools.reduce(lambda one, two: ast.BinOp(one, ast.Add(), two), bounds)
    return None


def _bounds(node: ast.For) -> list[ast.expr] | None:
    """The arguments of `for … in range(…)`; None for another loop."""
    call = node.iter
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range":
        return call.args
    return None


def _pair(name: str, source: str) -> ast.expr:
    return ast.Tuple([ast.Constant(name), ast.Constant(source)], ast.Load())


def _settle_parameter(parameter: ast.arg) -> ast.stmt:
    assert parameter.annotation is not None
    value = _rule("as_declared", ast.Name(parameter.arg, ast.Load()), parameter.annotation)
    return ast.Assign([ast.Name(parameter.arg, ast.Store())], value)
