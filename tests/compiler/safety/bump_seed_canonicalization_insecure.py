"""Nothing asks for the canonical bump: init finds no other."""

from seahorse.prelude import Account, Empty, Pubkey, Seeds, Signer, declare_id, instruction, u8, u64

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Score(Account):
    player: Pubkey
    bump: u8
    points: u64

    def seeds(self) -> Seeds:
        return ["score", self.player]


@instruction
def join(player: Signer, score: Empty[Score]) -> None:
    score.init(payer=player, player=player.key())
