"""The ticket program, compiled once per worker and ELF version, on a fresh chain per test."""

from functools import cache
from pathlib import Path

import pytest
from conting_compiler.driver import Compiled, compile_program

from tests.programs.ticket_chain import TicketChain

TICKET = Path(__file__).parents[2] / "programs" / "ticket"


@cache
def _compiled(arch: str) -> Compiled:
    return compile_program(TICKET, arch="v0" if arch == "v0" else "v3")


@pytest.fixture(scope="session", params=["v3", "v0"])
def ticket_program(request: pytest.FixtureRequest) -> Compiled:
    return _compiled(request.param)


@pytest.fixture
def chain(ticket_program: Compiled) -> TicketChain:
    return TicketChain(ticket_program.elf)
