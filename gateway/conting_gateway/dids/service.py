"""Resolves DIDs from the chain, each time anew; only the chain's name is kept for a moment."""

from collections.abc import Mapping
from typing import Final

from conting_client import Rpc
from conting_client.dids import Resolution, chain_of, check, look_up

from conting_gateway.catalog.cache import Cache
from conting_gateway.clock import Clock

CHAIN_SECONDS: Final = 5  # a node for development may begin anew, under another name


class Dids:
    """The issuers, persons and families of one chain, by their DIDs."""

    def __init__(self, rpc: Rpc, *, clock: Clock) -> None:
        self._rpc = rpc
        self._chain = Cache(self._load_chain, clock=clock, seconds=CHAIN_SECONDS)

    async def chain(self) -> str:
        """What DIDs call the chain."""
        return await self._chain.get(None)

    async def resolve(self, text: str, options: Mapping[str, str]) -> Resolution:
        """What a DID resolves to."""
        did = check(text, options)
        if isinstance(did, Resolution):
            return did
        return await look_up(self._rpc, did, await self.chain())

    async def _load_chain(self, _: None) -> str:
        return await chain_of(self._rpc)
