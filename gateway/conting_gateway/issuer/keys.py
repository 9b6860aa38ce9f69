"""What the issuer keeps: two keys and a secret, in files that only their owner may read."""

import hmac
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self

from conting_client import WalletError, load_keypair, save_keypair, write_secret
from conting_client.generated import family
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from conting_gateway.clock import Entropy

SECRET_BYTES = 32


@dataclass(frozen=True)
class IssuerKeys:
    """Who attests, who helps at the desk, and what makes hashes that nobody else can make."""

    authority: Keypair
    help_desk: Keypair
    secret: bytes

    @classmethod
    def at(cls, folder: Path, entropy: Entropy) -> Self:
        """Those of a folder; made there at the first start. Raises WalletError, OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        names = (folder / "authority.json", folder / "help-desk.json")
        for path in names:
            if not path.exists():
                save_keypair(Keypair.from_seed(entropy(SECRET_BYTES)), path)
        authority, help_desk = map(load_keypair, names)
        return cls(authority, help_desk, _secret(folder / "secret", entropy))

    @property
    def issuer(self) -> Pubkey:
        """The issuer's account."""
        return family.issuer_address(founder=self.authority.pubkey())

    def nullifier(self, papers: str) -> Pubkey:
        """The same for the same papers; nobody can try papers out without the secret."""
        return Pubkey.from_bytes(self._hash(b"nullifier", " ".join(papers.split()).encode()))

    def family_id(self, person: Pubkey, number: int) -> Pubkey:
        """Of the families that a person has founded; it tells nobody else whose they are."""
        return Pubkey.from_bytes(self._hash(b"family", bytes(person), number.to_bytes(4)))

    def salt(self, kin: Pubkey, person: Pubkey, version: int) -> bytes:
        """Of a member who came with this version: found again without being kept."""
        return self._hash(b"salt", bytes(kin), bytes(person), version.to_bytes(4))

    def _hash(self, purpose: bytes, *parts: bytes) -> bytes:
        """All parts but the last have a fixed length for a purpose: no two read the same."""
        return hmac.digest(self.secret, b"conting:" + purpose + b":" + b"".join(parts), sha256)


def _secret(path: Path, entropy: Entropy) -> bytes:
    with suppress(FileExistsError):
        write_secret(entropy(SECRET_BYTES).hex(), path)
    try:
        found = bytes.fromhex(path.read_text())
    except ValueError:
        found = b""
    if len(found) != SECRET_BYTES:  # a short one would make hashes that others can make
        raise WalletError(f"{path} is no issuer's secret: expected {SECRET_BYTES} bytes as hex")
    return found
