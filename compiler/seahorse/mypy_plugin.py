"""What a type checker has to be told about the dialect: `plugins = ["seahorse.mypy_plugin"]`.

`Array[T, 3]`: the number is no type. A field of an account class may be named like a method that
every account has; the field then hides the method.
"""

from collections.abc import Callable

from mypy.nodes import AssignmentStmt, NameExpr, Var
from mypy.plugin import AnalyzeTypeContext, ClassDefContext, Plugin
from mypy.types import Type

_ARRAY = "seahorse.values.Array"
_ACCOUNT = "seahorse.classes.Account"


def _array(context: AnalyzeTypeContext) -> Type:
    written = context.type
    element = context.api.analyze_type(written.args[0])
    return context.api.named_type(_ARRAY, [element])


def _let_fields_hide_methods(context: ClassDefContext) -> None:
    for statement in context.cls.defs.body:
        if isinstance(statement, AssignmentStmt):
            for target in statement.lvalues:
                if isinstance(target, NameExpr) and isinstance(target.node, Var):
                    target.node.allow_incompatible_override = True


class SeahorsePlugin(Plugin):
    """Hooks by the prelude's names."""

    def get_type_analyze_hook(self, fullname: str) -> Callable[[AnalyzeTypeContext], Type] | None:
        """For annotations that are arrays."""
        return _array if fullname == _ARRAY else None

    def get_base_class_hook(self, fullname: str) -> Callable[[ClassDefContext], None] | None:
        """For classes that derive from Account."""
        return _let_fields_hide_methods if fullname == _ACCOUNT else None


def plugin(_version: str) -> type[Plugin]:
    """The entry point that mypy calls."""
    return SeahorsePlugin
