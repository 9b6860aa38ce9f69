"""The sender chooses the program that is called with the signer's signature."""

from seahorse.prelude import CpiAccount, Program, Signer, declare_id, instruction

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


@instruction
def note(user: Signer, memo: Program) -> None:
    memo.invoke(accounts=[CpiAccount(user, mut=True, signer=True)], data=b"hello")
