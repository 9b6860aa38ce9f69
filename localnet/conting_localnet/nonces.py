"""Durable nonces: a transaction whose blockhash is the value in a nonce account does not expire."""

from __future__ import annotations

from hashlib import sha256

from solders.account import Account
from solders.hash import Hash
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM_PROGRAM
from solders.transaction import VersionedTransaction

from conting_localnet.addresses import ReadAccount

# The account: u32 version, u32 state, the authority, the nonce, u64 lamports per signature.
_INITIALIZED = (1).to_bytes(4, "little")
_STATE = slice(4, 8)
_AUTHORITY = slice(8, 40)
_NONCE = slice(40, 72)


def find(transaction: VersionedTransaction, read_account: ReadAccount) -> Pubkey | None:
    """Return the nonce account that holds the transaction's blockhash and is signed for."""
    if not transaction.uses_durable_nonce():
        return None
    message = transaction.message
    keys = message.account_keys
    index = message.instructions[0].accounts[0]
    account = read_account(keys[index]) if index < len(keys) else None
    if account is None or account.owner != SYSTEM_PROGRAM:
        return None
    data = account.data
    signers = keys[: message.header.num_required_signatures]
    current = data[_STATE] == _INITIALIZED and data[_NONCE] == bytes(message.recent_blockhash)
    return keys[index] if current and Pubkey(data[_AUTHORITY]) in signers else None


def advance(svm: LiteSVM, key: Pubkey, spent: Hash) -> None:
    """Spend the nonce of a failed transaction: LiteSVM rolls that back, a cluster does not."""
    account = svm.get_account(key)
    assert account is not None
    data = bytearray(account.data)
    data[_NONCE] = sha256(b"DURABLE_NONCE" + bytes(spent)).digest()
    svm.set_account(key, Account(account.lamports, bytes(data), account.owner))
