"""A process with LLVM in it, which starts again when LLVM has ended it."""

import subprocess
import sys
import tempfile
from contextlib import suppress
from threading import Lock

from conting_compiler.diagnostics import InternalError
from conting_compiler.llvm.framing import read_frame, write_frame

_COMMAND = (sys.executable, "-P", "-m", "conting_compiler.llvm.worker")


class Process:
    """Answers one request at a time; starts with the first one, if it was not started before."""

    def __init__(self) -> None:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close(); a pipe could fill and block LLVM
        self._process: subprocess.Popen[bytes] | None = None
        self._is_closed = False
        self._lock = Lock()

    def start(self) -> subprocess.Popen[bytes]:
        """Starts it, unless it runs; from any thread. Raises InternalError when it is closed."""
        with self._lock:
            if self._is_closed:
                raise InternalError("LLVM's process is closed")
            if self._process is None:
                self._process = subprocess.Popen(  # noqa: S603 - our own module
                    _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._stderr
                )
            return self._process

    def ask(self, request: bytes) -> bytes:
        """The reply. Raises InternalError with LLVM's words if it ended the process."""
        process = self.start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            write_frame(process.stdin, request)
            reply = read_frame(process.stdout)
        except BrokenPipeError:
            reply = None
        if reply is None:
            raise InternalError(f"LLVM refused the program: {self._last_words()}")
        return reply

    def kill(self) -> None:
        """Ends it for good, from any thread; who waits for a reply is told so."""
        with self._lock:
            self._is_closed = True
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """Ends it for good, when nobody waits for a reply any more."""
        self.kill()
        self._end()
        self._stderr.close()

    def _last_words(self) -> str:
        """What it said before it ended; it starts again with the next request."""
        self._end()
        self._stderr.seek(0)
        words = self._stderr.read().decode(errors="replace").strip()
        self._stderr.seek(0)
        self._stderr.truncate()
        lines = words.splitlines() or ["it said nothing"]
        return next((line for line in lines if "error: " in line), lines[-1])

    def _end(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            # closing the pipes flushes what the process did not read
            with suppress(BrokenPipeError), process:
                process.kill()
