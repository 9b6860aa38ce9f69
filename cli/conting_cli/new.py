"""`conting new PROGRAM`: a small program and its test, which passes at once."""

import argparse
import keyword
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from solders.keypair import Keypair

from conting_cli.project import ProjectError, development_seed

_FILES: Final = {"program.txt": "programs/{}.py", "test.txt": "tests/test_{}.py"}
"""Template -> where it goes, from the folder in which the command runs."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `conting new`."""
    parser.add_argument("program", help="its name: lower-case letters, digits and '_'")


def run(options: argparse.Namespace) -> int:
    """Writes the files and says what to do next. Raises ProjectError rather than overwrite."""
    name = options.program
    _check_name(name)
    texts = {Path(path.format(name)): _fill(template, name) for template, path in _FILES.items()}
    for path in (*texts, Path("programs") / name):
        if path.exists():
            raise ProjectError(f"{path} is there already: choose another name")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"made {path}")
    print(f"\nnext:  python -m unittest tests/test_{name}.py\n       conting build {name}")
    return 0


def _check_name(name: str) -> None:
    plain = name.isascii() and name.isidentifier() and name == name.lower()
    if not plain or keyword.iskeyword(name):
        raise ProjectError(
            f"'{name}' is no name of a program: use lower-case letters, digits and '_'"
        )


def _fill(template: str, name: str) -> str:
    text = (files("conting_cli") / "templates" / template).read_text(encoding="utf-8")
    camel = "".join(part.capitalize() for part in name.split("_"))
    address = str(Keypair.from_seed(development_seed(name)).pubkey())
    return Template(text).substitute(name=name, camel=camel, address=address)
