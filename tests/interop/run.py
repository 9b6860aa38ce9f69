"""Other people's clients against a program of ours on the local node.

`make interop` runs all of SUITES; `python -m tests.interop.run NAME …` only those named. Exit code
0 if all passed, 1 if one failed, 2 if what a suite needs is not installed.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from conting_cli.project import development_seed
from conting_client import Rpc, Wallet, deploy
from conting_compiler.driver import Compiled, compile_program
from conting_localnet import LocalnetProcess
from solders.keypair import Keypair

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
FUNDS: Final = 100_000_000_000  # lamports
SLOT_MS: Final = 50  # clients wait for slots; short ones make the run short
LONGEST: Final = 300  # seconds that a suite may take


@dataclass(frozen=True, slots=True)
class Suite:
    """A client: what runs its cases, and the IDL that it reads."""

    command: tuple[str, ...]
    needs: Path
    """Made by `make interop`."""
    idl: str
    """The suffix of the IDL's file name."""


SUITES: Final = {
    "ts": Suite(
        ("node", str(HERE / "ts" / "suite.mjs")),
        HERE / "ts" / "node_modules" / "@coral-xyz" / "anchor",
        ".json",
    ),
    "anchorpy": Suite(
        (str(ROOT / ".venv-anchorpy" / "bin" / "python"), str(HERE / "anchorpy" / "suite.py")),
        ROOT / ".venv-anchorpy" / "bin" / "anchorpy",
        ".legacy.json",
    ),
}


def main(names: Sequence[str]) -> int:
    """Runs the suites of these names; gives the exit code."""
    suites = [SUITES[name] for name in names]
    for suite in suites:
        if not suite.needs.exists():
            print(f"{suite.needs} is not there: `make interop` installs it", file=sys.stderr)
            return 2
    compiled = compile_program(HERE / "probe.py")
    return max([_run(suite, compiled) for suite in suites], default=0)


def _run(suite: Suite, compiled: Compiled) -> int:
    """Runs one suite on a node of its own, in which nothing has happened yet."""
    start = time.monotonic()
    with TemporaryDirectory() as folder, LocalnetProcess(slot_ms=SLOT_MS) as node:
        wallet = Wallet.generate()
        asyncio.run(_deploy(node.rpc_url, wallet, compiled))
        files = _write(Path(folder), wallet, compiled)
        environment = {
            "ANCHOR_PROVIDER_URL": node.rpc_url,
            "ANCHOR_WALLET": str(files["wallet"]),
        }
        done = subprocess.run(
            [*suite.command, str(files[suite.idl])],
            env=os.environ | environment,
            timeout=LONGEST,
            check=False,
        )
    print(f"{time.monotonic() - start:.1f} s\n", flush=True)
    return int(done.returncode != 0)


async def _deploy(url: str, wallet: Wallet, compiled: Compiled) -> None:
    async with Rpc(url) as rpc:
        await rpc.airdrop(wallet.key, FUNDS)
        program = Keypair.from_seed(development_seed(compiled.name))
        await deploy(rpc, wallet, program, compiled.elf)


def _write(folder: Path, wallet: Wallet, compiled: Compiled) -> Mapping[str, Path]:
    files = {suffix: folder / f"probe{suffix}" for suffix in (".json", ".legacy.json")}
    files[".json"].write_text(json.dumps(compiled.idl))
    files[".legacy.json"].write_text(json.dumps(compiled.legacy_idl))
    files["wallet"] = folder / "wallet.json"
    wallet.save(files["wallet"])
    return files


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(SUITES)))
