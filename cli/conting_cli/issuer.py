"""`conting issuer`: a development issuer, until Ctrl-C. Its settings are environment variables."""

import argparse

from conting_gateway.issuer.config import IssuerSettings
from conting_gateway.issuer.main import main


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options: the help lists the environment variables."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    shared = {"env": "CONTING_ENV", "rpc_url": "CONTING_RPC_URL"}
    names = "\n".join(
        f"  {shared.get(name, f'CONTING_ISSUER_{name.upper()}')}"
        for name in IssuerSettings.model_fields
    )
    parser.description = f"{__doc__}\n\nenvironment:\n{names}"


def run(_options: argparse.Namespace) -> int:
    """Runs the issuer; 1 if it cannot start, as in production."""
    return main()
