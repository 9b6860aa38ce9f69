"""How compiler and LLVM process talk: frames of a little-endian u32 length and so many bytes.

A request is a byte that says what is wanted, and LLVM IR.
"""

import struct
from typing import IO, Final

OPTIMISE: Final = b"O"
GENERATE: Final = b"G"

_LENGTH = struct.Struct("<I")


def write_frame(stream: IO[bytes], data: bytes) -> None:
    """Sends one frame, all of it: a stream without a buffer (PYTHONUNBUFFERED) may take a part."""
    left = memoryview(_LENGTH.pack(len(data)) + data)
    while left:
        left = left[stream.write(left) :]
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes | None:
    """The next frame; None where the stream ends."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    return data if len(data) == length else None
