"""The generated parts of docs/programs.md: accounts, instructions and errors, from the programs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from conting_compiler.ir.typed import AccountClass, AccountParam, Instruction, PlainClass, Program
from conting_compiler.ir.typesystem import DISCRIMINATOR_SIZE, fixed_size

_PART = re.compile(r"(<!-- (\w+): (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


class Costs(Protocol):
    """What is said of an instruction."""

    @property
    def instruction(self) -> str:
        """Its name."""

    @property
    def units(self) -> int:
        """Compute units."""

    @property
    def lamports(self) -> int:
        """Of rent that it locks, or gives back."""


def document(
    text: str,
    programs: Mapping[str, Program],
    costs: Mapping[str, Sequence[Costs]],
    sizes: Mapping[str, tuple[int, int]],
) -> str:
    """The text with every generated part renewed; `sizes` are bytes and the budget for them."""

    def part(found: re.Match[str]) -> str:
        name, what = found[2], found[3]
        lines = {
            "size": lambda: _size(*sizes[name]),
            "accounts": lambda: _accounts(programs[name]),
            "instructions": lambda: _instructions(programs[name], costs[name]),
            "errors": lambda: _errors(programs[name]),
        }[what]()
        return "\n".join([found[1].rstrip("\n"), *lines, found[4]])

    return _PART.sub(part, text)


def _size(size: int, limit: int) -> Iterator[str]:
    yield f"{size:,} bytes of ELF (SBPF v3); the budget is {limit:,}."


def _accounts(program: Program) -> Iterator[str]:
    own = [each for each in program.accounts if each.owner is None]
    for account in own:
        yield f"#### {account.name}"
        yield ""
        yield _paragraph(account.doc)
        if account.seeds is not None:
            yield ""
            yield f"Address from: {', '.join(map(_seed, account.seeds))}."
        yield ""
        yield from _layout(account, DISCRIMINATOR_SIZE)
        yield ""
    held = {str(f.type) for account in own for f in account.fields}
    for each in program.enums:
        if each.name in held:
            names = ", ".join(f"{n} {name}" for n, name in enumerate(each.variants))
            yield f"`{each.name}`: {names}. {_paragraph(each.doc)}"
            yield ""


def _seed(seed: object) -> str:
    value = getattr(seed, "value", None)
    return f'"{value.decode()}"' if isinstance(value, bytes) else f"`{getattr(seed, 'field', '')}`"


def _layout(owner: AccountClass | PlainClass, start: int) -> Iterator[str]:
    yield "| offset | field | type | |"
    yield "| ---: | --- | --- | --- |"
    at: int | None = start
    for field in owner.fields:
        place = "" if at is None else str(at)
        yield f"| {place} | {field.name} | {field.type} | {_paragraph(field.doc)} |"
        size = fixed_size(field.type)
        at = None if at is None or size is None else at + size


def _paragraph(doc: str) -> str:
    return " ".join(doc.split()).replace("|", "\\|")


def _instructions(program: Program, costs: Sequence[Costs]) -> Iterator[str]:
    found = {each.instruction: each for each in costs}
    yield "| instruction | what it does | accounts | arguments | CU | rent |"
    yield "| --- | --- | --- | --- | ---: | ---: |"
    for each in program.instructions:
        cost = found[each.name]
        cells = (
            f"`{each.name}`",
            _paragraph(each.doc),
            ", ".join(map(_account, each.accounts)),
            _arguments(each),
            f"{cost.units:,}",
            f"{cost.lamports:,}",
        )
        yield f"| {' | '.join(cells)} |"


def _account(account: AccountParam) -> str:
    marks = "✎" * account.writable + "✍" * account.signer + "?" * account.optional
    return f"{account.name}{f' {marks}' if marks else ''}"


def _arguments(instruction: Instruction) -> str:
    return ", ".join(f"{each.name}: {each.type}" for each in instruction.arguments)


def _errors(program: Program) -> Iterator[str]:
    yield "| number | name | it says |"
    yield "| ---: | --- | --- |"
    for each in program.errors:
        yield f"| {each.code} | `{each.name}` | {_paragraph(each.message)} |"
