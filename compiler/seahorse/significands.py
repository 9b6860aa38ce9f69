"""Products of significands of 128 bits, as compiled programs compute them (rt/power.ll)."""

from typing import Final

BITS: Final = 128


def significand_product(one: int, other: int) -> tuple[int, int]:
    """The upper 128 bits of a product, the last one set if any below is; and 1 if it reaches 2."""
    product = one * other
    carry = product >> (2 * BITS - 1)
    cut = BITS - 1 + carry
    return product >> cut | (product & (1 << cut) - 1 != 0), carry
