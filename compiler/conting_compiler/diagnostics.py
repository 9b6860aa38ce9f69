"""What the compiler says about a program: located, coded, many per run.

UserError       the program's fault: carries diagnostics, exit code 1
ConfigError     the call's or the project's fault: exit code 1
InternalError   the compiler's fault: exit code 2
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from conting_compiler.source import Span


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: a stable code such as E203, a sentence without a full stop, one fix."""

    code: str
    message: str
    span: Span
    help: str | None = None


class CompilerError(Exception):
    """What every error of the compiler derives from."""


class UserError(CompilerError):
    """The program is wrong; `diagnostics` says where and how to mend it."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(f"{d.span}: {d.code} {d.message}" for d in self.diagnostics))


class ConfigError(CompilerError):
    """The project or the call is wrong; the message says what to change."""


class InternalError(CompilerError):
    """The compiler is wrong; `span` is where in the program it noticed, where known."""

    def __init__(self, message: str, span: Span | None = None) -> None:
        self.span = span
        super().__init__(message if span is None else f"{span}: {message}")


@dataclass(slots=True)
class Diagnostics:
    """Collects findings within a stage; the driver stops between stages."""

    found: list[Diagnostic] = field(default_factory=list)

    def error(self, code: str, message: str, span: Span, help: str | None = None) -> None:  # noqa: A002
        """Notes one error; the stage goes on."""
        self.found.append(Diagnostic(code, message, span, help))

    def stop_if_any(self) -> None:
        """Raises UserError with everything found so far, in source order."""
        if self.found:
            raise UserError(sorted(set(self.found), key=_place))


def _place(diagnostic: Diagnostic) -> tuple[str, int, int, str]:
    span = diagnostic.span
    return str(span.source.path), span.line, span.column, diagnostic.code


def to_text(diagnostic: Diagnostic) -> str:
    """The finding as a terminal shows it: place, code, source line, carets, fix."""
    span = diagnostic.span
    line = span.source.line(span.line)
    end = span.end_column if span.end_line == span.line else len(line) + 1
    number = f"{span.line:>4} | "
    carets = " " * (span.column - 1) + "^" * max(1, end - span.column)
    rows = [
        f"{span}: error[{diagnostic.code}]: {diagnostic.message}",
        f"{number}{line}",
        f"{' ' * (len(number) - 2)}| {carets}",
    ]
    if diagnostic.help is not None:
        rows.append(f" help: {diagnostic.help}")
    return "\n".join(rows)


def to_json(diagnostics: Iterable[Diagnostic]) -> str:
    """The findings as one JSON array, for editors."""
    return json.dumps([_record(d) for d in diagnostics], indent=2)


def _record(diagnostic: Diagnostic) -> dict[str, object]:
    span = diagnostic.span
    return {
        "code": diagnostic.code,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "path": str(span.source.path),
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
