"""The fee of a message: 5,000 lamports a signature, and the compute-unit price times the limit."""

from __future__ import annotations

from collections.abc import Iterator

from solders.pubkey import Pubkey

from conting_localnet.addresses import AnyMessage

LAMPORTS_PER_SIGNATURE = 5_000
_MICRO = 1_000_000
_MAX_UNITS = 1_400_000
_UNITS_PER_INSTRUCTION = 200_000
_UNITS_PER_BUILTIN_INSTRUCTION = 3_000  # SIMD-0170
_SET_UNIT_LIMIT = 2
_SET_UNIT_PRICE = 3

_COMPUTE_BUDGET = Pubkey.from_string("ComputeBudget111111111111111111111111111111")
_PRECOMPILES = frozenset(
    map(
        Pubkey.from_string,
        (
            "Ed25519SigVerify111111111111111111111111111",
            "KeccakSecp256k11111111111111111111111111111",
            "Secp256r1SigVerify1111111111111111111111111",
        ),
    )
)
_BUILTINS = _PRECOMPILES | frozenset(
    map(
        Pubkey.from_string,
        (
            "11111111111111111111111111111111",
            "Vote111111111111111111111111111111111111111",
            "BPFLoader1111111111111111111111111111111111",
            "BPFLoader2111111111111111111111111111111111",
            "BPFLoaderUpgradeab1e11111111111111111111111",
            "ComputeBudget111111111111111111111111111111",
        ),
    )
)


def fee_for_message(message: AnyMessage) -> int:
    """Return the fee in lamports; signatures that precompiles check cost as the others."""
    instructions = list(_instructions(message))
    checked = sum(data[0] for program, data in instructions if program in _PRECOMPILES and data)
    signatures = message.header.num_required_signatures + checked
    return signatures * LAMPORTS_PER_SIGNATURE + _priority_fee(instructions)


def _instructions(message: AnyMessage) -> Iterator[tuple[Pubkey, bytes]]:
    keys = message.account_keys
    for instruction in message.instructions:
        yield keys[instruction.program_id_index], bytes(instruction.data)


def _priority_fee(instructions: list[tuple[Pubkey, bytes]]) -> int:
    price, limit = 0, None
    for program, data in instructions:
        if program != _COMPUTE_BUDGET or not data:
            continue
        if data[0] == _SET_UNIT_PRICE:
            price = int.from_bytes(data[1:9], "little")
        elif data[0] == _SET_UNIT_LIMIT:
            limit = int.from_bytes(data[1:5], "little")
    units = min(_default_limit(instructions) if limit is None else limit, _MAX_UNITS)
    return -(-price * units // _MICRO)


def _default_limit(instructions: list[tuple[Pubkey, bytes]]) -> int:
    return sum(
        _UNITS_PER_BUILTIN_INSTRUCTION if program in _BUILTINS else _UNITS_PER_INSTRUCTION
        for program, _ in instructions
    )
