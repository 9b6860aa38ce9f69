"""A model of Token-2022 as far as programs can see it: who may do what, and what is refused.

Error numbers are the token program's own (spl-token-2022 `error.rs`); the order of its checks is
kept. Sizes are its account sizes, since rent is paid by them.
"""

from dataclasses import dataclass, field
from enum import IntEnum, unique
from typing import Final, NoReturn

from seahorse.accounts import AccountLike, Signer, address_of, frame_of
from seahorse.classes import Account
from seahorse.errors import CallError, Fault, FaultError
from seahorse.ints import u8, u64
from seahorse.ledger import SYSTEM_PROGRAM, Frame, Record
from seahorse.signing import signer_of
from seahorse.values import Pubkey

TOKEN_2022: Final = Pubkey("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
ACCOUNT_SIZE: Final = 165
_EXTENSIONS_START: Final = 166
_MINT_SIZE: Final = 82
_MULTISIG_SIZE: Final = 355
_TYPE_SIZE: Final = 2
"""Added to what would be as long as a multisig, so that the two can be told apart."""
_EXTENSION_HEADER: Final = 4
_LENGTH_SIZE: Final = 4
_ADDRESS_EXTENSION: Final = _EXTENSION_HEADER + 32
_POINTER_EXTENSION: Final = _EXTENSION_HEADER + 64
_STATE_EXTENSION: Final = _EXTENSION_HEADER + 1
MOST_ROOM: Final = 10_240
"""Bytes by which an account can grow in one instruction."""

_INCORRECT_UPDATE_AUTHORITY: Final = 901_952_960  # of spl-token-metadata-interface


@unique
class TokenError(IntEnum):
    """Custom errors of Token-2022 that the model raises."""

    INSUFFICIENT_FUNDS = 1
    MINT_MISMATCH = 3
    OWNER_MISMATCH = 4
    FIXED_SUPPLY = 5
    NON_NATIVE_HAS_BALANCE = 11
    INVALID_STATE = 13
    OVERFLOW = 14
    AUTHORITY_TYPE_NOT_SUPPORTED = 15
    MINT_CANNOT_FREEZE = 16
    ACCOUNT_FROZEN = 17
    MINT_DECIMALS_MISMATCH = 18
    MINT_HAS_SUPPLY = 28


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a wallet shows; kept in the mint itself."""

    name: str
    symbol: str
    uri: str
    room: u64 = u64(0)  # noqa: RUF009 - frozen
    """Bytes of further fields; their rent is paid with the mint's."""

    @property
    def size(self) -> int:
        """Bytes of the TokenMetadata extension: two keys, three texts, no further fields."""
        texts = sum(
            _LENGTH_SIZE + len(text.encode()) for text in (self.name, self.symbol, self.uri)
        )
        return _EXTENSION_HEADER + 64 + texts + 4


@dataclass(slots=True)
class MintState:
    """What a mint holds. None for an authority: nobody."""

    decimals: int
    mint_authority: Pubkey | None
    freeze_authority: Pubkey | None = None
    permanent_delegate: Pubkey | None = None
    close_authority: Pubkey | None = None
    default_frozen: bool = False
    metadata: Metadata | None = None
    metadata_authority: Pubkey | None = None
    supply: int = 0
    fields: dict[str, str] = field(default_factory=dict)
    """Further fields of the metadata."""

    @property
    def size(self) -> int:
        """Bytes of the mint with its extensions."""
        return self._with(0)

    @property
    def paid_size(self) -> int:
        """Bytes whose rent is paid when it is made."""
        return self._with(0 if self.metadata is None else int(self.metadata.room))

    def _with(self, room: int) -> int:
        extensions = (
            _ADDRESS_EXTENSION * (self.permanent_delegate is not None)
            + _ADDRESS_EXTENSION * (self.close_authority is not None)
            + _STATE_EXTENSION * self.default_frozen
        )
        if self.metadata is not None:
            texts = (text for pair in self.fields.items() for text in pair)
            fields = sum(_LENGTH_SIZE + len(text.encode()) for text in texts)
            extensions += _POINTER_EXTENSION + self.metadata.size + fields
        size = room + (_EXTENSIONS_START + extensions if extensions else _MINT_SIZE)
        return size + _TYPE_SIZE if size == _MULTISIG_SIZE else size


@dataclass(slots=True)
class TokenState:
    """What a token account holds."""

    mint: Pubkey
    owner: Pubkey
    amount: int = 0
    frozen: bool = False
    delegate: Pubkey | None = None
    delegated: int = 0
    close_authority: Pubkey | None = None


def _refuse(error: TokenError) -> NoReturn:
    raise CallError(f"Token2022.{error.name}", error.value)


def require(condition: bool, error: TokenError) -> None:  # noqa: FBT001
    """Raises CallError with the token program's error unless the condition holds."""
    if not condition:
        _refuse(error)


def _authority(authority: Signer | Account) -> Pubkey:
    """The address that signs."""
    return signer_of(authority)


def _checked_record(frame: Frame, address: Pubkey, kind: type[object]) -> Record:
    record = frame.record(address)
    if record.owner != TOKEN_2022:
        raise FaultError(Fault.WRONG_OWNER, f"{address} belongs to {record.owner}")
    if kind is TokenState and len(record.data) < ACCOUNT_SIZE:
        raise FaultError(Fault.ACCOUNT_TOO_SHORT, f"{address} is no {kind.__name__}")
    if not isinstance(record.token, kind):
        raise FaultError(Fault.WRONG_CLASS, f"{address} is no {kind.__name__}")
    return record


class Token2022Mint(AccountLike):
    """A mint of Token-2022."""

    __slots__ = ()

    def supply(self) -> u64:
        """How many (smallest units) exist."""
        return u64(mint_state_of(self).supply)

    def decimals(self) -> u8:
        """Places behind the point when shown."""
        return u8(mint_state_of(self).decimals)

    def mint_to(
        self, *, account: "Token2022Account", amount: u64, authority: Signer | Account
    ) -> None:
        """Makes `amount` new tokens in `account`; needs the mint authority."""
        frame_of(self).change(self._address)
        frame_of(self).change(address_of(account))
        mint, target = mint_state_of(self), state_of(account)
        require(not target.frozen, TokenError.ACCOUNT_FROZEN)
        require(target.mint == self._address, TokenError.MINT_MISMATCH)
        require(mint.mint_authority is not None, TokenError.FIXED_SUPPLY)
        require(mint.mint_authority == _authority(authority), TokenError.OWNER_MISMATCH)
        require(mint.supply + int(amount) <= (1 << 64) - 1, TokenError.OVERFLOW)
        mint.supply += int(amount)
        target.amount += int(amount)

    def burn(
        self, *, account: "Token2022Account", amount: u64, authority: Signer | Account
    ) -> None:
        """Ends `amount` tokens of `account`; by its owner or the permanent delegate."""
        frame_of(self).change(self._address)
        frame_of(self).change(address_of(account))
        mint, source = mint_state_of(self), state_of(account)
        require(not source.frozen, TokenError.ACCOUNT_FROZEN)
        require(source.amount >= int(amount), TokenError.INSUFFICIENT_FUNDS)
        require(source.mint == self._address, TokenError.MINT_MISMATCH)
        allowed = (source.owner, mint.permanent_delegate)
        require(_authority(authority) in allowed, TokenError.OWNER_MISMATCH)
        mint.supply -= int(amount)
        source.amount -= int(amount)

    def close(self, *, to: AccountLike, authority: Signer | Account) -> None:
        """Gives the lamports of a mint without tokens to `to`; by its close authority."""
        frame = frame_of(self)
        record, mint = frame.change(self._address), mint_state_of(self)
        if address_of(to) == self._address:
            raise CallError("InvalidAccountData")
        require(mint.close_authority is not None, TokenError.AUTHORITY_TYPE_NOT_SUPPORTED)
        require(mint.close_authority == _authority(authority), TokenError.OWNER_MISMATCH)
        require(mint.supply == 0, TokenError.MINT_HAS_SUPPLY)
        _empty_into(frame, record, to)

    def update_field(self, *, field: str, value: str, authority: Signer | Account) -> None:
        """Writes a further field of the metadata; `pay_rent` pays for the mint's new length."""
        frame_of(self).change(self._address)
        mint = mint_state_of(self)
        if mint.metadata is None:
            raise CallError("InvalidAccountData")
        if mint.metadata_authority != _authority(authority):
            raise CallError("TokenMetadata.INCORRECT_UPDATE_AUTHORITY", _INCORRECT_UPDATE_AUTHORITY)
        mint.fields[field] = value
        frame_of(self).record(self._address).data = bytearray(mint.size)

    def give_up_mint_authority(self, *, authority: Signer | Account) -> None:
        """Closes the supply for ever."""
        frame_of(self).change(self._address)
        mint = mint_state_of(self)
        require(mint.mint_authority is not None, TokenError.FIXED_SUPPLY)
        require(mint.mint_authority == _authority(authority), TokenError.OWNER_MISMATCH)
        mint.mint_authority = None


class Token2022Account(AccountLike):
    """A token account of Token-2022: some tokens of one mint, of one owner."""

    __slots__ = ()

    def mint(self) -> Pubkey:
        """The mint's address."""
        return state_of(self).mint

    def owner(self) -> Pubkey:
        """Who holds the tokens."""
        return state_of(self).owner

    def amount(self) -> u64:
        """How many tokens (smallest units)."""
        return u64(state_of(self).amount)

    def size(self) -> u64:
        """Bytes of its data: 165, or more if its owner has added extensions."""
        return u64(len(frame_of(self).record(self._address).data))

    def thaw(self, *, mint: Token2022Mint, authority: Signer | Account) -> None:
        """Ends the freeze; needs the mint's freeze authority."""
        self._set_frozen(mint, authority, frozen=False)

    def freeze(self, *, mint: Token2022Mint, authority: Signer | Account) -> None:
        """Nothing leaves or enters a frozen account, not even by the permanent delegate."""
        self._set_frozen(mint, authority, frozen=True)

    def _set_frozen(
        self, mint: Token2022Mint, authority: Signer | Account, *, frozen: bool
    ) -> None:
        frame_of(self).change(self._address)
        state, rules = state_of(self), mint_state_of(mint)
        require(state.frozen != frozen, TokenError.INVALID_STATE)
        require(state.mint == address_of(mint), TokenError.MINT_MISMATCH)
        require(rules.freeze_authority is not None, TokenError.MINT_CANNOT_FREEZE)
        require(rules.freeze_authority == _authority(authority), TokenError.OWNER_MISMATCH)
        state.frozen = frozen

    def transfer(
        self,
        *,
        mint: Token2022Mint,
        to: "Token2022Account",
        amount: u64,
        decimals: u8,
        authority: Signer | Account,
    ) -> None:
        """TransferChecked, by the owner or the mint's permanent delegate."""
        frame_of(self).change(self._address)
        frame_of(self).change(address_of(to))
        source, target, rules = state_of(self), state_of(to), mint_state_of(mint)
        require(not (source.frozen or target.frozen), TokenError.ACCOUNT_FROZEN)
        require(source.amount >= int(amount), TokenError.INSUFFICIENT_FUNDS)
        require(source.mint == target.mint, TokenError.MINT_MISMATCH)
        require(source.mint == address_of(mint), TokenError.MINT_MISMATCH)
        require(rules.decimals == int(decimals), TokenError.MINT_DECIMALS_MISMATCH)
        allowed = (source.owner, rules.permanent_delegate)
        require(_authority(authority) in allowed, TokenError.OWNER_MISMATCH)
        source.amount -= int(amount)
        target.amount += int(amount)

    def set_owner(self, *, owner: Pubkey, authority: Signer | Account) -> None:
        """The tokens become somebody else's; by their owner. The close authority stays."""
        frame_of(self).change(self._address)
        state = state_of(self)
        require(not state.frozen, TokenError.ACCOUNT_FROZEN)
        require(state.owner == _authority(authority), TokenError.OWNER_MISMATCH)
        state.owner, state.delegate, state.delegated = owner, None, 0

    def set_close_authority(self, *, close_authority: Pubkey, authority: Signer | Account) -> None:
        """Says who closes the account in the owner's place; by who may close it so far."""
        frame_of(self).change(self._address)
        state = state_of(self)
        require(not state.frozen, TokenError.ACCOUNT_FROZEN)
        require(_closer(state) == _authority(authority), TokenError.OWNER_MISMATCH)
        state.close_authority = close_authority

    def close(self, *, to: AccountLike, authority: Signer | Account) -> None:
        """Gives the empty account's lamports to `to`; by its close authority, else its owner."""
        frame = frame_of(self)
        record, state = frame.change(self._address), state_of(self)
        if address_of(to) == self._address:
            raise CallError("InvalidAccountData")
        require(state.amount == 0, TokenError.NON_NATIVE_HAS_BALANCE)
        require(_closer(state) == _authority(authority), TokenError.OWNER_MISMATCH)
        _empty_into(frame, record, to)


def _closer(state: TokenState) -> Pubkey:
    """Who closes the account."""
    return state.owner if state.close_authority is None else state.close_authority


def _empty_into(frame: Frame, record: Record, to: AccountLike) -> None:
    """All lamports to `to`; what is left is nobody's."""
    frame.change(address_of(to), exclusive=False).lamports += record.lamports
    record.lamports, record.owner, record.token = 0, SYSTEM_PROGRAM, None
    record.data = bytearray()


def state_of(account: Token2022Account) -> TokenState:
    """What the token account holds; CallError where it was closed."""
    state = frame_of(account).record(address_of(account)).token
    if not isinstance(state, TokenState):
        raise CallError("InvalidAccountData")
    return state


def mint_state_of(mint: Token2022Mint) -> MintState:
    """What the mint holds; CallError where it was closed."""
    state = frame_of(mint).record(address_of(mint)).token
    if not isinstance(state, MintState):
        raise CallError("InvalidAccountData")
    return state


def open_mint(frame: Frame, address: Pubkey) -> Token2022Mint:
    """The mint at the address, its owner and kind checked."""
    _checked_record(frame, address, MintState)
    return Token2022Mint(frame, address)


def open_token_account(frame: Frame, address: Pubkey) -> Token2022Account:
    """The token account at the address, its owner and kind checked."""
    _checked_record(frame, address, TokenState)
    return Token2022Account(frame, address)
