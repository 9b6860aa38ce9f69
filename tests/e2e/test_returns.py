"""`conting returns` as somebody runs it who wants returned seats to come to those who wait."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest
from conting_cli.main import main
from conting_client import Tickets, Wallet, save_keypair
from conting_client.generated.ticket import Ticket, TicketState
from conting_client.order_asks import Buyer, SectionAt, join_waiting
from solders.pubkey import Pubkey

from tests.e2e.people import Fan, Show, Town, until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

Out = pytest.CaptureFixture[str]


@dataclass(frozen=True)
class Returned:
    """A seat that was given back, somebody who waits for one, and a wallet in a file."""

    town: Town
    show: Show
    waiting: Fan
    wallet: Path
    out: Out

    async def returns(self, *words: str, event: Pubkey | None = None) -> tuple[int, str]:
        """Exit code and words of `conting returns`."""
        named = ["--event", event or self.show.address, "--wallet", self.wallet]
        places = ["--rpc", self.town.rpc.url, "--gateway", self.town.url]
        code = await asyncio.to_thread(main, ["returns", *map(str, (*words, *named, *places))])
        said = self.out.readouterr()
        return code, said.out + said.err

    async def ticket(self) -> Ticket:
        found = await Tickets(self.town.rpc).ticket(self.show.ticket(3))
        assert found is not None
        return found.data

    async def slot_comes(self) -> None:
        slot = (await self.ticket()).draw_slot

        async def has_come() -> bool:
            await self.town.call_node("localnet_advanceTime", {"seconds": 30})
            return await self.town.rpc.slot() > slot + 2

        await until("the slot", has_come)


@pytest.fixture
async def returned(town: Town, tmp_path: Path, capsys: Out) -> Returned:
    show = await town.announce(cooling=150)  # slots: the fewest there may be
    seller, waiting = await town.newcomers(2)
    await town.advance_to(show.opens)
    await town.sell(show, {3: seller})
    await town.refund(show, seller)
    who = Buyer(waiting.wallet)
    join = join_waiting(who, SectionAt(show.address, 0))
    assert (await waiting.gateway.orders.place(who, join)).state == "done"
    wallet, file = Wallet.generate(), tmp_path / "wallet.json"
    save_keypair(wallet.keypair, file)
    await town.fund(wallet)
    return Returned(town, show, waiting, file, capsys)


async def test_each_round_does_the_next_step(returned: Returned) -> None:
    assert await returned.returns("--once") == (0, "")  # too early
    await returned.slot_comes()
    assert await returned.returns("--once") == (0, "section 0 seat 3: redraw\n")
    assert await returned.returns("--once") == (0, "section 0 seat 3: offer_seat\n")
    ticket = await returned.ticket()
    assert (ticket.state, ticket.offered_to) == (TicketState.OFFERED, returned.waiting.person)
    nothing = returned.show.ticket(3)
    code, said = await returned.returns("--once", event=nothing)
    assert code == 1
    assert said.startswith(f"conting: there is no Event at {nothing}")


async def test_it_goes_on_until_the_freeze_and_leaves_no_draw_behind(
    returned: Returned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conting_cli.returns._EVERY", 0.2)
    running = asyncio.create_task(returned.returns())
    await returned.slot_comes()

    async def is_offered() -> bool:
        return (await returned.ticket()).state is TicketState.OFFERED

    await until("the offer", is_offered)
    await returned.town.advance_to(returned.show.doors - 60)  # its freeze
    async with asyncio.timeout(60):
        code, said = await running
    steps = [line.removeprefix("section 0 seat 3: ") for line in said.splitlines()]
    assert (code, steps) == (0, ["redraw", "offer_seat", "expire_offer", "end_redraw"])
