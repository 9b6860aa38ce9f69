"""The wire between gateways and Redis: scripts run, and answers wait while somebody holds it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

PATIENCE = 3600  # seconds that a gateway waits for an answer, instead of two


class Wire:
    """`url` instead of the server's own."""

    def __init__(self, server_url: str) -> None:
        self._there = urlsplit(server_url)
        self._open = asyncio.Event()
        self._open.set()
        self._words: tuple[bytes, ...] = ()
        self._answer: bytes | None = None
        self.caught = asyncio.Event()
        """An answer waits that was asked for by what it says."""
        self._ends: set[asyncio.StreamWriter] = set()
        self.url = ""

    def hold(self, *words: bytes) -> None:
        """From now on Redis does what it is asked, and nobody hears of it.

        Of scripts that name one of these words only, if there are any.
        """
        self._words = words
        self._open.clear()

    def hold_answer(self, word: bytes) -> None:
        """From now on an answer that says this is not heard of; all others are."""
        self._answer = word
        self.caught.clear()
        self._open.clear()

    def let_go(self) -> None:
        """Answers arrive, those that waited too."""
        self._answer = None
        self._open.set()

    def lose(self) -> None:
        """The answers that wait never arrive: their connections end. Others do."""
        for end in self._ends:
            end.close()
        self.let_go()

    async def cut(self) -> None:
        """Ends all connections."""
        self.let_go()
        for end in self._ends:
            end.close()
        for end in list(self._ends):
            with suppress(OSError):
                await end.wait_closed()

    async def connect(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """One connection of a gateway's."""
        free = asyncio.Event()  # a connection that only greets is not held: it would ask nothing
        free.set()
        with suppress(OSError):
            far, away = await asyncio.open_connection(self._there.hostname, self._there.port)
            self._ends |= {away, back}
            await asyncio.gather(self._ask(near, away, free), self._carry_back(far, back, free))
            self._ends -= {away, back}
        back.close()  # the server may be away

    async def _ask(
        self, near: asyncio.StreamReader, away: asyncio.StreamWriter, free: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while data := await near.read(65_536):
                if not self._open.is_set() and self._is_meant(data):
                    free.clear()
                away.write(data)
                await away.drain()
        away.close()

    def _is_meant(self, data: bytes) -> bool:
        if self._answer is not None:
            return False
        return b"EVAL" in data and (not self._words or any(word in data for word in self._words))

    async def _carry_back(
        self, far: asyncio.StreamReader, back: asyncio.StreamWriter, free: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while data := await far.read(65_536):
                if self._answer is not None and self._answer in data:
                    self.caught.set()
                    await self._open.wait()
                if not free.is_set():
                    await self._open.wait()
                    free.set()
                back.write(data)
                await back.drain()
        back.close()


@asynccontextmanager
async def wire_to(server_url: str) -> AsyncIterator[Wire]:
    """A wire that nobody holds."""
    wire = Wire(server_url)
    server = await asyncio.start_server(wire.connect, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    access = server_url.rpartition("@")[0]
    wire.url = f"{access}@127.0.0.1:{port}/0?socket_timeout={PATIENCE}"
    try:
        yield wire
    finally:
        server.close()
        await wire.cut()
