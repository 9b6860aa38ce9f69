"""Random programs that hash what they hashed mean what CPython says.

Four by default, always the same; CONTING_FUZZ=N runs 12 * N, different each time.
"""

import os
import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.compiler.differential.logged import Logged, empty
from tests.compiler.differential.test_hashing import WHO, integer

FUZZ = int(os.environ.get("CONTING_FUZZ", "0"))
SEEDS = [random.randrange(2**32) for _ in range(12 * FUZZ)] if FUZZ else range(4)
RANDOM = """
class Data(Account):
    first: Array[u8, 32]
    second: Array[u8, 32]
    number: u64


"""
GIVEN = "a: u64, b: i16, c: u128, who: Pubkey, text: str, blob: bytes, key: Array[u8, 32]"
END = "keccak256(bytes_of(kept[-1], kept[0], few[-1], sha256(bytes_of(few[0]))))"
SHOW = """\
    for each in kept:
        data.number += each[3]
        data.second = sha256(bytes_of(data.second, each))
        print(data.second[0], each[31])
    print(few)
"""
PASSED = "a, b, c, who, text, blob, key"


@dataclass(slots=True)
class Writer:
    """Writes functions that hash; `known` are the names of hashes that have a value here."""

    chosen: random.Random
    helpers: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    names: int = 0
    calls: int = 0
    """Of helpers, that may still be written: together they must not need too many units."""

    def part(self, depth: int) -> str:
        """Something that `bytes_of` takes."""
        kind = self.chosen.randrange(8 if depth else 4)
        if kind < 3:
            plain = PASSED.split(", ")
            texts = [
                '"é"',
                'b"xyz"',
                "blob[1:]",
                "text[:2]",
                "blob[:-1]",
                "data.first",
                "data.number",
            ]
            return self.chosen.choice(plain + texts)
        if kind == 3:
            return self.chosen.choice(self.known)
        return self.byte(depth - 1) if kind < 6 else self.hash(depth - 1)

    def hash(self, depth: int) -> str:
        """An expression of 32 bytes."""
        if depth and self.calls and self.helpers and self.chosen.random() < 0.3:
            self.calls -= 1
            return self.helper(depth)
        function = self.chosen.choice(["sha256", "keccak256"])
        if self.chosen.random() < 0.1:
            return f"{function}({self.chosen.choice(['blob', 'blob[2:]', 'blob[:40]'])})"
        parts = (self.part(depth) for _ in range(self.chosen.choice([0, 1, 1, 2, 3, 5])))
        return f"{function}(bytes_of({', '.join(parts)}))"

    def helper(self, depth: int) -> str:
        name = self.chosen.choice(self.helpers)
        return f"{name}(data, {PASSED.removesuffix('key')}{self.hash(depth - 1)})"

    def byte(self, depth: int) -> str:
        """An expression of one byte."""
        place = self.chosen.choice([0, 1, 7, 15, 31, -1, -32])
        if self.chosen.random() < 0.2:
            return f"{self.chosen.choice(self.known)}[{self.hash(depth)}[{place}] % 32]"
        whole = self.hash(depth) if self.chosen.random() < 0.8 else self.chosen.choice(self.known)
        return f"{whole}[{place}]"

    def test(self) -> str:
        if self.chosen.random() < 0.3:
            return f"{self.hash(1)} == {self.hash(1)}"
        return f"{self.byte(1)} < {self.byte(1)}"

    def block(self, indent: str, depth: int) -> str:
        """Statements; what they name first is not known behind them."""
        before = list(self.known)
        count = self.chosen.randint(2, 4)
        text = "".join(self.statement(indent, depth) for _ in range(count))
        self.known = before
        return text

    def statement(self, indent: str, depth: int) -> str:
        """One that stores a hash somewhere, or that has others inside it."""
        if depth and self.chosen.random() < 0.3:
            return self.compound(indent, depth)
        kind = self.chosen.randrange(6)
        if kind < 2:
            made, self.names = self.hash(2), self.names + 1
            self.known.append(f"h{self.names}")
            return f"{indent}h{self.names} = {made}\n"
        if kind == 2 and len(self.known) > 1:
            return f"{indent}{self.chosen.choice(self.known[1:])} = {self.hash(2)}\n"
        if kind == 3:
            return f"{indent}data.{self.chosen.choice(['first', 'second'])} = {self.hash(2)}\n"
        if kind == 4:
            return f"{indent}few.append({self.byte(2)} ^ {self.byte(1)})\n"
        return f"{indent}kept.append({self.hash(2)})\n"

    def compound(self, indent: str, depth: int) -> str:
        inner = indent + "    "
        if self.chosen.random() < 0.3:
            calls, self.calls = self.calls, 0
            body = self.block(inner, 0)
            self.calls = calls
            return f"{indent}for _ in range(2):\n{body}"
        first, second = self.block(inner, depth - 1), self.block(inner, depth - 1)
        return f"{indent}if {self.test()}:\n{first}{indent}else:\n{second}"

    def body(self) -> str:
        """All statements of a function; it ends with all that is known in `kept`."""
        self.known, self.calls = ["key"], 2
        lines = ["    kept = [key]\n    few = [u8(0)]\n"]
        lines += [self.statement("    ", 2) for _ in range(4)]
        return "".join(lines) + f"    kept += [{', '.join(self.known)}]\n"

    def program(self) -> str:
        """Functions that call those before them, and an instruction."""
        text = RANDOM
        for name in ("one", "two", "three"):
            text += f"def {name}(data: Data, {GIVEN}) -> Array[u8, 32]:\n{self.body()}"
            last = self.hash(1) if name == "two" else END
            text += f"    return {last}\n\n\n"
            self.helpers.append(name)
        return f"{text}@instruction\ndef go(data: Data, {GIVEN}):\n{self.body()}{SHOW}"


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_random_programs(tmp_path: Path, seed: int) -> None:
    chosen = random.Random(seed)
    data = empty("Data", 100)
    program = Logged.of(Writer(chosen).program(), tmp_path / "hashes.py", data)
    ran = 0
    for _ in range(8):
        program.reset(data)
        given: dict[str, object] = {
            "a": integer(chosen, 64, signed=False),
            "b": integer(chosen, 16, signed=True),
            "c": integer(chosen, 128, signed=False),
            "who": chosen.choice(WHO),
            "text": chosen.choice(["", "é", "日本語", "x" * 40]),
            "blob": chosen.randbytes(chosen.choice([0, 1, 40, 255])),
            "key": list(chosen.randbytes(32)),
        }
        outcome, _ = program.run("go", given)
        ran += isinstance(outcome, bytes)
    assert ran
