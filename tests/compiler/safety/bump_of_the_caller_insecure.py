"""The sender chooses the bump of the address that signs."""

from seahorse.prelude import (
    Signer,
    TokenAccount,
    UncheckedAccount,
    declare_id,
    instruction,
    u8,
    u64,
)

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


@instruction
def pay(
    owner: Signer, bank: UncheckedAccount, purse: TokenAccount, to: TokenAccount, bump: u8
) -> None:
    purse.transfer(authority=bank, to=to, amount=u64(1), signer=["bank", owner, bump])
