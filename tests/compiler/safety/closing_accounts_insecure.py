"""The lamports go, the data stays."""

from seahorse.prelude import Account, Pubkey, Signer, declare_id, instruction, u64

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Entry(Account):
    player: Pubkey
    coins: u64


@instruction
def redeem(player: Signer, entry: Entry) -> None:
    assert entry.player == player.key()
    entry.transfer_lamports(player, entry.lamports())
