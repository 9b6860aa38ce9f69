"""An organiser's show, and fans and gates with their own keys, on real processes."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import ParamSpec, Unpack

import httpx2
import pytest
from conting_client import (
    DeviceKey,
    GatewayClient,
    Pass,
    Rpc,
    Tickets,
    Wallet,
    build,
    register_self,
    self_person_address,
    sign,
    to_base64,
    usual_rules,
)
from conting_client.generated import ticket as program
from conting_client.rules import Changes
from solders.compute_budget import set_compute_unit_limit
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import transfer
from solders.transaction import VersionedTransaction

from tests.e2e.house import GatewayKeys

Json = dict[str, object]
P = ParamSpec("P")

SOL = 10**9
PRICE = 250_000_000  # lamports, of a seat in section 0
CHEAP = 50_000_000  # lamports, of a seat in section 1
SEATS = 200
DAY = 86_400
GIFTS = 15  # transfers that fit into one transaction
UNITS = 600_000  # compute units: a purchase needs more than the default
POLL_SECONDS = 0.03
PATIENCE = 60  # seconds, after which a test that waits in vain gives up
NUMBERS = itertools.count(1)


async def until(
    what: str, ask: Callable[P, Awaitable[bool]], *args: P.args, **more: P.kwargs
) -> None:
    """Asks until the answer is yes; fails if it never is."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not await ask(*args, **more):  # noqa: ASYNC110 other processes tell it in no other way
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        pytest.fail(f"waited in vain for {what}")


@dataclass
class Fan:
    """Somebody with a wallet and a phone; gates and organisers are such people too."""

    wallet: Wallet
    gateway: GatewayClient
    http: httpx2.AsyncClient
    phone: Keypair = field(default_factory=Keypair)
    token: str = ""
    place: str = ""
    """The signed place in the waiting room."""
    admission: str = ""
    """The admission pass."""
    ticket: Pubkey = field(default_factory=Pubkey.default)

    @property
    def device(self) -> DeviceKey:
        return DeviceKey(self.phone)

    @property
    def person(self) -> Pubkey:
        """The account of the person whom the wallet attests."""
        return self_person_address(self.wallet.key)

    async def sign_in(self) -> None:
        self.token = (await self.gateway.sign_in(self.wallet)).token

    async def post(self, path: str, body: Json, **headers: str) -> httpx2.Response:
        """The bare request, for what the client would not send."""
        sent = {"authorization": f"Bearer {self.token}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return await self.http.post(path, json=body, headers=sent)

    async def new_pass(self, session: int = 0) -> Pass:
        return await self.gateway.new_pass(self.device, self.ticket, session)


@dataclass(frozen=True)
class Show:
    """An event on chain. Times in Unix seconds of the chain's clock."""

    address: Pubkey
    organiser: Wallet
    opens: int
    doors: int

    @property
    def vault(self) -> Pubkey:
        return program.vault_address(event=self.address)

    def section(self, index: int = 0) -> Pubkey:
        return program.section_address(event=self.address, index=index)

    def ticket(self, seat: int, section: int = 0) -> Pubkey:
        return program.ticket_address(section=self.section(section), seat=seat)


@dataclass
class Town:
    """Who can be reached: a chain, and a gateway that sells for it."""

    rpc: Rpc
    keys: GatewayKeys
    url: str
    transport: httpx2.AsyncBaseTransport
    """One for all people: a client each would load its certificates anew."""
    http: httpx2.AsyncClient
    treasury: Keypair
    timeout: float = 30.0
    """Seconds that people wait for one answer."""

    @property
    def tickets(self) -> Tickets:
        return Tickets(self.rpc)

    # The chain

    async def call_node(self, method: str, *params: object) -> object:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = (await self.http.post(self.rpc.url, json=body)).json()
        assert "error" not in answer, answer
        result: object = answer["result"]
        return result

    async def advance_to(self, moment: int) -> None:
        """Moves the chain's clock on, and waits until the confirmed state has followed."""
        missing = moment - await self.rpc.chain_time()
        if missing > 0:
            await self.call_node("localnet_advanceTime", {"seconds": missing})
        await until("the chain's clock", self._has_come, moment)

    async def _has_come(self, moment: int) -> bool:
        return await self.rpc.chain_time() >= moment

    async def gateway_sees(self, show: Show, moment: int) -> None:
        """Waits until the gateway, which asks for the chain's time now and then, knows it too."""
        reader = self.person().gateway

        async def sees() -> bool:
            return (await reader.event(show.address)).chain_time >= moment

        await until("the gateway's clock", sees)

    async def next_slots(self, count: int) -> None:
        """Waits until so many more slots have begun."""
        last = await self.rpc.slot(commitment="processed") + count

        async def have_begun() -> bool:
            return await self.rpc.slot(commitment="processed") >= last

        await until("more slots", have_begun)

    async def send(self, instructions: Sequence[Instruction], *signers: Keypair) -> None:
        """One transaction, paid by the first signer, until it is confirmed. Raises ChainError."""
        blockhash = (await self.rpc.latest_blockhash()).hash
        steps = [set_compute_unit_limit(UNITS), *instructions]
        transaction = sign(build(signers[0].pubkey(), steps, blockhash), *signers)
        await self.rpc.simulate(transaction, check_signatures=True)
        await self.send_untried(transaction)
        await self.confirmed(transaction)
        await self.rpc.outcome(transaction.signatures[0])

    async def send_untried(self, transaction: VersionedTransaction) -> None:
        """Past the node's trial run: it lands in a block even if it fails there."""
        options = {"encoding": "base64", "skipPreflight": True}
        await self.call_node("sendTransaction", to_base64(transaction), options)

    async def confirmed(self, transaction: VersionedTransaction) -> None:
        """Waits until the transaction is in a confirmed block, whether it succeeded or not."""
        asked = [str(transaction.signatures[0])]

        async def is_confirmed() -> bool:
            found = await self.call_node("getSignatureStatuses", asked)
            assert isinstance(found, dict)
            (status,) = found["value"]
            return status is not None and status["confirmationStatus"] != "processed"

        await until("a transaction in a block", is_confirmed)

    async def fund(self, *wallets: Wallet) -> None:
        """Five SOL for everybody."""
        purse = self.treasury.pubkey()
        gifts = [
            transfer({"from_pubkey": purse, "to_pubkey": wallet.key, "lamports": 5 * SOL})
            for wallet in wallets
        ]
        groups = [gifts[at : at + GIFTS] for at in range(0, len(gifts), GIFTS)]
        await asyncio.gather(*(self.send(group, self.treasury) for group in groups))

    async def money(self, show: Show) -> int:
        """Lamports in the vault above its rent."""
        vault = await self.rpc.account(show.vault, commitment="processed")
        assert vault is not None
        return vault.lamports - await self.rpc.rent(len(vault.data))

    async def connect(self, count: int) -> None:
        """Opens connections to the gateway, so that requests made together arrive together."""
        await asyncio.gather(*(self.http.get(f"{self.url}/health") for _ in range(count)))

    # Shows

    async def announce(
        self,
        *,
        closes_in: int = 30 * DAY,
        **changes: Unpack[Changes],
    ) -> Show:
        """A new organiser's event with a dear and a cheap section, on sale half a minute later."""
        organiser, number = Wallet.generate(), next(NUMBERS)
        usual: Changes = {"limit": 10, "sessions": 1}
        await self.fund(organiser)
        opens = await self.rpc.chain_time() + 30
        closes = opens + closes_in
        event = program.event_address(organiser=organiser.key, number=number)
        create = program.create_event(
            organiser=organiser.key,
            number=number,
            rules=usual_rules(
                admission=self.keys.admission.pubkey(),
                arbiter=self.keys.admission.pubkey(),
                times={
                    "sale_opens": opens,
                    "sale_closes": closes,
                    "freeze": closes,
                    "doors": closes + 60,
                    "ends": closes + DAY,
                },
                **(usual | changes),
            ),
            name="First Light",
            uri="https://tickets.example/first-light",
        )
        sections = [
            program.add_section(
                organiser=organiser.key,
                event=event,
                index=index,
                seats=SEATS,
                price=price,
                gate_group=1,
                mode=program.SaleMode.FIRST_COME,
                name=name,
            )
            for index, (name, price) in enumerate([("Floor", PRICE), ("Gallery", CHEAP)])
        ]
        await self.send([create, *sections], organiser.keypair)
        return Show(event, organiser, opens, closes + 60)

    async def open_room(self, show: Show) -> None:
        """Opens the waiting room and then the sale; who joins from now on is let in at once."""
        await self.open_queue(show)
        await self.advance_to(show.opens)

    async def open_queue(self, show: Show) -> None:
        """The organiser opens the waiting room, half a minute before the sale."""
        office = self.person(show.organiser)
        await office.sign_in()
        beacon = await self.rpc.slot(commitment="processed") + 100  # the clock jumps past it
        await office.gateway.open_queue(
            show.address, rate_per_second=1000, capacity=1000, beacon_slot=beacon
        )

    async def register_gate(
        self,
        show: Show,
        *,
        group: int = 1,
        role: program.GateRole = program.GateRole.SCANNER,
    ) -> Fan:
        """A scanner whose key the organiser has approved."""
        gate = await self.newcomer()
        order = program.register_gate(
            organiser=show.organiser.key,
            event=show.address,
            key=gate.wallet.key,
            group=group,
            role=role,
        )
        await self.send([order], show.organiser.keypair)
        return gate

    # People

    def person(self, wallet: Wallet | None = None) -> Fan:
        """Somebody who has done nothing yet."""
        client = GatewayClient(self.url, timeout=self.timeout, transport=self.transport)
        http = httpx2.AsyncClient(base_url=self.url, timeout=self.timeout, transport=self.transport)
        return Fan(wallet or Wallet.generate(), client, http)

    async def newcomer(self) -> Fan:
        """Somebody with money who has signed in."""
        (fan,) = await self.newcomers(1)
        return fan

    async def newcomers(self, count: int) -> list[Fan]:
        fans = [self.person() for _ in range(count)]
        await self.fund(*(fan.wallet for fan in fans))
        await self.register(*fans)
        await asyncio.gather(*(fan.sign_in() for fan in fans))
        return fans

    async def register(self, *fans: Fan) -> None:
        """Makes everybody a person, with their own phone."""
        blockhash = (await self.rpc.latest_blockhash()).hash
        for fan in fans:
            call = register_self(fan.wallet.key, fan.device.key)
            await self.send_untried(
                sign(build(fan.wallet.key, [call], blockhash), fan.wallet.keypair)
            )

        async def are_there() -> bool:
            return all(await self.rpc.accounts([fan.person for fan in fans]))

        await until("the persons", are_there)

    async def guests(self, show: Show, count: int) -> list[Fan]:
        """People whom the waiting room has let in."""
        fans = await self.newcomers(count)
        await asyncio.gather(*(self.let_in(show, fan) for fan in fans))
        return fans

    async def guest(self, show: Show) -> Fan:
        (fan,) = await self.guests(show, 1)
        return fan

    async def let_in(self, show: Show, fan: Fan) -> None:
        place = await fan.gateway.join(show.address)
        fan.place = place.ticket
        async with asyncio.timeout(PATIENCE):
            turn = await fan.gateway.wait_for_turn(show.address, place, sleep=_impatiently)
        fan.admission = turn.admission_pass

    # Purchases

    def purchase(
        self, show: Show, fan: Fan, seat: int, *, max_price: int = PRICE, **accounts: Pubkey
    ) -> Instruction:
        """The purchase of a seat in section 0; `accounts` in place of the right ones."""
        right = {
            "admission": self.keys.admission.pubkey(),
            "wallet": fan.wallet.key,
            "person": fan.person,
            "event": show.address,
            "section": show.section(),
        }
        return program.buy(**(right | accounts), seat=seat, max_price=max_price)

    async def sell(self, show: Show, fans: Mapping[int, Fan]) -> None:
        """Purchases of these seats past the gateway, by who has the admission key."""
        blockhash = (await self.rpc.latest_blockhash()).hash
        for seat, fan in fans.items():
            steps = [set_compute_unit_limit(UNITS), self.purchase(show, fan, seat)]
            unsigned = build(fan.wallet.key, steps, blockhash)
            await self.send_untried(sign(unsigned, fan.wallet.keypair, self.keys.admission))
            fan.ticket = show.ticket(seat)
        addresses = [fan.ticket for fan in fans.values()]

        async def are_sold() -> bool:
            return all(await self.rpc.accounts(addresses))

        await until("the tickets", are_sold)

    async def refund(self, show: Show, fan: Fan) -> None:
        """A holder gives the ticket back, past the gateway."""
        await self.send([refund_of(show, fan, fan.wallet.key)], fan.wallet.keypair)


@asynccontextmanager
async def town_at(rpc_url: str, keys: GatewayKeys, url: str) -> AsyncIterator[Town]:
    """The people around this gateway and this node."""
    transport = httpx2.AsyncHTTPTransport(limits=httpx2.Limits(max_connections=None))
    async with Rpc(rpc_url, timeout=30) as rpc, transport:
        http = httpx2.AsyncClient(transport=transport, timeout=30)
        treasury = Keypair()
        await rpc.airdrop(treasury.pubkey(), 1_000_000 * SOL)
        yield Town(rpc, keys, url, transport, http, treasury)


async def _impatiently(_seconds: float) -> None:
    await asyncio.sleep(POLL_SECONDS)


def refund_of(show: Show, owner: Fan, holder: Pubkey) -> Instruction:
    """The refund of the owner's ticket of section 0, as `holder` would ask for it."""
    mint = program.mint_address(ticket=owner.ticket)
    return program.refund(
        holder=holder,
        paid_by=owner.wallet.key,
        person=owner.person,
        event=show.address,
        section=show.section(),
        holding=program.holding_address(event=show.address, person=owner.person),
        ticket=owner.ticket,
        token=program.token_address(mint=mint, wallet=owner.wallet.key),
    )
