"""A show with two gate groups whose doors are open, and scanners with and without a network."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from conting_client import (
    MAX_LIFETIME,
    Challenge,
    DeviceKey,
    P256Secret,
    Rpc,
    Wallet,
    register_self,
    self_person_address,
    usual_rules,
)
from conting_client.gate_api import GateClient
from conting_client.generated import ticket as program
from conting_client.scanner import (
    Alarm,
    Connection,
    EntryWriter,
    GateLog,
    Keeper,
    Outside,
    Scanner,
    ScanVerdict,
    Upkeep,
)
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.gateway.chain import HOUR, NUMBERS, PRICE, Chain, Show
from tests.gateway.gate.door import Fan, known_for_hours, make_pass
from tests.gateway.support import DOMAIN, Gateway, way_to

AT_HOME, AWAY = 1, 2
SEATS = 64
CHIPS = 2
TOGETHER = 4  # sales at the same time: a blockhash of the node lives for six seconds
SESSIONS = 20_000


PUT_BY = 10  # seconds


@dataclass
class Lan(httpx2.AsyncBaseTransport):
    """The venue's network: it may be cut, before a request leaves or before its answer comes."""

    under: httpx2.AsyncBaseTransport
    cut: bool = False
    eats_answers: bool = False
    cuts_off: str = ""
    """The method of requests that never leave."""
    eats_answers_to: str = ""
    """The method of requests whose answers never come."""
    holds: asyncio.Event | None = None
    """What the next answer waits for, once it is made."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self.cut or request.method == self.cuts_off:
            raise httpx2.ConnectError("the cable is out")
        answer = await self.under.handle_async_request(request)
        if held := self.holds:
            self.holds = None
            await held.wait()
        if self.eats_answers or request.method == self.eats_answers_to:
            raise httpx2.ReadError("the cable is out")
        return answer


@dataclass
class Device:
    """A scanner and all that hangs on it; clocks in seconds."""

    key: Keypair
    log: GateLog
    keeper: Keeper
    scanner: Scanner
    upkeep: Upkeep
    entries: EntryWriter
    lan: Lan
    alarms: list[tuple[Alarm, str]]
    clock: "Hands"
    out: Outside

    @property
    def raised(self) -> list[str]:
        return [alarm.value for alarm, _ in self.alarms]

    async def scan(self, data: bytes) -> tuple[str | None, bool]:
        """The reason, None for admitted; and whether it was decided without the gateway."""
        verdict = await self.scanner.scan(data)
        return verdict.reason, verdict.offline

    def answer_of(self, fan: Fan, session: int = 0) -> bytes:
        """What the fan's phone makes of the gate's screen."""
        shown, event = self.scanner.screen(), self.log.event
        return fan.phone.answer_gate(
            shown, ticket=fan.ticket, event=event, session=session
        ).encode()

    async def full(self, data: bytes) -> ScanVerdict:
        return await self.scanner.scan(data)


@dataclass
class Hands:
    """A clock that somebody may set."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass
class Night:
    """An evening; fans of the home section (group 1) and of the other one (group 2).

    `chips`: of the home section, with phones whose keys are P-256.
    """

    gateway: Gateway
    chain: Chain
    show: Show
    north: Wallet
    south: Wallet
    chief: Wallet
    home: list[Fan]
    away: list[Fan]
    chips: list[Fan]
    devices: list[Device] = field(default_factory=list)

    def device(
        self,
        gate: Wallet,
        folder: Path,
        *,
        session: int = 0,
        is_writer: bool = False,
        name: str = "log",
    ) -> Device:
        key, event = gate.keypair, self.show.address
        lan = Lan(way_to(self.gateway.app))
        clock, alarms = Hands(), list[tuple[Alarm, str]]()

        def alarm(code: Alarm, text: str) -> None:
            alarms.append((code, text))

        out = Outside(
            GateClient(f"http://{DOMAIN}", transport=lan),
            alarm,
            secrets.token_bytes,
            clock=clock,
        )
        log = GateLog(folder / f"{name}.sqlite", event=event, gate=gate.key, session=session)
        keeper = Keeper(log, event=event, gate=gate.key, session=session)
        connection = Connection(key, out)
        made = Device(
            key,
            log,
            keeper,
            Scanner(key, log, keeper, connection, out),
            Upkeep(log, keeper, connection, out, is_writer=is_writer),
            EntryWriter(key, log, self.chain.rpc, alarm),
            lan,
            alarms,
            clock,
            out,
        )
        self.devices.append(made)
        return made

    async def pass_of(self, fan: Fan, session: int = 0) -> bytes:
        """A live pass, answered by the fan's phone over its own network."""
        return await make_pass(self.gateway, fan, session)

    async def send(self, instruction: Instruction, *signers: Wallet) -> None:
        await self.chain.send_all([instruction], *signers)

    def close(self) -> None:
        for device in self.devices:
            device.log.close()


async def open_night(gateway: Gateway, chain: Chain, *, home: int, away: int) -> Night:
    """Sells the tickets and moves the clock on to the doors, and past what tests put clocks by."""
    night = await sell_night(gateway, chain, home=home, away=away)
    await chain.advance_to(night.show.doors + PUT_BY)
    await known_for_hours(gateway.services.redis, night.show.address)
    return night


async def sell_night(
    gateway: Gateway, chain: Chain, *, home: int, away: int = 0, doors_in: int = 3 * HOUR
) -> Night:
    """Sells the tickets of a show whose doors open so many seconds after the sale."""
    show = await _make_show(gateway, chain, doors_in)
    north, south, chief = await asyncio.gather(
        register(chain, show, AT_HOME),
        register(chain, show, AWAY),
        register(chain, show, AT_HOME, program.GateRole.SUPERVISOR),
    )
    await chain.advance_to(show.opens)
    seats = [(0, seat) for seat in range(home + CHIPS)] + [(1, seat) for seat in range(away)]
    fans: list[Fan] = []
    for start in range(0, len(seats), TOGETHER):
        part = seats[start : start + TOGETHER]
        fans += await asyncio.gather(
            *(
                _sell(gateway, chain, show, section, seat, phone=_phone(section, seat, home))
                for section, seat in part
            )
        )
    chips, others = fans[home : home + CHIPS], fans[home + CHIPS :]
    return Night(gateway, chain, show, north, south, chief, fans[:home], others, chips)


def _phone(section: int, seat: int, home: int) -> DeviceKey:
    is_chip = section == 0 and seat >= home
    return DeviceKey(P256Secret.generate() if is_chip else Keypair())


async def register(
    chain: Chain,
    show: Show,
    group: int,
    role: program.GateRole = program.GateRole.SCANNER,
) -> Wallet:
    gate = await chain.fund()
    order = program.register_gate(
        organiser=show.organiser.key, event=show.address, key=gate.key, group=group, role=role
    )
    await chain.send(order, show.organiser)
    return gate


async def _sell(
    gateway: Gateway, chain: Chain, show: Show, section: int, seat: int, *, phone: DeviceKey
) -> Fan:
    wallet = await chain.fund()
    admission = Wallet(gateway.keys.admission)
    place = program.section_address(event=show.address, index=section)
    order = program.buy(
        admission=admission.key,
        wallet=wallet.key,
        person=self_person_address(wallet.key),
        event=show.address,
        section=place,
        seat=seat,
        max_price=PRICE,
    )
    await chain.send_all([register_self(wallet.key, phone.key), order], wallet, admission)
    return Fan(wallet, phone, program.ticket_address(section=place, seat=seat))


async def _make_show(gateway: Gateway, chain: Chain, doors_in: int) -> Show:
    organiser = await chain.fund()
    opens = await chain.rpc.chain_time() + HOUR
    doors, number = opens + doors_in, next(NUMBERS)
    event = program.event_address(organiser=organiser.key, number=number)
    create = program.create_event(
        organiser=organiser.key,
        number=number,
        rules=usual_rules(
            admission=gateway.keys.admission.pubkey(),
            arbiter=organiser.key,
            times={
                "sale_opens": opens,
                "sale_closes": opens + 2 * HOUR,
                "freeze": opens + 2 * HOUR,
                "doors": doors,
                "ends": doors + 4 * HOUR,
            },
            sessions=SESSIONS,
        ),
        name="Second Light",
        uri="https://tickets.example/second-light",
    )
    sections = [
        program.add_section(
            organiser=organiser.key,
            event=event,
            index=index,
            seats=SEATS,
            price=PRICE,
            gate_group=group,
            mode=program.SaleMode.FIRST_COME,
            name=name,
        )
        for index, (name, group) in enumerate([("A", AT_HOME), ("B", AWAY)])
    ]
    await chain.send_all([create, *sections], organiser)
    return Show(event, organiser, opens, doors)


def forged(night: Night, fan: Fan, **changes: Any) -> bytes:
    """A pass by the gateway's own challenge key, without the gateway's look at the chain."""
    phone = changes.pop("phone", fan.phone)
    now = int(time.time())
    usual = {
        "session": 0,
        "issued": now,
        "expires": now + MAX_LIFETIME,
        "event": night.show.address,
        "ticket": fan.ticket,
        "device_key": phone.key,
        "nonce": secrets.token_bytes(16),
    }
    asked = Challenge.issue(night.gateway.keys.challenge, **(usual | changes))
    return bytes(
        phone.answer(asked, ticket=asked.ticket, session=asked.session, now=asked.issued).encode()
    )


def revoked(night: Night, gate: Wallet) -> Instruction:
    """The organiser takes a gate's right away."""
    address = program.gate_address(event=night.show.address, key=gate.key)
    return program.revoke_gate(
        organiser=night.show.organiser.key, event=night.show.address, gate=address
    )


def undone(night: Night, fan: Fan, session: int = 0) -> Instruction:
    """The supervisor takes an entry back."""
    event = night.show.address
    return program.undo_entry(
        gate_key=night.chief.key,
        event=event,
        gate=program.gate_address(event=event, key=night.chief.key),
        entry=program.entry_address(ticket=fan.ticket, session=session),
    )


def ticket_of(data: bytes) -> Pubkey:
    """The ticket that a pass of the show lane is for."""
    return Pubkey.from_bytes(data[52:84])


@asynccontextmanager
async def chain_at(url: str) -> AsyncIterator[Chain]:
    async with Rpc(url) as rpc:
        yield Chain(rpc)
