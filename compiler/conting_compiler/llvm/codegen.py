"""Lowered module to BPF object: emit, lint, optimise, lint again, generate code in a child process.

with Backend() as backend:  # starts the process, so make it before the front end runs
    emitted = backend.emit_object(module)
"""

import re
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from conting_compiler.diagnostics import InternalError
from conting_compiler.ir.lowered import Module
from conting_compiler.llvm.carries import hide_carries
from conting_compiler.llvm.emit import emit
from conting_compiler.llvm.framing import read_frame, write_frame
from conting_compiler.llvm.lint import lint, too_large
from conting_compiler.llvm.operands import order_operands
from conting_compiler.llvm.returns import return_zeros, split_returns

_TOO_LARGE = re.compile(
    r"in function (?P<function>\S+) .*stack limit|Branch target out of insn range"
)
"""What LLVM says of a function that keeps too many values at once, or that no jump can cross."""
_COMMAND = (sys.executable, "-P", "-m", "conting_compiler.llvm.worker")


@dataclass(frozen=True, slots=True)
class Emitted:
    """What LLVM was given, what it made of it, and the ELF object."""

    llvm_ir: str
    optimised_ir: str
    object: bytes


class Backend:
    """A process with LLVM in it; it starts at once, and again whenever LLVM has ended it."""

    def __init__(self) -> None:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close(); a pipe could fill and block LLVM
        self._process = self._start()

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
        """Ends the process."""
        self._end()
        self._stderr.close()

    def emit_object(self, module: Module) -> Emitted:
        """Compiles one module.

        Raises InternalError, with the function's span where it is known, for IR that BPF cannot
        express or that LLVM refuses; TooLargeError for a function that is too large.
        """
        text = emit(module)
        lint(text, module)
        optimised = _tuned(self._ask(text.encode()).decode())
        try:
            lint(optimised, module, optimised=True)
        except InternalError:
            self._restart()  # the process waits for the word to generate code
            raise
        return Emitted(text, optimised, self._generate(optimised, module))

    def _generate(self, optimised: str, module: Module) -> bytes:
        try:
            return self._ask(optimised.encode())
        except InternalError as error:
            if match := _TOO_LARGE.search(str(error)):
                raise too_large(module, match["function"] or "", str(error)) from None
            raise

    def _ask(self, request: bytes) -> bytes:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            write_frame(self._process.stdin, request)
            reply = read_frame(self._process.stdout)
        except BrokenPipeError:
            reply = None
        if reply is None:
            raise InternalError(f"LLVM refused the program: {self._restart()}")
        return reply

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own module
            _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._stderr
        )

    def _restart(self) -> str:
        """Ends the process, starts another, and returns the first one's last words."""
        self._end()
        self._stderr.seek(0)
        words = self._stderr.read().decode(errors="replace").strip()
        self._stderr.seek(0)
        self._stderr.truncate()
        self._process = self._start()
        lines = words.splitlines() or ["it said nothing"]
        return next((line for line in lines if "error: " in line), lines[-1])

    def _end(self) -> None:
        # closing the pipes flushes what the process did not read
        with suppress(BrokenPipeError), self._process as process:
            process.kill()


def _tuned(optimised: str) -> str:
    """What the code generator would do worse by itself; each function says what and why."""
    return return_zeros(split_returns(hide_carries(order_operands(optimised))))


def emit_object(module: Module) -> Emitted:
    """Compiles one module in a process of its own; see Backend.emit_object."""
    with Backend() as backend:
        return backend.emit_object(module)
