"""Where an NFT lies: whoever holds it may have moved it to an account of their own making."""

from dataclasses import dataclass

from pydantic import TypeAdapter
from solders.pubkey import Pubkey

from conting_client._answers import WithContext
from conting_client._errors import RpcRefused
from conting_client._rpc import Rpc


@dataclass(frozen=True, slots=True)
class _Amount:
    address: str
    amount: int


_LARGEST = TypeAdapter(WithContext[list[_Amount]])


async def account_of_nft(rpc: Rpc, mint: Pubkey) -> Pubkey | None:
    """The token account that has the only one of a mint; None if it is burned or was never made."""
    try:
        found = await rpc.read(
            "getTokenLargestAccounts", [str(mint), {"commitment": "confirmed"}], _LARGEST
        )
    except RpcRefused:
        return None  # no mint
    held = [Pubkey.from_string(each.address) for each in found.value if each.amount == 1]
    return held[0] if len(held) == 1 else None
