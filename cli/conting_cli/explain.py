"""`conting explain E203`: what an error means, with a wrong and a right program."""

import argparse
import difflib
import re
import sys
from importlib.resources import files
from pathlib import Path
from typing import Final

_SECTION: Final = re.compile(r"^## (E\d+) · (.*)$", re.MULTILINE)
_FENCE: Final = re.compile(r"^```.*\n?", re.MULTILINE)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `conting explain`."""
    parser.add_argument("code", nargs="?", help="such as E203; without it, all are listed")


def run(options: argparse.Namespace) -> int:
    """Prints the section of the code; 1 if there is none."""
    sections = read_sections()
    if options.code is None:
        print("\n".join(f"{code}  {title}" for code, (title, _) in sections.items()))
        return 0
    code = options.code.upper()
    if code not in sections:
        near = difflib.get_close_matches(code, sections, n=1)
        hint = f"did you mean {near[0]}?" if near else "`conting explain` lists all"
        print(f"conting: there is no error {options.code}: {hint}", file=sys.stderr)
        return 1
    title, body = sections[code]
    print(f"{code}: {title}\n\n{_FENCE.sub('', body).strip()}")
    return 0


def read_sections() -> dict[str, tuple[str, str]]:
    """Title and text of every code, from docs/errors.md."""
    parts = _SECTION.split(_document())[1:]
    codes, titles, bodies = (parts[n::3] for n in range(3))
    return dict(zip(codes, zip(titles, bodies, strict=True), strict=True))


def _document() -> str:
    """docs/errors.md: a wheel has a copy beside this module, a checkout has the file itself."""
    packaged = files("conting_cli") / "errors.md"
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    checkout = Path(__file__).parents[2]
    return (checkout / "docs" / "errors.md").read_text(encoding="utf-8")
