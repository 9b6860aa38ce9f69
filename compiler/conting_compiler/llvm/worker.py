"""The process in which LLVM runs: LLVM ends its process on IR that it cannot select, so that process is not the compiler's.

Frames on stdin and stdout, each a little-endian u32 length and that many bytes. For every module: IR text in, optimised IR text out,
an empty frame in, the object out. What goes wrong is on stderr, and the process is gone.
"""

import struct
import sys
from typing import BinaryIO

import llvmlite.binding as llvm

LENGTH = struct.Struct("<I")
OPTIONS = (
    "-bpf-stack-size=4096",  # a frame of SBPF; the kernel's is 512
    "-replexitval=never",  # a closed form of a loop may need a multiplication of more than 64 bits
    "-disable-loop-idiom-all",
)


def write_frame(stream: BinaryIO, data: bytes) -> None:
    """Sends one frame."""
    stream.write(LENGTH.pack(len(data)) + data)
    stream.flush()


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame; None at the end of the stream."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    data = stream.read(length)
    return data if len(data) == length else None


def _machine() -> llvm.TargetMachine:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    for option in OPTIONS:
        llvm.set_option("", option)
    # cpu v2 only: the 32-bit operations of v3 and v4 extend their results otherwise than SBPF does
    return llvm.Target.from_triple("bpfel").create_target_machine(
        cpu="v2", features="+allows-misaligned-mem-access", opt=2, reloc="pic"
    )


def _optimise(module: llvm.ModuleRef, machine: llvm.TargetMachine) -> None:
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_unrolling = options.loop_interleaving = False
    options.loop_vectorization = options.slp_vectorization = False
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answers modules until the stream of requests ends."""
    machine = _machine()
    while (text := read_frame(requests)) is not None:
        module = llvm.parse_assembly(text.decode())
        module.triple, module.data_layout = machine.triple, str(machine.target_data)
        module.verify()
        _optimise(module, machine)
        write_frame(replies, str(module).encode())
        if read_frame(requests) is None:
            return
        write_frame(replies, machine.emit_object(module))


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
