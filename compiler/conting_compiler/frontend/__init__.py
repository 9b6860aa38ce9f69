"""Python source to typed IR.

parse → modules (imports, names) → declarations (constants, enums, errors, account classes,
signatures) → bodies (expressions, statements) → effects and pda (what is written, which programs
are called, how addresses are derived) → assemble. `intrinsics` has what the prelude offers, as
tables.
"""

from collections.abc import Callable
from pathlib import Path

from conting_compiler.diagnostics import ConfigError, Diagnostics
from conting_compiler.frontend.assemble import assemble
from conting_compiler.frontend.errors import CODES
from conting_compiler.frontend.foreign import import_other
from conting_compiler.frontend.modules import ROOT_MODULE, Loader
from conting_compiler.ir import typed as ir

__all__ = ["CODES", "build", "draft"]


def build(root: Path) -> ir.Program:
    """The typed program in a folder (its root file is program.py) or in a single .py file.

    Raises UserError with every diagnostic found, ConfigError if there is no such program.
    """
    program, check = draft(root)
    check()
    return program


def draft(root: Path) -> tuple[ir.Program, Callable[[], None]]:
    """As build(), but the program may be unsafe until the second of the two has been called, which
    raises UserError if it is. Nothing else depends on that, so it can be done in time to spare.
    """
    folder = root if root.is_dir() else None
    path = root / f"{ROOT_MODULE}.py" if folder else root
    if path.suffix != ".py" or not path.is_file():
        raise ConfigError(
            f"there is no program at {root}: name a .py file, or a folder with program.py"
        )
    name = root.name if folder else root.stem
    if not (name.isascii() and name.isidentifier()):
        raise ConfigError(f"'{name}' is no name of a program: use letters, digits and '_'")
    diagnostics = Diagnostics()
    loader = Loader(folder, diagnostics, import_other=import_other)
    module = loader.load(ROOT_MODULE, path)
    if module is None:
        diagnostics.stop_if_any()
        raise ConfigError(f"cannot read {path}")
    return assemble(name, module, loader)
