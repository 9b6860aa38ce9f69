"""The concert: an event is announced, fans queue and buy, holders enter."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from conting_client import GatewayClient, GatewayRefused, Rpc, Tickets, Wallet, to_png, usual_rules
from conting_client.gateway_answers import EventView, QueueStatus
from conting_client.generated import ticket as program
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from conting_cli.demo.people import Fan, GateKeeper, make_fan, make_gate, send, write_png
from conting_cli.demo.stage import LAMPORTS, Say, Stage

T = TypeVar("T")

FANS: Final = 100
SECTIONS: Final = (
    ("Floor", 20, 1_200_000_000, 1),
    ("Balcony", 24, 800_000_000, 1),
    ("Gallery", 16, 500_000_000, 2),
)
"""Name, seats, price in lamports, home gate group."""
SEATS: Final = sum(seats for _, seats, _, _ in SECTIONS)
POCKET_MONEY: Final = 3 * LAMPORTS
OPENS_IN: Final = 6  # seconds from the announcement to the sale
SALE_LASTS: Final = 3600  # seconds; the node's clock is moved on when everything is sold
LATE: Final = 6  # holders who stay outside for who plays on
SLOTS_PER_SECOND: Final = 2.5
RATE: Final = 40.0  # people let in per second
CAPACITY: Final = 30  # people inside at once
RETRY_SECONDS: Final = 0.3
PATIENCE: Final = 5  # polls in a row that say that the queue stands still
MEETING_SECONDS: Final = 60  # the first of two waits for the second
PNGS: Final = 3
AT_ONCE: Final = 25  # requests in flight


@dataclass(slots=True)
class Concert:
    """Everybody who takes part, and what came of it."""

    stage: Stage
    say: Say
    rpc: Rpc
    tickets: Tickets
    organiser: Wallet
    office: GatewayClient
    gates: tuple[GateKeeper, GateKeeper]
    fans: list[Fan]
    first_in: Callable[["Concert", Fan, Fan], Awaitable[None]]
    """What the first two people who are let in do before they buy."""
    event: Pubkey = field(default_factory=Pubkey.default)
    refusals: Counter[str] = field(default_factory=Counter)
    entered: int = 0
    late: list[Fan] = field(default_factory=list)
    """Holders who stay outside."""
    refunded: int = 0
    waiting: Fan | None = None
    """The first of those two, until the second comes."""
    together: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def holders(self) -> list[Fan]:
        """The fans who have a ticket."""
        return [fan for fan in self.fans if fan.ticket is not None]


async def gather(
    stage: Stage, say: Say, rpc: Rpc, first_in: Callable[[Concert, Fan, Fan], Awaitable[None]]
) -> Concert:
    """Makes the people, gives them money and lets the fans sign in with their wallets."""
    url = stage.gateway_url
    organiser, office = Wallet.generate(), GatewayClient(url)
    gates = make_gate("gate A", url), make_gate("gate B", url)
    fans = [make_fan(number, url) for number in range(1, FANS + 1)]
    wallets = [organiser, *(gate.wallet for gate in gates), *(fan.wallet for fan in fans)]
    await at_once(rpc.airdrop(wallet.key, POCKET_MONEY) for wallet in wallets)
    await office.sign_in(organiser)
    await at_once(fan.gateway.sign_in(fan.wallet) for fan in fans)
    say(f"{len(fans)} fans signed in with their wallets")
    return Concert(stage, say, rpc, Tickets(rpc), organiser, office, gates, fans, first_in)


async def announce(concert: Concert) -> None:
    """The organiser creates the event, its sections and gates on chain, and opens the queue."""
    organiser, rpc = concert.organiser, concert.rpc
    now = await rpc.chain_time()
    opens = now + OPENS_IN
    closes = opens + SALE_LASTS
    concert.event = program.event_address(organiser=organiser.key, number=1)
    created = program.create_event(
        organiser=organiser.key,
        number=1,
        rules=_rules(concert, opens, closes),
        name="First Light",
        uri="https://conting.example/first-light",
    )
    await send(rpc, organiser, created)
    await send(rpc, organiser, *_sections(concert), *_gates(concert))
    slot = await rpc.slot() + round((opens - await rpc.chain_time()) * SLOTS_PER_SECOND) + 2
    await concert.office.open_queue(
        concert.event, rate_per_second=RATE, capacity=CAPACITY, beacon_slot=slot
    )
    concert.say(f"event {concert.event}: {len(SECTIONS)} sections, {SEATS} seats, 2 gates")


def _rules(concert: Concert, opens: int, closes: int) -> program.Rules:
    return usual_rules(
        admission=concert.stage.admission.pubkey(),
        arbiter=concert.stage.admission.pubkey(),
        times={
            "sale_opens": opens,
            "sale_closes": closes,
            "freeze": closes,
            "doors": closes + 3600,
            "ends": closes + 18000,
        },
        refund_until=(closes - 60, closes, closes),
        refund_share=(10_000, 9_000, 0),
        limit=2,
    )


def _sections(concert: Concert) -> list[Instruction]:
    return [
        program.add_section(
            organiser=concert.organiser.key,
            event=concert.event,
            index=index,
            seats=seats,
            price=price,
            gate_group=group,
            mode=program.SaleMode.FIRST_COME,
            name=name,
        )
        for index, (name, seats, price, group) in enumerate(SECTIONS)
    ]


def _gates(concert: Concert) -> list[Instruction]:
    return [
        program.register_gate(
            organiser=concert.organiser.key,
            event=concert.event,
            key=gate.wallet.key,
            group=group,
            role=program.GateRole.SCANNER,
        )
        for group, gate in enumerate(concert.gates, 1)
    ]


async def queue_up(concert: Concert) -> None:
    """All fans join before the opening, wait for their turn and take it."""
    places = await at_once(fan.gateway.join(concert.event) for fan in concert.fans)
    concert.say(f"{len(places)} fans wait; numbers 1 to {max(p.number for p in places)}")
    await at_once(
        (
            _take_turn(concert, fan, place.ticket)
            for fan, place in zip(concert.fans, places, strict=True)
        ),
        limit=FANS,
    )


async def _take_turn(concert: Concert, fan: Fan, place: str) -> None:
    try:
        status = await _await_turn(concert, fan, place)
        admission = await fan.gateway.enter(concert.event, place)
        fan.admission_pass = admission.admission_pass
        if status.place in {1, 2}:
            await _meet(concert, fan)
        await buy_any_seat(concert, fan)
    except GatewayRefused as refusal:
        fan.why_not = refusal.code
        concert.refusals[refusal.code] += 1


async def _await_turn(concert: Concert, fan: Fan, place: str) -> QueueStatus:
    """Polls at the gateway's pace. Raises GatewayRefused if its store stays away."""
    stale = 0
    while stale < PATIENCE:
        status = await fan.gateway.queue_status(concert.event, place)
        if status.state not in {"collecting", "waiting"}:
            return status
        stale = stale + 1 if status.stale else 0
        await asyncio.sleep(status.next_poll_ms / 1000)
    raise GatewayRefused(503, "store_unavailable", "the queue stands still", None)


async def _meet(concert: Concert, fan: Fan) -> None:
    """The first two wait for each other; the second to come calls `first_in` with both."""
    if concert.waiting is None:
        concert.waiting = fan
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(concert.together.wait(), MEETING_SECONDS)
        return
    try:
        await concert.first_in(concert, concert.waiting, fan)
    finally:
        concert.together.set()


async def buy_any_seat(concert: Concert, fan: Fan) -> None:
    """Holds a free seat and buys it; tries others until one is the fan's or all are sold.

    Raises GatewayRefused, sold_out at last.
    """
    while fan.ticket is None:
        section, seat = await find_seat(concert, fan)
        try:
            await fan.gateway.hold(
                concert.event, section=section, seat=seat, admission_pass=fan.admission_pass
            )
        except GatewayRefused as refusal:
            if refusal.code not in {"seat_held", "seat_taken"}:
                raise
            continue
        await _buy(concert, fan, section, seat)


async def find_seat(concert: Concert, fan: Fan) -> tuple[int, int]:
    """Section and number of a seat that is free now. Raises GatewayRefused if all are sold."""
    while True:
        free: list[tuple[int, int]] = []
        sold = 0
        for section in range(len(SECTIONS)):
            seats = await fan.gateway.seats(concert.event, section)
            gone = {*seats.sold, *seats.cooling, *seats.used}
            sold += len(gone)
            free += [(section, n) for n in range(seats.seats) if n not in gone | {*seats.held}]
        if free:
            return random.choice(free)  # noqa: S311 anybody's taste
        if sold == SEATS:
            raise GatewayRefused(409, "sold_out", "every seat is sold", None)
        await asyncio.sleep(RETRY_SECONDS)


async def _buy(concert: Concert, fan: Fan, section: int, seat: int) -> None:
    order = await fan.gateway.purchase(
        fan.wallet,
        await event_view(concert, fan.gateway),
        section=section,
        seat=seat,
        device_key=fan.device.key,
        max_price=SECTIONS[section][2],
        admission_pass=fan.admission_pass,
        idempotency_key=fan.order_key,
    )
    if order.state != "done":
        raise GatewayRefused(409, order.error or order.state, order.detail or "", None)
    fan.ticket = order.account


async def event_view(concert: Concert, gateway: GatewayClient) -> EventView:
    """What the gateway says about the event."""
    return await gateway.event(concert.event)


async def give_back(concert: Concert, fan: Fan) -> None:
    """A holder returns the ticket and gets the price back by the ladder."""
    (held,) = await fan.gateway.tickets(fan.wallet.key)
    order = await fan.gateway.give_back(fan.wallet, held)
    if order.state == "done":
        concert.refunded += 1
        concert.say(f"{fan.name} gave a ticket back for {order.price / LAMPORTS:.2f} SOL")


async def open_doors(concert: Concert) -> None:
    """Moves the local chain's clock on to the doors."""
    event = (await concert.tickets.event(concert.event)).data
    seconds = event.doors - await concert.rpc.chain_time() + 1
    await concert.stage.call_node("localnet_advanceTime", {"seconds": seconds})
    while (await event_view(concert, concert.office)).chain_time < event.doors:  # noqa: ASYNC110 (a poll)
        await asyncio.sleep(RETRY_SECONDS)  # until the gateway has seen it
    await at_once(gate.gateway.sign_in(gate.wallet) for gate in concert.gates)
    concert.say(f"the local chain's clock moved on {seconds} seconds: the doors are open")


async def admit(concert: Concert, fans: Iterable[Fan]) -> None:
    """Each of the fans shows a pass at a gate and goes in."""
    await at_once((_go_in(concert, fan, at) for at, fan in enumerate(fans)), limit=AT_ONCE)


async def _go_in(concert: Concert, fan: Fan, at: int) -> None:
    assert fan.ticket is not None
    gate = concert.gates[at % len(concert.gates)]
    shown = await fan.gateway.new_pass(fan.device, fan.ticket)
    if at < PNGS:
        write_png(concert.stage.folder / "passes", fan.name, to_png(shown.encode()))
    answer = await gate.gateway.verify_pass(concert.event, shown.encode())
    if answer.verdict == "refused":
        concert.refusals[str(answer.reason)] += 1
        return
    await gate.write_entry(concert.rpc, shown, fan)
    concert.entered += 1


async def at_once(work: Iterable[Coroutine[object, object, T]], *, limit: int = AT_ONCE) -> list[T]:
    """Everything in `work`, at most `limit` at a time, in order; the first error ends it.

    `work` is asked for the next only when it can start, so that an end leaves nothing unawaited.
    """
    free = asyncio.Semaphore(limit)
    tasks = []
    async with asyncio.TaskGroup() as group:
        coroutines = iter(work)
        while True:
            await free.acquire()
            each = next(coroutines, None)
            if each is None:
                break
            task = group.create_task(each)
            task.add_done_callback(lambda _: free.release())
            tasks.append(task)
    return [task.result() for task in tasks]
