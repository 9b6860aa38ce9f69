"""Where NFTs lie: whoever holds one may have moved it to an account of their own making."""

from base64 import b64decode
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter
from solders.pubkey import Pubkey

from conting_client._answers import PROGRAM_ACCOUNTS, WithContext
from conting_client._errors import RpcRefused
from conting_client._outcomes import TOKEN_2022
from conting_client._rpc import Rpc

_OWNER_AT: Final = 32  # of a token account, after its mint
_AMOUNT: Final = slice(64, 72)


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


async def nfts_of(rpc: Rpc, wallet: Pubkey) -> dict[Pubkey, Pubkey]:
    """The mints of which a wallet has just one of Token-2022, and the account that it lies in."""
    params = [
        str(wallet),
        {"programId": str(TOKEN_2022)},
        {"encoding": "base64", "commitment": "confirmed"},
    ]
    found = await rpc.read("getTokenAccountsByOwner", params, PROGRAM_ACCOUNTS)
    held = [
        (Pubkey.from_string(each.pubkey), b64decode(each.account.data[0])) for each in found.value
    ]
    return {
        Pubkey.from_bytes(data[:_OWNER_AT]): address
        for address, data in held
        if int.from_bytes(data[_AMOUNT], "little") == 1
    }
