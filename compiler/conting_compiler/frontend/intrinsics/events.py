"""What events have."""

from typing import Final

from conting_compiler.frontend.intrinsics.table import Row
from conting_compiler.ir.typesystem import NONE

METHOD: Final = "emit"
EMIT: Final = Row(None, METHOD, "event.emit", NONE)
"""Takes an instance of a class derived from Event."""
