"""Reading the parameters of a request: a reader returns a checked value or raises RpcError."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from solders.hash import Hash, ParseHashError
from solders.pubkey import Pubkey
from solders.signature import Signature

from conting_localnet.errors import MIN_CONTEXT_SLOT_NOT_REACHED, RpcError, invalid_params
from conting_localnet.node import Commitment, Node
from conting_localnet.wire import Json


@dataclass(frozen=True, slots=True)
class Config:
    """The optional object at the end of most parameter lists."""

    values: Mapping[str, Json]

    def has(self, name: str) -> bool:
        """Say whether `name` is given and not null."""
        return self.values.get(name) is not None

    def flag(self, name: str) -> bool:
        """Return a boolean, false when absent."""
        value = self.values.get(name, False)
        if not isinstance(value, bool | None):
            raise invalid_params(f"`{name}` must be a boolean")
        return bool(value)

    def integer(self, name: str) -> int | None:
        """Return a non-negative integer, or None when absent."""
        value = self.values.get(name)
        return None if value is None else _integer(value, name)

    def number(self, name: str) -> float:
        """Return a number that must be there."""
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise invalid_params(f"`{name}` must be a number")
        return value

    def text(self, name: str, default: str, allowed: Sequence[str]) -> str:
        """Return one of `allowed`."""
        value = self.values.get(name)
        if value is None:
            return default
        if not isinstance(value, str) or value not in allowed:
            raise invalid_params(f"`{name}` must be one of {', '.join(allowed)}")
        return value

    def signature(self, name: str) -> Signature | None:
        """Return a signature, or None when absent."""
        value = self.values.get(name)
        return None if value is None else _signature(value)

    def sub(self, name: str) -> Config:
        """Return a nested object, empty when absent."""
        return _config(self.values.get(name), name)

    def items(self, name: str) -> Sequence[Json]:
        """Return a nested list, empty when absent."""
        value = self.values.get(name)
        return () if value is None else _list(value, name)

    def commitment(self, name: str = "commitment") -> Commitment:
        """Return the commitment asked for; finalized when absent, as on every node."""
        return Commitment(self.text(name, Commitment.FINALIZED, tuple(Commitment)))

    def settled_commitment(self) -> Commitment:
        """Return the commitment for reading history, which processed blocks are not part of."""
        commitment = self.commitment()
        if commitment is Commitment.PROCESSED:
            raise invalid_params("Method does not support commitment below `confirmed`")
        return commitment

    def bank_slot(self, node: Node, commitment: str = "commitment") -> int:
        """Return the slot whose state to read, at or after `minContextSlot`."""
        slot = node.slot_at(self.commitment(commitment))
        minimum = self.integer("minContextSlot")
        if minimum is not None and slot < minimum:
            raise RpcError(
                MIN_CONTEXT_SLOT_NOT_REACHED,
                "Minimum context slot has not been reached",
                {"contextSlot": slot},
            )
        return slot


@dataclass(frozen=True, slots=True)
class Params:
    """The positional parameters of a request."""

    values: Sequence[Json]

    def at(self, index: int) -> Json:
        """Return a parameter, None when absent."""
        return self.values[index] if index < len(self.values) else None

    def required(self, index: int) -> Json:
        """Return a parameter that must be there."""
        if self.at(index) is None:
            raise invalid_params(f"parameter {index + 1} is missing")
        return self.at(index)

    def text(self, index: int) -> str:
        """Return a string."""
        value = self.required(index)
        if not isinstance(value, str):
            raise invalid_params(f"parameter {index + 1} must be a string")
        return value

    def integer(self, index: int) -> int:
        """Return a non-negative integer."""
        return _integer(self.required(index), f"parameter {index + 1}")

    def pubkey(self, index: int) -> Pubkey:
        """Return a public key."""
        return to_pubkey(self.required(index))

    def pubkeys(self, index: int, limit: int) -> list[Pubkey]:
        """Return up to `limit` public keys."""
        return [to_pubkey(value) for value in self._limited(index, limit)]

    def signature(self, index: int) -> Signature:
        """Return a transaction signature."""
        return _signature(self.required(index))

    def signatures(self, index: int, limit: int) -> list[Signature]:
        """Return up to `limit` transaction signatures."""
        return [_signature(value) for value in self._limited(index, limit)]

    def blockhash(self, index: int) -> Hash:
        """Return a blockhash."""
        try:
            return Hash.from_string(self.text(index))
        except ParseHashError as error:
            raise invalid_params(f"not a blockhash: {error}") from error

    def config(self, index: int) -> Config:
        """Return the configuration object, empty when absent."""
        return _config(self.at(index), f"parameter {index + 1}")

    def _limited(self, index: int, limit: int) -> Sequence[Json]:
        values = _list(self.required(index), f"parameter {index + 1}")
        if len(values) > limit:
            raise invalid_params(f"Too many inputs provided; max {limit}")
        return values


def to_pubkey(value: Json) -> Pubkey:
    """Read a public key."""
    if not isinstance(value, str):
        raise invalid_params("a public key must be a base58 string")
    try:
        return Pubkey.from_string(value)
    except ValueError as error:
        raise invalid_params(f"{value!r} is not a public key: {error}") from error


def _signature(value: Json) -> Signature:
    if not isinstance(value, str):
        raise invalid_params("a signature must be a base58 string")
    try:
        return Signature.from_string(value)
    except ValueError as error:
        raise invalid_params(f"{value!r} is not a signature: {error}") from error


def _integer(value: Json, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise invalid_params(f"{name} must be a non-negative integer")
    return value


def _config(value: Json, name: str) -> Config:
    if value is None:
        return Config({})
    if not isinstance(value, Mapping):
        raise invalid_params(f"{name} must be an object")
    return Config(value)


def _list(value: Json, name: str) -> Sequence[Json]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise invalid_params(f"{name} must be a list")
    return value
