"""Nothing asks whether the account is there already: init does."""

from seahorse.prelude import Account, Empty, Pubkey, Signer, declare_id, instruction

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Rules(Account):
    boss: Pubkey


@instruction
def create(boss: Signer, rules: Empty[Rules]) -> None:
    rules.init(payer=boss, seeds=["rules"], boss=boss.key())


@instruction
def create_if_empty(boss: Signer, rules: Empty[Rules]) -> None:
    rules.init_if_empty(payer=boss, seeds=["rules"], boss=boss.key())
