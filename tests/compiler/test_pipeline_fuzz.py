"""Changed programs of the documents: errors, or a program that the loader takes; and in seconds.

A token is exchanged for one of the same kind, so that many programs still compile, as something
else: every stage sees what nobody would write.
"""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from conting_compiler.clientgen import generate
from conting_compiler.diagnostics import UserError, to_text
from conting_compiler.frontend import build
from conting_compiler.idl import build_idl, build_legacy_idl
from conting_compiler.link.linker import link
from conting_compiler.llvm.codegen import Backend
from conting_compiler.llvm.lint import TooLargeError
from conting_compiler.lower import lower

from tests.compiler.test_docs_dialect import _HEAD, _examples
from tests.compiler.test_docs_errors import _sections
from tests.compiler.test_link_verify import Loader, refusal_of

pytestmark = pytest.mark.slow

_CASES = 30 * max(int(os.environ.get("CONTING_FUZZ", "0")), 1)
_LONGEST = 60  # seconds for one program on a busy machine; it takes 0.2
_TYPES = (
    "u8 u16 u64 u128 i8 i64 i128 f64 bool str bytes Pubkey List[u8] List[str] Array[u8,4] "
    "Array[u64,3] Option[u64] Tuple[u8,u64] Signer UncheckedAccount TokenAccount"
)
_ARITHMETIC = "+ - * // / % << >> & | ^ **"
_COMPARISONS = "== != < <= > >= in is and or"
_KINDS: tuple[tuple[str, list[str]], ...] = (
    (r"\b\d+\b", ["0", "1", "2", "7", "255", "256", "65536", str(2**64 - 1), str(2**63), "-1"]),
    (r"(?<= )(?:\+|-|\*|//|/|%|<<|>>|&|\||\^|\*\*)(?= )", _ARITHMETIC.split()),
    (r"(?<= )(?:==|!=|<=?|>=?|in|is|and|or)(?= )", _COMPARISONS.split()),
    (r"\b(?:[ui](?:8|16|32|64|128)|f64|str|bool|Pubkey|bytes)\b", _TYPES.split()),
    (r'"[^"\n]*"', ['""', '"a"', '"é"', 'b""', f'"{"x" * 33}"']),
    (r"\b[a-z_][a-z_0-9]*\b", []),  # by another name of the same program
)


def _programs() -> list[str]:
    texts = [_HEAD + each.code for each in _examples() if not each.errors]
    texts += [each.programs["Right"] for each in _sections()]
    return [each for each in texts if "# file:" not in each and "@instruction" in each]


def _changed(text: str, chance: Random) -> str:
    for _ in range(chance.choice((1, 1, 2))):
        pattern, others = chance.choice(_KINDS)
        places = [match.span() for match in re.finditer(pattern, text)]
        if places:
            start, end = chance.choice(places)
            new = chance.choice(others or [text[a:b] for a, b in places])
            text = text[:start] + new + text[end:]
    return text


@pytest.fixture(scope="module")
def backend() -> Iterator[Backend]:
    with Backend() as started:
        yield started


def _compiles(path: Path, backend: Backend, loader: Loader) -> bool:
    try:
        program = build(path)
    except UserError as error:
        for each in error.diagnostics:
            assert to_text(each)
        return False
    compile(generate(build_idl(program)), "client", "exec")
    assert build_legacy_idl(program)
    try:
        emitted = backend.emit_object(lower(program))
    except TooLargeError:
        return False
    for elf in (link(emitted.object, "v3"), link(emitted.object, "v0")):
        assert refusal_of(elf) is None
        assert loader.refuses(elf) is None
    return True


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_changed(seed: int, backend: Backend, tmp_path: Path) -> None:
    chance, loader, programs = Random(seed), Loader(), _programs()
    compiled = 0
    for _ in range(_CASES):
        path = tmp_path / "changed.py"
        path.write_text(_changed(chance.choice(programs), chance), encoding="utf-8")
        start = time.monotonic()
        compiled += _compiles(path, backend, loader)
        assert time.monotonic() - start < _LONGEST, path.read_text(encoding="utf-8")
    assert compiled >= 1
