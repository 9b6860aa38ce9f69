"""How a program refuses: by its own named errors, or by the faults of checked code."""

from enum import IntEnum, unique
from typing import Final

FIRST_PROGRAM_ERROR: Final = 6000


@unique
class Fault(IntEnum):
    """The number of each generated check, as compiled code returns it (`docs/errors.md`)."""

    INSTRUCTION_MISSING = 100
    UNKNOWN_INSTRUCTION = 101
    BAD_ARGUMENTS = 102
    NOT_WRITABLE = 2000
    WRONG_SEEDS = 2006
    WRONG_ADDRESS = 2012
    SAME_ACCOUNT_TWICE = 2040
    WRONG_CLASS = 3002
    ACCOUNT_TOO_SHORT = 3003
    ACCOUNT_FULL = 3004
    NOT_ENOUGH_ACCOUNTS = 3005
    WRONG_OWNER = 3007
    NOT_PROGRAM = 3009
    NOT_SIGNER = 3010
    OVERFLOW = 5500
    DIVISION_BY_ZERO = 5501
    INDEX = 5502
    CONVERSION = 5503
    NOT_EMPTY = 5504
    TOO_LONG = 5505
    LAMPORTS = 5506
    NO_VALUE = 5507


class FaultError(Exception):
    """A check of the dialect failed; on chain the instruction returns `fault` and has no effect."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        self.fault = fault
        super().__init__(f"{fault.name} ({fault.value}): {detail}" if detail else fault.name)


class CallError(Exception):
    """A program that was called (System, Token-2022) refused.

    `code` is its custom error number, None where the runtime itself refuses with `name`.
    """

    def __init__(self, name: str, code: int | None = None) -> None:
        self.name = name
        self.code = code
        super().__init__(name if code is None else f"{name} ({code})")


class ErrorName(str):
    """A member of an Errors class: its message, which also knows its name and place."""

    __slots__ = ("__dict__",)  # a str cannot hold slots of its own

    name: str
    place: int
    owner: str

    @classmethod
    def member(cls, message: str, *, name: str, place: int, owner: str) -> "ErrorName":
        """The member `name` of the class `owner`; `place` counts from 0."""
        made = cls(message)
        made.name, made.place, made.owner = name, place, owner
        return made


class Errors:
    """Base of a program's errors: `NAME = "message"`, used as `assert condition, Name.NAME`.

    The errors of a program are numbered from 6000 in the order of their definition.
    """

    def __init_subclass__(cls) -> None:
        for place, (name, message) in enumerate(_messages(cls)):
            made = ErrorName.member(message, name=name, place=place, owner=cls.__name__)
            setattr(cls, name, made)


def _messages(errors: type[Errors]) -> list[tuple[str, str]]:
    public = [(name, value) for name, value in vars(errors).items() if not name.startswith("_")]
    for name, value in public:
        if not isinstance(value, str):
            raise TypeError(f"{errors.__name__}.{name} needs a message, a str")
    return public


def members(errors: type[Errors]) -> tuple[ErrorName, ...]:
    """The errors of the class in their order."""
    return tuple(value for value in vars(errors).values() if isinstance(value, ErrorName))
