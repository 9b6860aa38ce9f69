"""`conting explain`: docs/errors.md in the terminal."""

import tomllib
from pathlib import Path

import pytest
from conting_cli.explain import read_sections
from conting_cli.main import main
from conting_compiler.frontend import CODES

_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_explained(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", code.lower()]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"{code}: {CODES[code]}\n")
    assert "Wrong:" in shown
    assert "Right:" in shown
    assert "```" not in shown


def test_without_a_code_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(CODES)


@pytest.mark.parametrize(("code", "hint"), [("E2003", "E203"), ("hello", "lists all")])
def test_an_unknown_code(code: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", code]) == 1
    found = capsys.readouterr()
    assert found.out == ""
    assert code in found.err
    assert hint in found.err


def test_a_wheel_takes_the_document_along() -> None:
    """A checkout reads docs/errors.md itself; a wheel is built with a copy beside the module."""
    settings = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included == {"docs/errors.md": "conting_cli/errors.md"}
    assert read_sections()
