"""The state at recent slots, kept as what every account was before each slot changed it."""

from __future__ import annotations

from collections.abc import Collection

from solders.account import Account
from solders.pubkey import Pubkey


class Journal:
    """Previous account values by slot, oldest slot first; only slots with changes have an entry."""

    def __init__(self) -> None:
        self._before: dict[int, dict[Pubkey, Account | None]] = {}

    def record(self, slot: int, key: Pubkey, before: Account | None) -> None:
        """Note that `slot`, the newest, changes `key`; only the first note of a slot counts."""
        self._before.setdefault(slot, {}).setdefault(key, before)

    def slots(self, after: int, through: int) -> list[int]:
        """Return the slots with changes that are later than `after`, up to `through`."""
        return [slot for slot in self._before if after < slot <= through]

    def changed_in(self, slot: int) -> Collection[Pubkey]:
        """Return the accounts that `slot` changed."""
        return self._before.get(slot, {}).keys()

    def changed_after(self, slot: int) -> set[Pubkey]:
        """Return the accounts that any later slot changed."""
        return {key for later, values in self._before.items() if later > slot for key in values}

    def at(self, slot: int, key: Pubkey, current: Account | None) -> Account | None:
        """Return `key` as it was at the end of `slot`, given its current value."""
        for later, values in self._before.items():
            if later > slot and key in values:
                return values[key]
        return current

    def forget_through(self, slot: int) -> None:
        """Drop what is needed only for states before `slot`."""
        for old in [known for known in self._before if known <= slot]:
            del self._before[old]
