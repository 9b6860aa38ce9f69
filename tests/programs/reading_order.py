"""What an instruction does, in the order in which it stands in the source: the reader's view.

    assert misplaced("ticket.buy") == []

An auditor reads an instruction from the top: accounts, guards, effects, state. So nothing is
checked once something has happened, and no other program is called once state was written.
Functions are followed. Not looked at: faults that are in no assert (overflow, an account that
`init` finds), since they are at every line.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Final

PROGRAMS: Final = Path(__file__).parents[2] / "programs"
PARTS: Final = ("ticket", "family", "raffle", "fairness", "identity")


class Deed(IntEnum):
    """What one step does; none may stand behind one of a greater kind."""

    CHECK = 0
    """A guard; or `init_if_empty`, which finds the account that guards then look at: one that is
    there is checked, and one that is not is made, with nothing in it but where it belongs.
    """
    TELL = 1
    """An event is logged; this may also stand behind all that it tells of."""
    CALL = 2
    """Another program is called."""
    WRITE = 3
    """The program's own accounts change: fields, lamports that are moved by hand, `close`. The
    runtime itself refuses a call of another program while such lamports are on one side only.
    """


_CALLS: Final = (
    "init pay_rent thaw freeze burn mint_to transfer set_owner set_close_authority update_field"
    " give_up_mint_authority"
)
DEEDS: Final = {
    "init_if_empty": Deed.CHECK,
    "emit": Deed.TELL,
    **dict.fromkeys(_CALLS.split(), Deed.CALL),
}
"""By method."""
_LOOKS: Final = (
    "amount authority default ed25519_padded_before find_program_address first_from hash_of"
    " is_empty is_on_curve key lamports mint minimum_balance owner secp256r1_before size slot"
    " unix_timestamp"
)
LOOKS: Final = frozenset(_LOOKS.split())
"""Methods that change nothing."""
CALLED_FOR: Final = {"close": "Token", "transfer_lamports": "Signer"}
"""Methods that are calls for who has such a type, and the program's own work for its accounts."""


@dataclass
class Module:
    """One file: its functions, and where the names that it imports come from."""

    path: Path
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)


@cache
def modules() -> Mapping[str, Module]:
    """By name, as `ticket.money`."""
    return {
        f"{path.parent.name}.{path.stem}": _module(path)
        for part in PARTS
        for path in sorted((PROGRAMS / part).glob("*.py"))
    }


def _module(path: Path) -> Module:
    made = Module(path)
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            made.functions[node.name] = node
        elif isinstance(node, ast.ImportFrom):
            origin = f"{path.parent.name}.{node.module}" if node.level else str(node.module)
            made.origins |= {each.name: origin for each in node.names}
    return made


@cache
def instructions() -> Mapping[str, tuple[Module, ast.FunctionDef]]:
    """By name, as `ticket.buy`."""
    return {
        f"{name.split('.')[0]}.{each.name}": (module, each)
        for name, module in modules().items()
        for each in module.functions.values()
        if any(isinstance(by, ast.Name) and by.id == "instruction" for by in each.decorator_list)
    }


@dataclass
class Course:
    """How far an instruction has come while it is read, and what came too late."""

    reached: Deed = Deed.CHECK
    by: str = ""
    misplaced: list[str] = field(default_factory=list)

    def step(self, deed: Deed, what: str) -> None:
        """The next step."""
        if deed >= self.reached:
            self.reached, self.by = deed, what
        elif deed is not Deed.TELL:
            self.misplaced.append(f"{what} [{deed.name}] behind {self.by} [{self.reached.name}]")


def misplaced(name: str) -> list[str]:
    """The steps of an instruction (`ticket.buy`) that stand behind one of a greater kind."""
    course = Course()
    Reader(course, *instructions()[name]).read_body()
    return course.misplaced


@dataclass
class Reader:
    """Reads one function, and those that it calls."""

    course: Course
    module: Module
    function: ast.FunctionDef
    types: dict[str, str] = field(default_factory=dict)
    """Of parameters and of names for accounts."""

    def __post_init__(self) -> None:
        for each in self.function.args.args:
            kind = "" if each.annotation is None else ast.unparse(each.annotation)
            if kind.startswith("Option["):
                kind = kind.removeprefix("Option[").removesuffix("]")
            self.types[each.arg] = kind

    def read_body(self) -> None:
        """All of it."""
        for statement in self.function.body:
            self._read(statement)

    def _read(self, node: ast.AST) -> None:
        """What happens in a statement or expression: first what it is made of, then itself."""
        if isinstance(node, ast.If):
            self._read(node.test)
            self._either(node.body, node.orelse)
            return
        if isinstance(node, ast.For | ast.While):  # what comes first also comes after the last
            for statement in node.body:
                self._read(statement)
        for child in ast.iter_child_nodes(node):
            self._read(child)
        self._do(node)

    def _do(self, node: ast.AST) -> None:
        match node:
            case ast.Assert():
                self._step(node, Deed.CHECK)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self.types[name] = self._type_of(value)
            case ast.Assign(targets=[target]) | ast.AugAssign(target=target):
                if self._is_own(target):
                    self._step(node, Deed.WRITE)
            case ast.Call(func=ast.Name(id=name)):
                self._called(name)
            case ast.Call(func=ast.Attribute(value=of, attr=method)):
                self._method(node, of, method)

    def _either(self, *sides: list[ast.stmt]) -> None:
        """One side or the other: what is on one is not behind what is on the other."""
        before, ends = (self.course.reached, self.course.by), list[tuple[Deed, str]]()
        for side in sides:
            self.course.reached, self.course.by = before
            for statement in side:
                self._read(statement)
            ends.append((self.course.reached, self.course.by))
        self.course.reached, self.course.by = max(ends)

    def _called(self, name: str) -> None:
        module = modules().get(self.module.origins.get(name, ""), self.module)
        if name in module.functions:
            Reader(self.course, module, module.functions[name]).read_body()

    def _method(self, node: ast.AST, of: ast.expr, method: str) -> None:
        if method in CALLED_FOR:
            kind = self._type_of(of)
            assert kind, f"{ast.unparse(of)} in {self.module.path.name}: of which type is it?"
            self._step(node, Deed.CALL if kind.startswith(CALLED_FOR[method]) else Deed.WRITE)
        elif method in DEEDS:
            self._step(node, DEEDS[method])
        else:
            where = self.module.path.name
            assert method in LOOKS, f"{method} in {where}: is it a call of another program?"

    def _is_own(self, target: ast.expr) -> bool:
        """Whether it lies in an account, not in a variable of the function's own."""
        if not isinstance(target, ast.Attribute | ast.Subscript):
            return False
        root: ast.expr = target
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        return bool(self._type_of(root))

    def _type_of(self, value: ast.expr) -> str:
        """Of an account; empty for anything that is none."""
        match value:
            case ast.Name(id=name):
                return self.types.get(name, "")
            case ast.Call(func=ast.Attribute(value=of, attr="init" | "init_if_empty")):
                return self._type_of(of).removeprefix("Empty[").rstrip("]")
            case ast.Call(func=ast.Name(id=name)) if self._returned(name) is not None:
                return str(self._returned(name))
            case _:
                return ""

    def _returned(self, name: str) -> str | None:
        module = modules().get(self.module.origins.get(name, ""), self.module)
        function = module.functions.get(name)
        if function is None or function.returns is None:
            return None
        return ast.unparse(function.returns)

    def _step(self, node: ast.AST, deed: Deed) -> None:
        line, text = getattr(node, "lineno", 0), ast.unparse(node).split("\n")[0]
        self.course.step(deed, f"{self.module.path.name}:{line} {text}")
