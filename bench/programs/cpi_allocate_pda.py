"""Has the System program allocate a derived address's data (rosetta: cpi)."""

from seahorse.prelude import (
    CpiAccount,
    Program,
    Pubkey,
    UncheckedAccount,
    bytes_of,
    declare_id,
    instruction,
    u32,
    u64,
)

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")

SYSTEM = Pubkey.default()
ALLOCATE = u32(8)
SIZE = u64(42)


@instruction
def allocate(target: UncheckedAccount, system: Program) -> None:
    """The bump that the seeds lead to the target with is found here, and signs."""
    assert system.key() == SYSTEM, "this is not the System program"
    data = bytes_of(ALLOCATE, SIZE)
    system.invoke(accounts=[CpiAccount(target, mut=True, seeds=["You pass butter"])], data=data)
