"""A disk of a few megabytes that tests may fill to its last byte."""

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PAGE = 4096  # bytes: what a tmpfs gives out


@dataclass
class Disk:
    """`folder` is where it is mounted."""

    folder: Path

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self, but: int = 0) -> None:
        """Until nothing more fits, or only so many pages."""
        self.make_room()
        with contextlib.suppress(OSError), self._ballast.open("wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(PAGE))
        size = self._ballast.stat().st_size
        with self._ballast.open("r+b") as ballast:
            ballast.truncate(size - size % PAGE - but * PAGE)

    def make_room(self) -> None:
        """Somebody has tidied up."""
        self._ballast.unlink(missing_ok=True)


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int = 1) -> Iterator[Disk]:
    """Mounted here, for who may mount."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        pytest.skip(f"there is no {error.filename} here")
    if mounted.returncode != 0:
        pytest.skip(f"only root may mount a small disk: {mounted.stderr.strip()}")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
