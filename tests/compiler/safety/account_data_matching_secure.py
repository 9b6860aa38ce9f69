"""Who signs is the owner that the account names."""

from seahorse.prelude import Account, Empty, Pubkey, Signer, declare_id, instruction, u64

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Vault(Account):
    keeper: Pubkey
    limit: u64


@instruction
def create(keeper: Signer, vault: Empty[Vault]) -> None:
    vault.init(payer=keeper, seeds=["vault", keeper], keeper=keeper.key())


@instruction
def set_limit(keeper: Signer, vault: Vault, limit: u64) -> None:
    assert vault.keeper == keeper.key(), "only the keeper sets the limit"
    vault.limit = limit
