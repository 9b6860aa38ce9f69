"""Takes what is there and writes the owner over it."""

from seahorse.prelude import Account, Empty, Pubkey, Signer, declare_id, instruction

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Rules(Account):
    boss: Pubkey


@instruction
def create(boss: Signer, rules: Empty[Rules]) -> None:
    made = rules.init_if_empty(payer=boss, seeds=["rules"])
    made.boss = boss.key()
