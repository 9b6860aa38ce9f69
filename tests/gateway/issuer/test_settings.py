"""Where a development issuer does not run, and what it leaves on disk."""

import json
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from conting_client import Rpc
from conting_gateway.issuer.config import IssuerSettings
from conting_gateway.issuer.keys import IssuerKeys
from conting_gateway.issuer.service import MAINNET, CannotIssueError, register
from conting_localnet import LocalnetProcess
from pydantic import ValidationError

pytestmark = pytest.mark.anyio


def test_it_runs_in_development_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert IssuerSettings().env == "development"
    monkeypatch.setenv("CONTING_ENV", "production")
    with pytest.raises(ValidationError, match="CONTING_ENV=development only"):
        IssuerSettings()


def test_keys_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    first = IssuerKeys.at(tmp_path / "issuer", secrets.token_bytes)
    assert IssuerKeys.at(tmp_path / "issuer", secrets.token_bytes) == first
    for each in (tmp_path / "issuer").iterdir():
        assert each.stat().st_mode & 0o077 == 0, each


def test_papers_and_persons_have_hashes_that_only_the_secret_makes(tmp_path: Path) -> None:
    one, other = (IssuerKeys.at(tmp_path / n, secrets.token_bytes) for n in ("one", "other"))
    person, kin = one.issuer, other.issuer
    assert one.nullifier("papers 1") == one.nullifier("papers  1 ") != one.nullifier("papers 2")
    assert one.nullifier("papers 1") != other.nullifier("papers 1")
    found = {
        bytes(one.family_id(person, 0)),
        bytes(one.family_id(person, 1)),
        bytes(one.family_id(kin, 0)),
        one.salt(kin, person, 0),
        one.salt(kin, person, 1),
        one.salt(person, kin, 0),
        other.salt(kin, person, 0),
    }
    assert len(found) == 7


@pytest.mark.attack
async def test_it_never_attests_on_mainnet(tmp_path: Path) -> None:
    """Whatever the settings say: the chain itself is asked which one it is."""

    class Mainnet(Rpc):
        async def read(self, method: str, *_rest: object) -> object:  # type: ignore[override]
            assert method == "getGenesisHash"
            return MAINNET

    keys = IssuerKeys.at(tmp_path, secrets.token_bytes)
    async with Mainnet("http://127.0.0.1:9") as rpc:
        with pytest.raises(CannotIssueError, match="mainnet"):
            await register(IssuerSettings(), rpc, keys)


def settings_for(rpc_url: str, folder: Path) -> dict[str, str]:
    return {
        "CONTING_RPC_URL": rpc_url,
        "CONTING_ISSUER_PORT": "0",
        "CONTING_ISSUER_DATA_DIR": str(folder),
    }


def start(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "conting_gateway.issuer"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | environment,
    )


@pytest.mark.slow
async def test_a_process_of_its_own_that_ends_when_told(
    node: LocalnetProcess, tmp_path: Path
) -> None:
    environment = settings_for(node.rpc_url, tmp_path)
    with start(environment) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        async with httpx2.AsyncClient(base_url=url, timeout=60) as http:
            about = (await http.get("/v1/issuer")).json()
        keys = IssuerKeys.at(tmp_path, secrets.token_bytes)
        assert about["issuer"] == str(keys.issuer)
        assert about["uri"] == url  # where the chain sends who has to be attested
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    with start(environment | {"CONTING_ENV": "production"}) as refused:
        _, told = refused.communicate(timeout=60)
        assert refused.returncode == 1
        assert b"CONTING_ENV=development only" in told
