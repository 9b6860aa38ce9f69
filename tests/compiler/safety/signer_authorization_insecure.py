"""The authority is compared, but need not sign."""

from seahorse.prelude import Account, Pubkey, UncheckedAccount, declare_id, instruction, u64

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Vault(Account):
    keeper: Pubkey
    limit: u64


@instruction
def set_limit(keeper: UncheckedAccount, vault: Vault, limit: u64) -> None:
    assert vault.keeper == keeper.key()
    vault.limit = limit
