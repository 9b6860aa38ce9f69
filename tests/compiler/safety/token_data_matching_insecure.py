"""How many tokens an account holds decides; whose, and of which mint, is not asked."""

from seahorse.prelude import Account, Pubkey, Signer, Token2022Account, declare_id, instruction, u64

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Club(Account):
    mint: Pubkey
    members: u64


@instruction
def join(user: Signer, club: Club, tokens: Token2022Account) -> None:
    assert tokens.amount() >= 1
    club.members += 1
