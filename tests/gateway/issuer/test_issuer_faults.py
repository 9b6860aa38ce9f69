"""What an issuer keeps when its disk is full, or it is killed, while it makes its keys."""

import resource
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from conting_client import WalletError, save_keypair
from conting_gateway.issuer.keys import SECRET_BYTES, IssuerKeys
from solders.keypair import Keypair

pytestmark = pytest.mark.slow

MAKE_KEYS = """
import secrets, sys
from pathlib import Path
from conting_gateway.issuer.keys import IssuerKeys
IssuerKeys.at(Path(sys.argv[1]), secrets.token_bytes)
"""


def make_keys(folder: Path, most_bytes: int) -> int:
    """What a first start does, where files can have so many bytes; the exit code."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    command = [sys.executable, "-B", "-c", MAKE_KEYS, str(folder)]
    return subprocess.run(
        command,
        stderr=subprocess.DEVNULL,
        preexec_fn=limit,
        check=False,
    ).returncode


def test_keys_are_on_disk_whole_or_not_at_all(tmp_path: Path) -> None:
    """The disk is full at the first start: a part of the secret would be one that others guess."""
    assert make_keys(tmp_path, 100) != 0  # the first key does not fit
    assert not list(tmp_path.iterdir())
    for name in ("authority.json", "help-desk.json"):
        save_keypair(Keypair(), tmp_path / name)
    assert make_keys(tmp_path, 40) != 0  # the secret does not fit
    assert not (tmp_path / "secret").exists()
    made = IssuerKeys.at(tmp_path, secrets.token_bytes)
    assert len(made.secret) == SECRET_BYTES
    assert IssuerKeys.at(tmp_path, secrets.token_bytes) == made


@pytest.mark.parametrize("found", ["", "00" * (SECRET_BYTES - 1), "no hex"])
def test_a_secret_that_is_not_whole_is_refused(tmp_path: Path, found: str) -> None:
    """As a crash of an older issuer may have left it."""
    (tmp_path / "secret").write_text(found)
    with pytest.raises(WalletError, match="secret"):
        IssuerKeys.at(tmp_path, secrets.token_bytes)
