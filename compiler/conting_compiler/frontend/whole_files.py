"""What to write instead of an import of a whole file or folder of the program."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_DEFINED: Final = re.compile(r"^(?:class|def) ([A-Za-z]\w*)", re.MULTILINE)
_SHOWN: Final = 3
"""Names that are proposed."""


def instead_of_whole(
    folders: Iterable[Path], module: str, names: Iterable[str], dots: str = ""
) -> str | None:
    """The fix for `from module import names`, or `import name` (then `module` is empty), where one
    of the names is a file or a folder in one of the folders; None where none is.
    """
    within = module.split(".") if module else []
    for folder in folders:
        for name in names:
            parts = [*within, *name.split(".")]
            place = folder.joinpath(*parts)
            files = [place.with_suffix(".py"), *sorted(place.glob("**/*.py"))]
            for file in files:
                inside = file.relative_to(folder).with_suffix("")
                fix = _by_name(file, dots + ".".join(inside.parts))
                if fix is not None:
                    return fix
    return None


def _by_name(file: Path, dotted: str) -> str | None:
    """Names of the file, imported and used."""
    if not file.is_file():
        return None
    names = _DEFINED.findall(file.read_text(encoding="utf-8", errors="replace"))
    if not names:
        return None
    use = f"'{names[0]}' instead of '{file.stem}.{names[0]}'"
    return f"write 'from {dotted} import {', '.join(names[:_SHOWN])}', and {use}"
