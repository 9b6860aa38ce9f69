"""Puts classes before what names them: a program's file may name a class that follows."""

import ast
from collections.abc import Iterator, Sequence


def ordered(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements of a file; classes and constants that one needs to be defined go before it."""
    known = {name: each for each in body for name in _defines(each)}
    done: dict[ast.stmt, None] = {}
    begun: set[ast.stmt] = set()

    def place(statement: ast.stmt) -> None:
        if statement in begun:
            return
        begun.add(statement)
        for name in _needs(statement):
            if name in known:
                place(known[name])
        done[statement] = None

    for each in body:
        place(each)
    return list(done)


def _defines(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.ClassDef(name=name):
            yield name
        case ast.Assign(targets=[ast.Name(id=name)]):
            yield name


def _needs(statement: ast.stmt) -> Iterator[str]:
    """The names that are looked up when the statement runs."""
    match statement:
        case ast.ClassDef(bases=bases, body=body):
            parts = [*bases, *(e.annotation for e in body if isinstance(e, ast.AnnAssign))]
        case ast.FunctionDef(args=arguments, returns=returns):
            annotations = [each.annotation for each in arguments.args]
            parts = [each for each in (*annotations, returns) if each is not None]
        case ast.Assign(value=value):
            parts = [value]
        case _:
            parts = []
    for part in parts:
        yield from (each.id for each in ast.walk(part) if isinstance(each, ast.Name))
