"""The syscalls, and the hash by which an SBPF program calls each.

Registered or not: measured on the mainnet feature set of 2026-07-29 (facts/solana.md 3.6).
"""

from typing import Final

_MASK = 0xFFFFFFFF

DEPLOYABLE: Final = (
    "abort",
    "sol_panic_",
    "sol_log_",
    "sol_log_64_",
    "sol_log_compute_units_",
    "sol_log_pubkey",
    "sol_log_data",
    "sol_create_program_address",
    "sol_try_find_program_address",
    "sol_sha256",
    "sol_keccak256",
    "sol_secp256k1_recover",
    "sol_poseidon",
    "sol_curve_validate_point",
    "sol_curve_group_op",
    "sol_curve_multiscalar_mul",
    "sol_curve_decompress",
    "sol_curve_pairing_map",
    "sol_alt_bn128_group_op",
    "sol_alt_bn128_compression",
    "sol_get_clock_sysvar",
    "sol_get_epoch_schedule_sysvar",
    "sol_get_rent_sysvar",
    "sol_get_last_restart_slot",
    "sol_get_epoch_rewards_sysvar",
    "sol_get_sysvar",
    "sol_get_epoch_stake",
    "sol_memcpy_",
    "sol_memmove_",
    "sol_memcmp_",
    "sol_memset_",
    "sol_invoke_signed_c",
    "sol_invoke_signed_rust",
    "sol_set_return_data",
    "sol_get_return_data",
    "sol_get_processed_sibling_instruction",
    "sol_get_stack_height",
)

ARGUMENTS: Final = {
    "sol_log_": 2,
    "sol_log_data": 2,
    "sol_log_pubkey": 1,
    "sol_sha256": 3,
    "sol_keccak256": 3,
    "sol_curve_validate_point": 3,
    "sol_get_clock_sysvar": 1,
    "sol_get_rent_sysvar": 1,
    "sol_get_sysvar": 4,
    "sol_memcpy_": 3,
    "sol_memmove_": 3,
    "sol_memcmp_": 4,
    "sol_memset_": 3,
    "sol_set_return_data": 2,
}
"""How many arguments a syscall reads (agave syscalls/src/lib.rs); of others at most 5."""

NOT_DEPLOYABLE: Final = (
    "sol_alloc_free_",
    "sol_blake3",
    "sol_sha512",
    "sol_big_mod_exp",
    "sol_remaining_compute_units",
    "sol_get_fees_sysvar",
)
"""Known by name, but a program that calls one cannot be deployed on mainnet."""


def murmur3(data: bytes) -> int:
    """MurmurHash3 x86_32, seed 0 (https://github.com/aappleby/smhasher): SBPF's names."""
    state = 0
    for start in range(0, len(data), 4):
        word = data[start : start + 4]
        state ^= (
            _rotate(int.from_bytes(word, "little") * 0xCC9E2D51 & _MASK, 15) * 0x1B873593 & _MASK
        )
        if len(word) == 4:  # noqa: PLR2004 - a whole word; the rest is mixed in without this step
            state = (_rotate(state, 13) * 5 + 0xE6546B64) & _MASK
    state ^= len(data)
    state = (state ^ state >> 16) * 0x85EBCA6B & _MASK
    state = (state ^ state >> 13) * 0xC2B2AE35 & _MASK
    return state ^ state >> 16


def _rotate(value: int, bits: int) -> int:
    return (value << bits | value >> (32 - bits)) & _MASK


HASHES: Final = {name: murmur3(name.encode()) for name in DEPLOYABLE}
NAMES: Final = {value: name for name, value in HASHES.items()}
