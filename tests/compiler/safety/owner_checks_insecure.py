"""Nothing asks which program the account belongs to: the compiler does."""

from seahorse.prelude import Account, Pubkey, Signer, declare_id, instruction, u64

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Vault(Account):
    keeper: Pubkey
    opened: u64


@instruction
def open_vault(keeper: Signer, vault: Vault) -> None:
    assert vault.keeper == keeper.key()
    vault.opened += 1
