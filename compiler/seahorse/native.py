"""The System program's instructions, as far as `Program.invoke` may call them in the model."""

import struct
from collections.abc import Callable, Sequence
from typing import Final

from seahorse.errors import CallError
from seahorse.ledger import CallMeta, Frame
from seahorse.values import Pubkey

_TAG_SIZE: Final = 4
_ALREADY_IN_USE: Final = 0


def run_system(frame: Frame, metas: Sequence[CallMeta], data: bytes) -> None:
    """One instruction of the System program. CallError where it refuses."""
    tag = int.from_bytes(data[:_TAG_SIZE], "little")
    if len(data) < _TAG_SIZE or tag not in _INSTRUCTIONS:
        raise CallError("InvalidInstructionData")
    try:
        _INSTRUCTIONS[tag](frame, metas, data[_TAG_SIZE:])
    except (struct.error, IndexError) as error:
        raise CallError("InvalidInstructionData") from error


def _create(frame: Frame, metas: Sequence[CallMeta], data: bytes) -> None:
    lamports, size, owner = struct.unpack("<QQ32s", data)
    target = frame.change(metas[1].address, exclusive=False)
    if target.lamports or not target.is_empty:
        raise CallError("AccountAlreadyInUse", _ALREADY_IN_USE)
    if metas[1].address not in frame.signers:
        raise CallError("MissingRequiredSignature")
    frame.pay(metas[0].address, metas[1].address, lamports)
    target.owner, target.data = Pubkey.of(owner), bytearray(size)


def _transfer(frame: Frame, metas: Sequence[CallMeta], data: bytes) -> None:
    (lamports,) = struct.unpack("<Q", data)
    frame.pay(metas[0].address, metas[1].address, lamports)


_INSTRUCTIONS: Final[dict[int, Callable[[Frame, Sequence[CallMeta], bytes], None]]] = {
    0: _create,
    2: _transfer,
}
