"""The real Anchor CLI (0.31) reads our IDLs and our Anchor.toml."""

import asyncio
import json
import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from conting_cli.project import development_seed
from conting_client import deploy
from conting_compiler.driver import Compiled, compile_program
from solders.keypair import Keypair

from tests.interop import node
from tests.interop.chain import Chain
from tests.interop.run import HERE

PROGRAMS: Final = (HERE / "probe.py", node.ROOT / "programs" / "ticket")
SUITE: Final = f"node {HERE / 'ts' / 'suite.mjs'} target/idl/probe.json"


def _anchor(folder: Path, *arguments: str) -> str:
    """What the CLI prints. Raises AssertionError if it fails."""
    done = subprocess.run(
        [str(node.ANCHOR), *arguments],
        cwd=folder,
        env=os.environ | {"NO_DNA": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def types(_chain: Chain) -> None:
    """`anchor idl type` reads the IDLs"""
    with TemporaryDirectory() as folder:
        for root in PROGRAMS:
            compiled = compile_program(root)
            file = Path(folder) / "idl.json"
            file.write_text(json.dumps(compiled.idl))
            text = _anchor(Path(folder), "idl", "type", str(file))
            assert f"export type {compiled.name.capitalize()} = {{" in text
            # the CLI writes the whole IDL as it understood it, names in camelCase, as a type
            body = text[text.index("= {") + 2 :].rstrip().removesuffix(";")
            assert _counts(json.loads(body)) == _counts(compiled.idl)


def _counts(idl: Any) -> dict[str, int]:
    return {name: len(value) for name, value in idl.items() if isinstance(value, list)}


async def conversion(_chain: Chain) -> None:
    """`anchor idl convert` makes of the legacy IDL the new one, without addresses"""
    with TemporaryDirectory() as folder:
        for root in PROGRAMS:
            compiled = compile_program(root)
            file = Path(folder) / "idl.json"
            file.write_text(json.dumps(compiled.legacy_idl))
            converted = json.loads(_anchor(Path(folder), "idl", "convert", str(file)))
            assert _comparable(converted) == _comparable(compiled.idl)


def _comparable(idl: Any) -> Any:
    """Without what a legacy IDL does not say, and the types in one order."""
    for instruction in idl["instructions"]:
        for account in instruction["accounts"]:
            account.pop("pda", None)
            account.pop("address", None)
    events = {each["name"] for each in idl.get("events", ())}
    for each in idl["types"]:
        if each["name"] in events:
            each.pop("docs", None)
    return idl | {"types": sorted(idl["types"], key=lambda each: str(each["name"]))}


async def workspace(chain: Chain) -> None:
    """`anchor test` runs the TypeScript suite by our Anchor.toml, on the real node"""
    compiled = compile_program(HERE / "probe.py", arch="v0")
    program = Keypair.from_seed(development_seed("probe"))
    await deploy(chain.rpc, chain.wallet, program, compiled.elf)
    with TemporaryDirectory() as name:
        folder = Path(name)
        _lay_out(folder, chain, compiled)
        skipped = ("--skip-build", "--skip-deploy", "--skip-local-validator")
        said = await asyncio.to_thread(_anchor, folder, "test", *skipped)
    assert " 0 failed" in said, said


def _lay_out(folder: Path, chain: Chain, compiled: Compiled) -> None:
    """Our Anchor.toml with this node, this wallet and this test."""
    chain.wallet.save(folder / "wallet.json")
    text = (node.ROOT / "Anchor.toml").read_text()
    for ours, theirs in {
        '"localnet"': f'"{chain.url}"',
        '"~/.config/solana/id.json"': f'"{folder / "wallet.json"}"',
        '"make test"': f'"{SUITE}"',
    }.items():
        assert ours in text
        text = text.replace(ours, theirs)
    (folder / "Anchor.toml").write_text(text)
    (folder / "target" / "idl").mkdir(parents=True)
    (folder / "target" / "idl" / "probe.json").write_text(json.dumps(compiled.idl))


CASES: Final = (types, conversion, workspace)
