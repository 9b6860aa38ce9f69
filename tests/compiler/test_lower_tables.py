"""Events, accounts and hashes that constant tables describe are made of what Python says:
programs that chance writes, in the forms with tables and in the one without.
"""

import base64
import hashlib
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from solders.instruction import AccountMeta
from solders.pubkey import Pubkey
from solders.transaction_metadata import TransactionMetadata

from tests.compiler.typed_programs import FORMS, Chain, build_source, code_of, discriminator

FACTOR = max(int(os.environ.get("CONTING_FUZZ", "0")), 1)
HEAD = """
from seahorse.prelude import *

declare_id("Fg6PaFpoGXkYsidMpWTK6W2BeZ7FEfcYkg476zPFsLnS")
"""
SIZES = {"u8": 1, "u16": 2, "u32": 4, "u64": 8, "i16": 2, "i64": 8, "u128": 16, "bool": 1}
PLACES = {
    "Pubkey": 32,
    "Array[u8, 4]": 4,
    "Array[u8, 8]": 8,
    "Array[u8, 32]": 32,
    "Array[u8, 33]": 33,
}
KINDS = [*SIZES, *PLACES]
LARGEST_EVENT = 300
"""Bytes; one of more than 256 is put together on the heap."""
CLOCK = 1_700_000_000


@dataclass
class Sample:
    """A program, what its accounts and arguments hold, and what it is to log and to make."""

    choice: random.Random
    classes: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    values: dict[str, bytes] = field(default_factory=dict)
    """By what stands in the program for it, the bytes that it has now."""
    kinds: dict[str, str] = field(default_factory=dict)
    keys: dict[str, Pubkey] = field(default_factory=dict)
    arguments: list[tuple[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    events: list[tuple[str, list[str]]] = field(default_factory=list)
    """Name and types of its fields."""
    logged: list[bytes] = field(default_factory=list)
    made: dict[str, bytes] = field(default_factory=dict)
    """By account, the data that it has in the end."""

    def bytes_of(self, kind: str) -> bytes:
        size = SIZES.get(kind) or PLACES[kind]
        if kind == "bool":
            return bytes([self.choice.randrange(2)])
        return bytes(self.choice.choice([0, 1, 127, 128, 255]) for _ in range(size))

    def literal(self, kind: str) -> tuple[str, bytes]:
        """An expression that is constant, and its bytes."""
        data = self.bytes_of(kind)
        if kind == "bool":
            return ("True" if data[0] else "False"), data
        if kind == "Pubkey":
            return "Pubkey.default()", bytes(32)
        if kind.startswith("Array"):
            return f"Array([{', '.join(f'u8({b})' for b in data)}], {len(data)})", data
        number = int.from_bytes(data, "little", signed=kind[0] == "i")
        return f"{kind}({number})", data

    def any_of(self, kind: str) -> tuple[str, bytes]:
        """An expression of the type, and its bytes."""
        known = [name for name, its in self.kinds.items() if its == kind]
        if not known or self.choice.random() < 0.15:
            return self.literal(kind)
        name = self.choice.choice(known)
        other = self.choice.choice(known)
        if kind in SIZES and kind != "bool" and self.choice.random() < 0.2:
            both = zip(self.values[name], self.values[other], strict=True)
            return f"{name} ^ {other}", bytes(a ^ b for a, b in both)
        return name, self.values[name]


def kinds_of(choice: random.Random, most: int) -> list[str]:
    return [choice.choice(KINDS) for _ in range(choice.randrange(1, most))]


def sample(seed: int) -> Sample:
    choice = random.Random(seed)
    made = Sample(choice)
    _boxes(made)
    made.arguments = [(f"given_{n}", kind) for n, kind in enumerate(kinds_of(choice, 7))]
    for name, kind in made.arguments:
        made.kinds[name], made.values[name] = kind, made.bytes_of(kind)
    made.kinds["clock.unix_timestamp()"] = "i64"
    made.values["clock.unix_timestamp()"] = CLOCK.to_bytes(8, "little")
    steps: list[Callable[[Sample], None]] = [
        _keep,
        _assign,
        _assign,
        _emit,
        _emit,
        _hash,
        _hash,
        _init,
        _tell,
    ]
    for number in range(8):
        choice.choice(steps)(made) if number not in (3, 6) else (_init, _emit)[number == 6](made)
    return made


def _boxes(made: Sample) -> None:
    made.classes["Box"] = [(f"f{n}", kind) for n, kind in enumerate(kinds_of(made.choice, 12))]
    for box in ("first", "second"):
        made.keys[box] = Pubkey(made.bytes_of("Pubkey"))
        made.kinds[f"{box}.key()"], made.values[f"{box}.key()"] = "Pubkey", bytes(made.keys[box])
        for name, kind in made.classes["Box"]:
            made.kinds[f"{box}.{name}"] = kind
            made.values[f"{box}.{name}"] = made.bytes_of(kind)


def _keep(made: Sample) -> None:
    """A number is read now and used later, when its place may hold another."""
    numbers = [name for name, kind in made.kinds.items() if kind in SIZES]
    if numbers:
        name, kept = made.choice.choice(numbers), f"kept_{len(made.lines)}"
        made.lines.append(f"{kept} = {name}")
        made.kinds[kept], made.values[kept] = made.kinds[name], made.values[name]


def _assign(made: Sample) -> None:
    name, kind = made.choice.choice(made.classes["Box"])
    if kind.startswith("Array"):
        return  # the compiler refuses it where something may still read what is there
    place = f"{made.choice.choice(['first', 'second'])}.{name}"
    expression, made.values[place] = made.any_of(kind)
    made.lines.append(f"{place} = {expression}")


def _given(made: Sample, kinds: list[str]) -> tuple[str, bytes]:
    pairs = [made.any_of(kind) for kind in kinds]
    return ", ".join(text for text, _ in pairs), b"".join(data for _, data in pairs)


def _emit(made: Sample) -> None:
    kinds = kinds_of(made.choice, 12)
    while sum(SIZES.get(kind) or PLACES[kind] for kind in kinds) > LARGEST_EVENT:
        kinds.pop()
    name = f"Told{len(made.events)}"
    made.events.append((name, kinds))
    text, data = _given(made, kinds)
    made.lines.append(f"{name}({text}).emit()")
    made.logged.append(discriminator("event", name) + data)


def _tell(made: Sample) -> None:
    """An event that a function of the program logs, of two accounts and the clock."""
    first, second = made.choice.choice(made.classes["Box"]), made.choice.choice(made.classes["Box"])
    name = f"Told{len(made.events)}"
    made.events.append((name, ["Pubkey", first[1], "u64", second[1], "Pubkey"]))
    number, data = made.literal("u64")
    made.lines.append(f"tell_{name}(first, second, {number})")
    values = made.values
    parts = (f"first.{first[0]}", f"second.{second[0]}")
    made.logged.append(
        discriminator("event", name)
        + bytes(made.keys["first"])
        + values[parts[0]]
        + data
        + values[parts[1]]
        + bytes(made.keys["second"])
    )
    made.kinds.setdefault(f"tell:{name}:{parts[0]}:{parts[1]}", "")


def _hash(made: Sample) -> None:
    """A hash, of constants among others, that is there for what comes after it."""
    text, data = _given(made, kinds_of(made.choice, 7))
    name = f"hash_{len(made.lines)}"
    made.lines.append(f'{name} = sha256(bytes_of(b"domain", {text}))')
    made.kinds[name] = "Array[u8, 32]"
    made.values[name] = hashlib.sha256(b"domain" + data).digest()


def _init(made: Sample) -> None:
    """An account with seeds of chance, some of whose fields are left at zero."""
    number = len(made.made)
    name, place = f"Made{number}", f"made_{number}"
    seeds = made.choice.sample(["u16", "u64", "i64", "Pubkey"], made.choice.randrange(4))
    fields = [(f"f{n}", kind) for n, kind in enumerate([*kinds_of(made.choice, 10), *seeds])]
    named = fields[len(fields) - len(seeds) :]
    fields.insert(made.choice.randrange(len(fields) + 1), ("bump", "u8"))
    made.classes[name] = fields
    texts, values = [], dict[str, bytes]()
    for each, kind in fields:
        seed = (each, kind) in named
        if each == "bump" or (made.choice.random() < 0.3 and not seed):
            continue
        text, values[each] = made.any_of(kind)
        texts.append(f", {each}={text}")
    made.choice.shuffle(texts)
    made.lines.append(f"{place}.init(payer=payer{''.join(texts)})")
    zero = {each: bytes(SIZES.get(kind) or PLACES[kind]) for each, kind in fields}
    content = [name.lower().encode(), *(values[each] for each, _ in named)]
    key, bump = Pubkey.find_program_address(content, PROGRAM)
    made.keys[place] = key
    values["bump"] = bytes([bump])
    made.made[place] = discriminator("account", name) + b"".join(
        values.get(each, zero[each]) for each, _ in fields
    )
    made.classes[f"{name} seeds"] = named


PROGRAM = Pubkey(hashlib.sha256(b"tables").digest())


def text_of(made: Sample) -> str:
    return HEAD + "\n".join([*_class_lines(made), *_function_lines(made), *_body_lines(made)])


def _class_lines(made: Sample) -> Iterator[str]:
    for name, fields in made.classes.items():
        if " " in name:
            continue
        yield f"\nclass {name}(Account):"
        yield from (f"    {each}: {kind}" for each, kind in fields)
        if f"{name} seeds" in made.classes:
            seeds = "".join(f", self.{each}" for each, _ in made.classes[f"{name} seeds"])
            yield f'    def seeds(self) -> Seeds:\n        return ["{name.lower()}"{seeds}]'
    for name, kinds in made.events:
        yield f"\nclass {name}(Event):"
        yield from (f"    f{number}: {kind}" for number, kind in enumerate(kinds))


def _function_lines(made: Sample) -> Iterator[str]:
    for each in made.kinds:
        if each.startswith("tell:"):
            _, name, one, other = each.split(":")
            yield f"\ndef tell_{name}(first: Box, second: Box, number: u64) -> None:"
            yield f"    {name}(first.key(), {one}, number, {other}, second.key()).emit()"


def _body_lines(made: Sample) -> Iterator[str]:
    empty = [f"{place}: Empty[Made{n}]" for n, place in enumerate(made.made)]
    given = [f"{name}: {kind}" for name, kind in made.arguments]
    taken = ["payer: Signer", "first: Box", "second: Box", *empty, "clock: Clock", *given]
    yield f"\n@instruction\ndef go({', '.join(taken)}) -> None:"
    yield from (f"    {line}" for line in made.lines)


def run(seed: int, folder: Path, form: str) -> None:
    """AssertionError where the program does not log and make what Python says."""
    made = sample(seed)
    text = text_of(made)
    chain = Chain(build_source(text, folder, form), PROGRAM)
    clock = chain.svm.get_clock()
    clock.unix_timestamp = CLOCK
    chain.svm.set_clock(clock)
    before = Sample(random.Random(seed))
    _boxes(before)
    for box in ("first", "second"):
        data = b"".join(before.values[f"{box}.{name}"] for name, _ in before.classes["Box"])
        chain.put(discriminator("account", "Box") + data, key=made.keys[box])
    metas = [AccountMeta(chain.payer.pubkey(), is_signer=True, is_writable=True)]
    places = ["first", "second", *made.made]
    metas += [AccountMeta(made.keys[each], is_signer=False, is_writable=True) for each in places]
    metas.append(AccountMeta(Pubkey.default(), is_signer=False, is_writable=False))
    data = b"".join(made.values[name] for name, _ in made.arguments)
    outcome = chain.send(chain.call("go", data, metas))
    assert code_of(outcome) == 0, text
    assert isinstance(outcome, TransactionMetadata)
    logs = [
        base64.b64decode(line[14:]) for line in outcome.logs() if line.startswith("Program data: ")
    ]
    assert logs == made.logged, text
    for place, wanted in made.made.items():
        found = chain.svm.get_account(made.keys[place])
        assert found is not None, (place, text)
        assert bytes(found.data) == wanted, (place, text)


def test_one_program_of_chance(tmp_path: Path) -> None:
    run(1, tmp_path, "v3-shared")


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_programs_of_chance(form: str, tmp_path: Path) -> None:
    start = random.randrange(1 << 32) if FACTOR > 1 else 1
    for seed in range(start, start + 8 * FACTOR):
        run(seed, tmp_path, form)
