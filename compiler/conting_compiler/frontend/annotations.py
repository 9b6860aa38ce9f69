"""Type annotations to types."""

import ast
from typing import Final

from conting_compiler.frontend.declared import Declared
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.intrinsics.names import (
    PYTHON,
    Builtin,
    Special,
    TypeName,
)
from conting_compiler.frontend.modules import Definition, Module, Sort, unknown_name
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    NONE,
    AccountT,
    ArrayT,
    ClassT,
    EmptyT,
    ListT,
    MintT,
    NoneT,
    OptionT,
    ProgramT,
    SeedsT,
    SignerT,
    SysvarT,
    TokenAccountT,
    TupleT,
    Type,
    UncheckedT,
)

LONGEST_ARRAY: Final = 10_240
"""Elements of an Array; an account is not made larger than this many bytes."""
_LIST: Final = ("a List needs the type of its elements", "List[u64]")
_TUPLE: Final = ("a Tuple needs the types of its values", "Tuple[u64, bool]")
_INCOMPLETE: Final = {
    Special.LIST: _LIST,
    Special.LIST_OF: _LIST,
    Special.TUPLE: _TUPLE,
    Special.TUPLE_OF: _TUPLE,
    Special.OPTION: ("an Option needs the type of its value", "Option[u64]"),
    Special.ARRAY: ("an Array needs element and length", "Array[u8, 32]"),
    Special.EMPTY: ("Empty needs what will be made", "Empty[Event]"),
}
"""Names that are types only with something in brackets: what is missing, and an example."""
_MAY_BE_MISSING: Final = (TokenAccountT, MintT, UncheckedT, ProgramT)
"""Accounts that an instruction may be called without."""


def resolve_type(node: ast.expr, module: Module, declared: Declared) -> Type:
    """The type that an annotation names. Raises Refused after reporting an error."""
    match node:
        case ast.Name():
            return _named(node, module, declared)
        case ast.Constant(value=None):
            return NONE
        case ast.Constant(value=str(text)):
            fix = f"write {text}"
            raise module.refuse("E213", "a type is written without quotes", node, fix)
        case ast.Subscript(value=ast.Name() as base, slice=inner):
            return _generic(node, base, inner, module, declared)
        case (
            ast.BinOp(op=ast.BitOr(), left=inner, right=ast.Constant(value=None))
            | ast.BinOp(op=ast.BitOr(), left=ast.Constant(value=None), right=inner)
        ):
            fix = f"write 'Option[{ast.unparse(inner)}]'"
            raise module.refuse("E213", "this is not a type", node, fix)
        case _:
            fix = "write for example u64 or Pubkey"
            raise module.refuse("E213", "this is not a type", node, fix)


def _meaning(node: ast.Name, module: Module) -> Definition | Builtin:
    if node.id in module.names:
        meaning = module.names[node.id]
        if meaning is None:
            raise Refused
        return meaning
    if node.id in PYTHON:
        return PYTHON[node.id]
    known = {**PYTHON, **module.names}
    types = [name for name, meaning in known.items() if _is_type(meaning)]
    message, help_text = unknown_name(node.id, types, "there is no type")
    raise module.refuse("E213", message, node, help_text)


def _is_type(meaning: Definition | Builtin | None) -> bool:
    sorts = {Sort.ACCOUNT, Sort.ENUM, Sort.CLASS}
    is_class = isinstance(meaning, Definition) and meaning.sort in sorts
    return is_class or isinstance(meaning, TypeName) or meaning in _INCOMPLETE


def _named(node: ast.Name, module: Module, declared: Declared) -> Type:
    meaning = _meaning(node, module)
    match meaning:
        case TypeName(type=kind):
            return kind
        case Definition(sort=Sort.ACCOUNT, name=name):
            return AccountT(name)
        case Definition(sort=Sort.CLASS, name=name):
            return ClassT(name)
        case Definition(sort=Sort.ENUM):
            if meaning not in declared.enums:
                raise Refused
            return declared.enums[meaning]
        case Special() if meaning in _INCOMPLETE:
            message, example = _INCOMPLETE[meaning]
            raise module.refuse("E213", message, node, f"write for example {example}")
        case _:
            raise module.refuse("E213", f"'{node.id}' is not a type", node)


def _generic(
    node: ast.Subscript, base: ast.Name, inner: ast.expr, module: Module, declared: Declared
) -> Type:
    meaning = _meaning(base, module)
    if meaning is Special.EMPTY:
        return _empty(inner, module, declared)
    if meaning is Special.ARRAY:
        return _array(inner, module, declared)
    if meaning is Special.OPTION:
        return _option(inner, module, declared)
    if meaning in {Special.LIST, Special.LIST_OF}:
        return ListT(_element(inner, "a List", module, declared))
    if meaning in {Special.TUPLE, Special.TUPLE_OF}:
        elements = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        return TupleT(tuple(_element(each, "a Tuple", module, declared) for each in elements))
    raise module.refuse("E213", f"'{base.id}' takes nothing in brackets", node)


def _empty(inner: ast.expr, module: Module, declared: Declared) -> EmptyT:
    made = resolve_type(inner, module, declared)
    found = declared.account(made.name) if isinstance(made, AccountT) else None
    if found is not None and found.owner is not None:
        fix = "only that program makes its accounts"
        raise module.refuse("E321", f"{made} belongs to another program", inner, fix)
    if isinstance(made, AccountT | MintT | TokenAccountT):
        return EmptyT(made)
    fix = "Empty takes an account class, Token2022Mint or Token2022Account"
    raise module.refuse("E213", f"an account of {made} cannot be made", inner, fix)


def _option(inner: ast.expr, module: Module, declared: Declared) -> OptionT:
    kind = resolve_type(inner, module, declared)
    if isinstance(kind, SignerT | AccountT):
        fix = "write two instructions: one with it, one without"
        message = f"what is checked with a {kind} that may be missing is not checked"
        raise module.refuse("E213", message, inner, fix)
    if isinstance(kind, OptionT) or not (isinstance(kind, _MAY_BE_MISSING) or is_value(kind)):
        fix = "write for example Option[u64] or Option[TokenAccount]"
        raise module.refuse("E213", f"there is no Option of {kind}", inner, fix)
    return OptionT(kind)


def _array(inner: ast.expr, module: Module, declared: Declared) -> ArrayT:
    if not isinstance(inner, ast.Tuple) or len(inner.elts) != 2:  # noqa: PLR2004 - type, length
        fix = "write for example Array[u8, 32]"
        raise module.refuse("E213", "an Array needs element and length", inner, fix)
    element = _element(inner.elts[0], "an Array", module, declared)
    length = _length(inner.elts[1], module, declared)
    if length is None or not 1 <= length <= LONGEST_ARRAY:
        fix = f"write a number from 1 to {LONGEST_ARRAY}"
        raise module.refuse("E213", "this is no length of an Array", inner.elts[1], fix)
    return ArrayT(element, length)


def _element(node: ast.expr, what: str, module: Module, declared: Declared) -> Type:
    element = resolve_type(node, module, declared)
    if not is_value(element):
        fix = "keep addresses as Pubkeys" if ir.is_account(element) else "it holds values"
        raise module.refuse("E213", f"{what} cannot hold {element}", node, fix)
    return element


def is_value(kind: Type) -> bool:
    """Whether it is the type of a value that can be put into others."""
    return not ir.is_account(kind) and not isinstance(kind, NoneT | SysvarT | SeedsT)


def _length(node: ast.expr, module: Module, declared: Declared) -> int | None:
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return value
        case ast.Name(id=name):
            meaning = module.names.get(name)
            value_of = declared.constants.get(meaning) if isinstance(meaning, Definition) else None
            return value_of if isinstance(value_of, int) else None
    return None
