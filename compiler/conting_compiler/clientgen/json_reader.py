"""Typed access to parsed JSON: every read names its place, so that errors can."""

import keyword
import re
from dataclasses import dataclass

from conting_compiler.diagnostics import ConfigError

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z0-9]+")


def snake(name: str) -> str:
    """`seatTaken`, `SeatTaken`, `SEAT_TAKEN` -> `seat_taken`."""
    return "_".join(word.lower() for word in _WORD.findall(name))


@dataclass(frozen=True, slots=True)
class Json:
    """A JSON value and where it stands in the IDL, such as `instructions[2].args[0]`."""

    value: object
    where: str

    def error(self, problem: str) -> ConfigError:
        """The error for this place, to raise."""
        return ConfigError(f"the IDL is not usable at {self.where}: {problem}")

    def get(self, key: str) -> "Json":
        """A member; raises ConfigError where it is missing."""
        found = self.find(key)
        if found is None:
            raise self.error(f"'{key}' is missing")
        return found

    def find(self, key: str) -> "Json | None":
        """A member, or None where it is missing."""
        if not isinstance(self.value, dict):
            raise self.error("expected an object")
        where = f"{self.where}.{key}" if self.where != "top" else key
        return Json(self.value[key], where) if key in self.value else None

    def items(self, key: str) -> "list[Json]":
        """The elements of a member that is an array; none where it is missing."""
        found = self.find(key)
        return [] if found is None else found.elements()

    def elements(self) -> "list[Json]":
        """The elements of this array."""
        if not isinstance(self.value, list):
            raise self.error("expected an array")
        return [Json(item, f"{self.where}[{i}]") for i, item in enumerate(self.value)]

    def text(self) -> str:
        """This string."""
        if not isinstance(self.value, str):
            raise self.error("expected a string")
        return self.value

    def integer(self, low: int, high: int) -> int:
        """This integer within low..high."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.error(f"expected an integer from {low} to {high}")
        return value

    def flag(self, key: str) -> bool:
        """A boolean member; False where it is missing."""
        found = self.find(key)
        if found is None:
            return False
        if not isinstance(found.value, bool):
            raise found.error("expected true or false")
        return found.value

    def name(self) -> str:
        """This string, which has to serve as a name in Python."""
        text = self.text()
        if not (text.isascii() and text.isidentifier()) or keyword.iskeyword(text):
            raise self.error(f"'{text}' cannot be a name in Python")
        return text

    def octets(self) -> bytes:
        """This array of integers from 0 to 255."""
        return bytes(item.integer(0, 255) for item in self.elements())

    def docs(self) -> tuple[str, ...]:
        """The member `docs`: lines of text."""
        return tuple(item.text() for item in self.items("docs"))
