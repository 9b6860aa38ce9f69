"""What a program says to the safety analysis."""

from typing import Final

from conting_compiler.frontend.intrinsics.table import Parameter, Row
from conting_compiler.ir.typesystem import NONE, STR

UNCHECKED: Final = Row(None, "unchecked", "unchecked", NONE, (Parameter("reason", STR),))
"""Says why an instruction may do what the analysis would refuse; does nothing on chain."""
