"""`conting deploy`: a compiled program onto a cluster, or a new version of one that is there."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Final

from conting_client import ContingError, Rpc, Wallet, deploy, load_keypair
from solders.keypair import Keypair

from conting_cli.gate.options import url
from conting_cli.project import ProjectError, development_seed, find_project

LOCALNET: Final = "http://127.0.0.1:8899"
FUNDS: Final = 100_000_000_000  # lamports, from the local node's faucet


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `conting deploy`."""
    parser.add_argument("program", help="name of a program that `conting build` has compiled")
    parser.add_argument("--url", type=url, default=LOCALNET, help="JSON-RPC address of the cluster")
    parser.add_argument(
        "--program-id", type=Path, metavar="FILE", help="keypair of the program's address"
    )
    parser.add_argument(
        "--wallet", type=Path, metavar="FILE", help="keypair that pays and may upgrade"
    )


def run(options: argparse.Namespace) -> int:
    """Deploys; 0 when it is confirmed, 1 if something is missing or the cluster refuses."""
    if options.url != LOCALNET and not (options.program_id and options.wallet):
        raise ProjectError("name --program-id and --wallet for any cluster but localnet")
    file = find_project(Path.cwd()).deploy / f"{options.program}.so"
    if not file.is_file():
        raise ProjectError(f"{file} is not there: run `conting build {options.program}` first")
    try:
        print(asyncio.run(_deploy(options, file.read_bytes())))
    except ContingError as error:
        print(f"conting: {error}", file=sys.stderr)
        return 1
    return 0


async def _deploy(options: argparse.Namespace, elf: bytes) -> str:
    program = (
        load_keypair(options.program_id)
        if options.program_id
        else Keypair.from_seed(development_seed(options.program))
    )
    async with Rpc(options.url) as rpc:
        if options.wallet:
            wallet = Wallet.load(options.wallet)
        else:
            wallet = Wallet.generate()
            await rpc.airdrop(wallet.key, FUNDS)
        await deploy(rpc, wallet, program, elf)
    return f"deployed {options.program} at {program.pubkey()}"
