"""Transactions: built from instructions, signed by several, and checked when they come back.

A transaction that somebody else built is signed only after `instructions_of` and `signers_of` say
what was asked for; one that went away for a signature is used only after `require_same`.
"""

import struct
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Final

from solders.errors import BincodeError
from solders.hash import Hash
from solders.instruction import AccountMeta, CompiledInstruction, Instruction
from solders.keypair import Keypair
from solders.message import Message, MessageV0, to_bytes_versioned
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import SanitizeError, VersionedTransaction

from conting_client._errors import TransactionChanged
from conting_client.device_keys import DevicePublicKey, P256Key

MAX_TRANSACTION: Final = 1232  # bytes: one IPv6 packet
ED25519_PROGRAM: Final = Pubkey.from_string("Ed25519SigVerify111111111111111111111111111")
SECP256R1_PROGRAM: Final = Pubkey.from_string("Secp256r1SigVerify1111111111111111111111111")

_THIS_INSTRUCTION: Final = 0xFFFF
_OFFSETS: Final = struct.Struct("<BBHHHHHHH")
_SIGNATURE_SIZE: Final = 64


def build(
    payer: Pubkey, instructions: Sequence[Instruction], blockhash: Hash
) -> VersionedTransaction:
    """An unsigned transaction of version 0. Raises TransactionChanged if it is too large."""
    message = MessageV0.try_compile(payer, list(instructions), [], blockhash)
    blanks = [Signature.default()] * message.header.num_required_signatures
    transaction = VersionedTransaction.populate(message, blanks)
    size = len(bytes(transaction))
    if size > MAX_TRANSACTION:
        raise TransactionChanged(f"the transaction has {size} bytes; {MAX_TRANSACTION} is the most")
    return transaction


def signers_of(transaction: VersionedTransaction) -> tuple[Pubkey, ...]:
    """Whose signatures it needs; the first pays the fee."""
    message = transaction.message
    return tuple(message.account_keys[: message.header.num_required_signatures])


def missing_signers(transaction: VersionedTransaction) -> tuple[Pubkey, ...]:
    """Whose signatures are not there or not right."""
    message = to_bytes_versioned(transaction.message)
    signed = zip(signers_of(transaction), transaction.signatures, strict=True)
    return tuple(key for key, signature in signed if not signature.verify(key, message))


def sign(transaction: VersionedTransaction, *keypairs: Keypair) -> VersionedTransaction:
    """The transaction with these signatures too; the others stay as they are.

    Raises TransactionChanged if one of the keys is not asked to sign.
    """
    signers = signers_of(transaction)
    signatures = list(transaction.signatures)
    message = to_bytes_versioned(transaction.message)
    for keypair in keypairs:
        if keypair.pubkey() not in signers:
            raise TransactionChanged(f"the transaction does not ask {keypair.pubkey()} to sign")
        signatures[signers.index(keypair.pubkey())] = keypair.sign_message(message)
    return VersionedTransaction.populate(transaction.message, signatures)


def require_same(original: VersionedTransaction, returned: VersionedTransaction) -> None:
    """Raises TransactionChanged unless `returned` is `original` with every signature right."""
    if to_bytes_versioned(original.message) != to_bytes_versioned(returned.message):
        raise TransactionChanged("the transaction that came back is another one")
    missing = missing_signers(returned)
    if missing:
        raise TransactionChanged(f"the signature of {missing[0]} is missing or wrong")


def instructions_of(transaction: VersionedTransaction) -> tuple[Instruction, ...]:
    """What it does. Raises TransactionChanged where lookup tables would hide the accounts."""
    message = transaction.message
    if not isinstance(message, Message | MessageV0):
        raise TransactionChanged("the transaction has a version that this client does not read")
    if isinstance(message, MessageV0) and message.address_table_lookups:
        raise TransactionChanged("the transaction hides accounts in lookup tables")
    return tuple(_instruction(message, compiled) for compiled in message.instructions)


def _instruction(message: Message | MessageV0, compiled: CompiledInstruction) -> Instruction:
    keys = message.account_keys
    accounts = [
        AccountMeta(keys[at], message.is_signer(at), _is_writable(message, at))
        for at in compiled.accounts
    ]
    return Instruction(keys[compiled.program_id_index], compiled.data, accounts)


def _is_writable(message: Message | MessageV0, at: int) -> bool:
    header, count = message.header, len(message.account_keys)
    signers = header.num_required_signatures
    if at < signers:
        return at < signers - header.num_readonly_signed_accounts
    return at < count - header.num_readonly_unsigned_accounts


def to_base64(transaction: VersionedTransaction) -> str:
    """As the gateway and the RPC carry it."""
    return b64encode(bytes(transaction)).decode()


def from_base64(text: str) -> VersionedTransaction:
    """The transaction of this text. Raises TransactionChanged if it is none."""
    try:
        transaction = VersionedTransaction.from_bytes(b64decode(text, validate=True))
        transaction.sanitize()
    except (ValueError, BincodeError, SanitizeError) as error:
        raise TransactionChanged(f"this is not a transaction: {error}") from None
    return transaction


def ed25519_instruction(signature: Signature, public_key: Pubkey, message: bytes) -> Instruction:
    """Has the chain check that `public_key` signed `message`: one signature, all inside itself."""
    return device_proof(signature, public_key, message)


def device_proof(signature: Signature, key: DevicePublicKey, message: bytes) -> Instruction:
    """The same for a key of either kind.

    Layout of both precompiles: count u8, padding u8, then offset and instruction index of
    signature, key and message as u16, 0xFFFF meaning this instruction
    (anza-xyz/agave precompiles/src/ed25519.rs, SIMD-0075).
    """
    key_at, octets = _OFFSETS.size, bytes(key)
    signature_at = key_at + len(octets)
    message_at = signature_at + _SIGNATURE_SIZE
    here = _THIS_INSTRUCTION
    head = _OFFSETS.pack(1, 0, signature_at, here, key_at, here, message_at, len(message), here)
    program = SECP256R1_PROGRAM if isinstance(key, P256Key) else ED25519_PROGRAM
    return Instruction(program, head + octets + bytes(signature) + message, [])
