"""Account classes: fields, their layout's limits, and declared seeds."""

import ast
import inspect
from hashlib import sha256
from typing import Final

from conting_compiler.frontend.annotations import resolve_type
from conting_compiler.frontend.declared import Declared
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.inits import MAX_SEED_BYTES, MAX_SEEDS
from conting_compiler.frontend.modules import Definition, Module
from conting_compiler.frontend.stored import is_stored, least_size
from conting_compiler.frontend.suggest import did_you_mean
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    DISCRIMINATOR_SIZE,
    NONE,
    U8,
    IntT,
    PubkeyT,
    TupleT,
    is_packed,
)

MAX_ACCOUNT: Final = 10_240
"""Bytes that an account can have when a program creates it (Solana's limit on growth)."""
_INIT_NAMES: Final = frozenset({"payer", "seeds"})
"""Names that `init` takes for itself."""
_PRELUDE_NAMES: Final = frozenset({"_address", "_frame", "_layout"})
"""Names by which the executable prelude keeps what an account is."""

Seed = ir.ConstSeed | ir.FieldSeed


def declare_account(definition: Definition, declared: Declared) -> ir.AccountClass:
    """The class as its source declares it. Raises Refused after reporting errors."""
    node, module = definition.node, definition.module
    if not isinstance(node, ast.ClassDef):
        raise Refused
    fields = _fields(node, module, declared)
    _check_layout(node, fields, module, declared)
    method = next(
        (m for m in node.body if isinstance(m, ast.FunctionDef) and m.name == "seeds"), None
    )
    seeds = None if method is None else _seeds(method, fields, module)
    if seeds is not None and not any(f.name == "bump" and f.type == U8 for f in fields):
        fix = "add a field 'bump: u8'; 'init' fills it in"
        raise module.refuse("E304", f"'{node.name}' has seeds and no bump", node, fix)
    if seeds is not None:
        _refuse_behind_varying(node, fields, seeds, module)
    discriminator = sha256(f"account:{node.name}".encode()).digest()[:DISCRIMINATOR_SIZE]
    span = module.span(node)
    return ir.AccountClass(node.name, doc_of(node), discriminator, fields, seeds, span)


def _refuse_behind_varying(
    node: ast.ClassDef, fields: tuple[ir.FieldDef, ...], seeds: tuple[Seed, ...], module: Module
) -> None:
    """What the address is derived from lies at a fixed place."""
    used = {"bump", *(seed.field for seed in seeds if isinstance(seed, ir.FieldSeed))}
    varying = next((each.name for each in fields if not is_packed(each.type)), None)
    names = [each.name for each in fields]
    late = names if varying is None else names[names.index(varying) :]
    for name in (each for each in late if varying is not None and each in used):
        fix = f"move '{name}' before '{varying}'"
        message = f"'{name}' stands behind a field of varying size"
        raise module.refuse("E303", message, node, fix)


def doc_of(node: ast.ClassDef | ast.FunctionDef | ast.Module) -> str:
    """The docstring, without indentation; empty if there is none."""
    return ast.get_docstring(node) or ""


# --- fields --------------------------------------------------------------------------------------


def _fields(node: ast.ClassDef, module: Module, declared: Declared) -> tuple[ir.FieldDef, ...]:
    fields: list[ir.FieldDef] = []
    failed = False
    for index, each in enumerate(node.body):
        try:
            match each:
                case ast.AnnAssign(target=ast.Name()):
                    doc = _doc_after(node.body[index + 1 : index + 2])
                    fields.append(_field(each, fields, doc, module, declared))
                case ast.FunctionDef() | ast.Expr(value=ast.Constant(value=str())) | ast.Pass():
                    pass
                case _:
                    fix = "write fields as 'name: type'"
                    raise module.refuse("E303", "this does not belong into an account", each, fix)
        except Refused:
            failed = True
    if failed:
        raise Refused
    return tuple(fields)


def _doc_after(following: list[ast.stmt]) -> str:
    match following:
        case [ast.Expr(value=ast.Constant(value=str(text)))]:
            return inspect.cleandoc(text)
    return ""


def _field(
    node: ast.AnnAssign, before: list[ir.FieldDef], doc: str, module: Module, declared: Declared
) -> ir.FieldDef:
    name = node.target.id if isinstance(node.target, ast.Name) else ""

    if any(each.name == name for each in before):
        raise module.refuse("E112", f"'{name}' stands here twice", node, "rename one of them")
    if node.value is not None:
        fix = "drop the value; fields that 'init' is not given are zero"
        raise module.refuse("E303", "a field has no default", node.value, fix)
    if name in _INIT_NAMES:
        fix = "rename the field"
        raise module.refuse("E303", f"'{name}' is what 'init' calls one of its own", node, fix)
    if name in _PRELUDE_NAMES:
        fix = "rename the field"
        raise module.refuse("E303", f"'{name}' is a name of the prelude's own", node, fix)
    kind = resolve_type(node.annotation, module, declared)
    if not is_stored(kind, declared):
        fix = "keep an address as a Pubkey"
        if isinstance(kind, TupleT):
            fix = "keep its values in fields of their own, or in a class"
        elif kind == NONE:
            fix = "drop the field"
        raise module.refuse("E303", f"an account cannot hold {kind}", node.annotation, fix)
    return ir.FieldDef(name, kind, doc, module.span(node))


def _check_layout(
    node: ast.ClassDef, fields: tuple[ir.FieldDef, ...], module: Module, declared: Declared
) -> None:
    size = DISCRIMINATOR_SIZE + sum(least_size(f.type, declared) for f in fields)
    if size > MAX_ACCOUNT:
        message = f"'{node.name}' has {size:,} bytes, more than {MAX_ACCOUNT:,}"
        raise module.refuse("E306", message, node, "split it into several accounts")


# --- seeds ---------------------------------------------------------------------------------------


def _seeds(
    method: ast.FunctionDef, fields: tuple[ir.FieldDef, ...], module: Module
) -> tuple[Seed, ...]:
    if method.decorator_list or [each.arg for each in method.args.args] != ["self"]:
        fix = "write 'def seeds(self) -> Seeds:'"
        raise module.refuse("E305", "'seeds' takes self and nothing else", method, fix)
    match [s for s in method.body if not _is_text(s)]:
        case [ast.Return(value=ast.List(elts=[_, *_] as elements) as whole)]:
            pass
        case _:
            fix = "write 'return [\"name\", self.field, …]'"
            raise module.refuse(
                "E305", "'seeds' returns one list, and does nothing else", method, fix
            )
    if len(elements) > MAX_SEEDS:
        raise module.refuse("E305", f"an address has at most {MAX_SEEDS} seeds", whole)
    return tuple(_seed(each, fields, module) for each in elements)


def _is_text(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
    return False


def _seed(node: ast.expr, fields: tuple[ir.FieldDef, ...], module: Module) -> Seed:
    match node:
        case ast.Constant(value=str(text)):
            return _const_seed(text.encode(errors="replace"), node, module)
        case ast.Constant(value=bytes(data)):
            return _const_seed(data, node, module)
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return _field_seed(name, node, fields, module)
    fix = "a declared seed is a constant text, or self.field"
    raise module.refuse("E305", "this cannot be a seed", node, fix)


def _const_seed(data: bytes, node: ast.expr, module: Module) -> ir.ConstSeed:
    if len(data) > MAX_SEED_BYTES:
        raise module.refuse("E305", f"a seed has at most {MAX_SEED_BYTES} bytes", node)
    return ir.ConstSeed(data)


def _field_seed(
    name: str, node: ast.expr, fields: tuple[ir.FieldDef, ...], module: Module
) -> ir.FieldSeed:
    kinds = {each.name: each.type for each in fields}
    if name not in kinds:
        fix = did_you_mean(name, kinds)
        raise module.refuse("E206", f"there is no field '{name}'", node, fix)
    if name == "bump" or not isinstance(kinds[name], PubkeyT | IntT):
        fix = "seeds are fields of type Pubkey or of an integer type"
        raise module.refuse("E305", f"the field '{name}' cannot be a seed", node, fix)
    return ir.FieldSeed(name)
