"""Refuses every ELF that the loader would refuse, then some that would load and fail when run.

The loader is anza-xyz/sbpf (src/elf.rs, src/elf_parser/mod.rs, src/verifier.rs); where ours is
stricter, the rule is in `STRICTER`.
"""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from conting_compiler.link import elf, v0, v3
from conting_compiler.link.error import LinkError
from conting_compiler.link.image import Image, check
from conting_compiler.link.instructions import (
    CALL,
    EXIT,
    FRAME_POINTER,
    JA,
    JUMPS,
    OPCODES,
    SIZE,
    SOURCE_LOCAL,
    SOURCE_SYSCALL,
    Form,
    Instruction,
    decode,
)
from conting_compiler.link.read_v0 import read_v0
from conting_compiler.link.read_v3 import read_v3
from conting_compiler.link.syscalls import NAMES, murmur3

STRICTER: Final = frozenset(
    {
        "version",  # the loader knows v1 and v2, which we neither write nor read
        "call-kind",
        "call-target",
        "unknown-syscall",
        "unresolved-call",
        "leaves-function",
        "falls-off-end",
        "entry-in-lddw",
        "relocation-place",
        "dynamic-segment",  # the loader falls back to another table
        "segment-wrap",  # the loader adds only while it looks for the relocations
        "section-address",  # refused on deployment only (reject_broken_elfs)
    }
)
"""Rules that the loader lacks: what breaks them loads, and fails or misbehaves when it is run."""

_STORES = frozenset({Form.STORE, Form.STORE_IMMEDIATE})
_SHIFTS = ("lsh", "rsh", "arsh")
_DIVISIONS = ("div", "mod")
_Finding = tuple[str, str]


def verify(data: bytes) -> None:
    """Raises LinkError, naming rule and place, unless the ELF would load on mainnet (v0 or v3)."""
    image = read_image(data)
    code = {instruction.pc: instruction for instruction in decode(image.text)}
    for find in (_encoding_findings, _call_findings):
        for instruction in code.values():
            for finding in find(image, instruction):
                raise _error(image, instruction, finding)
    _check_functions(image, code)


def read_image(data: bytes) -> Image:
    """The bytecode in an ELF. Raises LinkError if the loader would refuse the file around it."""
    check("truncated", len(data) >= elf.FILE_HEADER.size, f"{len(data)} bytes: no file header")
    header = elf.FileHeader._make(elf.FILE_HEADER.unpack_from(data))
    readers = {v0.VERSION: read_v0, v3.VERSION: read_v3}
    check("version", header.flags in readers, f"e_flags {header.flags}: neither SBPFv0 nor v3")
    return readers[header.flags](data, header)


def is_local(image: Image, call: Instruction) -> bool:
    """Whether a `call` goes to a function of the program."""
    return call.source == SOURCE_LOCAL if image.version == v3.VERSION else call.immediate != -1


def _error(image: Image, at: Instruction, finding: _Finding) -> LinkError:
    rule, message = finding
    place = f"instruction {at.pc} (file offset {image.offset + at.pc * SIZE:#x})"
    return LinkError(rule, f"{place}: {message}")


def _encoding_findings(image: Image, at: Instruction) -> Iterator[_Finding]:
    opcode = OPCODES[image.version].get(at.opcode)
    if opcode is None:
        yield "opcode", f"opcode {at.opcode:#04x} does not exist in v{image.version}"
        return
    yield from _register_findings(image, at, opcode.form)
    immediate = opcode.form is Form.IMMEDIATE
    if immediate and opcode.name.startswith(_DIVISIONS) and at.immediate == 0:
        yield "division-by-zero", f"{opcode.name} by the constant 0"
    if immediate and opcode.name.startswith(_SHIFTS) and not 0 <= at.immediate < opcode.bits:
        yield "shift-amount", f"{opcode.name} by {at.immediate}"
    if opcode.form is Form.BYTE_ORDER and at.immediate not in {16, 32, 64}:
        yield "byte-order-width", f"{opcode.name} of {at.immediate} bits"
    if opcode.form is Form.LOAD_CONSTANT and image.text[(at.pc + 1) * SIZE :][:1] != b"\0":
        yield "lddw-half", "lddw lacks its second slot"
    if opcode.form in JUMPS:
        yield from _target_findings(image, at.target)


def _register_findings(image: Image, at: Instruction, form: Form) -> Iterator[_Finding]:
    if at.source > FRAME_POINTER:
        yield "source-register", f"there is no register r{at.source}"
    if at.destination > FRAME_POINTER:
        yield "destination-register", f"there is no register r{at.destination}"
    if at.destination == FRAME_POINTER and form not in _STORES:
        yield "frame-pointer", "r10 can only be the base of a load or a store"
    if form is Form.CALL_REGISTER:
        register = at.destination if image.version == v3.VERSION else at.immediate
        if not 0 <= register < FRAME_POINTER:
            yield "callx-register", f"callx through r{register}"


def _target_findings(image: Image, target: int) -> Iterator[_Finding]:
    if not 0 <= target < len(image.text) // SIZE:
        yield "jump-target", f"jumps to {target}, outside of the text"
    elif image.text[target * SIZE] == 0:
        yield "jump-into-lddw", f"jumps to {target}, the second slot of a lddw"


def _call_findings(image: Image, call: Instruction) -> Iterator[_Finding]:
    if call.opcode != CALL:
        return
    target, bits = call.call_target, call.immediate & 0xFFFFFFFF
    if is_local(image, call):
        if not 0 <= target < len(image.text) // SIZE:
            rule = "call-bounds" if image.version == v0.VERSION else "call-target"
            yield rule, f"calls {target}, outside of the text"
        elif image.text[target * SIZE] == 0:
            yield "call-target", f"calls {target}, the second slot of a lddw"
    elif image.version == v0.VERSION and call.pc not in image.syscalls:
        yield "unresolved-call", "no relocation says what this calls"
    elif image.version == v3.VERSION and call.source != SOURCE_SYSCALL:
        yield "call-kind", f"src {call.source} is neither a syscall (0) nor a local call (1)"
    elif image.version == v3.VERSION and bits not in NAMES:
        yield "unknown-syscall", f"no syscall has the hash {bits:#010x}"


def _check_functions(image: Image, code: dict[int, Instruction]) -> None:
    """A function reaches from what is called to the next; its jumps stay inside, its end is one."""
    check("entry-in-lddw", image.entry in code, "the entrypoint is the second slot of a lddw")
    calls = {c.call_target for c in code.values() if c.opcode == CALL and is_local(image, c)}
    starts = sorted({0, image.entry} | calls)
    if image.version == v0.VERSION:
        _check_collisions(starts)
    ends = {*starts[1:], len(image.text) // SIZE}
    for at in code.values():
        form = OPCODES[image.version][at.opcode].form
        if form in JUMPS and bisect_right(starts, at.pc) != bisect_right(starts, at.target):
            raise _error(image, at, ("leaves-function", f"jumps to {at.target}"))
        following = at.pc + (2 if form is Form.LOAD_CONSTANT else 1)
        if following in ends and at.opcode not in {EXIT, JA}:
            raise _error(image, at, ("falls-off-end", "a function must end in exit or ja"))


def _check_collisions(starts: list[int]) -> None:
    """A v0 loader names functions by hashes, and refuses two of one name or a syscall's name."""
    seen = dict[int, str](NAMES)
    for start in starts:
        name = murmur3(start.to_bytes(8, "little"))
        check("hash-collision", name not in seen, f"function {start}: hash of {seen.get(name)}")
        seen[name] = f"function {start}"
