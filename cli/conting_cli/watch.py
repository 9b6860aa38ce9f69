"""Runs something again whenever a file under a folder changes, by looking at the files."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

PAUSE: Final = 0.3  # seconds between two looks

Snapshot = dict[Path, tuple[int, int]]
"""Of each file: when it was changed (nanoseconds) and its size (bytes)."""


def snapshot(folder: Path, pattern: str) -> Snapshot:
    """The files of the folder that are there now."""
    found: Snapshot = {}
    for path in folder.rglob(pattern):
        try:
            state = path.stat()
        except FileNotFoundError:  # an editor may replace it at this moment
            continue
        found[path] = (state.st_mtime_ns, state.st_size)
    return found


def watch(folder: Path, pattern: str, act: Callable[[], object]) -> None:
    """Acts now and after every change, until it is interrupted."""
    while True:
        before = snapshot(folder, pattern)
        act()
        while snapshot(folder, pattern) == before:
            time.sleep(PAUSE)
