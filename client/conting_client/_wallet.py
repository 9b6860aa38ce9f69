"""Keys of people and machines, in files of the Solana tools' format (a JSON array of 64 bytes)."""

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.signature import Signature

from conting_client._errors import WalletError

SEED_SIZE: Final = 32
Randomness = Callable[[int], bytes]


def load_keypair(path: Path) -> Keypair:
    """The key pair of a file. Raises WalletError, which never shows the file's contents."""
    try:
        octets = bytes(json.loads(path.read_text()))
        return Keypair.from_bytes(octets)
    except OSError as error:
        raise WalletError(f"cannot read the key file {path}: {error.strerror}") from None
    except (ValueError, TypeError):
        raise WalletError(f"{path} is not a key file: expected a JSON array of 64 bytes") from None


def save_keypair(keypair: Keypair, path: Path) -> None:
    """Writes a new file that only its owner may read. Raises WalletError; never overwrites."""
    try:
        write_secret(json.dumps(list(bytes(keypair))), path)
    except OSError as error:
        raise WalletError(f"cannot write the key file {path}: {error.strerror}") from None


def write_secret(text: str, path: Path) -> None:
    """Writes a new file that only its owner may read: whole, or not at all, whatever ends us.

    Raises OSError; FileExistsError if the file is there.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a renaming, it replaces nothing
    finally:
        draft.unlink()


class Wallet:
    """A key pair that signs; its secret shows in no representation."""

    def __init__(self, keypair: Keypair) -> None:
        self.keypair = keypair

    @classmethod
    def generate(cls, random: Randomness = secrets.token_bytes) -> Self:
        """A new wallet; `random` gives that many bytes."""
        return cls(Keypair.from_seed(random(SEED_SIZE)))

    @classmethod
    def load(cls, path: Path) -> Self:
        """The wallet of a key file. Raises WalletError."""
        return cls(load_keypair(path))

    def save(self, path: Path) -> None:
        """Writes a new key file with mode 600. Raises WalletError; never overwrites."""
        save_keypair(self.keypair, path)

    @property
    def key(self) -> Pubkey:
        """The public key: the wallet's address."""
        return self.keypair.pubkey()

    def sign_message(self, message: bytes) -> Signature:
        """The wallet's signature over the bytes."""
        return self.keypair.sign_message(message)

    def __repr__(self) -> str:
        return f"Wallet({self.key})"
