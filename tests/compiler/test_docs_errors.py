"""docs/errors.md: every code has its section; wrong programs are refused, right ones compile."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from conting_compiler.diagnostics import UserError
from conting_compiler.driver import compile_program
from conting_compiler.frontend import CODES

pytestmark = pytest.mark.slow

_DOC = Path(__file__).parents[2] / "docs" / "errors.md"
_HEADING = re.compile(r"^## (E\d{3}) · (.*)\n", re.MULTILINE)
_PROGRAM = re.compile(r"^(Wrong|Right):\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^# file: (\S+)\n", re.MULTILINE)
_AND_SO_ON = re.compile(
    r"(?P<mark> *# and so on, (?P<count>one|two) lines? each, up to v(?P<last>\d+)$)", re.MULTILINE
)
_CODING = re.compile(r"# -\*- coding: (\S+) -\*-")


@dataclass(frozen=True)
class Section:
    code: str
    title: str
    paragraph: str
    programs: dict[str, str]


def _sections() -> list[Section]:
    parts = _HEADING.split(_DOC.read_text(encoding="utf-8"))[1:]
    return [
        Section(code, title, body.partition("\nWrong:")[0].strip(), dict(_PROGRAM.findall(body)))
        for code, title, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    ]


SECTIONS = [pytest.param(section, id=section.code) for section in _sections()]


def _repeated(text: str) -> str:
    """The text with the lines written out of which it has only the first: v1, v2 and so on."""
    for match in reversed(list(_AND_SO_ON.finditer(text))):
        start = text.rfind("\n", 0, match.start("last"))
        if match["count"] == "two":
            start = text.rfind("\n", 0, start)
        lines = text[start : match.start("mark")]
        rest = [re.sub(r"\bv1\b", f"v{n}", lines) for n in range(2, int(match["last"]) + 1)]
        text = text[: match.start("mark")] + "".join(rest) + text[match.end() :]
    return text


def _write(text: str, folder: Path) -> Path:
    """The program's root: a file, or a folder where the text has several files."""
    text = _repeated(text)
    pieces = _FILE.split(text)
    files = dict(zip(pieces[1::2], pieces[2::2], strict=True)) or {"example.py": text}
    folder = folder / "example"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        coding = _CODING.match(content)
        (folder / name).write_text(content, encoding=coding[1] if coding else "utf-8")
    return folder if "program.py" in files else folder / "example.py"


def test_every_code_has_its_section_in_order_under_its_title() -> None:
    assert {each.code: each.title for each in _sections()} == CODES
    codes = [each.code for each in _sections()]
    assert codes == sorted(codes)


@pytest.mark.parametrize("section", SECTIONS)
def test_the_section_is_complete(section: Section) -> None:
    assert list(section.programs) == ["Wrong", "Right"]
    assert section.paragraph.endswith((".", ")"))
    assert "\n" not in section.paragraph


@pytest.mark.parametrize("section", SECTIONS)
def test_the_wrong_program_is_refused_with_the_code(section: Section, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        compile_program(_write(section.programs["Wrong"], tmp_path))
    assert {each.code for each in caught.value.diagnostics} == {section.code}


@pytest.mark.parametrize("section", SECTIONS)
def test_the_right_program_compiles(section: Section, tmp_path: Path) -> None:
    assert compile_program(_write(section.programs["Right"], tmp_path)).elf
