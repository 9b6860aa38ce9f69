"""`conting gate list`: who may scan, and whether they can pay for the entries that they write."""

import argparse
import asyncio
import json
from typing import Final

from conting_client import Rpc
from conting_client.tickets import Tickets

from conting_cli.gate.options import add_event, add_json, add_rpc

SOL: Final = 10**9  # lamports


def add_list(parser: argparse.ArgumentParser) -> None:
    """The options of `conting gate list`."""
    add_event(parser)
    add_rpc(parser)
    add_json(parser)
    parser.set_defaults(do=_list)


def _list(options: argparse.Namespace) -> int:
    found = asyncio.run(_read(options))
    text = "\n".join(map(_text, found)) or "the event has no gates"
    print(json.dumps(found) if options.json else text)
    return 0


async def _read(options: argparse.Namespace) -> list[dict[str, object]]:
    """By group; in a group the scanners first."""
    async with Rpc(options.rpc) as rpc:
        tickets = Tickets(rpc)
        await tickets.event(options.event)
        gates = [each.data for each in await tickets.gates(options.event)]
        gates.sort(key=lambda gate: (gate.group, gate.role, bytes(gate.key)))
        purses = await rpc.accounts([gate.key for gate in gates])
    return [
        {
            "gate": str(gate.key),
            "group": gate.group,
            "role": gate.role.name.lower(),
            "active": gate.active,
            "lamports": 0 if purse is None else purse.lamports,
        }
        for gate, purse in zip(gates, purses, strict=True)
    ]


def _text(gate: dict[str, object]) -> str:
    what = f"{gate['role']} of group {gate['group']}{'' if gate['active'] else ', revoked'}"
    return f"gate       {gate['gate']}: {what}, {int(str(gate['lamports'])) / SOL:.2f} SOL"
