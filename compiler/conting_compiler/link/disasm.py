"""SBPF ELF to text: a line per instruction, labels for functions and jumps, syscalls by name."""

from typing import Final

from conting_compiler.link import v3
from conting_compiler.link.image import Image
from conting_compiler.link.instructions import (
    CALL,
    JUMPS,
    OPCODES,
    SOURCE_SYSCALL,
    Form,
    Instruction,
    decode,
)
from conting_compiler.link.syscalls import NAMES
from conting_compiler.link.verify import is_local, read_image

_TEMPLATES: Final = {
    Form.LOAD_CONSTANT: "r{0.destination}, {1:#x}",
    Form.LOAD: "r{0.destination}, [r{0.source}{0.offset:+}]",
    Form.STORE_IMMEDIATE: "[r{0.destination}{0.offset:+}], {0.immediate}",
    Form.STORE: "[r{0.destination}{0.offset:+}], r{0.source}",
    Form.IMMEDIATE: "r{0.destination}, {0.immediate}",
    Form.REGISTER: "r{0.destination}, r{0.source}",
    Form.UNARY: "r{0.destination}",
    Form.BYTE_ORDER: "r{0.destination}, {0.immediate}",
    Form.JUMP: "{2}",
    Form.BRANCH_IMMEDIATE: "r{0.destination}, {0.immediate}, {2}",
    Form.BRANCH_REGISTER: "r{0.destination}, r{0.source}, {2}",
    Form.CALL: "{2}",
    Form.CALL_REGISTER: "r{3}",
    Form.EXIT: "",
}


def disassemble(data: bytes) -> str:
    """The bytecode of an ELF as text. Raises LinkError if the loader would refuse the file."""
    image = read_image(data)
    code = list(decode(image.text))
    labels = _labels(image, code)
    lines = list[str]()
    for instruction in code:
        if instruction.pc in labels:
            lines.append(f"{labels[instruction.pc]}:")
        lines.append(f"{instruction.pc:6}  {_line(image, instruction, labels)}".rstrip())
    return "\n".join(lines) + "\n"


def _labels(image: Image, code: list[Instruction]) -> dict[int, str]:
    opcodes = OPCODES[image.version]
    jumps = sorted(
        {i.target for i in code if i.opcode in opcodes and opcodes[i.opcode].form in JUMPS}
    )
    calls = {i.call_target for i in code if i.opcode == CALL and is_local(image, i)}
    labels = {pc: f"L{number}" for number, pc in enumerate(jumps)}
    return labels | {pc: f"function_{pc}" for pc in calls} | {image.entry: "entrypoint"}


def _line(image: Image, instruction: Instruction, labels: dict[int, str]) -> str:
    opcode = OPCODES[image.version].get(instruction.opcode)
    if opcode is None:
        return f".byte {instruction.opcode:#04x}"
    constant = instruction.immediate & (1 << 64) - 1
    if opcode.form is Form.CALL:
        target = _callee(image, instruction, labels)
    else:
        target = labels.get(instruction.target, "?")
    register = instruction.destination if image.version == v3.VERSION else instruction.immediate
    return f"{opcode.name:7} " + _TEMPLATES[opcode.form].format(
        instruction, constant, target, register
    )


def _callee(image: Image, call: Instruction, labels: dict[int, str]) -> str:
    if call.pc in image.syscalls:
        return image.syscalls[call.pc]
    if image.version == v3.VERSION and call.source == SOURCE_SYSCALL:
        return NAMES.get(
            call.immediate & 0xFFFFFFFF, f"syscall {call.immediate & 0xFFFFFFFF:#010x}"
        )
    return labels.get(call.call_target, "?")
