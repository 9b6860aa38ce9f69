"""Files that are no text, trees without end, and other input that must give located errors."""

from collections.abc import Callable
from pathlib import Path

import pytest
from conting_compiler.diagnostics import ConfigError, UserError
from conting_compiler.frontend import build

_HEAD = (
    'from seahorse.prelude import *\ndeclare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")\n'
)
_INSTRUCTION = "@instruction\ndef go(a: u64, b: bool) -> None:\n"


def _errors(folder: Path, data: bytes) -> list[tuple[str, int]]:
    path = folder / "example.py"
    path.write_bytes(data)
    try:
        build(path)
    except UserError as error:
        for found in error.diagnostics:
            assert 1 <= found.span.line <= found.span.end_line
            assert found.span.source.path == path
        return [(found.code, found.span.line) for found in error.diagnostics]
    return []


def _body_errors(folder: Path, *lines: str) -> list[str]:
    body = "".join(f"    {line}\n" for line in lines)
    return [code for code, _ in _errors(folder, (_HEAD + _INSTRUCTION + body).encode())]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"x = 1\ny = '\xff'\n", ("E102", 2)),
        (b"x = 1\0\n", ("E102", 1)),
        (b"#" * ((1 << 20) + 1), ("E102", 1)),
        (b"x = (\n", ("E101", 1)),
        (b"  x = 1\n", ("E101", 1)),
        (b"x = " + b"9" * 5000 + b"\n", ("E101", 1)),
        (b"x = " + b"(" * 500 + b"1" + b")" * 500, ("E101", 1)),
        (b"x = " + b"-" * 100_000 + b"1", ("E103", 1)),
        (b"x = " + b"1+" * 100_000 + b"1", ("E103", 1)),
        (b"x = " + b"a." * 50_000 + b"a", ("E103", 1)),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, data: bytes, expected: tuple[str, int]) -> None:
    assert _errors(tmp_path, data)[:1] == [expected]


def test_a_number_of_too_many_digits_is_named_without_a_way_to_allow_it(tmp_path: Path) -> None:
    (tmp_path / "example.py").write_text("x = " + "9" * 5000 + "\n")
    with pytest.raises(UserError) as caught:
        build(tmp_path / "example.py")
    assert caught.value.diagnostics[0].message == "this number has too many digits"


def test_an_empty_file_says_what_is_missing(tmp_path: Path) -> None:
    assert _errors(tmp_path, b"") == [("E301", 1), ("E302", 1)]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_newlines_and_byte_order_mark_do_not_matter(tmp_path: Path, newline: bytes) -> None:
    text = (_HEAD + _INSTRUCTION + "    assert a == missing\n").encode()
    assert _errors(tmp_path, b"\xef\xbb\xbf" + text.replace(b"\n", newline)) == [("E201", 5)]


def test_columns_count_characters_not_bytes(tmp_path: Path) -> None:
    path = tmp_path / "example.py"
    line = '    assert "äöü€" == missing\n'
    path.write_text(_HEAD + _INSTRUCTION + line, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        build(path)
    [found] = caught.value.diagnostics
    assert line[found.span.column - 1 : found.span.end_column - 1] == "missing"


def test_lines_are_those_that_python_counts(tmp_path: Path) -> None:
    """A form feed or a line separator inside a line begins no new one."""
    text = _HEAD + '"""\f \u2028 \x1c"""\n' + _INSTRUCTION + "    assert a == missing\n"
    path = tmp_path / "example.py"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        build(path)
    [found] = caught.value.diagnostics
    assert found.span.source.line(found.span.line) == "    assert a == missing"


_NESTINGS: dict[str, Callable[[int], list[str]]] = {
    "minus": lambda n: ["x = " + "-" * n + "i64(a)"],
    "sum": lambda n: ["x = " + "a + " * n + "a"],
    "parentheses": lambda n: ["x = " + "(a + " * n + "a" + ")" * n],
    "calls": lambda n: ["x = " + "u64(" * n + "a" + ")" * n],
    "conditionals": lambda n: ["x = " + "a if b else " * n + "a"],
    "comparisons": lambda n: ["x = " + "(a == " * n + "a" + ")" * n],
    "not": lambda n: ["x = " + "not " * n + "b"],
    "indexes": lambda n: ["x = " + "a[" * n + "0" + "]" * n],
    "lists": lambda n: ["x: Array[u8, 1] = " + "[" * n + "0" + "]" * n],
    "attributes": lambda n: ["x = a" + ".key()" * n],
    "texts": lambda n: ["x = " + "str(" * n + "a" + ")" * n],
    "blocks": lambda n: [" " * i + "if b:" for i in range(n)] + [" " * n + "pass"],
    "loops": lambda n: [" " * i + "while b:" for i in range(min(n, 19))] + [" " * 19 + "pass"],
    "choices": lambda n: ["if b:", "    pass", *["elif b:", "    pass"] * n],
    "annotations": lambda n: ["x: " + "Array[" * n + "u8" + ", 1]" * n + " = 3"],
}


@pytest.mark.parametrize("shape", _NESTINGS)
def test_nesting_up_to_any_depth_gives_errors_and_no_recursion(tmp_path: Path, shape: str) -> None:
    for depth in (1, 10, 25, 28, 40, 55, 58, 60, 80, 150, 400):
        codes = _body_errors(tmp_path, *_NESTINGS[shape](depth))
        assert all(code[0] == "E" for code in codes)
        if depth >= 150 and shape != "loops":
            assert codes[:1] in (["E103"], ["E101"])


def test_paths_that_are_no_program(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a-b.py").write_text("")
    (tmp_path / "note.txt").write_text("")
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "program.py").mkdir()
    for name in ("empty", "nowhere", "nowhere.py", "a-b.py", "note.txt", "odd"):
        with pytest.raises(ConfigError):
            build(tmp_path / name)


def test_a_folder_where_a_file_should_be(tmp_path: Path) -> None:
    folder = tmp_path / "example"
    (folder / "state.py").mkdir(parents=True)
    (folder / "program.py").write_text(
        _HEAD + "from .state import Event\n" + _INSTRUCTION + "    pass"
    )
    with pytest.raises(UserError) as caught:
        build(folder)
    assert [(d.code, d.span.line) for d in caught.value.diagnostics] == [("E105", 3)]


def test_one_error_is_reported_once(tmp_path: Path) -> None:
    """A file that two others import is read once."""
    folder = tmp_path / "example"
    folder.mkdir()
    (folder / "program.py").write_text(
        _HEAD + "from .a import A\nfrom .b import B\n" + _INSTRUCTION + "    assert a == A + B"
    )
    (folder / "a.py").write_text("from .base import A\n")
    (folder / "b.py").write_text("from .base import A\nB = 1\n")
    (folder / "base.py").write_text("A = (\n")
    with pytest.raises(UserError) as caught:
        build(folder)
    assert [d.code for d in caught.value.diagnostics] == ["E101"]
