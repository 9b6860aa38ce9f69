"""Lines of Python as ruff formats them: one line where it fits, else one argument a line."""

from collections.abc import Sequence

WIDTH = 100


def indent(lines: Sequence[str], levels: int = 1) -> list[str]:
    """The lines, moved right; empty ones stay empty."""
    return [f"{'    ' * levels}{line}" if line else "" for line in lines]


def exploded(opening: str, items: Sequence[str], closing: str) -> list[str]:
    """Brackets with an item a line; the last comma keeps the formatter from joining them."""
    return [opening, *indent([f"{item}," for item in items]), closing]


def call(opening: str, items: Sequence[str], closing: str, depth: int) -> list[str]:
    """`opening` items `closing` on one line if that fits at `depth` levels, else exploded."""
    line = f"{opening}{', '.join(items)}{closing}"
    return [line] if 4 * depth + len(line) <= WIDTH else exploded(opening, items, closing)


def docstring(docs: Sequence[str], fallback: str) -> list[str]:
    """A docstring of the lines given, or of `fallback` where there are none."""
    text = "\n".join(docs).strip() or fallback
    lines = [_quoted(line.rstrip()) for line in text.splitlines()]
    if len(lines) == 1 and not lines[0].endswith('"'):
        return [f'"""{lines[0]}"""']
    return [f'"""{lines[0]}', *lines[1:], '"""']


def _quoted(line: str) -> str:
    return line.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def text_literal(text: str) -> str:
    """A string literal with the quotes that ruff prefers: double, unless single escape less."""
    plain = repr(f"{text}'\"")[1:-4].replace("\\'", "'")
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + plain.replace(quote, f"\\{quote}") + quote


def bytes_literal(value: bytes) -> str:
    """A bytes literal: readable where it is printable ASCII, else hexadecimal."""
    if value.isascii() and value.decode("ascii").isprintable():
        return f"b{text_literal(value.decode('ascii'))}"
    return f'bytes.fromhex("{value.hex()}")'
