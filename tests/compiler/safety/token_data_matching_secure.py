"""The tokens are the signer's and of the club's mint."""

from seahorse.prelude import Account, Pubkey, Signer, Token2022Account, declare_id, instruction, u64

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Club(Account):
    mint: Pubkey
    members: u64


@instruction
def join(user: Signer, club: Club, tokens: Token2022Account) -> None:
    assert tokens.owner() == user.key(), "these are not your tokens"
    assert tokens.mint() == club.mint, "these are other tokens"
    assert tokens.amount() >= 1, "you have none"
    club.members += 1
