"""The errors that compiled code raises by itself, before or inside a program's own checks.

Numbers below 5000 are Anchor's, for the same fault (facts: Anchor lang/src/error.rs); clients know
them. Those from 5500 are ours, for what Anchor answers with a panic. A program's own errors start
at FIRST_PROGRAM_ERROR.
"""

from enum import IntEnum, unique
from typing import Final

FIRST_PROGRAM_ERROR: Final = 6000


@unique
class Fault(IntEnum):
    """A stable number for each way in which the generated checks can refuse."""

    INSTRUCTION_MISSING = 100
    """The instruction data is shorter than a discriminator."""
    UNKNOWN_INSTRUCTION = 101
    """No instruction has this discriminator."""
    BAD_ARGUMENTS = 102
    """The arguments do not decode, or bytes are left over."""
    NOT_WRITABLE = 2000
    """The instruction writes an account that the transaction gives read-only."""
    WRONG_SEEDS = 2006
    """An address is not the one derived from its seeds."""
    WRONG_ADDRESS = 2012
    """An account has to be one fixed address and is another."""
    SAME_ACCOUNT_TWICE = 2040
    """One account stands in two places of which at least one is written."""
    WRONG_CLASS = 3002
    """The account's discriminator is of another class."""
    ACCOUNT_TOO_SHORT = 3003
    """The account holds fewer bytes than its class needs."""
    ACCOUNT_FULL = 3004
    """The account has no room for what its fields have become."""
    NOT_ENOUGH_ACCOUNTS = 3005
    """Fewer accounts than the instruction names."""
    WRONG_OWNER = 3007
    """The account belongs to another program."""
    NOT_PROGRAM = 3009
    """The account holds no program."""
    NOT_SIGNER = 3010
    """The account did not sign."""
    OVERFLOW = 5500
    """A result does not fit its type."""
    DIVISION_BY_ZERO = 5501
    """Division or remainder by zero."""
    INDEX = 5502
    """An index outside the array."""
    CONVERSION = 5503
    """A value does not fit the type it is converted to."""
    NOT_EMPTY = 5504
    """`init` of an account that exists already."""
    TOO_LONG = 5505
    """Text or bytes longer than what they are put into, or than the heap has left."""
    LAMPORTS = 5506
    """More lamports taken from an account than it holds."""
    NO_VALUE = 5507
    """What is asked for is not there: no authority, no hash of that slot."""


MESSAGES: Final = {
    Fault.OVERFLOW: "a result does not fit its type",
    Fault.DIVISION_BY_ZERO: "division or remainder by zero",
    Fault.INDEX: "an index is outside the array or list",
    Fault.CONVERSION: "a value does not fit the type it is converted to",
    Fault.NOT_EMPTY: "the account exists already",
    Fault.TOO_LONG: "a text or list is longer than what it is put into, or than the heap has left",
    Fault.LAMPORTS: "an account holds fewer lamports than are taken from it",
    Fault.NO_VALUE: "what is asked for is not there",
}
"""What clients say of the faults that are ours. They read it in the IDL, by the number: a line in
the log would cost every program bytes.
"""
