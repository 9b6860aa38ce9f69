"""What `import conting_client` offers."""

import ast
from pathlib import Path

import conting_client
from conting_client import FAULTS
from conting_compiler.ir.faults import Fault

SOURCE = Path(conting_client.__file__)


def imported_names() -> set[str]:
    tree = ast.parse(SOURCE.read_text())
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return {alias.asname or alias.name for node in imports for alias in node.names}


def order(name: str) -> tuple[int, str]:
    """Constants, classes, functions, as ruff sorts them."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_all_is_sorted_and_complete() -> None:
    assert conting_client.__all__ == sorted(imported_names(), key=order)


def test_every_public_error_is_exported() -> None:
    errors = vars(conting_client._errors)
    own = {
        name
        for name, value in errors.items()
        if isinstance(value, type)
        and issubclass(value, conting_client.ContingError)
        and not name.startswith("_")
    }
    assert own <= set(conting_client.__all__)
    document = conting_client._errors.__doc__ or ""
    assert all(f" {name}" in document for name in own), "the tree in the docstring is not complete"


def test_the_names_of_faults_are_the_compilers() -> None:
    assert {fault.value: fault.name for fault in Fault} == FAULTS
