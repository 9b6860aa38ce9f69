"""How v0 programs begin: a runtime may leave r2, in which our code expects the address of the
instruction data, at zero (before SIMD-0321; Agave 2.2 does). Then the prologue searches for it.

Runtimes that run v3 set it.
"""

import struct
from dataclasses import replace
from typing import Final

from conting_compiler.link.instructions import CALL, JA, SIZE, SOURCE_LOCAL, decode, patch_call
from conting_compiler.link.objects import Program

_SLOT: Final = struct.Struct("<BBhi")
_JNE, _JEQ = 0x55, 0x15
_LDXDW, _LDXB = 0x79, 0x71
_ADD, _AND = 0x07, 0x57
_ADD_REGISTER, _MOV_REGISTER = 0x0F, 0xBF

_INPUT, _DATA, _COUNT, _VALUE = 1, 2, 3, 4
"""Registers."""
_UNIQUE: Final = 0xFF
_LENGTH_AT: Final = 80  # of the data's length in an account's record
_RECORD: Final = 10_336  # bytes of a record without data
_WORD: Final = 8  # bytes of the count, of a repeated account's record, of a length

_CODE: Final = (
    (_JNE, _DATA, 0, 15, 0),  # it is there: to the entrypoint
    (_LDXDW, _COUNT, _INPUT, 0, 0),
    (_MOV_REGISTER, _DATA, _INPUT, 0, 0),
    (_ADD, _DATA, 0, 0, _WORD),
    (_JEQ, _COUNT, 0, 10, 0),  # for each account
    (_ADD, _COUNT, 0, 0, -1),
    (_LDXB, _VALUE, _DATA, 0, 0),
    (_JNE, _VALUE, 0, 5, _UNIQUE),
    (_LDXDW, _VALUE, _DATA, _LENGTH_AT, 0),
    (_ADD, _VALUE, 0, 0, _WORD - 1),
    (_AND, _VALUE, 0, 0, -_WORD),
    (_ADD_REGISTER, _DATA, _VALUE, 0, 0),
    (_ADD, _DATA, 0, 0, _RECORD - _WORD),
    (_ADD, _DATA, 0, 0, _WORD),
    (JA, 0, 0, -11, 0),
    (_ADD, _DATA, 0, 0, _WORD),  # over the length
)
"""Operation, destination, source, slots to jump, constant."""
PROLOGUE: Final = b"".join(
    _SLOT.pack(operation, to | of << 4, jump, constant)
    for operation, to, of, jump, constant in _CODE
)


def with_prologue(program: Program) -> Program:
    """The program with PROLOGUE right in front of its entrypoint."""
    entry = program.entry

    def moved(at: int) -> int:
        return at + len(PROLOGUE) if at >= entry else at

    text = bytearray(program.text[:entry] + PROLOGUE + program.text[entry:])
    for call in decode(program.text):
        start = call.pc * SIZE
        if call.opcode == CALL and start not in program.syscalls:
            distance = moved(call.call_target * SIZE) - moved(start)
            patch_call(text, moved(start), SOURCE_LOCAL, distance // SIZE - 1)
    return replace(
        program,
        text=bytes(text),
        addresses={moved(at): constant for at, constant in program.addresses.items()},
        syscalls={moved(at): name for at, name in program.syscalls.items()},
        functions={moved(at): name for at, name in program.functions.items()},
    )
