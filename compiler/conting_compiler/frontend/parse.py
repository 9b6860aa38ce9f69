"""Files to syntax trees, with limits: no text whatever makes the stages behind this one fail.

Python's own parser reads the text. Trees are bounded in depth, because every later stage walks them
recursively, and what lies inside an f-string takes the place of the whole string (before Python
3.12 the parser misplaces it).
"""

import ast
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from conting_compiler.diagnostics import Diagnostics
from conting_compiler.frontend.syntax import children
from conting_compiler.source import Source, Span

MAX_BYTES: Final = 1 << 20
"""The longest file, in bytes."""
MAX_DEPTH: Final = 60
"""How deep expressions and statements may nest, together."""

_NESTING: Final = (ast.expr, ast.stmt)
Node = ast.expr | ast.stmt | ast.arg | ast.keyword | ast.alias


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file and its syntax tree."""

    source: Source
    tree: ast.Module
    lines: tuple[str, ...]

    def span(self, node: Node) -> Span:
        """Where a node stands; of a definition, where its name stands."""
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            return self._name_span(node)
        end_line = node.end_lineno or node.lineno
        end = node.end_col_offset or node.col_offset
        start = self._column(node.lineno, node.col_offset)
        return Span(self.source, node.lineno, start, end_line, self._column(end_line, end))

    def _name_span(self, node: ast.FunctionDef | ast.ClassDef) -> Span:
        keyword = 4 if isinstance(node, ast.FunctionDef) else 6
        line = self.lines[node.lineno - 1]
        found = line.find(node.name, self._column(node.lineno, node.col_offset) + keyword - 1)
        start = found + 1 if found >= 0 else self._column(node.lineno, node.col_offset)
        return Span(self.source, node.lineno, start, node.lineno, start + len(node.name))

    def _column(self, line: int, utf8_offset: int) -> int:
        text = self.lines[line - 1]
        if text.isascii():
            return utf8_offset + 1
        return len(text.encode()[:utf8_offset].decode(errors="ignore")) + 1


def parse_file(path: Path, diagnostics: Diagnostics) -> SourceFile | None:
    """Reads and parses a file; None, with errors noted, where that is not possible."""
    text = _read(path, diagnostics)
    if text is None:
        return None
    source = Source(path, text)
    try:
        file, is_acceptable = _parse(source)
    except SyntaxError as error:
        diagnostics.error("E101", _syntax_message(error), _syntax_span(source, error))
        return None
    except (RecursionError, MemoryError):
        _report_depth(diagnostics, _start(source))
        return None
    return file if is_acceptable or _is_acceptable(file, diagnostics) else None


@lru_cache(maxsize=256)
def _parse(source: Source) -> tuple[SourceFile, bool]:
    """The file, and whether nothing is wrong with it: programs that share files read them once."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source.text)
    file = SourceFile(source, tree, tuple(source.text.split("\n")))
    return file, _is_acceptable(file, Diagnostics())


def _read(path: Path, diagnostics: Diagnostics) -> str | None:
    place = _start(Source(path, ""))
    try:
        data = path.read_bytes()
    except OSError as error:
        diagnostics.error("E102", f"cannot read the file: {error.strerror}", place)
        return None
    if len(data) > MAX_BYTES:
        message = f"the file has {len(data):,} bytes, more than {MAX_BYTES:,}"
        diagnostics.error("E102", message, place, "split it into several files")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        span = Span(Source(path, data.decode(errors="replace")), line, 1, line, 1)
        diagnostics.error("E102", "the file is not UTF-8", span, "save it as UTF-8")
        return None
    if "\0" in text:
        diagnostics.error("E102", "the file contains a null byte", place, "remove it")
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _start(source: Source) -> Span:
    return Span(source, 1, 1, 1, 1)


def _syntax_message(error: SyntaxError) -> str:
    message = error.msg or "invalid syntax"
    if "integer string conversion" in message:  # and what Python can do about it
        message = "this number has too many digits"
    return message[:1].lower() + message[1:]


def _syntax_span(source: Source, error: SyntaxError) -> Span:
    count = source.text.count("\n") + 1
    line = min(max(error.lineno or 1, 1), count)
    width = len(source.text.split("\n")[line - 1]) + 1
    column = min(max(error.offset or 1, 1), width)
    return Span(source, line, column, line, column)


def _is_acceptable(file: SourceFile, diagnostics: Diagnostics) -> bool:
    """Checks depth and names, and puts the parts of f-strings in their place."""
    before = len(diagnostics.found)
    is_plain = file.source.text.isascii()  # then so is every name
    stack: list[tuple[ast.AST, int]] = [(file.tree, 0)]
    while stack:
        node, depth = stack.pop()
        step = isinstance(node, _NESTING)
        if step and depth > MAX_DEPTH and isinstance(node, Node):
            _report_depth(diagnostics, file.span(node))
            return False
        if isinstance(node, ast.JoinedStr):
            _place_inside(node)
        if not is_plain:
            _check_names(file, node, diagnostics)
        stack += [(child, depth + step) for child in children(node)]
    return len(diagnostics.found) == before


def _report_depth(diagnostics: Diagnostics, span: Span) -> None:
    diagnostics.error(
        "E103", "this is nested too deeply", span, "split it: use variables or functions"
    )


def _place_inside(string: ast.JoinedStr) -> None:
    for node in ast.walk(string):
        ast.copy_location(node, string)


def _check_names(file: SourceFile, node: ast.AST, diagnostics: Diagnostics) -> None:
    for attribute in ("id", "name", "arg", "attr", "asname"):
        name = getattr(node, attribute, None)
        if isinstance(name, str) and not name.isascii() and isinstance(node, Node):
            message = f"the name '{name}' has characters outside ASCII"
            diagnostics.error("E113", message, file.span(node), "use letters, digits and '_'")
