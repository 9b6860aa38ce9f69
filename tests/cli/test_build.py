"""`conting build`: its report, and building again after a change."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conting_cli.main import main
from conting_cli.watch import snapshot

from tests.cli.project import PROGRAM, make, start


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return make(tmp_path)


def test_the_report_has_a_row_per_instruction(
    program: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = '\n\n@instruction\ndef never(total: Sum):\n    assert total.value == 1, "it is not 1"\n'
    program.write_text(PROGRAM + more)
    assert main(["build", "--report"]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"^sums: [\d,]+ bytes of ELF, SBPF v3$", shown, re.MULTILINE)
    assert re.search(r"^entrypoint +[\d,]+$", shown, re.MULTILINE)
    assert re.search(r"^add +\d+ +well$", shown, re.MULTILINE)
    assert re.search(r"^never +\d+ +IT_IS_NOT_1$", shown, re.MULTILINE)
    assert not (program.parents[1] / "target").exists()


def test_a_longer_instruction_is_a_larger_one(
    program: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def costs() -> list[int]:
        assert main(["build", "--report"]) == 0
        shown = capsys.readouterr().out
        size = re.search(r"^entrypoint +([\d,]+)$", shown, re.MULTILINE)
        units = re.search(r"^add +(\d+)", shown, re.MULTILINE)
        assert size is not None
        assert units is not None
        return [int(size[1].replace(",", "")), int(units[1])]

    before = costs()
    program.write_text(PROGRAM + "    total.value *= amount + 7\n")
    after = costs()
    assert all(b < a for b, a in zip(before, after, strict=True))


@pytest.mark.parametrize(("one", "other"), [("--watch", "--check"), ("--report", "--watch")])
def test_one_thing_at_a_time(one: str, other: str, program: Path) -> None:
    with pytest.raises(SystemExit) as left:
        main(["build", one, other])
    assert left.value.code == 2


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[tuple[Path, subprocess.Popen[str]]]:
    file = make(tmp_path)
    with start(tmp_path, "build", "--watch") as process:
        yield file, process
        process.kill()


def _read_until(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f"it ended without saying {text!r}")


@pytest.mark.slow
def test_it_builds_again_after_a_change(
    watching: tuple[Path, subprocess.Popen[str]],
) -> None:
    file, process = watching
    _read_until(process, "sums.so")
    elf = file.parents[1] / "target" / "deploy" / "sums.so"
    before = elf.read_bytes()
    file.write_text(PROGRAM.replace("total.value += amount", "total.value /= amount"))
    _read_until(process, "error[")
    file.write_text(PROGRAM.replace("total.value += amount", "total.value += amount * 5"))
    _read_until(process, "sums.so")
    assert elf.read_bytes() != before
    os.kill(process.pid, signal.SIGINT)
    assert process.wait() == 130


def test_a_snapshot_sees_changes_new_files_and_removed_ones(tmp_path: Path) -> None:
    def now() -> dict[Path, tuple[int, int]]:
        return snapshot(tmp_path, "*.py")

    (tmp_path / "a.txt").write_text("not looked at")
    assert now() == {}
    file = tmp_path / "deep" / "a.py"
    file.parent.mkdir()
    file.write_text("x = 1")
    one = now()
    assert set(one) == {file}
    file.write_text("x = 12")
    two = now()
    assert two != one
    file.unlink()
    assert now() == {}
