"""What mypy says about programs: the errors stand where the comments are, and nowhere else."""

import re
from pathlib import Path

import pytest
from mypy import api

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SOURCE = """
from seahorse.prelude import (
    Account, Array, Empty, Pubkey, Seeds, Signer, Token2022Mint, i8, i64, instruction, u8, u32, u64
)


class Box(Account):
    key: Pubkey
    count: u32
    small: u8
    bump: u8
    steps: Array[u8, 3]

    def seeds(self) -> Seeds:
        return ["box", self.key, self.count]


def widths(a: u8, b: u32, c: u64, d: i8, e: i64) -> None:
    x: u64 = a + b * c - 1
    y: i64 = b + e
    c < b
    b == a
    1 + a
    a + d  # error
    c + e  # error
    c == e  # error
    c < e  # error
    c / c
    c / 2.5
    c + 1.5  # error
    c + "1"  # error
    x = y  # error
    u64(e) + c
    a[0]  # error


@instruction
def accounts(payer: Signer, box: Empty[Box], full: Box, mint: Empty[Token2022Mint]) -> None:
    made = box.init(payer=payer, key=payer.key())
    made.count += 1
    made.count += made.small
    made.small = made.count  # error
    made.kount  # error
    box.count  # error
    full.key == payer.key()
    full.key()  # error
    full.steps[1] = full.small
    full.steps[1] = full.count  # error
    mint.init(payer=payer, seeds=["mint", full.key], decimals=u8(0), authority=full).supply()
    mint.init(payer=payer)  # error
    payer.transfer_lamports(full, full.count)  # error
"""


def test_mypy_says_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)  # the paths in the configuration are relative
    source = tmp_path / "case.py"
    source.write_text(SOURCE)
    options = [
        "--config-file",
        str(ROOT / "pyproject.toml"),
        "--cache-dir",
        str(tmp_path / "cache"),
    ]
    output, problem, _ = api.run([*options, "--no-pretty", str(source)])
    assert problem == ""
    found = {int(line) for line in re.findall(r"case\.py:(\d+): error:", output)}
    lines = enumerate(SOURCE.splitlines(), start=1)
    assert found == {number for number, text in lines if text.endswith("# error")}, output
