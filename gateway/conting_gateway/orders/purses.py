"""Token accounts that orders pay from and into, at events that are paid in a token.

Whoever pays or is paid uses the associated token account of the wallet. What is wrong with it is
said when the order is built: the token program's own refusals are numbers.
"""

from conting_client.generated.ticket import Event
from conting_client.money import SPL_TOKEN, is_sol, purse_of
from solders.pubkey import Pubkey
from solders.token.state import TokenAccount, TokenAccountState

from conting_gateway.orders.chain import OrderChain
from conting_gateway.orders.errors import (
    NotEnoughTokensError,
    NoTillError,
    NoTokenAccountError,
    TokenAccountFrozenError,
)


async def paying(
    chain: OrderChain, event: Event, till: Pubkey | None, wallet: Pubkey, amount: int
) -> Pubkey | None:
    """Where `wallet` pays from, None for lamports; `amount` in smallest units of the payment.

    Raises NoTillError, NoTokenAccountError, TokenAccountFrozenError, NotEnoughTokensError.
    """
    if till is None:
        return None
    if await _read(chain, till) is None:
        raise NoTillError
    address, purse = await _find(chain, event.payment, wallet)
    if purse.amount < amount:
        raise NotEnoughTokensError(
            f"{address} has {purse.amount} of {event.payment}, and {amount} are needed, in the "
            "token's smallest units."
        )
    return address


async def paid(chain: OrderChain, event: Event, wallet: Pubkey) -> Pubkey | None:
    """Where `wallet` gets its money back, None for lamports.

    Raises NoTokenAccountError, TokenAccountFrozenError.
    """
    if is_sol(event.payment):
        return None
    return (await _find(chain, event.payment, wallet))[0]


async def _find(chain: OrderChain, mint: Pubkey, wallet: Pubkey) -> tuple[Pubkey, TokenAccount]:
    address = purse_of(wallet, mint)
    purse = await _read(chain, address)
    if purse is None or (purse.mint, purse.owner) != (mint, wallet):
        raise NoTokenAccountError(
            f"{wallet} has no associated token account for {mint}, which this event is paid in. "
            f"Make it ({address}) and order again."
        )
    if purse.state == TokenAccountState.Frozen:
        raise TokenAccountFrozenError
    return address, purse


async def _read(chain: OrderChain, address: Pubkey) -> TokenAccount | None:
    found = await chain.account(address)
    if found is None or found.owner != SPL_TOKEN:
        return None
    try:
        return TokenAccount.from_bytes(found.data)
    except ValueError:
        return None  # a mint, or closed
