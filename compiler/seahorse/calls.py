"""Calls of any program: `Program.invoke` with the accounts and bytes that are given."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seahorse.accounts import AccountLike, Seeds, Signer, UncheckedAccount, address_of, frame_of
from seahorse.errors import CallError
from seahorse.ledger import CallMeta
from seahorse.signing import signer_of


@dataclass(frozen=True, slots=True)
class CpiAccount:
    """An account of a call: whether it is written, and how it signs, if it does.

    `signer` is for a Signer, or an account whose class declares its seeds; `seeds` are those of any
    other account of the program, which end with the bump or leave it to be found. Those of a Signer
    do not matter: it has signed.
    """

    account: AccountLike
    mut: bool = False
    signer: bool = False
    seeds: Seeds | None = None

    def __post_init__(self) -> None:
        if self.signer and self.seeds is not None:
            raise TypeError("an account signs by its key or by seeds")


class Program(AccountLike):
    """An account that holds a program; which one, the caller of the instruction chose."""

    __slots__ = ()

    def invoke(self, accounts: Sequence[CpiAccount], data: bytes | Iterable[int]) -> None:
        """Calls the program. CallError where it refuses, or where an account may not be used so."""
        metas = [_meta(each) for each in accounts]
        frame = frame_of(self)
        if frame.call is None:
            raise CallError("MissingAccount")
        others = (each for each in accounts if isinstance(each.account, UncheckedAccount))
        frame.hands |= any(each.mut for each in others)
        frame.call(frame, address_of(self), metas, bytes(int(each) for each in data))


def _meta(given: CpiAccount) -> CallMeta:
    address = address_of(given.account)
    signs = given.signer or given.seeds is not None
    by_seeds = signs and not isinstance(given.account, Signer)
    if by_seeds:
        signer_of(given.account, given.seeds)
    return CallMeta(address, given.mut, signs, by_seeds)
