"""What a node's answers are read as."""

import struct
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from solders.hash import Hash, ParseHashError
from solders.pubkey import Pubkey
from solders.signature import Signature

from conting_client import _answers as answers
from conting_client._errors import RpcUnavailable


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """An account as the node saw it at `slot`; `lamports` include its rent."""

    address: Pubkey
    owner: Pubkey
    lamports: int
    data: bytes
    executable: bool
    slot: int


@dataclass(frozen=True, slots=True)
class Blockhash:
    """A recent blockhash, and the last block height at which a transaction with it can land."""

    hash: Hash
    last_valid_block_height: int


@dataclass(frozen=True, slots=True)
class Landed:
    """A transaction that succeeded, in the block of `slot`."""

    signature: Signature
    slot: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """A transaction that would succeed: its compute units and its programs' logs."""

    units: int
    logs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """Keeps the accounts that have these bytes at this offset (at most 128 bytes)."""

    offset: int
    data: bytes

    def fits(self, data: bytes) -> bool:
        """Whether an account's data has them."""
        return data[self.offset : self.offset + len(self.data)] == self.data

    def to_json(self) -> dict[str, object]:
        """As getProgramAccounts takes it."""
        text = b64encode(self.data).decode()
        return {"memcmp": {"offset": self.offset, "bytes": text, "encoding": "base64"}}


@contextmanager
def readable() -> Iterator[None]:
    """What has the right shape and cannot be read is no answer. Raises RpcUnavailable."""
    try:
        yield
    except (ValueError, struct.error, ParseHashError):
        raise RpcUnavailable("the answer is not Solana's") from None


def infos_of(found: Sequence[answers.KeyedAccount], slot: int) -> list[AccountInfo]:
    """Accounts of a list. Raises RpcUnavailable."""
    with readable():
        return [_info(Pubkey.from_string(each.pubkey), each.account, slot) for each in found]


def account_of(address: Pubkey, found: answers.Account | None, slot: int) -> AccountInfo | None:
    """An account, or that there is none. Raises ValueError."""
    return None if found is None else _info(address, found, slot)


_program = lru_cache(maxsize=64)(Pubkey.from_string)  # thousands of accounts have the same one


def _info(address: Pubkey, found: answers.Account, slot: int) -> AccountInfo:
    return AccountInfo(
        address=address,
        owner=_program(found.owner),
        lamports=found.lamports,
        data=b64decode(found.data[0]),
        executable=found.executable,
        slot=slot,
    )
