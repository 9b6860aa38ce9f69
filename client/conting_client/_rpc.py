"""A Solana node over JSON-RPC.

Reads are repeated after a lost answer; a transaction is never sent twice: what became of it is
asked for by its signature until the chain says it, its blockhash is over, or time is up.
"""

import asyncio
import struct
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final, Literal, Self, TypeVar

from pydantic import TypeAdapter
from solders.hash import Hash
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.sysvar import CLOCK, SLOT_HASHES
from solders.transaction import VersionedTransaction

from conting_client import _answers as answers
from conting_client._answers import Status
from conting_client._aside import aside
from conting_client._errors import (
    ChainError,
    NodeBehind,
    OutcomeUnknown,
    RpcRefused,
    RpcUnavailable,
    TransactionExpired,
)
from conting_client._jsonrpc import JsonRpc, NodeSaid, host_of
from conting_client._outcomes import Programs, refusal
from conting_client._readings import (
    AccountInfo,
    Blockhash,
    Landed,
    Match,
    Simulation,
    account_of,
    infos_of,
    readable,
)
from conting_client._transactions import instructions_of, to_base64
from conting_client.generated import family, raffle, ticket

Commitment = Literal["processed", "confirmed", "finalized"]
T = TypeVar("T")

OUR_ERRORS: Final[Programs] = MappingProxyType(
    {each.PROGRAM_ID: each.ErrorCode for each in (ticket, family, raffle)}
)
"""The programs whose error numbers an `Rpc` can name unless told otherwise."""

_READ_TRIES: Final = 3
_RETRY_SECONDS: Final = 0.2
_FIRST_POLL_SECONDS: Final = 0.05  # and twice as long each time, up to the longest
_LONGEST_POLL_SECONDS: Final = 0.5
_ACCOUNTS_A_CALL: Final = 100  # getMultipleAccounts takes no more
_PREFLIGHT_FAILURE: Final = -32002
_BAD_SIGNATURE: Final = -32003
_RANK: Final = {"processed": 0, "confirmed": 1, "finalized": 2}
_CLOCK_TIME: Final = struct.Struct("<32xq")  # after slot, epoch start, epoch, leader schedule epoch
_SLOT_HASH: Final = struct.Struct("<Q32s")


class Rpc:
    """One node. Every method raises RpcUnavailable without an answer and RpcRefused where the
    node does not do what it is asked; `timeout` is seconds for each answer.

    Where there is a `min_slot`, what the node knew before that slot is no answer (NodeBehind).
    `programs` says whose ErrorCode names the refusals of which program id.
    """

    def __init__(self, url: str, *, timeout: float = 10.0, programs: Programs = OUR_ERRORS) -> None:
        self.url = url
        self.host = host_of(url)
        self._programs = programs
        self._node = JsonRpc(url, timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the connections."""
        await self._node.close()

    async def account(
        self, address: Pubkey, *, commitment: Commitment = "confirmed", min_slot: int = 0
    ) -> AccountInfo | None:
        """The account, or None where there is nothing."""
        config = _config(commitment, min_slot, encoding="base64")
        answer = await self.read("getAccountInfo", [str(address), config], answers.ACCOUNT)
        self._require(answer.context.slot, min_slot)
        with readable():
            return account_of(address, answer.value, answer.context.slot)

    async def accounts(
        self,
        addresses: Sequence[Pubkey],
        *,
        commitment: Commitment = "confirmed",
        min_slot: int = 0,
    ) -> list[AccountInfo | None]:
        """The accounts in the order of `addresses`; one call for each hundred."""
        config = _config(commitment, min_slot, encoding="base64")
        found: list[AccountInfo | None] = []
        for start in range(0, len(addresses), _ACCOUNTS_A_CALL):
            part = addresses[start : start + _ACCOUNTS_A_CALL]
            params = [[str(address) for address in part], config]
            answer = await self.read("getMultipleAccounts", params, answers.ACCOUNTS)
            slot = self._require(answer.context.slot, min_slot)
            with readable():
                pairs = zip(part, answer.value, strict=True)
                found += [account_of(address, account, slot) for address, account in pairs]
        return found

    async def program_accounts(
        self,
        program: Pubkey,
        *matches: Match,
        commitment: Commitment = "confirmed",
        min_slot: int = 0,
    ) -> list[AccountInfo]:
        """The accounts that belong to `program` and fit all `matches`, in no order."""
        filters = [match.to_json() for match in matches]
        config = _config(commitment, min_slot, encoding="base64", withContext=True, filters=filters)
        params = [str(program), config]
        answer = await self.read("getProgramAccounts", params, answers.PROGRAM_ACCOUNTS)
        self._require(answer.context.slot, min_slot)
        return await aside(len(answer.value), lambda: infos_of(answer.value, answer.context.slot))

    async def slot(self, *, commitment: Commitment = "confirmed") -> int:
        """The node's newest slot."""
        return await self.read("getSlot", [{"commitment": commitment}], answers.INTEGER)

    async def chain_time(self, *, commitment: Commitment = "confirmed") -> int:
        """Unix seconds of the chain's clock, which the programs go by."""
        data = await self._sysvar(CLOCK, commitment)
        with readable():
            return int(_CLOCK_TIME.unpack_from(data)[0])

    async def slot_hashes(self, *, commitment: Commitment = "confirmed") -> dict[int, Hash]:
        """The hashes of up to 512 recent slots."""
        data = await self._sysvar(SLOT_HASHES, commitment)
        count = int.from_bytes(data[:8], "little")
        with readable():
            pairs = _SLOT_HASH.iter_unpack(data[8 : 8 + count * _SLOT_HASH.size])
            return {slot: Hash.from_bytes(value) for slot, value in pairs}

    async def _sysvar(self, address: Pubkey, commitment: Commitment) -> bytes:
        found = await self.account(address, commitment=commitment)
        if found is None:
            raise RpcUnavailable(f"{self.host} has no sysvar {address}")
        return found.data

    async def rent(self, size: int) -> int:
        """Lamports that keep an account of `size` bytes alive."""
        return await self.read("getMinimumBalanceForRentExemption", [size], answers.INTEGER)

    async def latest_blockhash(
        self, *, commitment: Commitment = "confirmed", min_slot: int = 0
    ) -> Blockhash:
        """What the next transaction is built with."""
        config = _config(commitment, min_slot)
        answer = await self.read("getLatestBlockhash", [config], answers.BLOCKHASH)
        self._require(answer.context.slot, min_slot)
        found = answer.value
        with readable():
            return Blockhash(Hash.from_string(found.blockhash), found.last_valid_block_height)

    async def is_valid(self, blockhash: Hash, *, commitment: Commitment = "confirmed") -> bool:
        """Whether a transaction with this blockhash can still land."""
        return (await self.validity(blockhash, commitment=commitment))[0]

    async def validity(
        self, blockhash: Hash, *, commitment: Commitment = "confirmed", min_slot: int = 0
    ) -> tuple[bool, int]:
        """The same, and the slot as of which that is so."""
        params = [str(blockhash), _config(commitment, min_slot)]
        answer = await self.read("isBlockhashValid", params, answers.VALID)
        return answer.value, self._require(answer.context.slot, min_slot)

    async def airdrop(self, to: Pubkey, lamports: int) -> Landed:
        """Lamports for nothing, where the cluster gives them; follows them to confirmed."""
        try:
            text = await self._node.ask("requestAirdrop", [str(to), lamports], answers.TEXT)
        except NodeSaid as error:
            raise RpcRefused(f"no airdrop: {error}") from None
        return await self._follow(Signature.from_string(text), None, "confirmed", 30.0)

    async def simulate(
        self, transaction: VersionedTransaction, *, check_signatures: bool = False
    ) -> Simulation:
        """What the transaction would do now. Raises ChainError, as sending it would."""
        config = {
            "encoding": "base64",
            "commitment": "confirmed",
            "sigVerify": check_signatures,
            "replaceRecentBlockhash": False,
        }
        params = [to_base64(transaction), config]
        found = (await self.read("simulateTransaction", params, answers.SIMULATED)).value
        logs = found.logs or []
        if found.err is not None:
            raise self._refusal(found.err, logs, transaction)
        return Simulation(found.units, tuple(logs))

    async def send(
        self,
        transaction: VersionedTransaction,
        *,
        commitment: Commitment = "confirmed",
        within: float = 90.0,
    ) -> Landed:
        """Sends a signed transaction and follows it to the commitment.

        Raises ChainError if the chain refuses it, TransactionExpired if it can no longer land, and
        OutcomeUnknown if neither is known within that many seconds: then `outcome` may tell later.
        Sending the same signed transaction again is safe: the chain runs it once.
        """
        signature = transaction.signatures[0]
        config = {"encoding": "base64", "preflightCommitment": "confirmed"}
        try:
            await self._node.ask("sendTransaction", [to_base64(transaction), config], answers.TEXT)
        except RpcUnavailable:
            pass  # lost on the way there or back: the chain knows which
        except NodeSaid as error:
            await self._preflight_refusal(error, transaction)
        return await self._follow(signature, transaction, commitment, within)

    async def outcome(self, signature: Signature) -> Landed | None:
        """What became of a transaction: None if the chain has not confirmed it (yet).

        Raises ChainError if it failed. A block that is not confirmed may be dropped, and another
        one has the transaction then, or none.
        """
        status = await self.status(signature)
        if status is None or _RANK[status.confirmation_status] < _RANK["confirmed"]:
            return None
        return await self._landed(signature, None, status)

    async def _preflight_refusal(self, error: NodeSaid, transaction: VersionedTransaction) -> None:
        """Raises what the node's refusal means; returns if the chain has the transaction."""
        if error.code == _BAD_SIGNATURE:
            raise self._refusal("SignatureFailure", [], transaction)
        if error.code != _PREFLIGHT_FAILURE or not isinstance(error.data, dict):
            raise RpcRefused(str(error))
        cause = error.data.get("err")
        if cause == "AlreadyProcessed":
            return
        if cause == "BlockhashNotFound" and await self.status(transaction.signatures[0]):
            return
        raise self._refusal(cause, error.data.get("logs") or [], transaction)

    async def _follow(
        self,
        signature: Signature,
        transaction: VersionedTransaction | None,
        commitment: Commitment,
        within: float,
    ) -> Landed:
        try:
            async with asyncio.timeout(within):
                return await self._until_known(signature, transaction, commitment)
        except TimeoutError:
            raise OutcomeUnknown(signature, f"no word of it for {within:g} seconds") from None

    async def _until_known(
        self,
        signature: Signature,
        transaction: VersionedTransaction | None,
        commitment: Commitment,
    ) -> Landed:
        pause = _FIRST_POLL_SECONDS
        while True:
            try:
                # In this order: what lands while the two questions are asked is not missed.
                over = transaction is not None and not await self.is_valid(
                    transaction.message.recent_blockhash
                )
                status = await self.status(signature)
            except RpcUnavailable:
                over, status = False, None
            if status is None and over:
                raise TransactionExpired(f"{signature} did not land while its blockhash was valid")
            if status is not None and _RANK[status.confirmation_status] >= _RANK[commitment]:
                return await self._landed(signature, transaction, status)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_POLL_SECONDS)

    async def status(self, signature: Signature, *, min_slot: int = 0) -> Status | None:
        """Where a transaction stands; None if the node has not seen it."""
        params = [[str(signature)], {"searchTransactionHistory": True}]
        found = await self.read("getSignatureStatuses", params, answers.STATUSES)
        self._require(found.context.slot, min_slot)
        return found.value[0]

    async def _landed(
        self,
        signature: Signature,
        transaction: VersionedTransaction | None,
        status: answers.Status,
    ) -> Landed:
        if status.err is not None:
            raise self._refusal(status.err, await self._logs(signature), transaction)
        return Landed(signature, status.slot)

    async def _logs(self, signature: Signature) -> list[str]:
        """The logs of a failed transaction, to name its error by; none where the node has none."""
        config = _config("confirmed", 0, encoding="base64", maxSupportedTransactionVersion=0)
        try:
            found = await self.read("getTransaction", [str(signature), config], answers.RECORDED)
        except (RpcUnavailable, RpcRefused):
            return []
        return (found.meta.logs or []) if found is not None and found.meta is not None else []

    def _refusal(
        self, cause: object, logs: Sequence[str], transaction: VersionedTransaction | None
    ) -> ChainError | TransactionExpired:
        called = (
            []
            if transaction is None
            else [each.program_id for each in instructions_of(transaction)]
        )
        return refusal(cause, logs, called, self._programs)

    def _require(self, slot: int, least: int) -> int:
        """Some nodes do not know minContextSlot, and answer all the same."""
        if slot < least:
            raise NodeBehind(f"{self.host} speaks of slot {slot}, and {least} has been heard of")
        return slot

    async def read(self, method: str, params: Sequence[object], shape: TypeAdapter[T]) -> T:
        """Asks what may be asked again: three times at most. For what has no method here."""
        for wait in (*[_RETRY_SECONDS] * (_READ_TRIES - 1), None):
            try:
                return await self._node.ask(method, params, shape)
            except NodeSaid as error:
                raise RpcRefused(f"{method}: {error}") from None
            except RpcUnavailable:
                if wait is None:
                    raise
                await asyncio.sleep(wait)
        raise AssertionError("the last round returns or raises")


def _config(commitment: Commitment, min_slot: int, **more: object) -> dict[str, object]:
    least = {"minContextSlot": min_slot} if min_slot else {}
    return {"commitment": commitment, **least, **more}
