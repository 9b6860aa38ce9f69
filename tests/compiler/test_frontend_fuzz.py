"""Damaged sources: whatever happens to the text, the answer is a program or located errors."""

import io
import os
import random
import shutil
import tokenize
from collections.abc import Callable
from pathlib import Path

import pytest
from conting_compiler.diagnostics import UserError, to_json, to_text
from conting_compiler.frontend import CODES, build
from conting_compiler.idl import build_idl, build_legacy_idl
from conting_compiler.ir import typed_text

pytestmark = pytest.mark.slow

_TICKET = Path(__file__).parent / "samples" / "ticket"
_FILES = sorted(path.name for path in _TICKET.glob("*.py"))
_CASES_PER_SEED = 10 * max(int(os.environ.get("CONTING_FUZZ", "0")), 1)

_SNIPPETS = """
self None True 0 1 -1 256 99999999999999999999 "x" b"x" 1.5 u8 u64 i64 str bool Pubkey Signer Empty
event ticket mint buyer clock init key() / // ** == and or not if else for while in range return
assert lambda try del x = : , . ( ) [ ] { } * ** @instruction class def import from ø 'é' f"{x}"
Event Account seeds bump payer Array[u8,2] Clock Metadata() transfer_lamports is_empty()
"""
_WORDS = [*_SNIPPETS.split(), "\n"]


def _tokens(text: str) -> list[tuple[int, int]]:
    """Start and end offsets of the tokens of a valid source."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return [
        (starts[t.start[0] - 1] + t.start[1], starts[t.end[0] - 1] + t.end[1])
        for t in tokenize.generate_tokens(io.StringIO(text).readline)
        if t.start != t.end and t.end[0] < len(starts)
    ]


def _delete(text: str, chance: random.Random) -> str:
    start, end = chance.choice(_tokens(text))
    return text[:start] + text[end:]


def _replace(text: str, chance: random.Random) -> str:
    start, end = chance.choice(_tokens(text))
    return text[:start] + chance.choice(_WORDS) + text[end:]


def _swap(text: str, chance: random.Random) -> str:
    (a, b), (c, d) = sorted(chance.sample(_tokens(text), 2))
    return text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]


def _delete_line(text: str, chance: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    return "".join(lines)


def _move_line(text: str, chance: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    lines.insert(chance.randrange(len(lines)), lines.pop(chance.randrange(len(lines))))
    return "".join(lines)


_CHANGES: list[Callable[[str, random.Random], str]] = [
    _delete,
    _replace,
    _replace,
    _swap,
    _delete_line,
    _move_line,
]


def _check(root: Path) -> bool:
    """Builds; whatever comes out can be printed. Whether it was a program."""
    try:
        program = build(root)
    except UserError as error:
        for found in error.diagnostics:
            assert found.code in CODES
            assert found.span.line <= found.span.source.text.count("\n") + 1
            to_text(found)
        to_json(error.diagnostics)
        return False
    typed_text.to_text(program)
    build_idl(program)
    build_legacy_idl(program)
    return True


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_program_gives_errors_and_no_crash(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    root = tmp_path / "ticket"
    shutil.copytree(_TICKET, root, ignore=shutil.ignore_patterns("__pycache__"))
    outcomes = set()
    for _ in range(_CASES_PER_SEED):
        name = chance.choice(_FILES)
        original = (_TICKET / name).read_text(encoding="utf-8")
        text = chance.choice(_CHANGES)(original, chance)
        (root / name).write_text(text, encoding="utf-8")
        outcomes.add(_check(root))
        (root / name).write_text(original, encoding="utf-8")
    assert False in outcomes


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(2))
def test_damaged_bytes_give_errors_and_no_crash(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    root = tmp_path / "ticket"
    shutil.copytree(_TICKET, root, ignore=shutil.ignore_patterns("__pycache__"))
    for _ in range(_CASES_PER_SEED):
        name = chance.choice(_FILES)
        original = (_TICKET / name).read_bytes()
        damaged = bytearray(original)
        for _ in range(chance.randrange(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        (root / name).write_bytes(damaged)
        _check(root)
        (root / name).write_bytes(original)
