"""The program that is called is the one that is meant."""

from seahorse.prelude import CpiAccount, Program, Pubkey, Signer, declare_id, instruction

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


MEMO = Pubkey("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr")


@instruction
def note(user: Signer, memo: Program) -> None:
    assert memo.key() == MEMO, "this is another program"
    memo.invoke(accounts=[CpiAccount(user, mut=False, signer=True)], data=b"hello")
