"""`conting gate` as its users run it: a process each, and a network between it and the gateway."""

import asyncio
import json
import os
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from solders.pubkey import Pubkey

from tests.e2e.people import PATIENCE

EVERY = "0.2"  # seconds between two rounds of a scanner's upkeep
GRACE = "30"  # seconds for the gateway's verdict, on a machine that is busy


@dataclass
class Cable:
    """A network cable to the gateway: bytes pass through until somebody pulls it."""

    target: str
    port: int = 0
    pulled: bool = False
    deaf: bool = False
    """Requests arrive, and no answer comes back."""
    _wires: set[asyncio.StreamWriter] = field(default_factory=set)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[Self]:
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.pull()

    def pull(self) -> None:
        self.pulled = True
        for wire in self._wires:
            wire.close()

    def plug_in(self) -> None:
        self.pulled = self.deaf = False

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._wires.add(writer)
        if self.pulled:
            writer.close()
            return
        there = urlsplit(self.target)
        with suppress(OSError):
            far, away = await asyncio.open_connection(there.hostname, there.port)
            self._wires.add(away)
            await asyncio.gather(
                self._carry(reader, away, answers=False), self._carry(far, writer, answers=True)
            )

    async def _carry(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                if self.pulled:
                    break
                if answers and self.deaf:
                    self.heard.set()
                    continue
                sink.write(data)
                await sink.drain()
        sink.close()


@dataclass
class Booth:
    """A running `conting gate scan`; what it says, sorted."""

    process: asyncio.subprocess.Process
    ready: dict[str, Any]
    verdicts: asyncio.Queue[dict[str, Any]]
    answers: asyncio.Queue[dict[str, Any]]
    alarms: list[str]

    async def scan(self, shown: bytes | str) -> dict[str, Any]:
        """The verdict on a pass, or on the picture at a path."""
        line = shown if isinstance(shown, str) else b64encode(shown).decode()
        return await self._say(line, self.verdicts)

    async def status(self) -> dict[str, Any]:
        """After everything that can be handed over now was."""
        return dict((await self._say("/sync", self.answers))["status"])

    async def say(self, line: str) -> dict[str, Any]:
        return await self._say(line, self.answers)

    async def _say(self, line: str, hears: asyncio.Queue[dict[str, Any]]) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        await self.process.stdin.drain()
        async with asyncio.timeout(PATIENCE):
            return await hears.get()

    async def leave(self) -> None:
        """Ends it as its operator does."""
        if self.process.returncode is None and self.process.stdin is not None:
            self.process.stdin.close()
            await self.process.wait()

    async def crash(self) -> None:
        """Ends it as a dead battery does."""
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def booth(
    *options: str, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Booth]:
    """A scanner with these options; it ends with the block."""
    command = ["-m", "conting_cli.main", "gate", "scan", "--json", "--every", EVERY, *options]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**20,
        env={**os.environ, **(environment or {})},
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(_end, process)
        made = Booth(process, {}, asyncio.Queue(), asyncio.Queue(), [])
        started: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        listener = asyncio.create_task(_listen(made, started))
        stack.callback(listener.cancel)
        async with asyncio.timeout(PATIENCE):
            made.ready = await started.get()
        assert made.ready.get("ready"), "the scanner did not start"
        yield made
        await made.leave()


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


async def _listen(booth: Booth, started: asyncio.Queue[dict[str, Any]]) -> None:
    assert booth.process.stdout is not None
    while line := await booth.process.stdout.readline():
        told = json.loads(line)
        if "ready" in told:
            started.put_nowait(told)
        elif "verdict" in told:
            booth.verdicts.put_nowait(told)
        elif "alarm" in told:
            booth.alarms.append(told["alarm"])
        else:
            booth.answers.put_nowait(told)
    started.put_nowait({})


async def conting(*words: str | Path | Pubkey) -> str:
    """What `conting WORDS` prints; it has to succeed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "conting_cli.main",
        *map(str, words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE):
        out, problems = await process.communicate()
    assert process.returncode == 0, problems.decode()
    return out.decode()
