"""The project that a command works in: its folder, its programs, where results go."""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import cast


class ProjectError(Exception):
    """The folder is not what the command needs; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with `programs/` in it, found upwards from where the command runs."""

    root: Path

    @property
    def deploy(self) -> Path:
        """Where the compiled programs go."""
        return self.root / "target" / "deploy"

    @property
    def idl(self) -> Path:
        """Where the IDL files go."""
        return self.root / "target" / "idl"

    @property
    def generated(self) -> Path | None:
        """Where typed clients go: `[tool.conting] generated` of pyproject.toml; None if unset."""
        file = self.root / "pyproject.toml"
        if not file.is_file():
            return None
        tool = cast("dict[str, dict[str, str]]", tomllib.loads(file.read_text()).get("tool", {}))
        folder = tool.get("conting", {}).get("generated")
        return None if folder is None else self.root / folder

    def programs(self) -> list[Path]:
        """The root of each program: a folder with program.py in it, or a single file."""
        folder = self.root / "programs"
        folders = [p.parent for p in folder.glob("*/program.py")]
        return sorted([*folders, *folder.glob("*.py")])

    def program(self, name: str) -> Path:
        """The root of the program of that name; raises ProjectError with the names there are."""
        for root in self.programs():
            if root.stem == name:
                return root
        names = ", ".join(p.stem for p in self.programs()) or "none"
        raise ProjectError(f"no program '{name}' in {self.root / 'programs'} (there: {names})")


def find_project(start: Path) -> Project:
    """The nearest folder from `start` upwards that has `programs/`; raises ProjectError."""
    for folder in (start, *start.parents):
        if (folder / "programs").is_dir():
            return Project(folder)
    raise ProjectError(f"no folder 'programs' in {start} or above it: run this in a project")


def development_seed(program: str) -> bytes:
    """The 32-byte seed of the key at which a program lies on localnet.

    Anybody can derive it (docs/decisions/0008), so it protects nothing and is for localnet only.
    """
    return hashlib.sha256(f"conting localnet program {program}".encode()).digest()
