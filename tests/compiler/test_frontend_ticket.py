"""What holds of typed IR whatever the program: types meet, spans lie inside the file."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from conting_compiler.frontend import build
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typed_text import to_text
from conting_compiler.ir.typesystem import ArrayT, BoolT, EmptyT, IntT, StrT, UncheckedT
from conting_compiler.source import Span

_TICKET = Path(__file__).parent / "samples" / "ticket"

_MIXED = """
from seahorse.prelude import *
declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")
N = 3
class Color(Enum):
    RED = 0
    GREEN = 1
class Thing(Account):
    owner: Pubkey
    number: u32
    bump: u8
    count: u32
    color: Color
    data: Array[u8, 16]
    name: str
    def seeds(self) -> Seeds:
        return ["thing", self.owner, self.number]
    def larger(self, than: u8) -> u64:
        return self.number + than
def largest(data: Array[u8, 16]) -> u8:
    most = u8(0)
    for each in data:
        most = each if each > most else most
    return most
def pick(a: Thing, b: Thing, first: bool) -> Thing:
    return a if first else b
@instruction
def make(payer: Signer, thing: Empty[Thing], to: UncheckedAccount, number: u32, text: str) -> None:
    thing = thing.init(payer=payer, owner=payer.key(), number=number, name=text + "!")
    thing.data[number] += 1
    thing.count -= 1 + N
    thing.color = Color.GREEN if thing.larger(3) >= 8 else Color.RED
    payer.transfer_lamports(to, thing.number * N)
    assert sha256(bytes_of(thing.owner, number))[0] != 7
    while largest(thing.data) < 200 and not 0 < number <= 5:
        number //= 2
    assert f"{text} {number} {True}" != "", "a text"
@instruction
def change(a: Thing, b: Thing, first: bool) -> None:
    unchecked("a test of types")
    pick(a, b, first).count = 1
"""


@pytest.fixture(scope="module", params=["ticket", "mixed"])
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ir.Program:
    if request.param == "ticket":
        return build(_TICKET)
    path = tmp_path_factory.mktemp("programs") / "mixed.py"
    path.write_text(_MIXED, encoding="utf-8")
    return build(path)


def _nodes(value: object) -> Iterator[object]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type | Span):
        yield value
        for field in dataclasses.fields(value):
            yield from _nodes(getattr(value, field.name))
    elif isinstance(value, tuple):
        for each in value:
            yield from _nodes(each)


def test_operands_have_one_type(program: ir.Program) -> None:
    for node in _nodes(program):
        match node:
            case ir.Binary(left=left, right=right, type=kind):
                assert left.type == right.type == kind
                assert isinstance(kind, IntT)
            case ir.Compare(left=left, right=right):
                assert left.type == right.type
            case ir.Conditional(test=test, then=then, otherwise=otherwise, type=kind):
                assert then.type == otherwise.type == kind
                assert isinstance(test.type, BoolT)
            case ir.Unary(operand=operand, type=kind):
                assert operand.type == kind
            case ir.Convert(operand=operand, type=kind):
                assert isinstance(operand.type, IntT)
                assert operand.type != kind
            case ir.Format(parts=parts):
                assert all(isinstance(part.type, IntT | StrT | BoolT) for part in parts)
            case ir.ForRange(variable=variable, start=start, stop=stop, step=step):
                assert variable.type == start.type == stop.type
                assert step != 0


def test_values_have_the_type_of_their_place(program: ir.Program) -> None:
    fields = {a.name: {f.name: f.type for f in a.fields} for a in program.accounts}
    params = {f.name: [p.type for p in f.params] for f in program.functions}
    for node in _nodes(program):
        match node:
            case ir.Assign(target=target, value=value):
                assert target.type == value.type
            case ir.Assert(condition=condition, error=error):
                assert isinstance(condition.type, BoolT)
                assert 0 <= error < len(program.errors)
            case ir.InitAccount(account_class=name, fields=given, target=target):
                assert isinstance(target.type, EmptyT)
                assert all(value.type == fields[name][field] for field, value in given)
            case ir.Call(function=name, arguments=arguments):
                for argument, kind in zip(arguments, params[name], strict=True):
                    assert argument.type == kind or isinstance(kind, UncheckedT)
            case ir.Index(base=base, type=kind):
                assert isinstance(base.type, ArrayT)
                assert base.type.element == kind
            case ir.IntLit(value=number, type=integer):
                assert integer.low <= number <= integer.high


def test_spans_lie_inside_their_file(program: ir.Program) -> None:
    spans = [span for node in _nodes(program) if isinstance(span := getattr(node, "span", 0), Span)]
    assert len(spans) > 50
    for span in spans:
        lines = span.source.text.split("\n")
        assert 1 <= span.line <= span.end_line <= len(lines)
        assert 1 <= span.column <= len(lines[span.line - 1]) + 1
        assert 1 <= span.end_column <= len(lines[span.end_line - 1]) + 1
        assert (span.line, span.column) < (span.end_line, span.end_column)


def test_the_span_of_a_name_is_the_name(program: ir.Program) -> None:
    for node in _nodes(program):
        if isinstance(node, ir.Local) and "." not in node.name:
            line = node.span.source.line(node.span.line)
            text = line[node.span.column - 1 : node.span.end_column - 1]
            inside_text = text.lstrip("rbfRBF").startswith(('"', "'"))
            assert text == node.name or inside_text


def test_the_printer_shows_every_definition(program: ir.Program) -> None:
    text = to_text(program)
    assert text.endswith("\n")
    for name in (
        *(f"account {each.name} " for each in program.accounts),
        *(f"function {each.name}(" for each in program.functions),
        *(f"instruction {each.name} " for each in program.instructions),
        *(f"error {each.code} {each.name}: {each.message}" for each in program.errors),
    ):
        assert name in text


def test_printing_shows_what_the_front_end_decided() -> None:
    text = to_text(build(_TICKET))
    for line in (
        "event.sections = (event.sections + 1u16)",
        "assert ((1u8 <= limit) and (limit <= 10u8)), #3",
        "return u64(event.refund_share[step])",
        "account custody: Empty[Token2022Account] writable pda [b'custody', account mint]",
        "sold: Ticket = ticket.init(payer=buyer, event=@account.key(event),",
        "ticket.state = TicketState.USED",
    ):
        assert line in text
