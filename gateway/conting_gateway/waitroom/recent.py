"""A memory of bounded size for what each of many visitors asks for again and again."""

from typing import Final, Generic, TypeVar

MOST: Final = 150_000  # in each of two generations

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """What was kept or found of late.

    Two generations: when the young one is full it becomes the old one, of which is forgotten what
    nobody has asked for since.
    """

    __slots__ = ("_most", "_old", "_young")

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def find(self, key: K) -> V | None:
        """What was kept under a key; None if it is not known, or was forgotten."""
        found = self._young.get(key)
        if found is None and (found := self._old.get(key)) is not None:
            self.keep(key, found)
        return found

    def keep(self, key: K, value: V) -> None:
        """To be found again."""
        if len(self._young) >= self._most:
            self._young, self._old = {}, self._young
        self._young[key] = value
