"""`conting verify-queue`: draws the order of a waiting room again, from what was published.

It trusts the gateway for nothing but the document: the secret has to fit the hash that was known
before the opening, the seed has to follow from secret and slot, and the order from the seed. With
`--rpc` it asks a Solana node for the slot's hash, which nodes keep for 512 slots.
"""

import argparse
import asyncio
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx2
from conting_client import ContingError, Rpc
from conting_gateway.waitroom.order import Beacon, draw_places, make_seed
from conting_gateway.waitroom.schemas import PublicQueue
from pydantic import ValidationError

from conting_cli.gate.options import url
from conting_cli.project import ProjectError

TIMEOUT: Final = 10.0  # seconds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `conting verify-queue`."""
    parser.add_argument(
        "document", help="URL of the gateway (with --event) or of …/queue/public, or a saved file"
    )
    parser.add_argument("--event", help="address of the event")
    parser.add_argument("--commit", help="hash of the secret as you saw it before the opening, hex")
    parser.add_argument("--beacon-slot", type=int, help="slot as you saw it before the opening")
    parser.add_argument("--number", type=int, help="your number: tells its place")
    parser.add_argument(
        "--rpc", type=url, metavar="URL", help="a Solana node to ask for the slot's hash"
    )
    parser.add_argument("--order", action="store_true", help="print all numbers in their order")


def run(options: argparse.Namespace) -> int:
    """0 if everything fits, 1 if something does not or cannot be told."""
    queue = _read(options)
    problems = list(_problems(queue, options))
    if options.rpc and not problems:
        problems += asyncio.run(_ask_chain(queue, options.rpc))
    for problem in problems:
        print(f"conting: {problem}", file=sys.stderr)
    if problems:
        return 1
    _tell(queue, options)
    return 0


def _read(options: argparse.Namespace) -> PublicQueue:
    try:
        return PublicQueue.model_validate(_fetch(options))
    except ValidationError as error:
        raise ProjectError(f"{options.document} is no public document of a queue") from error


def _fetch(options: argparse.Namespace) -> Any:  # noqa: ANN401 JSON
    source: str = options.document
    if not source.startswith(("http://", "https://")):
        path = Path(source)
        if not path.is_file():
            raise ProjectError(f"{source} is neither a file nor a URL")
        return _parse(path.read_bytes())
    if options.event:
        source = f"{source.rstrip('/')}/v1/events/{options.event}/queue/public"
    try:
        answer = httpx2.get(source, timeout=TIMEOUT)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise ProjectError(f"{source} does not answer: {error}") from error
    if not answer.is_success:
        raise ProjectError(f"{source} answers {answer.status_code}: {answer.text[:200]}")
    return _parse(answer.content)


def _parse(text: bytes) -> Any:  # noqa: ANN401 JSON
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProjectError("the document is no JSON") from error


def _problems(queue: PublicQueue, options: argparse.Namespace) -> Iterator[str]:
    """What does not fit."""
    if options.commit and options.commit.lower() != queue.commit:
        yield "the hash of the secret is not the one that you saw before the opening"
    if options.beacon_slot is not None and options.beacon_slot != queue.beacon_slot:
        yield f"slot {queue.beacon_slot} is named, and was {options.beacon_slot} before the opening"
    if options.number is not None and not 0 < options.number <= queue.tail:
        yield f"nobody has number {options.number}: the last one is {queue.tail}"
    drawn = _drawn(queue)
    if drawn is None:
        yield f"the order is not drawn yet: the queue is {queue.state}"
        return
    secret, beacon, seed = drawn
    if not 0 <= (queue.collected or 0) <= queue.tail:
        yield f"of {queue.tail} numbers {queue.collected} are said to be drawn"
    if hashlib.sha256(secret).hexdigest() != queue.commit:
        yield "the secret does not fit its hash: it was changed after the hash was published"
    if beacon.slot < queue.beacon_slot:
        yield f"slot {beacon.slot} was used, which comes before the slot named, {queue.beacon_slot}"
    if make_seed(queue.event, secret, beacon) != seed:
        yield "the seed does not follow from the secret and the slot's hash"


def _drawn(queue: PublicQueue) -> tuple[bytes, Beacon, bytes] | None:
    """Secret, beacon and seed; None before the draw."""
    if queue.secret is None or queue.seed is None or queue.collected is None:
        return None
    if queue.beacon_used is None or queue.beacon_hash is None:
        return None
    beacon = Beacon(queue.beacon_used, _hex(queue.beacon_hash))
    return _hex(queue.secret), beacon, _hex(queue.seed)


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise ProjectError("the document has something else than hex where hex belongs") from error


async def _ask_chain(queue: PublicQueue, url: str) -> list[str]:
    try:
        async with Rpc(url) as rpc:
            known = {slot: bytes(found) for slot, found in (await rpc.slot_hashes()).items()}
    except ContingError as error:
        raise ProjectError(f"the node at {url} does not answer: {error}") from error
    used = queue.beacon_used
    if used not in known:
        return [f"the node no longer has the hash of slot {used}: ask an archive"]
    wrong = [] if known[used].hex() == queue.beacon_hash else [f"slot {used} has another hash"]
    passed = [slot for slot in known if queue.beacon_slot <= slot < used]
    if passed:
        return [*wrong, f"slot {min(passed)} had to be used, not {used}"]
    if queue.beacon_slot < used == min(known):
        earlier = f"whether a slot from {queue.beacon_slot} to {used - 1} had to be used"
        return [*wrong, f"the node no longer knows {earlier}: ask an archive"]
    return wrong


def _tell(queue: PublicQueue, options: argparse.Namespace) -> None:
    assert queue.seed is not None
    assert queue.collected is not None
    places = draw_places(bytes.fromhex(queue.seed), queue.collected)
    print(f"the order of {queue.collected} who came before the opening fits: {queue.event}")
    named, used = queue.beacon_slot, queue.beacon_used
    if used is not None and used != named:
        told = "skipped slots give way"
        if not options.rpc:
            ask = "ask a node (--rpc) or an archive"
            told = f"right only if no slot from {named} to {used - 1} has a block: {ask}"
        print(f"slot {named} was named, {used} used: {told}")
    if options.number is not None:
        number: int = options.number
        drawn = 1 <= number <= len(places)
        print(f"number {number} has place {places[number - 1] if drawn else number}")
    if options.order:
        for _, number in sorted((place, number) for number, place in enumerate(places, start=1)):
            print(number)
