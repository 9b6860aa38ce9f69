"""Asserts that become data are judged as CPython judges them: programs that chance writes, in the
form that has guards and in the one that has none.
"""

import os
import random
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from conting_compiler import frontend
from conting_compiler.driver import Compiled, compile_program
from conting_compiler.ir.faults import Fault
from conting_compiler.lower import guards
from conting_compiler.lower.context import ModuleContext
from solders.instruction import AccountMeta
from solders.pubkey import Pubkey

from tests.compiler.typed_programs import FORMS, Chain, discriminator

FACTOR = max(int(os.environ.get("CONTING_FUZZ", "0")), 1)
HEAD = """
from seahorse.prelude import *

declare_id("Fg6PaFpoGXkYsidMpWTK6W2BeZ7FEfcYkg476zPFsLnS")


class Hue(Enum):
    RED = 0
    GREEN = 1
    BLUE = 2


class Box(Account):
    one: Pubkey
    two: Pubkey
    flag: bool
    n8: u8
    n16: u16
    n32: u32
    n64: u64
    s64: i64
    hue: Hue
    s32: i32
    last: u8


"""
BOX = struct.Struct("<32s32s?BHIQqBiB")
FIELDS = ("one", "two", "flag", "n8", "n16", "n32", "n64", "s64", "hue", "s32", "last")
KEYS = [bytes(32), bytes([1]) * 32, bytes([1]) * 31 + b"\2"]
NUMBERS = {
    "n8": [0, 1, 2, 255],
    "last": [0, 1, 255],
    "n16": [0, 1, 256, 65535],
    "n32": [0, 1, 65535, 65536, 2**32 - 1],
    "n64": [0, 1, 65534, 65535, 65536, 2**32, 2**63, 2**64 - 1],
    "s64": [-(2**63), -1, 0, 1, 65535, 2**63 - 1],
    "s32": [-(2**31), -1, 0, 1],
}
ALIKE = {"n8": ["last"], "last": ["n8"], "n64": ["more"], "s64": ["now", "clock.unix_timestamp()"]}
"""Fields and arguments of one type; what is not a field of a Box is an argument or the clock."""
ORDERS = ["==", "!=", "<", "<=", ">", ">="]
HUES = ["RED", "GREEN", "BLUE"]


def _number(choice: random.Random) -> str:
    name = choice.choice(list(NUMBERS))
    side = f"{choice.choice('ab')}.{name}"
    if choice.random() < 0.4:
        other = str(choice.choice(NUMBERS[name]))
    else:
        found = choice.choice([name, *ALIKE.get(name, [])])
        other = f"{choice.choice('ab')}.{found}" if found in FIELDS else found
    sides = [side, other]
    choice.shuffle(sides)
    return f"{sides[0]} {choice.choice(ORDERS)} {sides[1]}"


def _key(choice: random.Random) -> str:
    places = ["a.one", "a.two", "b.one", "b.two", "a.key()", "b.key()", "who.key()", "key"]
    left, right = choice.sample(places, 2)
    if choice.random() < 0.2:
        right = "Pubkey.default()"
    return f"{left} {choice.choice(['==', '==', '!='])} {right}"


def _flag(choice: random.Random) -> str:
    if choice.random() < 0.5:
        return choice.choice(["a.flag", "b.flag", "on"])
    left, right = f"{choice.choice('ab')}.hue", choice.choice(["b.hue", *HUES])
    right = f"Hue.{right}" if right in HUES else right
    return f"{left} {choice.choice(['==', '!='])} {right}"


def _atom(choice: random.Random) -> str:
    found = choice.choice([_number, _key, _flag])(choice)
    return f"not ({found})" if choice.random() < 0.25 else found


def condition(choice: random.Random) -> str:
    """Mostly one comparison; else two or three."""
    found, depth = _atom(choice), choice.choice([0, 0, 0, 1, 1, 2])
    for _ in range(depth):
        found = f"({found}) {choice.choice(['and', 'or', 'or'])} ({_atom(choice)})"
    return f"not ({found})" if choice.random() < 0.2 else found


@dataclass(frozen=True)
class Sample:
    """A program: by instruction its asserts in order, each with its message."""

    text: str
    asserts: dict[str, list[tuple[str, str]]]


def sample(seed: int, instructions: int = 6) -> Sample:
    """Each instruction calls a function that asserts, and asserts before it and after it."""
    choice = random.Random(seed)
    text, asserts, number = HEAD, dict[str, list[tuple[str, str]]](), 0
    for name in (f"look{n}" for n in range(instructions)):
        parts = list[list[tuple[str, str]]]()
        for _ in range(3):
            size = choice.randrange(1, 4)
            parts.append([(condition(choice), f"e{number + n}") for n in range(size)])
            number += size
        lines = [["    assert %s, %r\n" % each for each in part] for part in parts]  # noqa: UP031
        params = "a: Box, b: Box, who: UncheckedAccount"
        rest = "key: Pubkey, more: u64, now: i64, on: bool"
        inner = "".join(lines[1]).replace("clock.unix_timestamp()", "then")
        text += f"def check_{name}({params}, {rest}, then: i64):\n{inner}\n\n"
        text += f"@instruction\ndef {name}({params}, clock: Clock, {rest}):\n"
        text += "    unchecked('a test')\n    then = clock.unix_timestamp()\n" + "".join(lines[0])
        text += f"    check_{name}(a, b, who, key, more, now, on, then)\n" + "".join(lines[2])
        text += "    assert then >= a.s64 or then < a.s64, 'never'\n\n\n"
        asserts[name] = [each for part in parts for each in part]
    return Sample(text, asserts)


@dataclass(frozen=True)
class Case:
    """What the accounts and arguments hold."""

    boxes: tuple[tuple[object, ...], tuple[object, ...]]
    keys: tuple[bytes, bytes, bytes]
    arguments: tuple[bytes, int, int, bool]

    def expected(self, asserts: Sequence[tuple[str, str]]) -> str | None:
        """The message of the first assert that does not hold."""
        names: dict[str, object] = dict(
            zip(("key", "more", "now", "on"), self.arguments, strict=True)
        )
        for name, box, key in zip("ab", self.boxes, self.keys, strict=False):
            fields = dict(zip(FIELDS, box, strict=True))
            names[name] = SimpleNamespace(**fields, key=lambda key=key: key)
        names["who"] = SimpleNamespace(key=lambda: self.keys[2])
        names["clock"] = SimpleNamespace(unix_timestamp=lambda: 0)
        names["Hue"] = SimpleNamespace(RED=0, GREEN=1, BLUE=2)
        names["Pubkey"] = SimpleNamespace(default=lambda: bytes(32))
        failed = (message for text, message in asserts if not eval(text, {}, names))
        return next(failed, None)


def case(choice: random.Random) -> Case:
    def box() -> tuple[object, ...]:
        numbers = [choice.choice(NUMBERS[name]) for name in ("n8", "n16", "n32", "n64", "s64")]
        ends = (choice.choice(NUMBERS["s32"]), choice.choice(NUMBERS["last"]))
        flag, hue = choice.random() < 0.5, choice.randrange(3)
        return (choice.choice(KEYS), choice.choice(KEYS), flag, *numbers, hue, *ends)

    keys = [*KEYS[1:], bytes([7]) * 32]
    choice.shuffle(keys)
    arguments = (
        choice.choice(KEYS),
        choice.choice(NUMBERS["n64"]),
        choice.choice(NUMBERS["s64"]),
        choice.random() < 0.5,
    )
    return Case((box(), box()), (keys[0], keys[1], keys[2]), arguments)


def run(chain: Chain, name: str, made: Case) -> int:
    for box, key in zip(made.boxes, made.keys, strict=False):
        chain.put(discriminator("account", "Box") + BOX.pack(*box), key=Pubkey(key))
    key, *numbers = made.arguments
    data = key + struct.pack("<Qq?", *numbers)
    metas = [AccountMeta(Pubkey(k), is_signer=False, is_writable=False) for k in made.keys]
    return chain.run(name, data, metas)


def compiled(text: str, folder: Path, form: str) -> Compiled:
    path = folder / "sample.py"
    path.write_text(text)
    arch, shared = FORMS[form]
    return compile_program(path, arch=arch, compact=shared)


def chain_of(made: Compiled) -> Chain:
    chain = Chain(made.elf)
    clock = chain.svm.get_clock()
    clock.unix_timestamp = 0
    chain.svm.set_clock(clock)
    return chain


def agree(seed: int, folder: Path, form: str, cases: int) -> set[str | None]:
    """Runs cases of one program. AssertionError where it does not do what CPython does."""
    choice, written = random.Random(seed), sample(seed)
    made = compiled(written.text, folder, form)
    codes = {error.message: error.code for error in made.program.errors}
    chain, outcomes = chain_of(made), set[str | None]()
    for name, asserts in written.asserts.items():
        for _ in range(cases):
            tried = case(choice)
            expected = tried.expected(asserts)
            code = 0 if expected is None else codes[expected]
            assert run(chain, name, tried) == code, (seed, name, tried)
            outcomes.add(expected)
    return outcomes


def test_one_program_of_chance(tmp_path: Path) -> None:
    assert len(agree(0, tmp_path, "v3-shared", cases=12)) > 6


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_programs_of_chance(form: str, tmp_path: Path) -> None:
    start = random.randrange(1 << 32) if FACTOR > 1 else 1
    for seed in range(start, start + 3 * FACTOR):
        agree(seed, tmp_path, form, cases=25)


# --- what becomes a guard

SHAPES = [
    ("a.n8 == 3", 1),
    ("not a.flag", 1),
    ("a.one != b.one", 1),
    ("a.one == who.key() and a.n64 < more", 2),
    ("a.flag or a.n64 > 65534", 2),
    ("not (a.flag or b.flag)", 2),
    ("now < clock.unix_timestamp()", 1),
    ("a.n64 > 65535", 0),
    ("a.s32 < b.s32", 0),
    ("a.flag or b.flag or on", 0),
    ("a.n64 + 1 > more", 0),
]


@pytest.mark.parametrize(("text", "count"), SHAPES)
def test_which_asserts_become_guards(text: str, count: int, tmp_path: Path) -> None:
    params = "a: Box, b: Box, who: UncheckedAccount, clock: Clock, more: u64, now: i64, on: bool"
    body = f"    unchecked('a test')\n    assert {text}, 'first'\n    a.n8 = u8(1)\n"
    source = f"{HEAD}@instruction\ndef look({params}):\n{body}    assert a.flag, 'second'\n"
    (tmp_path / "sample.py").write_text(source)
    program = frontend.build(tmp_path / "sample.py")
    found, rest = guards.split(ModuleContext(program), program.instructions[0])
    assert len(found) == count
    assert len(rest) == (2 if count else 3)


@pytest.mark.parametrize("form", ["v3", "v3-shared"])
def test_a_program_without_errors_has_no_guards(tmp_path: Path, form: str) -> None:
    source = f"{HEAD}@instruction\ndef look(a: Box):\n    unchecked('a test')\n    a.n8 = u8(1)\n"
    chain = chain_of(compiled(source, tmp_path, form))
    box = chain.put(discriminator("account", "Box") + BOX.pack(KEYS[0], KEYS[0], *[0] * 9))
    assert chain.run("look", b"", [AccountMeta(box, is_signer=False, is_writable=True)]) == 0


def test_guards_come_after_accounts_and_arguments(tmp_path: Path) -> None:
    source = (
        f"{HEAD}@instruction\ndef look(a: Box, who: Signer, on: bool):\n"
        "    unchecked('a test')\n    assert a.n8 == 3, 'first'\n"
    )
    chain = chain_of(compiled(source, tmp_path, "v3-shared"))
    content = (KEYS[0], KEYS[0], False, 1, 0, 0, 0, 0, 0, 0, 0)
    box = chain.put(discriminator("account", "Box") + BOX.pack(*content))
    places = [AccountMeta(box, is_signer=False, is_writable=False)]
    who = AccountMeta(chain.payer.pubkey(), is_signer=True, is_writable=True)
    unsigned = AccountMeta(Pubkey.new_unique(), is_signer=False, is_writable=False)
    assert chain.run("look", b"\1", [*places, who]) == 6000
    assert chain.run("look", b"\2", [*places, who]) == Fault.BAD_ARGUMENTS
    assert chain.run("look", b"\1", [*places, unsigned]) == Fault.NOT_SIGNER
