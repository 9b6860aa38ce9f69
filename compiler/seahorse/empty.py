"""`Empty[T]`: an address where nothing is yet, and the ways to make something there."""

from dataclasses import dataclass
from typing import Generic, TypeVar, cast, overload

from seahorse.accounts import AccountLike, Seeds, Signer, address_of, find_address, frame_of
from seahorse.classes import Account, create, open_existing
from seahorse.errors import Fault, FaultError
from seahorse.ints import u8
from seahorse.ledger import Frame
from seahorse.spl_token import TokenAccount, TokenMint, create_spl_account, create_spl_mint
from seahorse.token2022 import Metadata, Token2022Account, Token2022Mint
from seahorse.token_making import MintPlan, create_mint, create_token_account
from seahorse.values import Pubkey

T = TypeVar("T", bound=AccountLike)
A = TypeVar("A", bound=Account)


@dataclass(frozen=True, slots=True)
class EmptyKind:
    """What `Empty[T]` is at run time."""

    inner: type[AccountLike]


class Empty(AccountLike, Generic[T]):
    """An address where an account is to be made by `init`."""

    def __init__(self, frame: Frame, address: Pubkey, inner: type[AccountLike]) -> None:
        super().__init__(frame, address)
        self.inner = inner

    def __class_getitem__(cls, inner: type[AccountLike]) -> EmptyKind:
        return EmptyKind(inner)

    def bump(self, seeds: Seeds | None = None) -> u8:
        """The bump of the seeds that `init` of this account names; `loading` brings them here.

        Fault.WRONG_SEEDS where they lead to another address.
        """
        if seeds is None:
            raise TypeError("bump() needs an init with seeds=[…] in the same function")
        address, bump = find_address(frame_of(self), seeds)
        if address != address_of(self):
            raise FaultError(Fault.WRONG_SEEDS, f"{address_of(self)} is not {address}")
        return u8(bump)

    def is_empty(self) -> bool:
        """Whether nothing was made here yet; lamports do not matter."""
        return frame_of(self).record(address_of(self)).is_empty

    @overload
    def init(
        self: "Empty[Token2022Mint]",
        payer: Signer,
        seeds: Seeds,
        *,
        decimals: u8,
        authority: Signer | Account,
        freeze_authority: Signer | Account | None = None,
        permanent_delegate: Signer | Account | None = None,
        close_authority: Signer | Account | None = None,
        default_frozen: bool = False,
        metadata: Metadata | None = None,
    ) -> Token2022Mint: ...

    @overload
    def init(
        self: "Empty[Token2022Account]",
        payer: Signer,
        seeds: Seeds,
        *,
        mint: Token2022Mint,
        authority: AccountLike,
    ) -> Token2022Account: ...

    @overload
    def init(
        self: "Empty[TokenMint]",
        payer: Signer,
        seeds: Seeds | None = None,
        *,
        decimals: u8,
        authority: AccountLike,
        freeze_authority: AccountLike | None = None,
    ) -> TokenMint: ...

    @overload
    def init(
        self: "Empty[TokenAccount]",
        payer: Signer,
        seeds: Seeds | None = None,
        *,
        mint: TokenMint,
        authority: AccountLike,
        associated: bool = False,
    ) -> TokenAccount: ...

    @overload
    def init(
        self: "Empty[A]", payer: Signer, seeds: Seeds | None = None, **fields: object
    ) -> A: ...

    def init(
        self: "Empty[T]", payer: Signer, seeds: Seeds | None = None, **fields: object
    ) -> AccountLike:
        """Makes the account, paid by `payer`; fields not named are zero.

        Fault.WRONG_SEEDS where the seeds lead to another address, Fault.NOT_EMPTY where something
        is there already. Lamports that were sent to the address before are used for its rent.
        """
        inner = self.inner
        if issubclass(inner, Account):
            return create(self, inner, payer, fields, seeds)
        if inner is TokenMint:
            return create_spl_mint(self, payer, seeds, **fields)  # type: ignore[arg-type]  # checked by the overload
        if inner is TokenAccount:
            return create_spl_account(self, payer, seeds, **fields)  # type: ignore[arg-type]  # the same
        if seeds is None:
            raise TypeError("init of a mint or token account needs seeds=[…]")
        if inner is Token2022Mint:
            return create_mint(self, payer, seeds, MintPlan(**fields))  # type: ignore[arg-type]  # checked by the overload
        return create_token_account(self, payer, seeds, **fields)  # type: ignore[arg-type]  # the same

    def init_if_empty(
        self: "Empty[A]", payer: Signer, seeds: Seeds | None = None, **fields: object
    ) -> A:
        """As `init`; an account that is there already is taken as it is, once it proves to be the
        one that init would make.
        """
        inner = cast("type[A]", self.inner)
        if frame_of(self).record(address_of(self)).is_empty:
            return cast("A", create(self, inner, payer, fields, seeds))
        return cast("A", open_existing(self, inner, fields, seeds))
