"""`conting gate report` and `conting gate evidence`: what the night was like, and who disagrees."""

import argparse
import asyncio
import json
from dataclasses import asdict
from typing import Any

from conting_client import BadSignature, MalformedPass, Scan, ScanKind, Wallet
from conting_client.gate_api import Disagreement, GateClient, NightReport, Word
from conting_gateway.clock import in_words
from solders.pubkey import Pubkey

from conting_cli.gate.options import add_event, add_gateway, add_json, add_key, add_session


def _add(parser: argparse.ArgumentParser, who: str) -> None:
    add_event(parser)
    add_session(parser)
    add_gateway(parser)
    add_key(parser, f"key file of {who}")
    add_json(parser)


def add_report(parser: argparse.ArgumentParser) -> None:
    """The options of `conting gate report`."""
    _add(parser, "the organiser or of any gate of the event")
    parser.set_defaults(do=_report)


def add_evidence(parser: argparse.ArgumentParser) -> None:
    """The options of `conting gate evidence`."""
    _add(parser, "the organiser or of a supervisor's gate")
    parser.set_defaults(do=_evidence)


def _report(options: argparse.Namespace) -> int:
    found = asyncio.run(_fetch_report(options))
    print(json.dumps(_plain(asdict(found))) if options.json else report_text(found))
    return 0


def _evidence(options: argparse.Namespace) -> int:
    found = asyncio.run(_fetch_evidence(options))
    if options.json:
        print(json.dumps([_plain(asdict(each)) for each in found]))
        return 0
    print("\n\n".join(map(evidence_text, found)) or "no gate contradicts another")
    return 0


async def _fetch_report(options: argparse.Namespace) -> NightReport:
    async with GateClient(options.gateway, domain=options.domain) as gateway:
        await gateway.sign_in(Wallet.load(options.key))
        return await gateway.report(options.event, session=options.session)


async def _fetch_evidence(options: argparse.Namespace) -> list[Disagreement]:
    async with GateClient(options.gateway, domain=options.domain) as gateway:
        await gateway.sign_in(Wallet.load(options.key))
        return await gateway.conflicts(options.event, session=options.session)


def report_text(found: NightReport) -> str:
    """The report as people read it."""
    lines = [
        f"event      {found.event}, session {found.session}",
        f"as of      {in_words(found.at)}, slot {found.slot}",
        f"tickets    {found.sold}",
        f"in         {found.admitted}, {found.offline} of them let in without the gateway",
        f"on chain   {found.on_chain}; taken back: {found.undone}",
        f"passkeys   {found.passkeys}, which are not for the chain",
        f"to write   {len(found.pending)}",
        f"conflicts  {found.conflicts}",
    ]
    lines += [f"pending    {ticket}" for ticket in found.pending]
    for each in found.gates:
        refused = ", ".join(f"{reason} {count}" for reason, count in each.refused.items())
        waiting = f", {each.to_write} to write" if each.to_write else ""
        told = f"{each.admitted} in{waiting}; refused: {refused or 'none'}"
        lines.append(f"gate       {each.gate}: {told}")
    for group, writer in sorted(found.writers.items()):
        lines.append(f"writer     group {group}: {writer.gate} until {in_words(writer.until)}")
    return "\n".join(lines)


def evidence_text(pair: Disagreement) -> str:
    """Both words about one ticket, each with what was checked of it."""
    return "\n".join(_word_text(word) for word in (pair.first, pair.second))


def _word_text(word: Word) -> str:
    how = "by itself" if word.offline else "with the gateway"
    head = f"gate {word.gate} let the ticket in {how} at {in_words(word.at)}"
    if word.scan is None:
        return f"{head}: no signed scan, see the entry on chain with the nonce {word.nonce}"
    try:
        scan = Scan.decode(word.scan)
    except (BadSignature, MalformedPass) as error:
        return f"{head}: its scan does not hold: {error}"
    if scan.gate != word.gate or (scan.kind is ScanKind.ADMITTED) != word.offline:
        return f"{head}: its scan says something else"
    return f"{head}: signed, entry {scan.sequence} of its log, ticket {scan.ticket}"


def _plain(value: Any) -> Any:  # noqa: ANN401 JSON
    """Addresses as text and bytes as hex."""
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, Pubkey) else value
