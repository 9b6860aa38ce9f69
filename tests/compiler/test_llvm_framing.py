"""Frames between compiler and LLVM process arrive whole, whatever the stream takes at once."""

import io
from typing import IO, TYPE_CHECKING, cast

from conting_compiler.llvm.framing import read_frame, write_frame

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Sip(io.RawIOBase):
    """A stream without a buffer that takes seven bytes at a time, as a pipe does when a signal
    stops the writer.
    """

    def __init__(self) -> None:
        self.taken = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: "ReadableBuffer", /) -> int:
        part = bytes(data)[:7]
        self.taken += part
        return len(part)


def test_a_stream_that_takes_parts_gets_all() -> None:
    stream = Sip()
    for frame in (b"", b"short", bytes(range(256))):
        write_frame(cast("IO[bytes]", stream), frame)
    arrived = io.BytesIO(stream.taken)
    assert [read_frame(arrived) for _ in range(4)] == [b"", b"short", bytes(range(256)), None]
