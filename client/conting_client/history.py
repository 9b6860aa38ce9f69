"""Transactions of the past, as a node keeps them: calls, their accounts, and what money moved."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import VersionedTransaction

from conting_client import _base58
from conting_client._errors import AccountMissing, RpcUnavailable
from conting_client._rpc import Rpc

_PAGE: Final = 1000  # getSignaturesForAddress gives no more


@dataclass(frozen=True, slots=True)
class Past:
    """A transaction in the block of `slot`; `time` is the block's, Unix seconds."""

    signature: Signature
    slot: int
    time: int | None
    failed: bool
    """It paid its fee and changed nothing else."""


@dataclass(frozen=True, slots=True)
class Call:
    """An instruction. `index`: its place among those of the transaction, such as 2, or 2.0 for the
    first that instruction 2 itself has called."""

    index: str
    program: Pubkey
    data: bytes
    accounts: tuple[Pubkey, ...]


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a transaction called, in the order in which it ran, and what it did to money."""

    past: Past
    calls: tuple[Call, ...]
    lamports: Mapping[Pubkey, tuple[int, int]]
    """Of each account, before and after."""
    tokens: Mapping[Pubkey, int]
    """Of token accounts, by how many of the smallest units they have more now."""

    @property
    def ended(self) -> list[Pubkey]:
        """Accounts that were closed."""
        return [key for key, (had, has) in self.lamports.items() if had and not has]


@dataclass(frozen=True, slots=True)
class _Signed:
    signature: str
    slot: int
    err: object
    time: Annotated[int | None, Field(alias="blockTime")] = None


@dataclass(frozen=True, slots=True)
class _Instruction:
    program: Annotated[int, Field(alias="programIdIndex")]
    accounts: list[int]
    data: str


@dataclass(frozen=True, slots=True)
class _Inner:
    index: int
    instructions: list[_Instruction]


@dataclass(frozen=True, slots=True)
class _Loaded:
    writable: list[str]
    readonly: list[str]


@dataclass(frozen=True, slots=True)
class _Amount:
    amount: int


@dataclass(frozen=True, slots=True)
class _Tokens:
    index: Annotated[int, Field(alias="accountIndex")]
    amount: Annotated[_Amount, Field(alias="uiTokenAmount")]


@dataclass(frozen=True, slots=True)
class _Meta:
    before: Annotated[list[int], Field(alias="preBalances")]
    after: Annotated[list[int], Field(alias="postBalances")]
    inner: Annotated[list[_Inner] | None, Field(alias="innerInstructions")] = None
    loaded: Annotated[_Loaded | None, Field(alias="loadedAddresses")] = None
    tokens_before: Annotated[list[_Tokens] | None, Field(alias="preTokenBalances")] = None
    tokens_after: Annotated[list[_Tokens] | None, Field(alias="postTokenBalances")] = None


@dataclass(frozen=True, slots=True)
class _Recorded:
    transaction: tuple[str, Literal["base64"]]
    meta: _Meta


_TEXT: Final = TypeAdapter(str)
_SIGNED: Final = TypeAdapter(list[_Signed])
_RECORDED: Final = TypeAdapter(_Recorded | None)


class History:
    """Reads a node's ledger. Every method raises what `Rpc` raises."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    async def genesis(self) -> str:
        """The hash that names the chain."""
        return await self._rpc.read("getGenesisHash", [], _TEXT)

    async def since(self, address: Pubkey, last: Signature | None, *, most: int) -> list[Past]:
        """The transactions that named `address` after `last`, oldest first.

        The newest `most` of them, if there are more; all that the node keeps without `last`.
        """
        found: list[_Signed] = []
        while len(found) < most:
            page = await self._page(address, found[-1].signature if found else None, last)
            found += page
            if len(page) < _PAGE:
                break
        return [_past(each) for each in reversed(found[:most])]

    async def transaction(self, past: Past) -> Transaction:
        """The whole of it. Raises AccountMissing if the node does not have it (any more)."""
        config = {
            "encoding": "base64",
            "commitment": "confirmed",
            "maxSupportedTransactionVersion": 0,
        }
        params = [str(past.signature), config]
        found = await self._rpc.read("getTransaction", params, _RECORDED)
        if found is None:
            raise AccountMissing(f"the node does not have the transaction {past.signature}")
        try:
            return _read(past, found)
        except (ValueError, IndexError):
            raise RpcUnavailable("the transaction is not Solana's") from None

    async def _page(
        self, address: Pubkey, before: str | None, until: Signature | None
    ) -> list[_Signed]:
        config: dict[str, object] = {"commitment": "confirmed", "limit": _PAGE}
        if before is not None:
            config["before"] = before
        if until is not None:
            config["until"] = str(until)
        return await self._rpc.read("getSignaturesForAddress", [str(address), config], _SIGNED)


def _past(found: _Signed) -> Past:
    signature = Signature.from_string(found.signature)
    return Past(signature, found.slot, found.time, failed=found.err is not None)


def _read(past: Past, found: _Recorded) -> Transaction:
    meta = found.meta
    signed = VersionedTransaction.from_bytes(b64decode(found.transaction[0]))
    if signed.signatures[0] != past.signature:
        raise ValueError("another transaction than the one that was asked for")
    loaded = [*meta.loaded.writable, *meta.loaded.readonly] if meta.loaded else []
    keys = [*signed.message.account_keys, *map(Pubkey.from_string, loaded)]
    inner = {each.index: each.instructions for each in meta.inner or []}
    calls: list[Call] = []
    for number, each in enumerate(signed.message.instructions):
        accounts = tuple(keys[index] for index in bytes(each.accounts))
        calls.append(Call(str(number), keys[each.program_id_index], bytes(each.data), accounts))
        for at, called in enumerate(inner.get(number, ())):
            calls.append(_inner(f"{number}.{at}", called, keys))
    balances = zip(keys, zip(meta.before, meta.after, strict=True), strict=True)
    return Transaction(past, tuple(calls), dict(balances), _moved(meta, keys))


def _inner(index: str, called: _Instruction, keys: Sequence[Pubkey]) -> Call:
    accounts = tuple(keys[each] for each in called.accounts)
    return Call(index, keys[called.program], _base58.decode(called.data), accounts)


def _moved(meta: _Meta, keys: Sequence[Pubkey]) -> dict[Pubkey, int]:
    moved: dict[Pubkey, int] = {}
    for sign, found in ((-1, meta.tokens_before), (1, meta.tokens_after)):
        for each in found or []:
            key = keys[each.index]
            moved[key] = moved.get(key, 0) + sign * each.amount.amount
    return moved
