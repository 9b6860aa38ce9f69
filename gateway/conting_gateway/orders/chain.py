"""The transactions of orders: built, tried out, co-signed, sent; and what the chain says."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self, TypeVar

from conting_client import (
    AccountInfo,
    ChainError,
    Landed,
    Rpc,
    RpcUnavailable,
    TransactionExpired,
    build,
    lacks_lamports,
    read_person,
    sign,
    to_base64,
)
from conting_client.generated import family, raffle
from conting_client.generated import ticket as program
from conting_client.generated.family import Person
from conting_client.tokens import account_of_nft
from solders.compute_budget import set_compute_unit_limit
from solders.hash import Hash
from solders.instruction import Instruction
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import VersionedTransaction

from conting_gateway.keys import KeyRing
from conting_gateway.orders.errors import NotEnoughLamportsError

TOKEN_2022 = Pubkey.from_string("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
_RAFFLE = (raffle.EntryToken, raffle.Listing, raffle.Raffle, raffle.RaffleEntry, raffle.Series)
_OWNERS = {family.Family: family.PROGRAM_ID} | dict.fromkeys(_RAFFLE, raffle.PROGRAM_ID)
"""Of accounts that are not the ticket program's."""
UNITS = 600_000
"""Compute units asked for: a purchase makes five accounts and an NFT, above the default 200,000."""
FOLLOW_SECONDS = 20.0  # less than clients wait for an answer; they ask for the order after it


class _Account(Protocol):
    DISCRIMINATOR: ClassVar[bytes]

    @classmethod
    def decode(cls, data: bytes) -> Self: ...


K = TypeVar("K", bound=_Account)
_SHORT = re.compile(r"insufficient lamports (\d+), need (\d+)")
"""As the system program logs it."""


@dataclass(frozen=True, slots=True)
class Built:
    """A transaction in base64, and the block height after which it cannot land."""

    transaction: str
    last_block: int


@dataclass(frozen=True, slots=True)
class Mark:
    """What the chain shows once an order has happened: these bytes in an account, or not there."""

    account: Pubkey
    at: int
    """Offset in bytes from the start of the account."""
    data: bytes
    present: bool = True

    def is_in(self, account: bytes) -> bool:
        """Whether an account's data has the bytes."""
        return account[self.at : self.at + len(self.data)] == self.data


def made(kind: type[_Account], account: Pubkey) -> Mark:
    """The account is there."""
    return Mark(account, 0, kind.DISCRIMINATOR)


def gone(kind: type[_Account], account: Pubkey) -> Mark:
    """The account is not there."""
    return Mark(account, 0, kind.DISCRIMINATOR, present=False)


def reason_of(error: ChainError) -> tuple[str, str]:
    """Code and sentence of a refusal of the chain: the program's own, but for want of lamports.

    The system program's number for that is also that of other programs for other things.
    """
    if not lacks_lamports(error):
        return error.name.lower(), error.detail
    short = next(filter(None, map(_SHORT.search, error.logs)), None)
    found = f": one step needs {int(short[2]):,}, and there are {int(short[1]):,}" if short else ""
    return NotEnoughLamportsError.code, (
        f"The wallet has too few lamports for the price or for the rent of new accounts{found}; or "
        "a wallet, this one or one that is paid, would have less than the rent of its own account. "
        "The gateway pays fees at most, never rent that comes back; send the wallet some SOL and "
        "order again."
    )


class OrderChain:
    """Builds for one ticket program and signs as the admission authorities of its events."""

    def __init__(self, rpc: Rpc, program_id: Pubkey, admission: KeyRing) -> None:
        self._rpc = rpc
        self.program_id = program_id
        self._admission = admission

    def is_authority(self, key: Pubkey) -> bool:
        """Whether this gateway signs as this admission authority."""
        return self._admission.holding(key) is not None

    async def read(self, kind: type[K], address: Pubkey) -> K | None:
        """The account at an address, as it is now; None if it is not of this class and program."""
        found = await self._rpc.account(address)
        if found is None or found.owner != _OWNERS.get(kind, self.program_id):
            return None
        try:
            return kind.decode(found.data)
        except (program.DecodeError, raffle.DecodeError, family.DecodeError):
            return None

    async def account(self, address: Pubkey) -> AccountInfo | None:
        """Whatever is at an address, as it is now."""
        return await self._rpc.account(address)

    async def account_of_nft(self, mint: Pubkey) -> Pubkey | None:
        """The token account that an NFT lies in."""
        return await account_of_nft(self._rpc, mint)

    async def person(self, address: Pubkey) -> Person | None:
        """The person at an address, as it is now."""
        return await read_person(self._rpc, address)

    async def build(
        self, payer: Pubkey, steps: Sequence[Instruction], authority: Pubkey | None
    ) -> Built:
        """A transaction, tried out, and co-signed by `authority`; the others have not signed.

        Raises ChainError if the chain would refuse it.
        """
        limit = set_compute_unit_limit(UNITS)
        recent = await self._rpc.latest_blockhash()
        transaction = build(payer, [limit, *steps], recent.hash)
        try:
            await self.try_out(transaction)
        except TransactionExpired as error:  # a node that lags, or a pause of ours
            raise RpcUnavailable(str(error)) from error
        keypair = None if authority is None else self._admission.holding(authority)
        if keypair is not None:
            transaction = sign(transaction, keypair)
        return Built(to_base64(transaction), recent.last_valid_block_height)

    async def try_out(self, transaction: VersionedTransaction) -> None:
        """Raises ChainError if the chain would refuse it now, TransactionExpired if it is old.

        Signatures are not looked at.
        """
        await self._rpc.simulate(transaction)

    async def send(self, transaction: VersionedTransaction) -> Landed:
        """Sends and follows to confirmed.

        Raises ChainError, TransactionExpired, OutcomeUnknown, RpcUnavailable.
        """
        return await self._rpc.send(transaction, within=FOLLOW_SECONDS)

    async def can_land(self, blockhash: Hash) -> bool:
        """Whether a transaction that was built with it, and has not landed, still may."""
        return await self._rpc.is_valid(blockhash)

    async def shows(self, mark: Mark) -> bool:
        """Whether the mark is there."""
        found = await self._rpc.account(mark.account)
        ours = (self.program_id, raffle.PROGRAM_ID, TOKEN_2022)
        data = b"" if found is None or found.owner not in ours else found.data
        return mark.is_in(data) is mark.present

    async def is_anothers(self, mark: Mark) -> bool:
        """Whether the account that an order would make is there, and not as it would make it."""
        found = await self._rpc.account(mark.account)
        if found is None or found.owner != self.program_id:
            return False
        return not mark.is_in(found.data)

    async def has_landed(self, signature: Signature) -> bool | ChainError:
        """Whether the chain has run this transaction; the error if it ran and failed."""
        try:
            return await self._rpc.outcome(signature) is not None
        except ChainError as error:
            return error
