"""What an auditor may expect of the programs' text."""

import ast
from pathlib import Path

import pytest

from tests.compiled import compiled
from tests.programs.reading_order import instructions, misplaced, modules

PROGRAMS = Path(__file__).parents[2] / "programs"
NAMES = ("family", "raffle", "ticket")
PAY_IF = ("pay_if_tokens", "pay_if_lamports")
LONGEST = 60  # lines, from the decorator to the last statement


@pytest.mark.parametrize("program", NAMES)
def test_no_function_is_over_sixty_lines(program: str) -> None:
    lengths = {
        f"{path.name}: {node.name}": (node.end_lineno or 0) - first + 1
        for path in (PROGRAMS / program).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        for first in [min([node.lineno, *(each.lineno for each in node.decorator_list)])]
    }
    assert len(lengths) > 20
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_what_is_looked_at() -> None:
    """The reader finds every instruction that the compiler finds."""
    found = {
        f"{name}.{each.name}" for name in NAMES for each in compiled(name).program.instructions
    }
    assert found == instructions().keys()


@pytest.mark.parametrize("name", instructions())
def test_guards_then_calls_then_state(name: str) -> None:
    """Without exceptions: nothing is checked once something has happened, no other program is
    called once state was written.
    """
    assert misplaced(name) == []


def payments_of(function: ast.FunctionDef) -> list[tuple[str, dict[str, str]]]:
    """The calls that pay out of a vault, in the order of the source: which, and its arguments by
    the names of the parameters, but not those that only an SPL payment has.
    """
    money = modules()["ticket.money"].functions
    calls = sorted(
        (node.lineno, node.func.id, node)
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PAY_IF
    )
    found = []
    for _, name, call in calls:
        assert not call.keywords
        names = [each.arg for each in money[name].args.args]
        given = dict(zip(names, map(ast.unparse, call.args), strict=True))
        found.append((name, {n: text for n, text in given.items() if n not in {"till", "purse"}}))
    return found


def test_who_is_paid_is_paid_in_either_money() -> None:
    """Each of the two pays in one kind of money and does nothing for the other, so both are called,
    one behind the other, with the same.
    """
    paying = {
        f"{name}.{each.name}": payments_of(each)
        for name, module in modules().items()
        for each in module.functions.values()
        if payments_of(each)
    }
    assert {name.partition(".")[0] for name in paying} == {"ticket"}
    assert len(paying) >= 4  # refunds of two kinds, deposits, proceeds
    for name, calls in paying.items():
        assert [each for each, _ in calls] == list(PAY_IF) * (len(calls) // 2), name
        for (_, tokens), (_, lamports) in zip(calls[::2], calls[1::2], strict=True):
            assert tokens == lamports, name
