"""`conting returns` as somebody runs it who wants returned seats to come to those who wait."""

import asyncio
from pathlib import Path

import pytest
from conting_cli.main import main
from conting_client import Tickets, Wallet, save_keypair
from conting_client.generated.ticket import TicketState
from conting_client.order_asks import Buyer, SectionAt, join_waiting
from solders.pubkey import Pubkey

from tests.e2e.people import Town, until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_a_seat_that_was_given_back_is_offered_to_who_waits(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show = await town.announce(cooling=150)  # slots: the fewest there may be
    seller, waiting = await town.newcomers(2)
    await town.advance_to(show.opens)
    await town.sell(show, {3: seller})
    await town.refund(show, seller)
    at = SectionAt(show.address, 0)
    joined = await waiting.gateway.orders.place(
        Buyer(waiting.wallet), join_waiting(Buyer(waiting.wallet), at)
    )
    assert joined.state == "done"
    wallet, file = Wallet.generate(), tmp_path / "wallet.json"
    save_keypair(wallet.keypair, file)
    await town.fund(wallet)

    async def returns(event: Pubkey = show.address) -> tuple[int, str]:
        words = ["returns", "--once", "--event", event, "--wallet", file]
        places = ["--rpc", town.rpc.url, "--gateway", town.url]
        code = await asyncio.to_thread(main, [*map(str, words), *places])
        said = capsys.readouterr()
        return code, said.out + said.err

    async def has_come() -> bool:
        found = await Tickets(town.rpc).ticket(show.ticket(3))
        assert found is not None
        await town.call_node("localnet_advanceTime", {"seconds": 30})
        return found.slot > found.data.draw_slot + 2

    assert await returns() == (0, "")  # too early
    await until("the slot", has_come)
    assert await returns() == (0, "section 0 seat 3: redraw\n")
    assert await returns() == (0, "section 0 seat 3: offer_seat\n")
    found = await Tickets(town.rpc).ticket(show.ticket(3))
    assert found is not None
    assert (found.data.state, found.data.offered_to) == (TicketState.OFFERED, waiting.person)
    code, said = await returns(show.ticket(3))
    assert code == 1
    assert said.startswith(f"conting: there is no Event at {show.ticket(3)}")
