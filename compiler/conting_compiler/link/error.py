"""What the linker and the verifier refuse."""

from conting_compiler.diagnostics import CompilerError


class LinkError(CompilerError):
    """An object that cannot be linked or an ELF that would not load; `rule` is a stable name."""

    def __init__(self, rule: str, message: str) -> None:
        self.rule = rule
        super().__init__(f"[{rule}] {message}")
