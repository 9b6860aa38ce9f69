"""Lowered module to BPF object, through LLVM in a child process."""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Self

from conting_compiler.diagnostics import InternalError
from conting_compiler.ir.lowered import Module
from conting_compiler.llvm import framing
from conting_compiler.llvm.emit import emit
from conting_compiler.llvm.lint import Linter
