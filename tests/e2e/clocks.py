"""Wrong clocks for whole processes: Python's `time.time` with what a file says added to it."""

from dataclasses import dataclass
from pathlib import Path

# Python runs a module of this name at its start. Durations are measured by another clock.
SITE = """
import os, time

_right, _file = time.time, os.environ["CONTING_TEST_CLOCK"]


def _wrong():
    with open(_file) as seconds:
        return _right() + float(seconds.read())


time.time = _wrong
"""


@dataclass(frozen=True)
class WrongClock:
    """The clock of every process that is started with `environment`."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> "WrongClock":
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(SITE)
        clock = cls(folder)
        clock.set(0)
        return clock

    @property
    def environment(self) -> dict[str, str]:
        return {"PYTHONPATH": str(self.folder), "CONTING_TEST_CLOCK": str(self._file)}

    @property
    def _file(self) -> Path:
        return self.folder / "ahead"

    def set(self, ahead: float) -> None:
        """From now on the clock is so many seconds ahead of the right one."""
        new = self.folder / "new"
        new.write_text(str(ahead))
        new.replace(self._file)
