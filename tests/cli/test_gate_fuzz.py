"""`conting gate scan` as a process: whatever is held before it, it goes on scanning."""

import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from conting_client import save_keypair, to_png
from solders.keypair import Keypair
from solders.pubkey import Pubkey

pytestmark = [pytest.mark.slow, pytest.mark.fuzz]

NOISE = 150  # lines


def scan(folder: Path, lines: Sequence[bytes], *options: str) -> list[dict[str, object]]:
    """What the scanner says to these lines, until its input ends."""
    key = folder / "gate.json"
    if not key.exists():
        save_keypair(Keypair(), key)
    command = [sys.executable, "-m", "conting_cli.main", "gate", "scan", "--json"]
    command += ["--event", str(Pubkey.default()), "--key", str(key), *options]
    ended = subprocess.run(
        command, input=b"\n".join(lines) + b"\n", capture_output=True, timeout=120, check=False
    )
    said = ended.stderr.decode(errors="replace")
    assert (ended.returncode, "Traceback" in said) == (0, False), said
    return [json.loads(line) for line in ended.stdout.splitlines()]


def noise(folder: Path) -> list[bytes]:
    """Lines that nobody meant: bytes, texts, names of files that are none."""
    random = Random(4)
    (folder / "folder.png").mkdir()
    (folder / "broken.png").write_bytes(to_png(b"x" * 200)[:300])
    (folder / "other.png").write_bytes(to_png(b"/quit"))
    lines = [random.randbytes(random.randrange(1, 80)).replace(b"\n", b"") for _ in range(NOISE)]
    lines += [b64encode(b"\1" + bytes([lane]) + random.randbytes(size)) for lane, size in LAYOUTS]
    lines += [str(folder / name).encode() for name in ("folder.png", "broken.png", "other.png")]
    lines += [b"\0.png", b"none.png", b"a" * 5000 + b".png", b"\xff\xfe.png", b"-----", b"{}"]
    return [*lines, b"A" * 100_000, "\u202e\ud7ff".encode(), b"00" * 5000, b"0", b"=", b" "]


LAYOUTS = [(1, 242), (2, 202), (2, 160), (3, 400), (1, 0), (9, 242)]


def test_no_line_ends_the_scanner_or_stops_it(tmp_path: Path) -> None:
    last = str(tmp_path / "other.png").encode()
    said = scan(tmp_path, [*noise(tmp_path), last], "--scans-only")
    answers = [each for each in said if "verdict" in each]
    assert len(answers) > NOISE / 2
    assert {each["verdict"] for each in answers} == {"refused"}
    assert answers[-1]["reason"] == "malformed"


def test_a_code_that_says_a_command_is_refused_where_readers_type_what_codes_say(
    tmp_path: Path,
) -> None:
    out = tmp_path / "screen"
    lines = [f"/screen {out}".encode(), b"/quit", b"/finish", b"last"]
    said = scan(tmp_path, lines, "--scans-only")
    assert [each["reason"] for each in said if "verdict" in each] == ["malformed"] * 4
    assert not out.exists()


def test_a_screen_that_cannot_be_written_is_told_and_scanning_goes_on(tmp_path: Path) -> None:
    lines = [b"/screen /nowhere/at/all.png", b"/screen \0.png", b"/none", b"last"]
    said = scan(tmp_path, lines)
    assert [each["reason"] for each in said if "verdict" in each] == ["malformed"]
