"""The dialect's integer types."""

from seahorse.integers import Integer


class u8(Integer, bits=8, signed=False):
    """0 to 255."""


class u16(Integer, bits=16, signed=False):
    """0 to 65,535."""


class u32(Integer, bits=32, signed=False):
    """0 to 2**32 - 1."""


class u64(Integer, bits=64, signed=False):
    """0 to 2**64 - 1: amounts, in lamports or tokens."""


class u128(Integer, bits=128, signed=False):
    """0 to 2**128 - 1."""


class i8(Integer, bits=8, signed=True):
    """-128 to 127."""


class i16(Integer, bits=16, signed=True):
    """-32,768 to 32,767."""


class i32(Integer, bits=32, signed=True):
    """-2**31 to 2**31 - 1."""


class i64(Integer, bits=64, signed=True):
    """-2**63 to 2**63 - 1: times, in Unix seconds; the type of an integer literal by itself."""


class i128(Integer, bits=128, signed=True):
    """-2**127 to 2**127 - 1."""
