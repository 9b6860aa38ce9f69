"""The process in which LLVM runs, because LLVM ends its process on IR that it cannot select.

Each request is answered by itself: OPTIMISE and IR text by optimised IR text, GENERATE and IR text
by an object. If something goes wrong, it is on stderr and the process is gone.
"""

import sys
from typing import IO

import llvmlite.binding as llvm

from conting_compiler.llvm.framing import GENERATE, OPTIMISE, read_frame, write_frame

_UNUSED = (
    "called-value-propagation",  # calls over pointers
    "float2int",
    "inject-tli-mappings",
    "loop-distribute",
    "loop-load-elim",
    "loop-vectorize",
    "vector-combine",
)
"""Passes of the pipeline for what our IR never has, calls over pointers, floats and vectors: an
eighth of the optimiser's time goes into looking for it.
"""
_OPTIONS = (
    f"-opt-disable={','.join(_UNUSED)}",
    "-bpf-stack-size=4096",  # SBPF's frame; the kernel's is 512 bytes
    "-replexitval=never",  # a loop's closed form may multiply more than 64 bits; BPF cannot
)

_LARGE = 4000
"""Basic blocks of a function from which on InstCombine is left out: of a chain of choices its time
grows with the square, and takes half a minute here. Functions of ours have up to 170.
"""


def _machine() -> llvm.TargetMachine:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    for option in _OPTIONS:
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
    is_large = any(sum(1 for _ in function.blocks) > _LARGE for function in module.functions)
    passes = _quick_passes() if is_large else builder.getModulePassManager()
    passes.run(module, builder)


def _quick_passes() -> llvm.ModulePassManager:
    """Passes whose time grows with the size of the module."""
    passes = llvm.create_new_module_pass_manager()
    passes.add_always_inliner_pass()
    passes.add_sroa_pass()
    passes.add_sccp_pass()
    passes.add_simplify_cfg_pass()
    passes.add_dead_store_elimination_pass()
    passes.add_aggressive_dce_pass()
    passes.add_simplify_cfg_pass()
    passes.add_global_dead_code_eliminate_pass()
    return passes


def _parse(text: bytes) -> llvm.ModuleRef:
    module = llvm.parse_assembly(text.decode())
    module.verify()
    return module


def _optimised(text: bytes, machine: llvm.TargetMachine) -> bytes:
    module = _parse(text)
    _optimise(module, machine)
    return str(module).encode()


def _generated(text: bytes, machine: llvm.TargetMachine) -> bytes:
    generated: bytes = machine.emit_object(_parse(text))
    return generated


_ANSWERS = {OPTIMISE: _optimised, GENERATE: _generated}


def serve(requests: IO[bytes], replies: IO[bytes]) -> None:
    """Answers until the stream of requests ends."""
    machine = _machine()
    while (request := read_frame(requests)) is not None:
        write_frame(replies, _ANSWERS[request[:1]](request[1:], machine))


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
