"""The ticket program on a fresh chain per test, for both versions of SBPF."""

from dataclasses import replace

import pytest
from conting_compiler.driver import Compiled

from tests.compiled import compiled, elf
from tests.programs.ticket_chain import TicketChain


@pytest.fixture(scope="session", params=["v3", "v0"])
def ticket_program(request: pytest.FixtureRequest) -> Compiled:
    arch = "v0" if request.param == "v0" else "v3"
    return replace(compiled("ticket"), elf=elf("ticket", arch))


@pytest.fixture
def chain(ticket_program: Compiled) -> TicketChain:
    return TicketChain(ticket_program.elf)
