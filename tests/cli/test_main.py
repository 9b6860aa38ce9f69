"""The command line itself."""

import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from conting_cli.main import COMMANDS, load, main

from tests.cli.project import make, start

INTERRUPTED = 130


def test_every_command_has_its_module() -> None:
    for name in COMMANDS:
        command = load(name)
        assert callable(command.add_arguments)
        assert callable(command.run)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([name, "--help"])
    assert left.value.code == 0
    assert f"conting {name}" in capsys.readouterr().out


@pytest.mark.parametrize("words", [[], ["bild"], ["build", "--no-such-option"]])
def test_a_wrong_call_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2
    assert "usage: conting" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--port=-1", "--port=65535", "--port=x", "--slot-ms=0"])
def test_a_node_is_told_what_it_cannot_use(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["localnet", option])
    assert left.value.code == 2
    assert "is not a whole number from" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["deploy", "ticket", "--url"],
        ["verify-draw", "11111111111111111111111111111111", "--url"],
        ["verify-raffle", "11111111111111111111111111111111", "--url"],
        ["verify-queue", "queue.json", "--rpc"],
    ],
    ids=lambda words: words[0],
)
@pytest.mark.parametrize("url", ["nonsense", "http://", "http://127.0.0.1:x"])
def test_an_address_that_is_none_is_told(
    words: list[str], url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main([*words, url])
    assert left.value.code == 2
    assert f"{url} is no address such as" in capsys.readouterr().err


def test_a_command_that_is_interrupted_while_it_loads_says_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: str) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("conting_cli.main.importlib.import_module", interrupt)
    assert main(["gate", "list"]) == INTERRUPTED
    assert capsys.readouterr() == ("", "")


def test_a_command_loads_nothing_that_it_does_not_need() -> None:
    program = (
        "import sys; from conting_cli.main import main; main(['explain', 'E203']);"
        "sys.exit(sum(n in sys.modules for n in ('llvmlite', 'fastapi', 'solana', 'solders')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_no_project_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["build"]) == 1
    assert "no folder 'programs'" in capsys.readouterr().err


def test_a_reader_who_leaves_is_no_error(tmp_path: Path) -> None:
    make(tmp_path)
    with start(tmp_path, "build", "--emit", "typed") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait() in {0, 141}
