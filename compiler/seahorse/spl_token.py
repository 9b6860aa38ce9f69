"""A model of SPL Token as far as programs can see it: who may do what, and what is refused.

Error numbers are the token program's own (spl-token `error.rs`); the order of its checks is kept.
What a mint or an account holds is what Token-2022's hold (token2022.py), without extensions.
"""

from typing import Final

from seahorse.accounts import AccountLike, Seeds, Signer, address_of, claim, frame_of
from seahorse.addresses import find_program_address
from seahorse.errors import CallError, Fault, FaultError
from seahorse.ints import u8, u64
from seahorse.ledger import SYSTEM_PROGRAM, Frame, Record
from seahorse.signing import signer_of
from seahorse.token2022 import MintState, TokenError, TokenState, require
from seahorse.values import Pubkey

TOKEN_PROGRAM: Final = Pubkey("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
ASSOCIATED_PROGRAM: Final = Pubkey("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL")
_ACCOUNT_SIZE: Final = 165
_MINT_SIZE: Final = 82


class TokenAccount(AccountLike):
    """A token account of SPL Token: some tokens of one mint, of one owner."""

    __slots__ = ()

    def mint(self) -> Pubkey:
        """The mint's address."""
        return _state(self).mint

    def authority(self) -> Pubkey:
        """Who holds the tokens."""
        return _state(self).owner

    def amount(self) -> u64:
        """How many tokens (smallest units)."""
        return u64(_state(self).amount)

    def transfer(
        self,
        authority: AccountLike,
        to: "TokenAccount",
        amount: u64,
        signer: Seeds | None = None,
    ) -> None:
        """Sends tokens; by the owner or its delegate."""
        frame = frame_of(self)
        frame.change(address_of(self))
        frame.change(address_of(to))
        who, source, target = signer_of(authority, signer), _state(self), _state(to)
        require(not (source.frozen or target.frozen), TokenError.ACCOUNT_FROZEN)
        require(source.amount >= int(amount), TokenError.INSUFFICIENT_FUNDS)
        require(source.mint == target.mint, TokenError.MINT_MISMATCH)
        _spend(source, who, int(amount))
        source.amount -= int(amount)
        target.amount += int(amount)

    def approve(
        self,
        authority: AccountLike,
        delegate: AccountLike,
        amount: u64,
        signer: Seeds | None = None,
    ) -> None:
        """Lets `delegate` spend up to `amount`; by the owner."""
        frame_of(self).change(address_of(self))
        who, state = signer_of(authority, signer), _state(self)
        require(not state.frozen, TokenError.ACCOUNT_FROZEN)
        require(state.owner == who, TokenError.OWNER_MISMATCH)
        state.delegate, state.delegated = address_of(delegate), int(amount)

    def revoke(self, authority: AccountLike, signer: Seeds | None = None) -> None:
        """Ends what a delegate may spend; by the owner."""
        frame_of(self).change(address_of(self))
        who, state = signer_of(authority, signer), _state(self)
        require(not state.frozen, TokenError.ACCOUNT_FROZEN)
        require(state.owner == who, TokenError.OWNER_MISMATCH)
        state.delegate, state.delegated = None, 0

    def freeze(
        self, authority: AccountLike, mint: "TokenMint", signer: Seeds | None = None
    ) -> None:
        """Nothing leaves or enters a frozen account; by the mint's freeze authority."""
        self._set_frozen(mint, signer_of(authority, signer), frozen=True)

    def thaw(self, authority: AccountLike, mint: "TokenMint", signer: Seeds | None = None) -> None:
        """Ends the freeze; by the mint's freeze authority."""
        self._set_frozen(mint, signer_of(authority, signer), frozen=False)

    def _set_frozen(self, mint: "TokenMint", who: Pubkey, *, frozen: bool) -> None:
        frame_of(self).change(address_of(self))
        state, rules = _state(self), _mint_state(mint)
        require(state.frozen != frozen, TokenError.INVALID_STATE)
        require(state.mint == address_of(mint), TokenError.MINT_MISMATCH)
        require(rules.freeze_authority is not None, TokenError.MINT_CANNOT_FREEZE)
        require(rules.freeze_authority == who, TokenError.OWNER_MISMATCH)
        state.frozen = frozen

    def close(self, authority: AccountLike, to: AccountLike, signer: Seeds | None = None) -> None:
        """Gives the empty account's lamports to `to`; by its owner."""
        frame = frame_of(self)
        record, state = frame.change(address_of(self)), _state(self)
        if address_of(to) == address_of(self):
            raise CallError("InvalidAccountData")
        who = signer_of(authority, signer)
        require(state.amount == 0, TokenError.NON_NATIVE_HAS_BALANCE)
        require(state.owner == who, TokenError.OWNER_MISMATCH)
        frame.change(address_of(to), exclusive=False).lamports += record.lamports
        record.lamports, record.owner, record.token = 0, SYSTEM_PROGRAM, None
        record.data = bytearray()


class TokenMint(AccountLike):
    """A mint of SPL Token."""

    __slots__ = ()

    def authority(self) -> Pubkey:
        """Who may make tokens; Fault.NO_VALUE where nobody may any more."""
        found = _mint_state(self).mint_authority
        if found is None:
            raise FaultError(Fault.NO_VALUE, "the mint has no authority")
        return found

    def freeze_authority(self) -> Pubkey:
        """Who may freeze token accounts; Fault.NO_VALUE where nobody may."""
        found = _mint_state(self).freeze_authority
        if found is None:
            raise FaultError(Fault.NO_VALUE, "the mint has no freeze authority")
        return found

    def supply(self) -> u64:
        """How many (smallest units) exist."""
        return u64(_mint_state(self).supply)

    def decimals(self) -> u8:
        """Places behind the point when shown."""
        return u8(_mint_state(self).decimals)

    def mint(
        self, authority: AccountLike, to: TokenAccount, amount: u64, signer: Seeds | None = None
    ) -> None:
        """Makes new tokens in `to`; by the mint authority."""
        frame = frame_of(self)
        frame.change(address_of(self))
        frame.change(address_of(to))
        who, rules, target = signer_of(authority, signer), _mint_state(self), _state(to)
        require(not target.frozen, TokenError.ACCOUNT_FROZEN)
        require(target.mint == address_of(self), TokenError.MINT_MISMATCH)
        require(rules.mint_authority is not None, TokenError.FIXED_SUPPLY)
        require(rules.mint_authority == who, TokenError.OWNER_MISMATCH)
        require(rules.supply + int(amount) < 1 << 64, TokenError.OVERFLOW)
        rules.supply += int(amount)
        target.amount += int(amount)

    def burn(
        self,
        authority: AccountLike,
        holder: TokenAccount,
        amount: u64,
        signer: Seeds | None = None,
    ) -> None:
        """Destroys tokens in `holder`; by its owner or delegate."""
        frame = frame_of(self)
        frame.change(address_of(self))
        frame.change(address_of(holder))
        who, rules, source = signer_of(authority, signer), _mint_state(self), _state(holder)
        require(not source.frozen, TokenError.ACCOUNT_FROZEN)
        require(source.amount >= int(amount), TokenError.INSUFFICIENT_FUNDS)
        require(source.mint == address_of(self), TokenError.MINT_MISMATCH)
        _spend(source, who, int(amount))
        source.amount -= int(amount)
        rules.supply -= int(amount)


def _spend(source: TokenState, who: Pubkey, amount: int) -> None:
    """The delegate's allowance shrinks; the owner needs none."""
    if source.delegate == who:
        require(source.delegated >= amount, TokenError.INSUFFICIENT_FUNDS)
        source.delegated -= amount
        source.delegate = source.delegate if source.delegated else None
        return
    require(source.owner == who, TokenError.OWNER_MISMATCH)


def _state(account: TokenAccount) -> TokenState:
    state = frame_of(account).record(address_of(account)).token
    if not isinstance(state, TokenState):
        raise CallError("InvalidAccountData")
    return state


def _mint_state(mint: TokenMint) -> MintState:
    state = frame_of(mint).record(address_of(mint)).token
    if not isinstance(state, MintState):
        raise CallError("InvalidAccountData")
    return state


def _checked(frame: Frame, address: Pubkey, kind: type[object]) -> Record:
    record = frame.record(address)
    if record.owner != TOKEN_PROGRAM:
        raise FaultError(Fault.WRONG_OWNER, f"{address} belongs to {record.owner}")
    if kind is TokenState and len(record.data) < _ACCOUNT_SIZE:
        raise FaultError(Fault.ACCOUNT_TOO_SHORT, f"{address} is no {kind.__name__}")
    if not isinstance(record.token, kind):
        raise FaultError(Fault.WRONG_CLASS, f"{address} is no {kind.__name__}")
    return record


def open_spl_mint(frame: Frame, address: Pubkey) -> TokenMint:
    """The mint at the address, its owner and kind checked."""
    _checked(frame, address, MintState)
    return TokenMint(frame, address)


def open_spl_account(frame: Frame, address: Pubkey) -> TokenAccount:
    """The token account at the address, its owner and kind checked."""
    _checked(frame, address, TokenState)
    return TokenAccount(frame, address)


def create_spl_mint(  # noqa: PLR0917 - as `init` names them
    empty: AccountLike,
    payer: Signer,
    seeds: Seeds | None,
    decimals: u8,
    authority: AccountLike,
    freeze_authority: AccountLike | None = None,
) -> TokenMint:
    """`init` of an Empty[TokenMint]; see `Empty.init`."""
    frame = frame_of(empty)
    address, _ = claim(empty, seeds)
    record = frame.create(address, address_of(payer), size=_MINT_SIZE, owner=TOKEN_PROGRAM)
    freezer = None if freeze_authority is None else address_of(freeze_authority)
    record.token = MintState(int(decimals), address_of(authority), freezer)
    return TokenMint(frame, address)


def create_spl_account(  # noqa: PLR0917 - as `init` names them
    empty: AccountLike,
    payer: Signer,
    seeds: Seeds | None,
    mint: TokenMint,
    authority: AccountLike,
    associated: bool = False,  # noqa: FBT001, FBT002 - as `init` names it
) -> TokenAccount:
    """`init` of an Empty[TokenAccount]; see `Empty.init`."""
    frame = frame_of(empty)
    address = _claim_associated(empty, mint, authority) if associated else claim(empty, seeds)[0]
    record = frame.create(address, address_of(payer), size=_ACCOUNT_SIZE, owner=TOKEN_PROGRAM)
    record.token = TokenState(address_of(mint), address_of(authority))
    return TokenAccount(frame, address)


def _claim_associated(empty: AccountLike, mint: TokenMint, owner: AccountLike) -> Pubkey:
    """The address that the Associated Token Account program gives the owner for the mint."""
    seeds = [bytes(each) for each in (address_of(owner), TOKEN_PROGRAM, address_of(mint))]
    address = Pubkey.of(find_program_address(seeds, bytes(ASSOCIATED_PROGRAM))[0])
    if not frame_of(empty).record(address_of(empty)).is_empty:
        raise FaultError(Fault.NOT_EMPTY, str(address_of(empty)))
    if address != address_of(empty):
        raise CallError("InvalidSeeds")
    return address
