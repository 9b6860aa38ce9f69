"""The accounts a transaction names, those loaded through lookup tables included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from solders.account import Account
from solders.message import Message, MessageV0, MessageV1
from solders.pubkey import Pubkey

_TABLE_HEADER_SIZE = 56  # address lookup table program, LOOKUP_TABLE_META_SIZE
_KEY_SIZE = 32

AnyMessage = Message | MessageV0 | MessageV1
ReadAccount = Callable[[Pubkey], Account | None]


@dataclass(frozen=True, slots=True)
class Addresses:
    """The accounts of a transaction in the order of their indexes: static, then loaded."""

    static: tuple[Pubkey, ...]
    static_writable: tuple[bool, ...]
    loaded_writable: tuple[Pubkey, ...]
    loaded_readonly: tuple[Pubkey, ...]

    @property
    def all(self) -> tuple[Pubkey, ...]:
        """Return every account, by index."""
        return self.static + self.loaded_writable + self.loaded_readonly

    @property
    def writable(self) -> tuple[Pubkey, ...]:
        """Return the accounts that the transaction may change."""
        flagged = zip(self.static, self.static_writable, strict=True)
        return tuple(key for key, writable in flagged if writable) + self.loaded_writable


def resolve(message: AnyMessage, read_account: ReadAccount) -> Addresses:
    """List the accounts of `message`; what a table lacks is left out, the SVM will refuse it."""
    static = tuple(message.account_keys)
    writable, readonly = (
        _load(message, read_account) if isinstance(message, MessageV0) else ((), ())
    )
    return Addresses(static, tuple(_writable_flags(message, len(static))), writable, readonly)


def _writable_flags(message: AnyMessage, count: int) -> Iterator[bool]:
    header = message.header
    signers = header.num_required_signatures
    for index in range(count):
        if index < signers:
            yield index < signers - header.num_readonly_signed_accounts
        else:
            yield index < count - header.num_readonly_unsigned_accounts


def _load(
    message: MessageV0, read_account: ReadAccount
) -> tuple[tuple[Pubkey, ...], tuple[Pubkey, ...]]:
    writable: list[Pubkey] = []
    readonly: list[Pubkey] = []
    for lookup in message.address_table_lookups:
        table = read_account(lookup.account_key)
        data = table.data if table is not None else b""
        writable += _entries(data, lookup.writable_indexes)
        readonly += _entries(data, lookup.readonly_indexes)
    return tuple(writable), tuple(readonly)


def _entries(table: bytes, indexes: bytes) -> Iterator[Pubkey]:
    for index in indexes:
        at = _TABLE_HEADER_SIZE + _KEY_SIZE * index
        if at + _KEY_SIZE <= len(table):
            yield Pubkey(table[at : at + _KEY_SIZE])
