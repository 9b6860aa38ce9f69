"""An RPC that is not believed at once: its slots may not go back, and a second one has to agree.

A node that is stuck, or forked, or bought, answers like any other one. What costs money or lets
somebody in rests on accounts, the chain's clock, its slot hashes, a fresh blockhash and the fate of
a transaction; of these no answer is taken that is older than what was heard before, and a second
node, run by somebody else, has to see the same. Two honest nodes differ for a moment after each
change, so they are asked again before they are said to disagree.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final, Protocol, TypeVar

from conting_client import (
    AccountInfo,
    Blockhash,
    Commitment,
    Match,
    NodeBehind,
    Rpc,
    RpcUnavailable,
    Status,
)
from conting_client.history import History
from solders.hash import Hash
from solders.pubkey import Pubkey
from solders.signature import Signature

AGREE_TRIES: Final = 6
AGREE_SECONDS: Final = 0.25  # between two of them
SLOT_SECONDS: Final = 0.4
SYSVARS: Final = Pubkey.from_string("Sysvar1111111111111111111111111111111111111")

T = TypeVar("T")
Found_co = TypeVar("Found_co", covariant=True)


class _Ask(Protocol[Found_co]):
    def __call__(self, *, min_slot: int) -> Awaitable[Found_co]: ...


class CarefulRpc(Rpc):
    """Raises RpcUnavailable for answers that are older than what was heard before.

    Also where `second` does not agree. `lag`: slots that a node may name less than it did before,
    or more than the second one does.
    """

    def __init__(
        self, url: str, *, timeout: float = 10.0, lag: int, second: Rpc | None = None
    ) -> None:
        super().__init__(url, timeout=timeout)
        self._lag = lag
        self._second = second
        self._newest: dict[Commitment, int] = {}
        self._genesis = ""

    async def close(self) -> None:
        """Ends the connections, the second node's too."""
        await super().close()
        if self._second is not None:
            await self._second.close()

    async def slot(self, *, commitment: Commitment = "confirmed") -> int:
        """The node's newest slot."""
        slot = await super().slot(commitment=commitment)
        behind = self._newest.get(commitment, 0) - slot
        if behind > self._lag and not await self._began_anew():
            raise NodeBehind(f"{self.host} is {behind} slots behind what it said before")
        await self._hear(slot, commitment)
        return slot

    async def account(
        self, address: Pubkey, *, commitment: Commitment = "confirmed", min_slot: int = 0
    ) -> AccountInfo | None:
        """The account, or None where both nodes see nothing."""
        return (await self.accounts([address], commitment=commitment, min_slot=min_slot))[0]

    async def accounts(
        self,
        addresses: Sequence[Pubkey],
        *,
        commitment: Commitment = "confirmed",
        min_slot: int = 0,
    ) -> list[AccountInfo | None]:
        """The accounts, as both nodes see them."""
        here = partial(self._accounts, addresses, commitment, min_slot)
        there = partial(_accounts_at, addresses, commitment)
        return (await self._agreed(here, there, _are_same))[0]

    async def program_accounts(
        self,
        program: Pubkey,
        *matches: Match,
        commitment: Commitment = "confirmed",
        min_slot: int = 0,
    ) -> list[AccountInfo]:
        """The accounts of a program, as both nodes see them.

        Those that differ are asked for by themselves: of a program that is busy two nodes never
        show all accounts alike.
        """
        ask = partial(super().program_accounts, program, *matches, commitment=commitment)
        found = await self._newer(ask, commitment, min_slot)
        for each in found:
            if each.owner != program:
                raise RpcUnavailable(f"{self.host} shows {each.address} as another program's")
        if found:
            await self._hear(found[0].slot, commitment)
        if self._second is None:
            return found
        other = await self._second.program_accounts(program, *matches, commitment=commitment)
        mine, theirs = _by_address(found), _by_address(other)
        rest = [key for key in mine | theirs if not _is_same(mine.get(key), theirs.get(key))]
        doubted = frozenset(rest)
        settled = await self._settled(rest, commitment)
        return [each for each in found if each.address not in doubted] + [
            each
            for each in settled
            if each.owner == program and all(match.fits(each.data) for match in matches)
        ]

    async def chain_time(self, *, commitment: Commitment = "confirmed") -> int:
        """Unix seconds of the chain's clock; of two nodes it differs by what they lag."""
        mine, _ = await self._agreed(
            partial(super().chain_time, commitment=commitment),
            lambda second: second.chain_time(commitment=commitment),
            lambda mine, theirs: abs(mine - theirs) <= self._lag * SLOT_SECONDS,
        )
        return mine

    async def slot_hashes(self, *, commitment: Commitment = "confirmed") -> dict[int, Hash]:
        """The hashes of up to 512 recent slots: those that both nodes know."""
        mine, theirs = await self._agreed(
            partial(super().slot_hashes, commitment=commitment),
            lambda second: second.slot_hashes(commitment=commitment),
            _have_same_hashes,
        )
        return {slot: found for slot, found in mine.items() if slot in theirs}

    async def latest_blockhash(
        self, *, commitment: Commitment = "confirmed", min_slot: int = 0
    ) -> Blockhash:
        """What the next transaction is built with: a hash that the second node takes too."""
        ask = partial(super().latest_blockhash, commitment=commitment)
        for _ in range(AGREE_TRIES):
            found = await self._newer(ask, commitment, min_slot)
            if self._second is None:
                return found
            if await self._second.is_valid(found.hash, commitment="processed"):
                return found
            await asyncio.sleep(AGREE_SECONDS)
        raise self._disagreement()

    async def is_valid(self, blockhash: Hash, *, commitment: Commitment = "confirmed") -> bool:
        """Whether a transaction may still land, by either node: nobody pays twice by mistake.

        Once it may not, nothing older tells whether it has: it may have landed since.
        """
        ask = partial(super().validity, blockhash, commitment=commitment)
        is_valid, slot = await self._newer(ask, commitment, 0)
        if is_valid:
            return True
        await self._hear(slot, commitment)
        if self._second is None:
            return False
        return await self._second.is_valid(blockhash, commitment=commitment)

    async def status(self, signature: Signature, *, min_slot: int = 0) -> Status | None:
        """Where a transaction stands. What only one node has seen is not known yet.

        Once it is confirmed, nothing older shows what it has changed.
        """
        found = await self._newer(partial(super().status, signature), "confirmed", min_slot)
        if self._second is not None:
            other = await self._second.status(signature)
            if (found and found.err) != (other and other.err) or (found is None) != (other is None):
                raise self._disagreement()
        if found is not None and found.confirmation_status != "processed":
            await self._hear(found.slot, "confirmed")
        return found

    async def _accounts(
        self, addresses: Sequence[Pubkey], commitment: Commitment, min_slot: int
    ) -> list[AccountInfo | None]:
        ask = partial(super().accounts, addresses, commitment=commitment)
        found = await self._newer(ask, commitment, min_slot)
        slots = [each.slot for each in found if each is not None]
        if slots:
            await self._hear(max(slots), commitment)
        return found

    async def _settled(
        self, addresses: Sequence[Pubkey], commitment: Commitment
    ) -> list[AccountInfo]:
        """Of these accounts those that are there, each once both nodes have shown it alike."""
        settled: list[AccountInfo] = []
        rest = list(addresses)
        for _ in range(AGREE_TRIES):
            if not rest:
                return settled
            assert self._second is not None
            found, other = await asyncio.gather(
                self._accounts(rest, commitment, 0),
                self._second.accounts(rest, commitment=commitment),
            )
            pairs = list(zip(found, other, strict=True))
            settled += [mine for mine, its in pairs if mine is not None and _is_same(mine, its)]
            alike = [_is_same(*pair) for pair in pairs]
            rest = [key for key, same in zip(rest, alike, strict=True) if not same]
            await asyncio.sleep(AGREE_SECONDS if rest else 0)
        if rest:
            raise self._disagreement()
        return settled

    async def _agreed(
        self,
        here: Callable[[], Awaitable[T]],
        there: Callable[[Rpc], Awaitable[T]],
        same: Callable[[T, T], bool],
    ) -> tuple[T, T]:
        """What this node says and what the second one does; without one, twice the same."""
        for _ in range(AGREE_TRIES):
            if self._second is None:
                mine = theirs = await here()
            else:
                mine, theirs = await asyncio.gather(here(), there(self._second))
            if same(mine, theirs):
                return mine, theirs
            await asyncio.sleep(AGREE_SECONDS)
        raise self._disagreement()

    async def _newer(self, ask: _Ask[T], commitment: Commitment, min_slot: int) -> T:
        """An answer that is not older than what was heard before, unless the chain is a new one."""
        try:
            return await ask(min_slot=max(min_slot, self._newest.get(commitment, 0)))
        except NodeBehind:
            if not await self._began_anew():
                raise
        return await ask(min_slot=min_slot)

    async def _hear(self, slot: int, commitment: Commitment) -> None:
        """Takes a slot for known; a great step only if it is named again, by the second node."""
        ahead = slot - self._newest.get(commitment, 0)
        if not self._genesis:
            self._genesis = await History(self).genesis()
        if ahead > self._lag:
            again = await Rpc.slot(self._second or self, commitment=commitment)
            if slot - again > self._lag:
                raise RpcUnavailable(f"{self.host} is {slot - again} slots ahead of the chain")
        self._newest[commitment] = max(slot, self._newest.get(commitment, 0))

    async def _began_anew(self) -> bool:
        """Whether this is another chain than before: a development node that was restarted."""
        genesis = await History(self).genesis()
        if genesis == self._genesis:
            return False
        self._genesis = genesis
        self._newest.clear()
        return True

    def _disagreement(self) -> RpcUnavailable:
        return RpcUnavailable(f"{self.host} and the second node do not agree")


async def _accounts_at(
    addresses: Sequence[Pubkey], commitment: Commitment, second: Rpc
) -> list[AccountInfo | None]:
    return await second.accounts(addresses, commitment=commitment)


def _by_address(found: Sequence[AccountInfo]) -> dict[Pubkey, AccountInfo]:
    return {each.address: each for each in found}


def _are_same(mine: Sequence[AccountInfo | None], theirs: Sequence[AccountInfo | None]) -> bool:
    return all(_is_same(*pair) for pair in zip(mine, theirs, strict=True))


def _is_same(mine: AccountInfo | None, theirs: AccountInfo | None) -> bool:
    return _essence(mine) == _essence(theirs)


def _essence(found: AccountInfo | None) -> tuple[Pubkey, bytes] | None:
    """What has to be the same; the clock and the slot hashes are compared where they are read."""
    if found is None:
        return None
    return (found.owner, b"" if found.owner == SYSVARS else found.data)


def _have_same_hashes(mine: dict[int, Hash], theirs: dict[int, Hash]) -> bool:
    both = mine.keys() & theirs.keys()
    return bool(both) and all(mine[slot] == theirs[slot] for slot in both)
