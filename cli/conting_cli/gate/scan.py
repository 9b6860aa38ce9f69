"""`conting gate scan`: the scanner as a program. Each line in is a pass or a picture of its code.

A line is base64 or hex of what the QR code says, or the path of a picture of it. Lines that begin
with a stroke are for the scanner itself:
  /screen [FILE]  what to show phones without a network: base64, or as a PNG
  /status         what it knows and what it still has to tell
  /sync           hands over and writes now, instead of some seconds later
  /finish         hands everything over, gives the right to admit alone back, and writes for ten
                  seconds; the rest is written beside the scans that follow
  /quit           ends; so does the end of the input
"""

import argparse
import asyncio
import binascii
import contextlib
import secrets
import sys
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Final, TextIO

from conting_client import MalformedManifest, QrUnreadable, Rpc, from_image, load_keypair, to_png
from conting_client.gate_api import GateClient, ManifestFile
from conting_client.scanner import (
    Alarm,
    Connection,
    EntryWriter,
    GateLog,
    Keeper,
    LogFault,
    Outside,
    Scanner,
    Upkeep,
)
from conting_client.scanner.log import WRITTEN
from pydantic import TypeAdapter, ValidationError

from conting_cli.gate.options import (
    add_domain,
    add_event,
    add_key,
    add_session,
    address,
    require_session,
    seconds,
    url,
)
from conting_cli.gate.words import Teller
from conting_cli.project import ProjectError

PICTURES: Final = (".png", ".jpg", ".jpeg", ".bmp", ".webp")
PATIENCE: Final = 3.0  # seconds for the gateway's verdict
EVERY: Final = 2.0  # seconds between two rounds of upkeep
LAST_SECONDS: Final = 10.0  # that /finish and the end wait for the chain
Round = Callable[[], Awaitable[object]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `conting gate scan`."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = __doc__
    add_event(parser)
    add_session(parser)
    add_key(parser, "the scanner's key")
    parser.add_argument("--log", type=Path, metavar="FILE", help="log (beside the key)")
    parser.add_argument(
        "--gateway", type=url, metavar="URL", help="without it the scanner is offline"
    )
    add_domain(parser)
    parser.add_argument(
        "--rpc", type=url, metavar="URL", help="node that entries are written through"
    )
    parser.add_argument("--writer", action="store_true", help="admit the group's tickets alone")
    take_over = "a supervisor takes that right from another scanner"
    parser.add_argument("--take-over", action="store_true", help=take_over)
    parser.add_argument("--manifest", type=Path, metavar="FILE", help="of conting gate rebuild")
    signed = "who signed that: the event's organiser"
    parser.add_argument("--organiser", type=address, help=signed)
    patience = "seconds for the gateway's verdict (%(default)s)"
    parser.add_argument("--patience", type=seconds, default=PATIENCE, help=patience)
    every = "seconds between two rounds of upkeep (%(default)s)"
    parser.add_argument("--every", type=seconds, default=EVERY, help=every)
    scans = "every line is what a code says, and neither a command nor a picture's path"
    parser.add_argument("--scans-only", action="store_true", help=scans)
    parser.add_argument("--json", action="store_true", help="a line of JSON for each answer")
    parser.set_defaults(do=_run)


def _run(options: argparse.Namespace) -> int:
    if bool(options.manifest) != bool(options.organiser):
        raise ProjectError("--manifest and --organiser go together")
    return asyncio.run(_scan(options))


@dataclass(frozen=True, slots=True)
class Gate:
    """A scanner and what hangs on it; `entries` is None without a node."""

    log: GateLog
    keeper: Keeper
    scanner: Scanner
    upkeep: Upkeep
    connection: Connection
    entries: EntryWriter | None
    tell: Teller
    commands: bool
    """Whether lines may be for the scanner itself, or name pictures."""
    patience: float

    async def keep_up(self) -> None:
        """One round: manifests, scans handed over, entries written as far as nobody has to wait."""
        await _safely(self.upkeep.round, self.tell)
        await self._write(self.patience)

    async def _write(self, within: float) -> None:
        """The next batch of entries; what of it is broken off is looked for on chain next time."""
        if self.entries is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(_safely(self.entries.round, self.tell), within)

    async def write_all(self) -> int:
        """Writes entries until none is left, none more can be, or time is up; how many are left."""
        left, end = self.log.count_without(WRITTEN), time.monotonic() + LAST_SECONDS
        while left and (rest := end - time.monotonic()) > 0:
            await self._write(rest)
            before, left = left, self.log.count_without(WRITTEN)
            if left == before:
                break
        return left

    def tell_status(self) -> None:
        """What it knows and what it still has to tell."""
        self.tell.status(self.log, self.keeper.known, self.connection, self.log.refused())


async def _scan(options: argparse.Namespace) -> int:
    tell = Teller(sys.stdout, as_json=options.json)
    async with _open(options, tell) as gate:
        if options.take_over and not await gate.upkeep.take_over():
            raise ProjectError("--take-over needs the gateway: only it knows who has that right")
        await gate.keep_up()
        known = gate.keeper.known
        if known is not None:
            require_session(options.session, known.head.sessions)
        tell.ready(gate.log, known)
        try:
            await _work(gate, options.every)
            await _safely(gate.upkeep.round, tell)
            await gate.write_all()
        finally:  # also for who is in haste, and ends it by Ctrl-C
            if left := gate.log.count_without(WRITTEN):
                tell.left(left)
    return 0


async def _work(gate: Gate, every: float) -> None:
    """Answers line after line, with the upkeep beside it."""
    rounds: list[Round] = [gate.upkeep.round]
    if gate.entries is not None:
        rounds.append(gate.entries.round)
    upkeep = [asyncio.create_task(_repeat(each, every, gate.tell)) for each in rounds]
    try:
        async for line in _lines(sys.stdin):
            if not await _answer(gate, line):
                break
    finally:
        for each in upkeep:
            each.cancel()
        await asyncio.wait(upkeep)


@asynccontextmanager
async def _open(options: argparse.Namespace, tell: Teller) -> AsyncIterator[Gate]:
    key = load_keypair(options.key)
    event, session, gate_key = options.event, options.session, key.pubkey()
    path = options.log or options.key.with_suffix(f".{session}.log")
    log = GateLog(path, event=event, gate=gate_key, session=session)
    async with AsyncExitStack() as stack:
        stack.callback(log.close)
        gateway = rpc = None
        if options.gateway:
            client = GateClient(options.gateway, timeout=options.patience, domain=options.domain)
            gateway = await stack.enter_async_context(client)
        if options.rpc:
            rpc = await stack.enter_async_context(Rpc(options.rpc))
        out = Outside(gateway, tell.alarm, secrets.token_bytes)
        keeper = Keeper(log, event=event, gate=gate_key, session=session)
        if options.manifest:
            keeper.take(_read_manifest(options.manifest), signer=options.organiser)
        connection = Connection(key, out)
        yield Gate(
            log,
            keeper,
            Scanner(key, log, keeper, connection, out),
            Upkeep(log, keeper, connection, out, is_writer=options.writer or options.take_over),
            connection,
            None if rpc is None else EntryWriter(key, log, rpc, tell.alarm),
            tell,
            commands=not options.scans_only,
            patience=options.patience,
        )


def _read_manifest(path: Path) -> ManifestFile:
    try:
        return TypeAdapter(ManifestFile).validate_json(path.read_bytes())
    except OSError as error:
        raise ProjectError(f"cannot read {path}: {error.strerror}") from error
    except ValidationError as error:
        raise MalformedManifest(f"{path} is no manifest of conting gate rebuild") from error


async def _repeat(do: Round, every: float, tell: Teller) -> None:
    while True:
        await asyncio.sleep(every)
        await _safely(do, tell)


async def _safely(do: Round, tell: Teller) -> None:
    """What nobody foresaw is told, and nobody at the door waits for a restart."""
    try:
        await do()
    except Exception as error:  # noqa: BLE001 whatever it is
        tell.alarm(Alarm.UNEXPECTED, f"{type(error).__name__}: {error}")


async def _lines(source: TextIO) -> AsyncIterator[str]:
    """Lines as they come; the thread that waits for them ends with the process."""
    loop, lines = asyncio.get_running_loop(), asyncio.Queue[str]()

    def read() -> None:
        put: Callable[[str], object] = lines.put_nowait
        if isinstance(source, TextIOWrapper):  # a code may hold any bytes, and not end the scanner
            source.reconfigure(errors="replace")
        for line in iter(source.readline, ""):
            loop.call_soon_threadsafe(put, line)
        loop.call_soon_threadsafe(put, "")

    threading.Thread(target=read, daemon=True).start()
    while line := await lines.get():
        yield line.strip()


async def _answer(gate: Gate, line: str) -> bool:
    """Answers one line; whether more may follow."""
    if line.startswith("/") and gate.commands and not _is_picture(line):
        try:
            return await _command(gate, *line.split(maxsplit=1))
        except LogFault as error:
            gate.tell.problem("log_fault", str(error))
            return True
    if not line:
        return True
    try:
        data = _read_line(line, may_be_picture=gate.commands)
    except QrUnreadable as error:
        gate.tell.problem("unreadable", str(error))
        return True
    gate.tell.verdict(await gate.scanner.scan(data))
    return True


async def _command(gate: Gate, name: str, detail: str = "") -> bool:
    if name == "/quit":
        return False
    if name == "/screen":
        shown = gate.scanner.screen().encode()
        if detail and (problem := _write(Path(detail), to_png(shown))):
            gate.tell.problem("not_written", problem)
        gate.tell.screen(b64encode(shown).decode())
    elif name == "/status":
        gate.tell_status()
    elif name == "/sync":
        await gate.keep_up()
        gate.tell_status()
    elif name == "/finish":
        done = not gate.connection.has_gateway or await gate.upkeep.finish()
        to_write, writes = await gate.write_all(), gate.entries is not None
        gate.tell.finished(gate.connection, done=done, to_write=to_write, writes=writes)
    else:
        gate.tell.problem(
            "unknown_command", f"{name} is none of /screen /status /sync /finish /quit"
        )
    return True


def _write(path: Path, data: bytes) -> str:
    """What kept it from being written, if anything did."""
    try:
        path.write_bytes(data)
    except (OSError, ValueError) as error:
        return f"cannot write {path}: {error}"
    return ""


def _is_picture(line: str) -> bool:
    return line.lower().endswith(PICTURES) and Path(line).is_file()


def _read_line(line: str, *, may_be_picture: bool) -> bytes:
    """The bytes of a pass; what is no pass at all is for the scanner to refuse."""
    if may_be_picture and line.lower().endswith(PICTURES):
        try:
            return from_image(Path(line).read_bytes())
        except (OSError, ValueError) as error:
            raise QrUnreadable(f"cannot read {line}: {error}") from error
    try:
        return bytes.fromhex(line)
    except ValueError:
        pass
    try:
        return b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        return line.encode()
