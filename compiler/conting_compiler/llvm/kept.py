"""LLVM's answers to what it was asked before, for who compiles again in the same process."""

from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock
from typing import Final

_LIMIT: Final = 1 << 26
"""Bytes of answers: as many as a hundred builds of our largest program leave behind."""


@dataclass(slots=True)
class Kept:
    """Answers by the whole request, byte for byte: LLVM is given nothing else, and gives the same
    answer to the same request. The longest unused are forgotten.
    """

    limit: int = _LIMIT
    answers: OrderedDict[bytes, bytes] = field(default_factory=OrderedDict)
    size: int = 0
    lock: Lock = field(default_factory=Lock)

    def find(self, request: bytes) -> bytes | None:
        """The answer, if there was one."""
        key = sha256(request).digest()
        with self.lock:
            answer = self.answers.get(key)
            if answer is not None:
                self.answers.move_to_end(key)
        return answer

    def keep(self, request: bytes, answer: bytes) -> None:
        """Remembers an answer."""
        key = sha256(request).digest()
        with self.lock:
            self.size += len(answer) - len(self.answers.pop(key, b""))
            self.answers[key] = answer
            while self.size > self.limit:
                self.size -= len(self.answers.popitem(last=False)[1])
