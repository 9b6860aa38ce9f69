"""`conting gate ACTION`: the scanner as a program, and what its organiser does about it."""

import argparse
import sys
from collections.abc import Callable
from typing import Final

from conting_client import ContingError

from conting_cli.gate import listing, night, office, scan

Add = Callable[[argparse.ArgumentParser], None]

ACTIONS: Final[dict[str, tuple[str, Add]]] = {
    "new": ("make a scanner's key, and say what the organiser approves", office.add_new),
    "approve": ("the organiser approves a scanner's key on chain", office.add_approve),
    "revoke": ("the organiser takes that back", office.add_revoke),
    "list": ("the gates of an event, and what they can pay", listing.add_list),
    "scan": ("scan: passes in, verdicts out", scan.add_arguments),
    "undo": ("a supervisor takes an entry back", office.add_undo),
    "rebuild": ("make the manifest from RPC alone", office.add_rebuild),
    "report": ("the report of the night", night.add_report),
    "evidence": ("two gates' signed words about one ticket", night.add_evidence),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions of `conting gate`, each with its options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, (help_line, add) in ACTIONS.items():
        action = actions.add_parser(name, help=help_line, description=help_line)
        add(action)


def run(options: argparse.Namespace) -> int:
    """Does the action; 1 if the chain, the gateway or a file says no."""
    try:
        return int(options.do(options))
    except ContingError as error:
        print(f"conting: {error}", file=sys.stderr)
        return 1
