"""What organisers and supervisors do about gates: approve, revoke, take back, rebuild."""

import argparse
import asyncio
import json
import time
from base64 import b64encode
from pathlib import Path
from typing import Final

from conting_client import (
    ChainError,
    Manifest,
    ManifestHead,
    Rpc,
    Wallet,
    build,
    build_manifest,
    lacks_lamports,
    load_keypair,
    read_snapshot,
    save_keypair,
    sign,
)
from conting_client.generated import ticket as program
from conting_client.manifest import pack_lines
from conting_client.manifest_chain import EventSnapshot
from conting_client.tickets import Tickets
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from conting_cli.gate.options import (
    add_event,
    add_json,
    add_key,
    add_rpc,
    add_session,
    address,
    group,
    require_session,
    seat,
    section,
)
from conting_cli.project import ProjectError

HOUR: Final = 3600  # seconds
LONGEST: Final = 24  # hours
ANOTHER: Final = "make another key (conting gate new)"


def add_new(parser: argparse.ArgumentParser) -> None:
    """The options of `conting gate new`."""
    add_key(parser, "where the new key goes; an existing file is never overwritten")
    add_json(parser)
    parser.set_defaults(do=_new)


def _new(options: argparse.Namespace) -> int:
    keypair = Keypair()
    save_keypair(keypair, options.key)
    key = str(keypair.pubkey())
    if options.json:
        print(json.dumps({"key": key, "file": str(options.key)}))
        return 0
    print(f"key      {key}")
    print(f"file     {options.key}: whoever has it is this gate")
    print("The organiser approves it, and sends it some SOL for the entries that it will write:")
    print(f"  conting gate approve --event EVENT --gate {key} --group GROUP --organiser FILE")
    return 0


def _add_organiser(parser: argparse.ArgumentParser) -> None:
    add_event(parser)
    parser.add_argument("--gate", type=address, required=True, help="the scanner's key")
    parser.add_argument("--organiser", type=Path, required=True, metavar="FILE", help="wallet")
    add_rpc(parser)


def add_approve(parser: argparse.ArgumentParser) -> None:
    """The options of `conting gate approve`."""
    _add_organiser(parser)
    parser.add_argument("--group", type=group, required=True, help="the gate group, 0 to 255")
    parser.add_argument("--supervisor", action="store_true", help="may take entries back")
    parser.set_defaults(do=_approve)


def _approve(options: argparse.Namespace) -> int:
    organiser = Wallet.load(options.organiser)
    role = program.GateRole.SUPERVISOR if options.supervisor else program.GateRole.SCANNER
    order = program.register_gate(
        organiser=organiser.key,
        event=options.event,
        key=options.gate,
        group=options.group,
        role=role,
    )
    homes = asyncio.run(_approve_on_chain(options, organiser.keypair, role, order))
    print(f"approved {options.gate}: {role.name.lower()} of group {options.group}")
    if homes and options.group not in homes:
        others = ", ".join(map(str, sorted(homes)))
        nowhere = f"No section's home is group {options.group} (but {others})"
        print(f"{nowhere}: without a network it lets nobody in.")
    return 0


async def _approve_on_chain(
    options: argparse.Namespace, key: Keypair, role: program.GateRole, order: Instruction
) -> set[int]:
    """Sends it, unless the gate is approved as that already; the groups that sections name."""
    found = await _gate(options, key)
    if found is None:
        await _send(options.rpc, key, order)
    elif not found.active:
        raise ProjectError(f"{options.gate} was revoked, for good: {ANOTHER}")
    elif (found.role, found.group) != (role, options.group):
        stands = f"as {found.role.name.lower()} of group {found.group}, and stays that"
        raise ProjectError(f"{options.gate} is approved already, {stands}: {ANOTHER}")
    async with Rpc(options.rpc) as rpc:
        tickets = Tickets(rpc)
        sections = await tickets.sections(await tickets.event(options.event))
    return {section.data.gate_group for section in sections}


async def _gate(options: argparse.Namespace, organiser: Keypair) -> program.Gate | None:
    """What stands on chain of the gate.

    Raises AccountMissing if there is no such event, ProjectError if it is another's.
    """
    async with Rpc(options.rpc) as rpc:
        tickets = Tickets(rpc)
        event = await tickets.event(options.event)
        _require_organiser(options, event.data, organiser)
        found = await tickets.gate(options.event, options.gate)
    return None if found is None else found.data


def _require_organiser(
    options: argparse.Namespace, event: program.Event, organiser: Keypair
) -> None:
    if organiser.pubkey() != event.organiser:
        raise ProjectError(f"{options.organiser} is not the wallet of the event's organiser")


def add_revoke(parser: argparse.ArgumentParser) -> None:
    """The options of `conting gate revoke`."""
    _add_organiser(parser)
    parser.set_defaults(do=_revoke)


def _revoke(options: argparse.Namespace) -> int:
    organiser = Wallet.load(options.organiser)
    gate = program.gate_address(event=options.event, key=options.gate)
    order = program.revoke_gate(organiser=organiser.key, event=options.event, gate=gate)
    asyncio.run(_revoke_on_chain(options, organiser.keypair, order))
    print(f"revoked {options.gate}: it writes no more entries")
    return 0


async def _revoke_on_chain(options: argparse.Namespace, key: Keypair, order: Instruction) -> None:
    if await _gate(options, key) is None:
        raise ProjectError(f"{options.gate} is no gate of the event")
    await _send(options.rpc, key, order)


def add_undo(parser: argparse.ArgumentParser) -> None:
    """The options of `conting gate undo`."""
    add_event(parser)
    which = parser.add_argument_group("which ticket: by its address, or by its seat")
    which.add_argument("--ticket", type=address, help="as the line OUT already_in names it")
    which.add_argument("--section", type=section, metavar="NUMBER", help="as the line IN names it")
    which.add_argument("--seat", type=seat, metavar="NUMBER", help="likewise")
    add_session(parser)
    add_key(parser, "key of a supervisor's gate")
    add_rpc(parser)
    parser.set_defaults(do=_undo)


def _ticket(options: argparse.Namespace) -> Pubkey:
    place = options.section, options.seat
    if (None in place) if options.ticket is None else (place != (None, None)):
        raise ProjectError("name the ticket by --ticket, or by --section and --seat")
    if options.ticket is not None:
        return Pubkey.from_bytes(bytes(options.ticket))
    key = program.section_address(event=options.event, index=options.section)
    return program.ticket_address(section=key, seat=options.seat)


def _undo(options: argparse.Namespace) -> int:
    key, ticket = load_keypair(options.key), _ticket(options)
    order = program.undo_entry(
        gate_key=key.pubkey(),
        event=options.event,
        gate=program.gate_address(event=options.event, key=key.pubkey()),
        entry=program.entry_address(ticket=ticket, session=options.session),
    )
    asyncio.run(_undo_on_chain(options, ticket, key, order))
    print(f"taken back: {ticket} may enter session {options.session} once more")
    print("Scanners know it with their next manifest, some seconds from now.")
    return 0


async def _undo_on_chain(
    options: argparse.Namespace, ticket: Pubkey, key: Keypair, order: Instruction
) -> None:
    async with Rpc(options.rpc) as rpc:
        tickets = Tickets(rpc)
        await tickets.event(options.event)
        if await tickets.entry(ticket, options.session) is None:
            raise ProjectError(
                f"{ticket} has no entry on chain for session {options.session}: nobody was let in "
                "with it, or the gate that did has not written it yet (conting gate report: "
                "pending), or it was a passkey, whose entry cannot be taken back"
            )
    await _send(options.rpc, key, order)


async def _send(url: str, key: Keypair, order: Instruction) -> None:
    async with Rpc(url) as rpc:
        recent = await rpc.latest_blockhash()
        try:
            await rpc.send(sign(build(key.pubkey(), [order], recent.hash), key))
        except ChainError as error:
            if not lacks_lamports(error):
                raise
            raise ProjectError(f"{key.pubkey()} has too few lamports: send it some SOL") from error


def add_rebuild(parser: argparse.ArgumentParser) -> None:
    """The options of `conting gate rebuild`."""
    add_event(parser)
    add_session(parser)
    add_rpc(parser)
    add_json(parser)
    night = parser.add_argument_group("for a night without a gateway")
    night.add_argument("--organiser", type=Path, metavar="FILE", help="wallet that signs it")
    night.add_argument("--gate", type=address, help="the scanner that will be its group's writer")
    night.add_argument("--hours", type=int, default=4, help="how long it is valid (%(default)s)")
    night.add_argument("--out", type=Path, metavar="FILE", help="for conting gate scan --manifest")
    parser.set_defaults(do=_rebuild)


def _rebuild(options: argparse.Namespace) -> int:
    asked = [options.organiser, options.gate, options.out]
    if any(asked) and not all(asked):
        raise ProjectError("--organiser, --gate and --out go together")
    if not 0 < options.hours <= LONGEST:
        raise ProjectError(f"a manifest is valid for 1 to {LONGEST} hours")
    return asyncio.run(_rebuild_from_chain(options))


async def _rebuild_from_chain(options: argparse.Namespace) -> int:
    async with Rpc(options.rpc) as rpc:
        snapshot = await read_snapshot(rpc, options.event)
        require_session(options.session, snapshot.event.data.sessions)
        found = build_manifest(snapshot, options.session)
        told = {
            "event": str(options.event),
            "session": options.session,
            "slot": found.slot,
            "tickets": len(snapshot.tickets),
            "entries": len(found.entries),
            "root": found.root.hex(),
            "entered": found.entered.hex(),
        }
        if options.out:
            chain_time = await rpc.chain_time()
            gate = await Tickets(rpc).gate(options.event, options.gate)
            if gate is None or not gate.data.active:
                raise ProjectError(f"{options.gate} is no active gate of the event")
            organiser = load_keypair(options.organiser)
            _require_organiser(options, snapshot.event.data, organiser)
            head = _head(options, snapshot, found, gate.data.group, chain_time)
            _write(options.out, _document(head, found, organiser))
            told["file"] = str(options.out)
    print(json.dumps(told) if options.json else _lines(told))
    return 0


def _document(head: ManifestHead, found: Manifest, organiser: Keypair) -> str:
    signature = head.sign(organiser)
    return json.dumps(
        {
            "head": b64encode(head.encode()).decode(),
            "signature": b64encode(bytes(signature)).decode(),
            "full": True,
            "tickets": b64encode(pack_lines(found.tickets)).decode(),
            "entries": b64encode(pack_lines(found.entries)).decode(),
        }
    )


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as error:
        raise ProjectError(f"cannot write {path}: {error.strerror}") from error


def _head(
    options: argparse.Namespace,
    snapshot: EventSnapshot,
    found: Manifest,
    group: int,
    chain_time: int,
) -> ManifestHead:
    """What the organiser vouches for in the gateway's place: only the answer lane works by it."""
    event, now = snapshot.event.data, int(time.time())
    return ManifestHead(
        group=group,
        cancelled=event.cancelled,
        session=options.session,
        sessions=event.sessions,
        slot=found.slot,
        issued=now,
        valid_until=now + options.hours * HOUR,
        chain_time=chain_time,
        doors=event.doors,
        ends=event.ends,
        event=options.event,
        gate=options.gate,
        writer=options.gate,
        challenge_key=Pubkey.default(),
        other_key=Pubkey.default(),
        root=found.root,
        entered=found.entered,
    )


def _lines(told: dict[str, object]) -> str:
    return "\n".join(f"{name:<9}{value}" for name, value in told.items())
