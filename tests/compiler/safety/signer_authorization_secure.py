"""The authority is compared and signs."""

from seahorse.prelude import Account, Pubkey, Signer, declare_id, instruction, u64

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Vault(Account):
    keeper: Pubkey
    limit: u64


@instruction
def set_limit(keeper: Signer, vault: Vault, limit: u64) -> None:
    assert vault.keeper == keeper.key(), "only the keeper sets the limit"
    vault.limit = limit
