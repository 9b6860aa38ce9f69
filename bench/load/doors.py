"""What phones and gates send to the gateway: challenges for one ticket, passes at one gate."""

import asyncio
import secrets
import time
from base64 import b64encode
from dataclasses import dataclass

import httpx2
from conting_client import MAX_LIFETIME, Challenge, DeviceKey, Rpc, Wallet
from conting_client.passes import NONCE_SIZE
from conting_gateway.gate.lua import MENDING
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from bench.load.stage import Stage
from tests.gateway.chain import Chain

PATIENCE = 10.0  # seconds
SETTLED = MENDING / 1000 + 0.5  # seconds


@dataclass(frozen=True)
class Doors:
    """An event that lets people in: one ticket, its holder and phone, one gate."""

    stage: Stage
    ticket: Pubkey
    holder: Wallet
    phone: DeviceKey
    gate: Wallet

    def challenges(self) -> list[bytes]:
        """The one request that the phone sends again and again."""
        return [self._post(f"/v1/tickets/{self.ticket}/challenge", self.holder, "")]

    def passes(self, count: int) -> list[bytes]:
        """So many passes, each shown once, as the gate sends them; good for ten seconds."""
        return [self.shown() for _ in range(count)]

    def shown(self, session: int = 0) -> bytes:
        """A new pass, as the gate sends it."""
        path = f"/v1/events/{self.stage.event}/gate/verify"
        each = b64encode(self._pass(session)).decode()
        return self._post(path, self.gate, f'{{"pass":"{each}"}}')

    async def are_open(self) -> None:
        """Waits for the gateway, which asks the chain for the time now and then.

        An event's first verdict comes two seconds after its first challenge: see gate/lua.py.
        """
        end = time.monotonic() + PATIENCE
        while True:
            try:
                await self.ask(self.challenges()[0])
            except httpx2.HTTPStatusError:
                if time.monotonic() > end:
                    raise
                await asyncio.sleep(0.1)
            else:
                break
        await asyncio.sleep(SETTLED)

    async def ask(self, request: bytes) -> bytes:
        """The body of the gateway's answer. Raises unless it is a success."""
        head, _, body = request.partition(b"\r\n\r\n")
        line, *headers = head.decode().split("\r\n")
        url = f"http://{self.stage.host}:{self.stage.port}{line.split()[1]}"
        named = dict(each.split(": ", 1) for each in headers)
        async with httpx2.AsyncClient(timeout=30, trust_env=False) as http:
            answer = await http.post(url, headers=named, content=body)
        return answer.raise_for_status().content

    def _pass(self, session: int) -> bytes:
        now = int(time.time())
        challenge = Challenge.issue(
            self.stage.challenge,
            session=session,
            issued=now,
            expires=now + MAX_LIFETIME,
            event=self.stage.event,
            ticket=self.ticket,
            device_key=self.phone.key,
            nonce=secrets.token_bytes(NONCE_SIZE),
        )
        return self.phone.answer(challenge, ticket=self.ticket, session=session, now=now).encode()

    def _post(self, path: str, who: Wallet, body: str) -> bytes:
        head = (
            f"POST {path} HTTP/1.1\r\nhost: {self.stage.host}:{self.stage.port}\r\n"
            f"authorization: Bearer {self.stage.session(str(who.key))}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return (head + body).encode()


async def open_doors(stage: Stage) -> Doors:
    """Sells a ticket, registers a gate, and moves the chain's clock to the doors."""
    async with Rpc(stage.rpc_url) as rpc:
        chain = Chain(rpc)
        holder, phone = await chain.fund(), DeviceKey(Keypair())
        ticket = await chain.buy(stage.show, Wallet(stage.admission), holder, 0, phone.key)
        gate = await chain.register_gate(stage.show)
        await chain.advance_to(stage.show.doors)
    doors = Doors(stage, ticket, holder, phone, gate)
    await doors.are_open()
    return doors
