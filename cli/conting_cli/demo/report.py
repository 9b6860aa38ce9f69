"""The table at the end, from the chain where the chain knows, and whether all is as it must be."""

from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, Final, cast

from conting_client import Tickets
from conting_client.generated import ticket as program
from conting_client.generated.ticket import TicketState
from solders.transaction import VersionedTransaction

from conting_cli.demo.cheats import Attempt
from conting_cli.demo.concert import FANS, SEATS, Concert
from conting_cli.demo.stage import LAMPORTS, Stage

PAGE: Final = 1000  # signatures that a node gives at once
VAULT_SIZE: Final = 8 + 32 + 1 + 8 + 8 + 32  # bytes: class, event, bump, refundable, deposits, till


@dataclass(frozen=True, slots=True)
class Books:
    """What the chain says when the show is over. Money in lamports."""

    sold: int
    issued: int
    used: int
    cooling: int
    vault: int
    owed: int
    """What the vault has to hold: the prices of the tickets that were not given back."""


async def read_books(concert: Concert) -> Books:
    """Reads tickets and vault of the event from the chain."""
    tickets = await _all_tickets(concert.tickets, concert)
    states = [each.state for each in tickets]
    vault = await concert.tickets.vault(concert.event)
    rent = await concert.rpc.rent(VAULT_SIZE)
    return Books(
        sold=len(tickets),
        issued=states.count(TicketState.ISSUED),
        used=states.count(TicketState.USED),
        cooling=states.count(TicketState.COOLING),
        vault=vault.lamports - rent,
        owed=sum(each.price_paid for each in tickets if each.state is not TicketState.COOLING),
    )


async def _all_tickets(tickets: Tickets, concert: Concert) -> list[program.Ticket]:
    sections = await tickets.sections(await tickets.event(concert.event))
    return [
        stored.data
        for section in sections
        for stored in await tickets.tickets_of_section(section.address)
    ]


async def compute_units(stage: Stage) -> dict[str, list[int]]:
    """Compute units of every transaction of the program that went through, by instruction."""
    instructions = stage.program.program.instructions
    names = {each.discriminator: each.name for each in instructions}
    used: dict[str, list[int]] = defaultdict(list)
    address = str(program.PROGRAM_ID)
    listed = await stage.call_node(
        "getSignaturesForAddress", address, {"limit": PAGE, "commitment": "confirmed"}
    )
    for row in cast("list[dict[str, Any]]", listed):
        if row["err"] is None:
            name, units = await _cost(stage, str(row["signature"]), names)
            used[name].append(units)
    used.pop("", None)
    return used


async def _cost(stage: Stage, signature: str, names: Mapping[bytes, str]) -> tuple[str, int]:
    """The one instruction of ours in a transaction, and the units of the whole; "" for others."""
    options = {
        "encoding": "base64",
        "commitment": "confirmed",
        "maxSupportedTransactionVersion": 0,
    }
    found = cast("dict[str, Any]", await stage.call_node("getTransaction", signature, options))
    raw = b64decode(found["transaction"][0])
    message = VersionedTransaction.from_bytes(raw).message
    keys = message.account_keys
    ours = [
        names.get(bytes(each.data)[:8], "")
        for each in message.instructions
        if keys[each.program_id_index] == program.PROGRAM_ID
    ]
    units = int(found["meta"]["computeUnitsConsumed"])
    return (ours[0], units) if len(ours) == 1 else ("", units)


def problems(concert: Concert, books: Books, attempts: Iterable[Attempt]) -> list[str]:
    """Everything that did not come out as it must; empty if all is well."""
    told = [fan for fan in concert.fans if fan.why_not == "sold_out"]
    checks = {
        f"{books.sold} of {SEATS} seats were sold": books.sold == SEATS,
        f"{len(told)} fans were told that it is sold out": len(told) == FANS - SEATS,
        f"{books.cooling} tickets cool, {concert.refunded} were given back": (
            books.cooling == concert.refunded
        ),
        f"{books.used} tickets are used, {concert.entered} entered": (
            books.used == concert.entered == SEATS - concert.refunded - len(concert.late)
        ),
        f"the vault holds {books.vault} lamports and owes {books.owed}": books.vault == books.owed,
    }
    wrong = [text for text, ok in checks.items() if not ok]
    return wrong + [f"{each.title}: {each.met}" for each in attempts if not each.ok]


def table(concert: Concert, books: Books, units: Mapping[str, list[int]], seconds: float) -> str:
    """The table that the demo ends with."""
    rows = [
        ("seats sold", f"{books.sold} of {SEATS}"),
        ("given back", f"{books.cooling}"),
        ("entered", f"{books.used}"),
        ("in the vault", f"{books.vault / LAMPORTS:.2f} SOL"),
        ("refused", f"{sum(concert.refusals.values())}"),
        *((f"  {code}", f"{count}") for code, count in concert.refusals.most_common()),
        ("compute units (median, most)", ""),
        *((f"  {name}", f"{median(u):,.0f}  {max(u):,}") for name, u in sorted(units.items())),
        ("seconds", f"{seconds:.1f}"),
    ]
    width = max(len(name) for name, _ in rows) + 2
    return "\n".join(f"{name:<{width}}{value}" for name, value in rows)
