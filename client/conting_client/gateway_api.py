"""The gateway's HTTP API for fans, organisers and gates, typed.

    async with GatewayClient(url) as gateway:
        await gateway.sign_in(wallet)
        admission = await gateway.wait_for_turn(event, await gateway.join(event))

What the gateway built is signed only after `purchase` and `give_back` have checked that it does
what was asked for.
"""

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import Self, TypeVar

import httpx2
from solders.pubkey import Pubkey

from conting_client import gateway_answers as answers
from conting_client._errors import GatewayRefused
from conting_client._http import Sleep, ask, lines, patiently, send, trusted
from conting_client._signing_in import require_sign_in
from conting_client._wallet import Wallet
from conting_client.device import DeviceKey
from conting_client.device_keys import DevicePublicKey
from conting_client.gateway_orders import OrdersApi
from conting_client.generated import ticket as program
from conting_client.lists_api import ListsApi
from conting_client.order_asks import Asked, Buyer, SectionAt
from conting_client.passes import Challenge, Pass
from conting_client.people_api import PeopleApi
from conting_client.presence import challenges

T = TypeVar("T")


class GatewayClient:
    """One gateway, and one session after `sign_in`.

    Every method raises GatewayRefused for a refusal and GatewayUnavailable without an answer;
    `timeout` is seconds for each answer. `domain`: where its pages live, if that is neither the
    host of `url` nor above it. `program_id` is the ticket program that it sells for; `transport`
    carries the requests elsewhere, such as into an application in this process.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float = 30.0,
        domain: str | None = None,
        program_id: Pubkey = program.PROGRAM_ID,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx2.AsyncClient(
            base_url=url, timeout=timeout, transport=transport, verify=trusted()
        )
        self._domain = domain
        self._program_id = program_id
        self.orders = OrdersApi(self._ask)
        """Orders of every kind; with `orders.sponsored = True`, at the gateway's expense."""
        self.people = PeopleApi(self._ask)
        """Persons, families, issuers, and warnings of re-bindings."""
        self.lists = ListsApi(self._ask, self._lines)
        """What is on chain and what has happened there, from the gateway's memory."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._http.aclose()

    async def sign_in(self, wallet: Wallet) -> answers.Session:
        """Opens a session; for gates too, with the gate's key.

        Raises TransactionChanged if what the gateway wants signed is not a sign-in of this wallet
        at its own domain.
        """
        asked = await self._post("/v1/auth/nonce", answers.SignInRequest, wallet=str(wallet.key))
        require_sign_in(
            asked.message,
            wallet=str(wallet.key),
            nonce=asked.nonce,
            host=self._http.base_url.host,
            domain=self._domain,
        )
        signature = wallet.sign_message(asked.message.encode())
        body = {"wallet": str(wallet.key), "nonce": asked.nonce, "signature": str(signature)}
        session = await self._post("/v1/auth/sign-in", answers.Session, **body)
        self._http.headers["authorization"] = f"Bearer {session.token}"
        return session

    # Events

    async def event(self, event: Pubkey) -> answers.EventView:
        """An event's rules."""
        return await self._get(f"/v1/events/{event}", answers.EventView)

    async def sections(self, event: Pubkey) -> list[answers.SectionView]:
        """An event's sections and prices."""
        found = await self._get(f"/v1/events/{event}/sections", answers.Sections)
        return found.sections

    async def seats(self, event: Pubkey, section: int) -> answers.Seats:
        """Which seats of a section are not free."""
        return await self._get(f"/v1/events/{event}/sections/{section}/seats", answers.Seats)

    async def seat_changes(
        self, event: Pubkey, section: int, since: answers.Seats
    ) -> answers.SeatChanges:
        """What changed since a map was read. Refused with `version_gone` if that is too old."""
        path = f"/v1/events/{event}/sections/{section}/seats/changes?since={since.version}"
        return await self._get(path, answers.SeatChanges)

    async def tickets(self, holder: Pubkey) -> list[answers.TicketView]:
        """What somebody holds."""
        found = await self._get(f"/v1/tickets?holder={holder}", answers.HeldTickets)
        return found.tickets

    # Waiting room

    async def open_queue(
        self, event: Pubkey, *, rate_per_second: float, capacity: int, beacon_slot: int
    ) -> answers.PublicQueue:
        """Opens the waiting room, or changes rate and capacity. For the organiser."""
        body = {
            "rate_per_second": rate_per_second,
            "capacity": capacity,
            "beacon_slot": beacon_slot,
        }
        return await self._ask("PUT", f"/v1/events/{event}/queue", answers.PublicQueue, body)

    async def join(
        self, event: Pubkey, *, lost: str | None = None, person: Pubkey | None = None
    ) -> answers.Place:
        """A place in line; the same one however often it is asked for.

        At an event with an issuer it is the person's whom that vouches for: `person`, where the
        wallet stands for several; refused with `not_attested` where it stands for none. `lost`: the
        ticket of a place that the gateway lost in a crash, and gives back for it.
        """
        named = {"ticket": lost, "person": person}
        body = {name: str(value) for name, value in named.items() if value is not None}
        return await self._post(f"/v1/events/{event}/queue/join", answers.Place, **body)

    async def queue_status(self, event: Pubkey, ticket: str) -> answers.QueueStatus:
        """Where a place stands, and when to ask again."""
        path = f"/v1/events/{event}/queue/status?{httpx2.QueryParams(ticket=ticket)}"
        return await self._get(path, answers.QueueStatus)

    async def public_queue(self, event: Pubkey) -> answers.PublicQueue:
        """All that anyone needs to draw the order again."""
        return await self._get(f"/v1/events/{event}/queue/public", answers.PublicQueue)

    async def enter(self, event: Pubkey, ticket: str) -> answers.Admission:
        """Takes the turn of a place."""
        return await self._post(f"/v1/events/{event}/queue/enter", answers.Admission, ticket=ticket)

    async def leave(self, event: Pubkey, ticket: str) -> None:
        """Ends the visit of a place, and lets its held seats go: the next one's turn comes."""
        await self._send("POST", f"/v1/events/{event}/queue/leave", {"ticket": ticket})

    async def wait_for_turn(
        self, event: Pubkey, place: answers.Place, *, sleep: Sleep = asyncio.sleep
    ) -> answers.Admission:
        """Waits, at the gateway's pace, until the place is admitted, and takes the turn.

        Who missed it and may have a second one waits on for that; so does everybody while the
        gateway has no memory or no chain, and says when to ask again. Raises GatewayRefused when
        the turn is over or everything is sold.
        """
        status: answers.QueueStatus = place
        while True:
            if status.state not in {"collecting", "waiting"}:
                try:
                    return await patiently(lambda: self.enter(event, place.ticket), sleep)
                except GatewayRefused as refused:
                    if refused.code != "not_yet_admitted":
                        raise
            await sleep(status.next_poll_ms / 1000)
            status = await patiently(lambda: self.queue_status(event, place.ticket), sleep)

    # Orders

    async def hold(
        self, event: Pubkey, *, section: int, seat: int, admission_pass: str
    ) -> answers.Hold:
        """Holds a seat for five minutes."""
        body = {"section": section, "seat": seat, "admission_pass": admission_pass}
        return await self._post(f"/v1/events/{event}/holds", answers.Hold, **body)

    async def holds(self, event: Pubkey) -> list[answers.Hold]:
        """The seats that one holds at an event; what ends first comes first."""
        return (await self._get(f"/v1/events/{event}/holds", answers.Holds)).holds

    async def release(self, event: Pubkey, *, section: int, seat: int) -> None:
        """Lets a held seat go."""
        await self._send("DELETE", f"/v1/events/{event}/holds/{section}/{seat}")

    async def purchase(
        self,
        wallet: Wallet | Buyer,
        event: answers.EventView,
        *,
        section: int,
        seat: int,
        device_key: DevicePublicKey,
        max_price: int,
        admission_pass: str,
        idempotency_key: str,
    ) -> answers.OrderView:
        """Buys a held seat for at most `max_price` and follows the order to its end.

        `max_price` in the smallest units of `event.payment`; nothing else is paid with.
        At an event with an issuer a Buyer names the person whom that vouches for. Without one the
        wallet is a person, and becomes it by the same transaction when it buys for the first time,
        with `device_key` as its phone.
        The same `idempotency_key` gives the same order. Raises TransactionChanged, unsigned, if
        the gateway built anything but this purchase.
        """
        at = SectionAt(event.event, section, self._program_id, event.payment)
        who = wallet if isinstance(wallet, Buyer) else Buyer(wallet)
        wanted = program.buy(
            admission=event.admission,
            wallet=who.key,
            person=who.account,
            event=event.event,
            section=at.key,
            seat=seat,
            max_price=max_price,
            **at.money(who.key),
            program_id=at.program_id,
        )
        body = {
            "event": str(event.event),
            "section": section,
            "seat": seat,
            "device_key": str(device_key),
            "max_price": max_price,
            "admission_pass": admission_pass,
        }
        who = replace(who, device_key=device_key)
        body |= who.told()
        return await self.orders.place(who, Asked(wanted, body), key=idempotency_key)

    async def give_back(self, wallet: Wallet, ticket: answers.TicketView) -> answers.OrderView:
        """Refunds a ticket of the wallet's and follows the order to its end.

        Raises TransactionChanged, unsigned, if the gateway built anything but this refund.
        """
        here = self._program_id
        holding = program.holding_address(event=ticket.event, person=ticket.person, program_id=here)
        wanted = program.refund(
            holder=wallet.key,
            paid_by=ticket.paid_by,
            person=ticket.person,
            event=ticket.event,
            section=ticket.section,
            holding=holding,
            ticket=ticket.ticket,
            token=program.token_address(mint=ticket.mint, wallet=wallet.key, program_id=here),
            program_id=here,
        )
        body = {"ticket": str(ticket.ticket)}
        return await self.orders.place(Buyer(wallet), Asked(wanted, body))

    async def order(self, order: str) -> answers.OrderView:
        """Where an order stands."""
        return await self.orders.order(order)

    # Passes and gates

    async def challenge(self, ticket: Pubkey, session: int = 0) -> answers.ChallengeAnswer:
        """A challenge for the ticket's device key."""
        path = f"/v1/tickets/{ticket}/challenge"
        return await self._post(path, answers.ChallengeAnswer, session=session)

    async def new_pass(self, device: DeviceKey, ticket: Pubkey, session: int = 0) -> Pass:
        """A pass that lives for the next seconds. Raises ChallengeRefused, MalformedPass."""
        answer = await self.challenge(ticket, session)
        challenge = Challenge.decode(answer.challenge)
        return device.answer(challenge, ticket=ticket, session=session, now=answer.issued_at)

    def presence(
        self, ticket: Pubkey, session: int = 0
    ) -> AsyncGenerator[answers.ChallengeAnswer, None]:
        """A challenge at once and every five seconds, by a channel that the phone holds.

        When it drops, what was challenged last is withdrawn at the gates at once.
        """
        token = self._http.headers.get("authorization", "").removeprefix("Bearer ")
        url, certificates = str(self._http.base_url), trusted()
        return challenges(url, token, ticket, session, trusted=certificates)

    async def verify_pass(self, event: Pubkey, data: bytes) -> answers.GateAnswer:
        """The verdict on the bytes of a QR code. For gates."""
        path, text = f"/v1/events/{event}/gate/verify", b64encode(data).decode()
        return await self._ask("POST", path, answers.GateAnswer, {"pass": text})

    async def _get(self, path: str, shape: type[T]) -> T:
        return await self._ask("GET", path, shape)

    async def _post(self, path: str, shape: type[T], **body: object) -> T:
        return await self._ask("POST", path, shape, body)

    async def _ask(
        self,
        method: str,
        path: str,
        shape: type[T],
        body: Mapping[str, object] | None = None,
        *,
        headers: dict[str, str] | None = None,
    ) -> T:
        return await ask(self._http, method, path, shape, body, headers=headers)

    def _lines(self, path: str) -> AsyncGenerator[str, None]:
        return lines(self._http, path)

    async def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        return await send(self._http, method, path, body, headers)
