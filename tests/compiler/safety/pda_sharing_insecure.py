"""One derived address signs for everybody: whose tokens leave is not asked."""

from seahorse.prelude import (
    Account,
    Pubkey,
    Seeds,
    Signer,
    Token2022Account,
    Token2022Mint,
    declare_id,
    instruction,
    u8,
    u64,
)

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Pool(Account):
    mint: Pubkey
    bump: u8
    target: Pubkey

    def seeds(self) -> Seeds:
        return ["pool", self.mint]


@instruction
def withdraw(
    user: Signer,
    pool: Pool,
    mint: Token2022Mint,
    vault: Token2022Account,
    to: Token2022Account,
    amount: u64,
) -> None:
    vault.transfer(mint=mint, to=to, amount=amount, decimals=u8(0), authority=pool)
