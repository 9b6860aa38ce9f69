"""`conting disasm`: an ELF as text."""

from pathlib import Path

import pytest
from conting_cli.main import main
from conting_compiler.driver import compile_program
from conting_compiler.link.disasm import disassemble

from tests.cli.project import make


@pytest.mark.parametrize("arch", ["v3", "v0"])
def test_a_program_of_either_version(
    arch: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elf = compile_program(make(tmp_path), arch="v3" if arch == "v3" else "v0").elf
    file = tmp_path / "sums.so"
    file.write_bytes(elf)
    assert main(["disasm", str(file)]) == 0
    shown = capsys.readouterr().out
    assert shown == disassemble(elf)
    assert "entrypoint:" in shown
    assert shown.rstrip().splitlines()[-1]


@pytest.mark.parametrize("data", [b"", b"no program", b"\x7fELF" + bytes(60)])
def test_what_is_no_program(
    data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.so"
    file.write_bytes(data)
    assert main(["disasm", str(file)]) == 1
    assert f"{file} is no program" in capsys.readouterr().err


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["disasm", str(tmp_path / "x.so")]) == 1
    assert "cannot read" in capsys.readouterr().err
