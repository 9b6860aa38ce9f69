"""An RPC that is not believed at once: its slots may not go back, and a second one has to agree.

A node that is stuck, or forked, or bought, answers like any other one. What costs money or lets
somebody in is read by `account` and `accounts`; there a second node, run by somebody else, has to
see the same owner and data. Two honest nodes differ for a moment after each change, so they are
asked again before they are said to disagree.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from conting_client import AccountInfo, Commitment, Match, Rpc, RpcUnavailable
from conting_client.history import History
from solders.pubkey import Pubkey

AGREE_TRIES: Final = 6
AGREE_SECONDS: Final = 0.25  # between two of them
SYSVARS: Final = Pubkey.from_string("Sysvar1111111111111111111111111111111111111")


class CarefulRpc(Rpc):
    """Raises RpcUnavailable for answers that are older than what was heard by `lag` slots.

    Also where `second` does not agree.
    """

    def __init__(
        self, url: str, *, timeout: float = 10.0, lag: int, second: Rpc | None = None
    ) -> None:
        super().__init__(url, timeout=timeout)
        self._lag = lag
        self._second = second
        self._newest = 0
        self._genesis = ""

    async def close(self) -> None:
        """Ends the connections, the second node's too."""
        await super().close()
        if self._second is not None:
            await self._second.close()

    async def slot(self, *, commitment: Commitment = "confirmed") -> int:
        """The node's newest slot."""
        return await self._check(await super().slot(commitment=commitment))

    async def account(
        self, address: Pubkey, *, commitment: Commitment = "confirmed"
    ) -> AccountInfo | None:
        """The account, or None where both nodes see nothing."""
        return (await self.accounts([address], commitment=commitment))[0]

    async def accounts(
        self, addresses: Sequence[Pubkey], *, commitment: Commitment = "confirmed"
    ) -> list[AccountInfo | None]:
        """The accounts, as both nodes see them."""
        for _ in range(AGREE_TRIES):
            found = await super().accounts(addresses, commitment=commitment)
            for each in found:
                if each is not None:
                    await self._check(each.slot)
            if self._second is None:
                return found
            other = await self._second.accounts(addresses, commitment=commitment)
            if list(map(_essence, found)) == list(map(_essence, other)):
                return found
            await asyncio.sleep(AGREE_SECONDS)
        raise RpcUnavailable(f"{self.url} and the second node do not agree")

    async def program_accounts(
        self, program: Pubkey, *matches: Match, commitment: Commitment = "confirmed"
    ) -> list[AccountInfo]:
        """The accounts of a program; those that another one owns are not believed."""
        found = await super().program_accounts(program, *matches, commitment=commitment)
        for each in found:
            await self._check(each.slot)
            if each.owner != program:
                raise RpcUnavailable(f"{self.url} shows {each.address} as another program's")
        return found

    async def _check(self, slot: int) -> int:
        behind = self._newest - slot
        if behind > self._lag:
            genesis = await History(self).genesis()
            if genesis == self._genesis:
                raise RpcUnavailable(f"{self.url} is {behind} slots behind what it said before")
            self._genesis, self._newest = genesis, slot  # a development node that began anew
        elif not self._genesis:
            self._genesis = await History(self).genesis()
        self._newest = max(slot, self._newest)
        return slot


def _essence(found: AccountInfo | None) -> tuple[Pubkey, bytes] | None:
    """What has to be the same; the clock's ticks are not."""
    if found is None:
        return None
    return (found.owner, b"" if found.owner == SYSVARS else found.data)
