"""Transactions that the gateway pays for and that fail: what it loses, and to whom how often."""

import json
from collections.abc import Awaitable, Callable

import pytest
from conting_client import Rpc
from conting_client.generated import ticket as program
from conting_gateway.redis import Redis
from conting_localnet import LocalnetProcess
from solders.instruction import Instruction

from tests.gateway.chain import Chain, Show
from tests.gateway.orders.folk import Fan, fan
from tests.gateway.orders.line import Line, carried
from tests.gateway.orders.shop import signed
from tests.gateway.orders.test_lots import section_of
from tests.gateway.orders.test_sponsoring import FEE, house
from tests.gateway.support import Start

pytestmark = [pytest.mark.anyio, pytest.mark.attack, pytest.mark.slow]


class Careless(Line):
    """A node that sends without trying out; and somebody acts just before."""

    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def _ask(self, request: bytes) -> bytes:
        head, _, body = request.partition(b"\r\n\r\n")
        asked = json.loads(body)
        if asked["method"] == "sendTransaction":
            asked["params"][1] = {"encoding": "base64", "skipPreflight": True}
            if self.meanwhile is not None:
                act, self.meanwhile = self.meanwhile, None
                await act()
            lines = [line for line in head.split(b"\r\n") if not _is_length(line)]
            body = json.dumps(asked).encode()
            head = b"\r\n".join([*lines, b"content-length: %d" % len(body)])
        return await super()._ask(head + b"\r\n\r\n" + body)


def _is_length(line: bytes) -> bool:
    return line.lower().startswith(b"content-length")


async def test_who_has_paid_transactions_fail_is_paid_no_more(
    redis: Redis, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    """They leave the waiting list themselves between the trial and the block."""
    async with (
        carried(Careless(node.rpc_url)) as line,
        Rpc(line.url) as rpc,
        house(redis, rpc, start, sponsor_failures=1) as careless,
    ):
        shows = [await careless.show() for _ in range(2)]
        who = await fan(chain)
        left = await careless.left()
        for show in shows:
            built = await careless.place("join_waiting", who.wallet, **section_of(show))
            assert await careless.submit(who.wallet, built) == "done"
        show = shows[0]
        # What fails at the trial costs nothing, and is not counted.
        built = await careless.place("leave_waiting", who.wallet, **section_of(show))
        later = await careless.place("leave_waiting", who.wallet, **section_of(shows[1]))

        async def act() -> None:
            await chain.send(leaving(show, who), who.wallet)

        line.meanwhile = act
        path = f"/v1/orders/{built['order']}/submit"
        answer = await careless.gateway.call(
            "POST", path, who=who.wallet, body=signed(built, who.wallet)
        )
        # The place is left, as was asked: by their own transaction. Ours has failed.
        assert answer.json()["state"] == "done"
        assert left - await careless.left() == 2 * 3 * FEE + 2 * FEE
        assert await careless.number("conting_sponsored_failures_total") == 1
        assert await careless.submit(who.wallet, later) == "sponsor_failures"
        asked = section_of(shows[1])
        assert await careless.refusal("leave_waiting", who.wallet, **asked) == "sponsor_failures"
        assert left - await careless.left() == 2 * 3 * FEE + 2 * FEE


async def test_what_would_fail_now_is_not_paid_for(
    redis: Redis, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    """They leave the waiting list themselves before they submit; the node would take it all."""
    async with (
        carried(Careless(node.rpc_url)) as line,
        Rpc(line.url) as rpc,
        house(redis, rpc, start) as careless,
    ):
        show, who = await careless.show(), await fan(chain)
        joined = await careless.place("join_waiting", who.wallet, **section_of(show))
        assert await careless.submit(who.wallet, joined) == "done"
        left = await careless.left()
        built = await careless.place("leave_waiting", who.wallet, **section_of(show))
        await chain.send(leaving(show, who), who.wallet)
        assert await careless.submit(who.wallet, built) == "done"  # what was asked for is so
        assert await careless.left() == left
        assert await careless.number("conting_sponsored_total") == 1
        assert await careless.number("conting_sponsored_failures_total") == 0


def leaving(show: Show, who: Fan) -> Instruction:
    """Somebody leaves the waiting list past the gateway."""
    return program.leave_waiting(
        wallet=who.wallet.key,
        rent_to=who.wallet.key,
        person=who.person,
        section=show.section,
        place=program.place_address(section=show.section, index=0),
    )
