"""Nothing asks whether the two accounts are one: the compiler does."""

from seahorse.prelude import Account, Pubkey, Signer, declare_id, instruction, u64

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Purse(Account):
    keeper: Pubkey
    coins: u64


@instruction
def give(keeper: Signer, source: Purse, target: Purse, coins: u64) -> None:
    assert source.keeper == keeper.key()
    left = source.coins - coins
    target.coins += coins
    source.coins = left
