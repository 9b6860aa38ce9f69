"""The shapes of a node's JSON answers, as far as they are used."""

from dataclasses import dataclass
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import Field, TypeAdapter

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    """Which slot an answer speaks of."""

    slot: int


@dataclass(frozen=True, slots=True)
class WithContext(Generic[T]):
    """An answer and its slot."""

    context: Context
    value: T


@dataclass(frozen=True, slots=True)
class Account:
    """An account, its data in base64."""

    lamports: int
    owner: str
    data: tuple[str, Literal["base64"]]
    executable: bool


@dataclass(frozen=True, slots=True)
class KeyedAccount:
    """An account and its address."""

    pubkey: str
    account: Account


@dataclass(frozen=True, slots=True)
class Blockhash:
    """A recent blockhash; a transaction with it lands up to that block height or never."""

    blockhash: str
    last_valid_block_height: Annotated[int, Field(alias="lastValidBlockHeight")]


@dataclass(frozen=True, slots=True)
class Status:
    """Where a transaction stands; `err` is None if it succeeded."""

    slot: int
    err: object
    confirmation_status: Annotated[
        Literal["processed", "confirmed", "finalized"], Field(alias="confirmationStatus")
    ]


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a transaction would do."""

    err: object
    logs: list[str] | None = None
    units: Annotated[int, Field(alias="unitsConsumed")] = 0


@dataclass(frozen=True, slots=True)
class Meta:
    """What a transaction did."""

    logs: Annotated[list[str] | None, Field(alias="logMessages")] = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A transaction of the ledger."""

    meta: Meta | None


TEXT = TypeAdapter(str)
INTEGER = TypeAdapter(int)
ACCOUNT = TypeAdapter(WithContext[Account | None])
ACCOUNTS = TypeAdapter(WithContext[list[Account | None]])
PROGRAM_ACCOUNTS = TypeAdapter(WithContext[list[KeyedAccount]])
BLOCKHASH = TypeAdapter(WithContext[Blockhash])
VALID = TypeAdapter(WithContext[bool])
STATUSES = TypeAdapter(WithContext[list[Status | None]])
SIMULATED = TypeAdapter(WithContext[Simulated])
RECORDED = TypeAdapter(Recorded | None)
