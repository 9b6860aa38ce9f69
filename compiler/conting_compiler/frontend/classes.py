"""Plain classes: their fields, and what calling the class does.

A call `Name(…)` is a call of a generated function `Name.__new__`: a new instance, its fields set
from the arguments (`@dataclass`) or by `__init__`, which has to set every one of them first.
"""

import ast
import inspect
from collections.abc import Iterator, Sequence
from typing import Final

from conting_compiler.frontend.accounts import doc_of
from conting_compiler.frontend.annotations import is_value, resolve_type
from conting_compiler.frontend.declared import Declared, Signature
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.intrinsics.names import Special
from conting_compiler.frontend.modules import Definition, Module
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import NONE, ArrayT, ClassT, ListT, OptionT, TupleT, Type

INIT: Final = "__init__"
_SELF: Final = "self"


def declare_class(definition: Definition, declared: Declared) -> ir.PlainClass:
    """The fields of a plain class. Raises Refused after reporting errors."""
    node, module = definition.node, definition.module
    if not isinstance(node, ast.ClassDef):
        raise Refused
    fields: list[ir.FieldDef] = []
    failed = False
    for index, each in enumerate(node.body):
        try:
            match each:
                case ast.AnnAssign(target=ast.Name(id=name)):
                    doc = _doc_after(node.body[index + 1 : index + 2])
                    _refuse_twice(name, each, fields, module)
                    fields.append(_field(name, each, doc, module, declared))
                case ast.FunctionDef() | ast.Expr(value=ast.Constant()) | ast.Pass():
                    pass
                case _:
                    fix = "write fields as 'name: type'"
                    raise module.refuse("E303", "this does not belong into a class", each, fix)
        except Refused:
            failed = True
    if failed:
        raise Refused
    span = module.span(node)
    own = any(isinstance(each, ast.FunctionDef) and each.name == "__eq__" for each in node.body)
    is_event, is_data = _is_event(node, module), bool(node.decorator_list) and not own
    return ir.PlainClass(node.name, doc_of(node), tuple(fields), span, is_event, is_data)


def _is_event(node: ast.ClassDef, module: Module) -> bool:
    match node.bases:
        case [ast.Name(id=base)]:
            return module.names.get(base) is Special.EVENT
    return False


def _doc_after(following: Sequence[ast.stmt]) -> str:
    match following:
        case [ast.Expr(value=ast.Constant(value=str(text)))]:
            return inspect.cleandoc(text)
    return ""


def _refuse_twice(
    name: str, node: ast.AnnAssign, before: Sequence[ir.FieldDef], module: Module
) -> None:
    if any(each.name == name for each in before):
        raise module.refuse("E112", f"'{name}' stands here twice", node, "rename one of them")


def _field(
    name: str, node: ast.AnnAssign, doc: str, module: Module, declared: Declared
) -> ir.FieldDef:
    if node.value is not None:
        fix = "drop the value; give it where the class is called"
        raise module.refuse("E303", "a field has no default", node.value, fix)
    kind = resolve_type(node.annotation, module, declared)
    if not is_value(kind):
        fix = "keep an address as a Pubkey, and pass accounts as parameters"
        raise module.refuse("E303", f"a class cannot hold {kind}", node.annotation, fix)
    return ir.FieldDef(name, kind, doc, module.span(node))


def refuse_circles(definition: Definition, declared: Declared) -> None:
    """Reports a class that would hold instances of itself, over whatever other classes."""
    found = declared.classes.get(definition)
    if found is None:
        return
    waiting, seen = list(_held(found, declared)), set[str]()
    while waiting:
        each = waiting.pop()
        if each.name == found.name:
            fix = "hold an index into a list instead"
            message = f"'{found.name}' would hold instances of itself"
            definition.module.error("E303", message, definition.node, fix)
            del declared.classes[definition]
            return
        if each.name not in seen:
            seen.add(each.name)
            waiting.extend(_held(each, declared))


def _held(owner: ir.PlainClass, declared: Declared) -> Iterator[ir.PlainClass]:
    for field in owner.fields:
        for name in _class_names(field.type):
            found = declared.plain_class(name)
            if found is not None:
                yield found


def _class_names(kind: Type) -> Iterator[str]:
    match kind:
        case ClassT(name=name):
            yield name
        case ListT(element=element) | ArrayT(element=element) | OptionT(inner=element):
            yield from _class_names(element)
        case TupleT(elements=elements):
            for each in elements:
                yield from _class_names(each)


# --- constructors --------------------------------------------------------------------------------


def declare_constructor(definition: Definition, declared: Declared) -> None:
    """Adds what a call of the class has to know, if the class can be called."""
    found = declared.classes.get(definition)
    node, module = definition.node, definition.module
    if found is None or not isinstance(node, ast.ClassDef):
        return
    own = declared.methods.get((found.name, INIT))
    written = next(
        (m for m in node.body if isinstance(m, ast.FunctionDef) and m.name == INIT), None
    )
    if own is not None:
        params = own.params[1:]
        _check_init(own, found)
    elif (node.decorator_list or found.event) and written is None:
        params = tuple(ir.Param(f.name, f.type, f.span) for f in found.fields)
    elif written is not None or found.fields:
        return
    else:
        params = ()
    stub = ast.FunctionDef(
        name=found.name,
        args=ast.arguments([], [], None, [], [], None, []),
        body=[],
        decorator_list=[],
    )
    ast.copy_location(stub, node)
    refused = frozenset[str]() if own is None else own.refused
    name = f"{found.name}.__new__"
    declared.constructors[found.name] = Signature(
        name, params, ClassT(found.name), stub, module, refused=refused
    )


def constructors(declared: Declared) -> Iterator[ir.Function]:
    """The generated functions that make instances."""
    for name, signature in declared.constructors.items():
        found = declared.plain_class(name)
        if found is not None:
            yield _constructor(found, signature, declared)


def _constructor(found: ir.PlainClass, signature: Signature, declared: Declared) -> ir.Function:
    span, kind = found.span, ClassT(found.name)
    made = ir.Local("made.1", kind, span)
    given = [ir.Local(each.name, each.type, span) for each in signature.params]
    own = declared.methods.get((found.name, INIT))
    fill: list[ir.Stmt] = [
        ir.Assign(ir.Field(made, each.name, each.type, span), each, span) for each in given
    ]
    if own is not None:
        fill = [ir.Do(ir.Call(own.name, (made, *given), NONE, span), span)]
    body = (ir.Assign(made, ir.New(kind, span), span), *fill, ir.Return(made, span))
    return ir.Function(signature.name, signature.params, kind, body, span)


# --- what __init__ has to do ---------------------------------------------------------------------


def _check_init(own: Signature, found: ir.PlainClass) -> None:
    """Every field is set on every path, before self is used for anything else."""
    check = _InitCheck(own.module, {each.name for each in found.fields})
    done = check.block(own.node.body, set())
    missing = check.fields - done if done is not None else set()
    if missing:
        name = min(missing)
        fix = f"write 'self.{name} = …' on every path"
        message = f"'{INIT}' of {found.name} does not set '{name}'"
        own.module.error("E303", message, own.node, fix)


class _InitCheck:
    """Walks the body of one `__init__`; None stands for a path that does not get there."""

    def __init__(self, module: Module, fields: set[str]) -> None:
        self.module = module
        self.fields = fields

    def block(self, nodes: Sequence[ast.stmt], done: set[str] | None) -> set[str] | None:
        """The fields that are set after the statements."""
        for node in nodes:
            if done is None:
                return None
            done = self._statement(node, done)
        return done

    def _statement(self, node: ast.stmt, done: set[str]) -> set[str] | None:
        match node:
            case ast.Assign(targets=targets, value=value):
                self._uses(value, done)
                return done | {name for each in targets for name in self._targets(each, done)}
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._uses(value, done)
                return done | set(self._targets(target, done))
            case ast.If(test=test, body=body, orelse=orelse):
                self._uses(test, done)
                then, otherwise = self.block(body, set(done)), self.block(orelse, set(done))
                return (
                    then & otherwise
                    if then is not None and otherwise is not None
                    else (then if otherwise is None else otherwise)
                )
            case ast.While() | ast.For():
                self._uses(node.test if isinstance(node, ast.While) else node.iter, done)
                self.block(node.body, set(done))
                return done
            case ast.Return():
                for name in sorted(self.fields - done)[:1]:
                    fix = f"write 'self.{name} = …' before"
                    self.module.error("E303", f"'{name}' is not set here yet", node, fix)
                return None
            case _:
                self._uses(node, done)
                return done

    def _targets(self, target: ast.expr, done: set[str]) -> Iterator[str]:
        match target:
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                yield name
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for each in elements:
                    yield from self._targets(each, done)
            case _:
                self._uses(target, done)

    def _uses(self, node: ast.AST, done: set[str]) -> None:
        """Refuses self where not every field is set, a field excepted that is."""
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=name) if name in done:
                return
            case ast.Name(id="self") if self.fields - done:
                fix = f"set every field first: 'self.{min(self.fields - done)} = …'"
                self.module.error("E303", "'self' is not complete here", node, fix)
            case _:
                for each in ast.iter_child_nodes(node):
                    self._uses(each, done)
