"""A wallet signs in where it means to: a gateway gets no session of its fans at another one."""

import json
import secrets
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from conting_client import GatewayClient, TransactionChanged, Wallet
from conting_client.gate_api import GateClient
from conting_client.scanner import Connection, Offline, Outside
from conting_client.scanner.alarms import Alarm
from conting_gateway.auth.message import SignInMessage
from solders.keypair import Keypair
from solders.signature import Signature

pytestmark = pytest.mark.anyio

Text = Callable[[SignInMessage], str]


class Gateway(httpx2.AsyncBaseTransport):
    """Asks for what a gateway of `domain` wants signed, changed by `text`; keeps what it gets."""

    def __init__(self, domain: str, text: Text = SignInMessage.text) -> None:
        self.domain = domain
        self.text = text
        self.got: list[Signature] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        told: dict[str, Any] = json.loads(await request.aread())
        if request.url.path.endswith("/nonce"):
            message = SignInMessage(self.domain, told["wallet"], "ab" * 16, 1_800_000_000, 0)
            answer = {"nonce": message.nonce, "message": self.text(message), "expires_at": 0}
            return httpx2.Response(200, json=answer)
        self.got.append(Signature.from_string(told["signature"]))
        session = {"token": "t", "wallet": told["wallet"], "expires_at": 1_900_000_000}
        return httpx2.Response(200, json=session)


async def sign_in(url: str, gateway: Gateway, domain: str | None = None) -> None:
    async with GatewayClient(url, domain=domain, transport=gateway) as client:
        await client.sign_in(Wallet.generate())


@pytest.mark.parametrize(
    ("url", "domain", "named"),
    [
        ("https://tickets.example", "tickets.example", None),
        ("https://Api.Tickets.example:8443/", "tickets.example", None),
        ("https://tickets.example", "Tickets.Example", None),
        ("https://hosting.example", "tickets.example", "tickets.example"),
        ("http://10.0.0.5:8000", "localhost", None),  # a development gateway's, and nobody's
    ],
)
async def test_a_wallet_signs_in_at_the_gateway_that_it_asked(
    url: str, domain: str, named: str | None
) -> None:
    gateway = Gateway(domain)
    await sign_in(url, gateway, named)
    assert len(gateway.got) == 1


@pytest.mark.attack
@pytest.mark.parametrize(
    ("url", "domain", "named"),
    [
        ("https://scalper.example", "tickets.example", None),
        ("https://scalpertickets.example", "tickets.example", None),
        ("https://tickets.example", "api.tickets.example", None),
        ("https://tickets.example.scalper.example", "tickets.example", None),
        ("https://tickets.example", "tickets.example", "other.example"),
    ],
)
async def test_a_gateway_cannot_have_its_fans_sign_in_at_another_one(
    url: str, domain: str, named: str | None
) -> None:
    """It asks the other one for a nonce, and hands the message on."""
    gateway = Gateway(domain)
    with pytest.raises(TransactionChanged, match=rf"sign in at {domain}"):
        await sign_in(url, gateway, named)
    assert gateway.got == []


@pytest.mark.attack
@pytest.mark.parametrize(
    "text",
    [
        lambda message: "x\n" + message.text(),
        lambda message: message.text().replace("wants you to sign in", "pays"),
        lambda message: message.text().replace(message.wallet, str(Keypair().pubkey())),
        lambda message: message.text().replace("Nonce: ab", "Nonce: cd"),
        lambda message: message.text().replace("\n", "\x0b"),
        lambda _: "",
    ],
)
async def test_nothing_but_a_sign_in_is_signed(text: Text) -> None:
    gateway = Gateway("tickets.example", text)
    with pytest.raises(TransactionChanged):
        await sign_in("https://tickets.example", gateway)
    assert gateway.got == []


@pytest.mark.attack
async def test_a_scanner_that_is_to_sign_something_else_goes_on_alone() -> None:
    """Its night does not end with a stranger's answer: it is offline, and says why."""
    alarms = list[tuple[Alarm, str]]()
    client = GateClient("https://scalper.example", transport=Gateway("tickets.example"))
    out = Outside(client, lambda code, text: alarms.append((code, text)), secrets.token_bytes)
    with pytest.raises(Offline):
        await Connection(Keypair(), out).ask(lambda gateway: gateway.event(Keypair().pubkey()))
    ((code, said),) = alarms
    assert code is Alarm.OFFLINE
    assert "tickets.example" in said
