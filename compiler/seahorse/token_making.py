"""How mints and token accounts of Token-2022 are made."""

from dataclasses import dataclass

from seahorse.accounts import AccountLike, Seeds, Signer, address_of, claim, frame_of
from seahorse.classes import Account
from seahorse.errors import Fault, FaultError
from seahorse.ints import u8
from seahorse.token2022 import (
    ACCOUNT_SIZE,
    MOST_ROOM,
    TOKEN_2022,
    Metadata,
    MintState,
    Token2022Account,
    Token2022Mint,
    TokenError,
    TokenState,
    mint_state_of,
    require,
)
from seahorse.values import Pubkey


@dataclass(frozen=True, slots=True)
class MintPlan:
    """The arguments of `init` of a mint, as the dialect names them."""

    decimals: u8
    authority: Signer | Account
    freeze_authority: Signer | Account | None = None
    permanent_delegate: Signer | Account | None = None
    close_authority: Signer | Account | None = None
    default_frozen: bool = False
    metadata: Metadata | None = None


def _address_or_none(account: AccountLike | None) -> Pubkey | None:
    return None if account is None else address_of(account)


def create_mint(empty: AccountLike, payer: Signer, seeds: Seeds, plan: MintPlan) -> Token2022Mint:
    """`init` of a mint; see `Empty.init`."""
    frame = frame_of(empty)
    if plan.metadata is not None and plan.metadata.room > MOST_ROOM:
        raise FaultError(Fault.TOO_LONG, f"no account can grow by {plan.metadata.room} bytes")
    address, _ = claim(empty, seeds)
    state = MintState(
        decimals=int(plan.decimals),
        mint_authority=address_of(plan.authority),
        freeze_authority=_address_or_none(plan.freeze_authority),
        permanent_delegate=_address_or_none(plan.permanent_delegate),
        close_authority=_address_or_none(plan.close_authority),
        default_frozen=plan.default_frozen,
        metadata=plan.metadata,
        metadata_authority=address_of(plan.authority),
    )
    record = frame.create(address, address_of(payer), size=state.paid_size, owner=TOKEN_2022)
    record.data = bytearray(state.size)
    cannot_freeze = state.default_frozen and state.freeze_authority is None
    require(not cannot_freeze, TokenError.MINT_CANNOT_FREEZE)
    record.token = state
    return Token2022Mint(frame, address)


def create_token_account(
    empty: AccountLike, payer: Signer, seeds: Seeds, mint: Token2022Mint, authority: AccountLike
) -> Token2022Account:
    """`init` of a token account; see `Empty.init`."""
    frame = frame_of(empty)
    address, _ = claim(empty, seeds)
    record = frame.create(address, address_of(payer), size=ACCOUNT_SIZE, owner=TOKEN_2022)
    frozen = mint_state_of(mint).default_frozen
    record.token = TokenState(address_of(mint), address_of(authority), frozen=frozen)
    return Token2022Account(frame, address)
