"""`conting gateway`: the gateway, until Ctrl-C. Its settings are environment variables."""

import argparse
import sys
from pathlib import Path

from conting_gateway.config import Settings
from conting_gateway.main import main
from conting_gateway.memory import use_large_pages


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options: the help lists the environment variables."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    names = "\n".join(f"  CONTING_{name.upper()}" for name in Settings.model_fields)
    parser.description = f"{__doc__}\n\nenvironment:\n{names}"


def run(_options: argparse.Namespace) -> int:
    """Runs the gateway; 1 if it cannot start."""
    if Path(sys.argv[0]).name == "conting":  # else the program of somebody else would begin anew
        use_large_pages()
    return main()
