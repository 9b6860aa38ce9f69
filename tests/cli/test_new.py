"""`conting new`: a program and a test that pass at once, in a fresh folder."""

import subprocess
import sys
from pathlib import Path

import pytest
from conting_cli.main import main

pytestmark = pytest.mark.slow


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_test_passes_and_the_program_builds(fresh: Path) -> None:
    assert main(["new", "my_coins"]) == 0
    command = [sys.executable, "-W", "error", "-m", "unittest", "tests/test_my_coins.py"]
    done = subprocess.run(command, cwd=fresh, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Ran 3 tests" in done.stderr
    assert main(["build"]) == 0
    assert (fresh / "target" / "deploy" / "my_coins.so").stat().st_size > 0


def test_the_test_fails_when_the_program_is_broken(fresh: Path) -> None:
    main(["new", "coins"])
    program = fresh / "programs" / "coins.py"
    program.write_text(program.read_text().replace("count += amount", "count += 1"))
    command = [sys.executable, "-m", "unittest", "tests/test_coins.py"]
    assert subprocess.run(command, cwd=fresh, capture_output=True, check=False).returncode == 1


def test_two_programs_have_two_addresses(fresh: Path) -> None:
    main(["new", "one"])
    main(["new", "two"])
    one, two = ((fresh / "programs" / f"{n}.py").read_text() for n in ("one", "two"))
    assert one.split("declare_id")[2][:20] != two.split("declare_id")[2][:20]


@pytest.mark.parametrize("name", ["", "My", "a-b", "1a", "class", "größe", "../x"])
def test_a_name_that_is_none(name: str, fresh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", name]) == 1
    assert "is no name of a program" in capsys.readouterr().err
    assert not list(fresh.iterdir())


def test_nothing_is_overwritten(fresh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["new", "coins"])
    kept = (fresh / "programs" / "coins.py").read_text()
    (fresh / "tests" / "test_coins.py").unlink()
    assert main(["new", "coins"]) == 1
    assert "is there already" in capsys.readouterr().err
    assert (fresh / "programs" / "coins.py").read_text() == kept
    assert not (fresh / "tests" / "test_coins.py").exists()
