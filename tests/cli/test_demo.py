"""What `conting demo` does where it cannot play, or is told to end."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.project import make, start

ROOT = Path(__file__).parents[2]


def project(folder: Path) -> Path:
    """This one's programs in a folder where no other demo is."""
    for name in ("Anchor.toml", "programs"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@pytest.mark.slow
def test_a_second_demo_in_a_folder_leaves_the_first_one_alone(tmp_path: Path) -> None:
    make(tmp_path)
    key = tmp_path / ".demo" / "keys" / "organiser.json"
    key.parent.mkdir(parents=True)
    key.write_text("[]")
    first = os.open(tmp_path / ".demo", os.O_RDONLY)
    fcntl.flock(first, fcntl.LOCK_EX)
    try:
        out, _ = start(tmp_path, "demo").communicate(timeout=60)
    finally:
        os.close(first)
    assert "conting: the concert stopped: another demo runs in" in out
    assert "Traceback" not in out
    assert key.read_text() == "[]"


@pytest.mark.slow
def test_a_demo_that_a_script_put_behind_itself_ends_when_it_is_told_to(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "conting_cli.main", "demo"]
    ignoring = ["/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh"]  # as a shell's `&` does
    process = subprocess.Popen(
        [*ignoring, *command], cwd=project(tmp_path), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert "compiling" in process.stdout.readline()
    process.terminate()
    process.communicate(timeout=120)
    assert process.returncode == 130
