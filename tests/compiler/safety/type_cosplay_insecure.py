"""Two classes of one layout; nothing asks which of them an account is: the compiler does."""

from seahorse.prelude import Account, Pubkey, Signer, declare_id, instruction, u64

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Admin(Account):
    keeper: Pubkey
    number: u64


class Guest(Account):
    keeper: Pubkey
    number: u64


@instruction
def rule(keeper: Signer, admin: Admin) -> None:
    assert admin.keeper == keeper.key()
    admin.number += 1


@instruction
def visit(keeper: Signer, guest: Guest) -> None:
    assert guest.keeper == keeper.key()
    guest.number += 1
