"""How much a server answers at most: connections that send the next request upon each answer."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from bench.load.wire import Wire, status_of

CONNECTIONS: Final = 256
FEW: Final = 32  # connections for requests that ask the chain
WARM_UP: Final = 0.5  # seconds


class Pump:
    """Sends requests in turn over all connections, for so many seconds."""

    def __init__(
        self, requests: Sequence[bytes], seconds: float, connections: int = CONNECTIONS
    ) -> None:
        self._connections = connections
        self._requests = requests
        self._seconds = seconds
        self._sent = 0
        self._answers = 0
        self._failed = 0
        self._open = 0
        self._running = True
        self._wires: list[Wire[int]] = []

    async def rate(self, host: str, port: int) -> float:
        """Answers a second. Raises RuntimeError if any was no success."""
        self._wires = [Wire(host, port, self._answered) for _ in range(self._connections)]
        for wire in self._wires:
            await wire.open()
        for number in range(len(self._wires)):
            self._pump(number)
        await asyncio.sleep(WARM_UP)
        before, began = self._answers, time.perf_counter()
        await asyncio.sleep(self._seconds)
        rate = (self._answers - before) / (time.perf_counter() - began)
        self._running = False
        while self._open:  # noqa: ASYNC110 the last answers come at once
            await asyncio.sleep(0.01)
        for wire in self._wires:
            wire.close()
        if self._failed:
            raise RuntimeError(f"{self._failed} of {self._answers} answers were no success")
        return rate

    def _pump(self, wire: int) -> None:
        request = self._requests[self._sent % len(self._requests)]
        self._sent += 1
        self._open += 1
        self._wires[wire].send(request, wire)

    def _answered(self, wire: int, answer: bytes) -> None:
        self._open -= 1
        self._answers += 1
        self._failed += status_of(answer) != 200
        if self._running:
            self._pump(wire)
