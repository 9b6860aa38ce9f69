"""A node in a child process, for tests and demonstrations."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType

from conting_localnet.genesis import GenesisProgram
from conting_localnet.server import DEFAULT_HOST, DEFAULT_SLOT_MS

_STOP_SECONDS = 5.0


class LocalnetError(RuntimeError):
    """The node did not start; the message is what it wrote."""


class LocalnetProcess:
    """Starts a node and stops it; `with LocalnetProcess() as node: ... node.rpc_url ...`.

    The child reads a pipe that only this process holds, so it ends when this process does, however
    that happens. (PR_SET_PDEATHSIG would tie it to the thread that started it.)
    """

    def __init__(
        self,
        *,
        host: str = DEFAULT_HOST,
        port: int = 0,
        slot_ms: int = DEFAULT_SLOT_MS,
        programs: Sequence[GenesisProgram] = (),
    ) -> None:
        self._command = [sys.executable, "-m", "conting_localnet", "--watch-stdin"]
        self._command += ["--host", host, "--port", str(port), "--slot-ms", str(slot_ms)]
        for program in programs:
            self._command += ["--bpf-program", f"{program.program_id}={program.path}"]
        self._process: subprocess.Popen[str] | None = None
        self.rpc_url = ""
        self.ws_url = ""

    def start(self) -> LocalnetProcess:
        """Start the node and wait until it answers; raises LocalnetError."""
        process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None,
            text=True,
        )
        self._process = process
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            self.stop()
            raise LocalnetError(
                f"the local node ended with code {process.returncode}; see its output"
            )
        ready = json.loads(line)
        self.rpc_url, self.ws_url = ready["rpc"], ready["ws"]
        return self

    @property
    def pid(self) -> int | None:
        """Return the process id, None when it is not running."""
        return self._process.pid if self._process is not None else None

    def stop(self) -> None:
        """End the node and wait for it; harmless when it has ended."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._release()

    def kill(self) -> None:
        """End the node at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._release()

    def __enter__(self) -> LocalnetProcess:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _release(self) -> None:
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process = None
