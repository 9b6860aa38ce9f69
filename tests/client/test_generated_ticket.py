"""The committed client of the ticket program: fresh, and the addresses that the contract fixes."""

import ast
from pathlib import Path

import pytest
from conting_client import passes, tickets
from conting_client.generated import ticket as program
from conting_compiler.clientgen import generate
from conting_compiler.frontend import build
from conting_compiler.idl import build_idl
from solders.pubkey import Pubkey

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "programs" / "ticket"

A, B = (Pubkey.from_bytes(bytes([n]) * 32) for n in (1, 2))


def derived(*seeds: bytes) -> Pubkey:
    return Pubkey.find_program_address(list(seeds), program.PROGRAM_ID)[0]


def test_the_committed_client_is_what_the_program_generates() -> None:
    assert Path(program.__file__).read_text() == generate(build_idl(build(PROGRAM)))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (program.event_address(organiser=A, number=7), (b"event", bytes(A), b"\7" + bytes(7))),
        (program.vault_address(event=A), (b"vault", bytes(A))),
        (program.section_address(event=A, index=258), (b"section", bytes(A), b"\2\1")),
        (program.holding_address(event=A, person=B), (b"holding", bytes(A), bytes(B))),
        (program.ticket_address(section=A, seat=258), (b"ticket", bytes(A), b"\2\1\0\0")),
        (program.gate_address(event=A, key=B), (b"gate", bytes(A), bytes(B))),
        (program.entry_address(ticket=A, session=1), (b"entry", bytes(A), b"\1\0")),
        (program.mint_address(ticket=A), (b"mint", bytes(A))),
        (program.token_address(mint=A, wallet=B), (b"token", bytes(A), bytes(B))),
    ],
)
def test_addresses_are_those_of_the_contract(address: Pubkey, expected: tuple[bytes, ...]) -> None:
    assert address == derived(*expected)


def test_the_offsets_that_are_searched_by_are_those_of_the_layout() -> None:
    after_person = 32 + 8 + 32 + 32 + 8 + 4 + 32 + 8 + 32
    data = bytearray(program.Ticket.DISCRIMINATOR + bytes(2 * 32 + 8 + 3 * 32 + after_person))
    offsets = (
        tickets.EVENT_AT,
        tickets.SECTION_AT,
        tickets.HOLDER_AT,
        tickets.PERSON_AT,
        tickets.PAID_BY_AT,
    )
    for number, at in enumerate(offsets, 1):
        data[at : at + 32] = bytes([number]) * 32
    found = program.Ticket.decode(bytes(data))
    keys = (found.event, found.section, found.holder, found.person, found.paid_by)
    assert [bytes(key)[0] for key in keys] == [1, 2, 3, 4, 5]


def test_the_entry_message_is_the_one_that_check_in_rebuilds() -> None:
    """Domain and order, read from the program's source; docs/protocols.md has the widths."""
    tree = ast.parse((PROGRAM / "check_in.py").read_text())
    constants = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    assert constants["ENTRY_DOMAIN"] == passes.ENTRY_DOMAIN
    calls = [
        [ast.unparse(argument) for argument in node.args]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "bytes_of"
    ]
    fields = "ENTRY_DOMAIN, event.key(), ticket.key(), met, nonce, session, expires"
    assert calls == [fields.split(", ")]
    message = passes.EntryMessage(A, B, Pubkey.default(), bytes(range(16)), 258, 3)
    expected = b"conting:entry:v1" + bytes(A) + bytes(B) + bytes(32) + bytes(range(16))
    assert message.encode() == expected + b"\2\1" + b"\3" + bytes(7)
