"""The least that this machine can do for the same bytes: `python -m bench.load.bare`.

It reads whole requests, looks at nothing but the method, and writes answers that were made before.
Prints its port, and ends with its standard input.
"""

import asyncio
import os
import sys
from typing import Final, cast

import uvloop

STATUS: Final = (
    b'{"state":"waiting","place":123456,"ahead":100000,"rate":2000.0,"eta_seconds":50,'
    b'"next_poll_ms":16000,"stale":false'
)
JOINED: Final = STATUS + b',"number":123456,"ticket":"' + b"x" * 150 + b'"}'
BODY: Final = b"x" * int(os.environ.get("BODY", "0")) or JOINED
"""What is answered to POST: a join, or so many bytes."""
HEAD: Final = (
    b"HTTP/1.1 200 OK\r\ndate: Sat, 28 Nov 2026 12:00:00 GMT\r\nserver: uvicorn\r\n"
    b"%bcontent-type: application/json\r\nx-request-id: 0123456789abcdef\r\n"
    b"content-length: %d\r\n\r\n"
)
CACHED: Final = b"cache-control: public, max-age=1\r\n"
POLL: Final = HEAD % (CACHED, len(STATUS) + 1) + STATUS + b"}"
POST: Final = HEAD % (b"", len(BODY)) + BODY


class Bare(asyncio.Protocol):
    """Answers each packet that holds a request."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is of no asyncio class

    def data_received(self, data: bytes) -> None:
        """A request: our clients send each as one write."""
        self._transport.write(POLL if data.startswith(b"GET") else POST)


async def serve() -> None:
    """Until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Bare, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(serve())
