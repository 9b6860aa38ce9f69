"""Text cases: programs with the errors that they have to give, on the very line.

A `.test` file holds cases that begin with `=== title`. A case is one file, to which the runner adds
the prelude import, an address and, if it has none, an instruction; or it is several files, each
after `--- path`, taken as they are. Each `## E203: text` in a line expects an error of that code,
whose message begins with the text, in that line. Any other error fails the case.
"""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from conting_compiler.diagnostics import Diagnostic, UserError
from conting_compiler.frontend import CODES, build
from conting_compiler.frontend.intrinsics.names import NOT_YET, PRELUDE
from seahorse import prelude

_CASES = Path(__file__).parent / "cases"
_EXPECTED = re.compile(r"## (E\d{3}): (.*?)(?=\s+## |$)")
_HEAD = (
    'from seahorse.prelude import *; declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")\n'
)
_TAIL = "\n@instruction\ndef nothing_(c: Clock) -> None:\n    pass\n"


@dataclass(frozen=True)
class Case:
    title: str
    files: dict[str, str]

    @property
    def expected(self) -> list[tuple[str, int, str, str]]:
        return [
            (path, number, code, message.strip())
            for path, text in self.files.items()
            for number, line in enumerate(text.splitlines(), 1)
            for code, message in _EXPECTED.findall(line)
        ]


def _read(path: Path) -> list[Case]:
    blocks = re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return [_case(block) for block in blocks]


def _case(block: str) -> Case:
    title, _, body = block.partition("\n")
    parts = re.split(r"^--- (.*)\n", body, flags=re.MULTILINE)
    if len(parts) == 1:
        tail = "" if "@instruction" in body else _TAIL
        return Case(title, {"single.py": _HEAD + body + tail})
    return Case(title, dict(zip(parts[1::2], parts[2::2], strict=True)))


CASES = [
    pytest.param(case, id=f"{path.stem}: {case.title}")
    for path in sorted(_CASES.glob("*.test"))
    for case in _read(path)
]


def _build(case: Case, folder: Path) -> tuple[Diagnostic, ...]:
    for name, text in case.files.items():
        path = folder / "example" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    root = folder / "example"
    try:
        build(root / "single.py" if "single.py" in case.files else root)
    except UserError as error:
        return error.diagnostics
    return ()


@pytest.mark.parametrize("case", CASES)
def test_case_gives_exactly_its_errors(case: Case, tmp_path: Path) -> None:
    found = _build(case, tmp_path)
    root = tmp_path / "example"
    places = Counter(
        (d.span.source.path.relative_to(root).as_posix(), d.span.line, d.code) for d in found
    )
    assert places == Counter((path, line, code) for path, line, code, _ in case.expected)
    for path, line, code, message in case.expected:
        assert any(
            d.span.line == line
            and d.code == code
            and d.span.source.path == root / path
            and d.message.startswith(message)
            for d in found
        ), (path, line, code, message, [d.message for d in found])


@pytest.mark.parametrize("case", CASES)
def test_messages_follow_the_house_style(case: Case, tmp_path: Path) -> None:
    for found in _build(case, tmp_path):
        assert found.code in CODES
        for text in filter(None, (found.message, found.help)):
            assert not text.endswith("."), text
            assert "\n" not in text
        quoted = found.message.startswith("'") or found.message.split()[0].rstrip(",") != (
            found.message.split()[0].lower()
        )
        assert quoted or found.message[0].islower() or not found.message[0].isalpha()


def test_the_tables_name_what_the_prelude_has() -> None:
    assert set(PRELUDE) == set(prelude.__all__)
    assert not set(PRELUDE) & NOT_YET


def test_every_code_has_a_case() -> None:
    """E102 is about bytes, not text: test_frontend_files.py; E325 is found when code is made:
    test_docs_errors.py, test_large_functions.py.
    """
    cased = {
        code
        for path in _CASES.glob("*.test")
        for case in _read(path)
        for _, _, code, _ in case.expected
    }
    assert cased | {"E102", "E325"} == set(CODES)
