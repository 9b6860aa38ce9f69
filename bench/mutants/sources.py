"""The programs' texts."""

from tests.compiled import PROGRAMS


def sources() -> dict[str, str]:
    """All files of programs/, by their path in there."""
    return {str(f.relative_to(PROGRAMS)): f.read_text() for f in sorted(PROGRAMS.glob("*/*.py"))}
