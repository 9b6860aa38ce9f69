"""Mutants that change nothing that anybody could see, and why: no test can notice them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.mutants.edits import Mutant


@dataclass(frozen=True, slots=True)
class Equivalent:
    """Mutants of one function; `change` is how Mutant.change begins."""

    file: str
    function: str
    change: str
    reason: str


EQUIVALENT: Final[Sequence[Equivalent]] = (
    Equivalent(
        "ticket/sale.py", "issue_seat", "state=TicketState.ISSUED", "ISSUED is 0, as new fields are"
    ),
)


def reason(mutant: Mutant) -> str:
    """Why nothing can notice it; nothing if a test should."""
    for each in EQUIVALENT:
        same = each.file == mutant.file and each.function == mutant.function
        if same and mutant.change.startswith(each.change):
            return each.reason
    return ""
