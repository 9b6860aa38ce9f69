"""Lowered module to BPF object: emit, lint, optimise, lint again, generate code in child processes.

with Backend() as backend:  # starts a process, so make it before the front end runs
    emitted = backend.emit_object(module)
"""

import re
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from queue import LifoQueue
from types import TracebackType
from typing import Self

from conting_compiler.diagnostics import InternalError
from conting_compiler.ir.lowered import Module
from conting_compiler.llvm.carries import hide_carries
from conting_compiler.llvm.emit import emit
from conting_compiler.llvm.framing import GENERATE, OPTIMISE
from conting_compiler.llvm.functions import change_functions
from conting_compiler.llvm.kept import Kept
from conting_compiler.llvm.lint import lint, too_large
from conting_compiler.llvm.operands import order_operands
from conting_compiler.llvm.process import Process
from conting_compiler.llvm.returns import return_zeros, split_returns
from conting_compiler.llvm.split import split

_TOO_LARGE = re.compile(
    r"in function (?P<function>\S+) .*stack limit|Branch target out of insn range"
)
"""What LLVM says of a function that keeps too many values at once, or that no jump can cross."""


@dataclass(frozen=True, slots=True)
class Emitted:
    """What LLVM was given, what it made of it, and the ELF objects, one after the other."""

    llvm_ir: str
    optimised_ir: str
    object: bytes


Waiting = Generator[Future[bytes], None, Emitted]
"""Gives each answer of LLVM that it needs before it can go on: others may work meanwhile."""


class Backend:
    """Processes with LLVM in them; one starts at once, each other one when there is work for it."""

    def __init__(self, kept: Kept | None = None, processes: int = 1) -> None:
        """`kept`: answers to earlier requests; without it each is asked."""
        self._kept = kept
        self._processes = [Process() for _ in range(processes)]
        self._processes[0].start()
        self._idle: LifoQueue[Process] = LifoQueue()
        for process in reversed(self._processes):
            self._idle.put(process)
        self._callers = ThreadPoolExecutor(processes, "llvm")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the processes, and what they are doing."""
        self._callers.shutdown(wait=False, cancel_futures=True)
        for process in self._processes:
            process.kill()
        self._callers.shutdown()
        for process in self._processes:
            process.close()

    def emit_object(self, module: Module) -> Emitted:
        """Compiles one module.

        Raises InternalError, with the function's span where it is known, for IR that BPF cannot
        express or that LLVM refuses; TooLargeError for a function that is too large.
        """
        steps = self.emitting(module)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                emitted: Emitted = end.value
                return emitted

    def emitting(self, module: Module) -> Waiting:
        """As emit_object, step by step; the IR is linted while LLVM works at it."""
        text = emit(module)
        answer = self._ask(OPTIMISE + text.encode())
        lint(text, module)
        yield answer
        optimised = _tuned(answer.result().decode())
        answers = [self._ask(GENERATE + part.encode()) for part in split(optimised)]
        try:
            lint(optimised, module, optimised=True)
            yield from answers
            return Emitted(text, optimised, b"".join(_generated(each, module) for each in answers))
        finally:
            for answer in answers:
                answer.cancel()  # where one has failed, the others need not be given

    def _ask(self, request: bytes) -> Future[bytes]:
        known = None if self._kept is None else self._kept.find(request)
        if known is None:
            return self._callers.submit(self._answer, request)
        answer = Future[bytes]()
        answer.set_result(known)
        return answer

    def _answer(self, request: bytes) -> bytes:
        process = self._idle.get()
        try:
            answer = process.ask(request)
        finally:
            self._idle.put(process)
        if self._kept is not None:
            self._kept.keep(request, answer)
        return answer


def _generated(answer: Future[bytes], module: Module) -> bytes:
    try:
        return answer.result()
    except InternalError as error:
        if match := _TOO_LARGE.search(str(error)):
            raise too_large(module, match["function"] or "", str(error)) from None
        raise


def _tuned(optimised: str) -> str:
    """What the code generator would do worse by itself; each function says what and why."""
    return return_zeros(change_functions(optimised, _tuned_function))


@lru_cache(maxsize=1024)
def _tuned_function(text: str) -> str:
    return split_returns(hide_carries(order_operands(text)))


def emit_object(module: Module) -> Emitted:
    """Compiles one module in a process of its own; see Backend.emit_object."""
    with Backend() as backend:
        return backend.emit_object(module)
