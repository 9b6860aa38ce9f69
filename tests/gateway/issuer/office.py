"""A development issuer in this process, on the shared node, held to its own description."""

import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from conting_client import P256Secret, Rpc
from conting_client.generated import family
from conting_client.generated.family import Family, Person
from conting_client.issuer_api import IssuerClient, Phone, Somebody
from conting_gateway.issuer.app import create_issuer
from conting_gateway.issuer.config import IssuerSettings
from conting_gateway.issuer.keys import IssuerKeys
from conting_gateway.issuer.service import Issuing, register
from fastapi import FastAPI
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.gateway.chain import SOL
from tests.gateway.support import DESCRIBED, Now, assert_described

PAPERS = "passport of Whale Harbour, number "


@dataclass
class Office:
    """An issuer, as far as its users can tell, and the folder with all that it keeps."""

    app: FastAPI
    http: httpx2.AsyncClient
    client: IssuerClient
    rpc: Rpc
    keys: IssuerKeys
    now: Now
    folder: Path
    papers: dict[Pubkey, str] = field(default_factory=dict)
    """Of the persons whom `attested` has made."""

    async def somebody(self, phone: Phone | None = None) -> Somebody:
        """A wallet with money, and a phone."""
        wallet = Keypair()
        await self.rpc.airdrop(wallet.pubkey(), SOL)
        return Somebody(wallet, phone or Keypair())

    async def attested(self, phone: Phone | None = None) -> tuple[Somebody, Pubkey]:
        """Somebody whom the issuer vouches for, and the person."""
        who, papers = await self.somebody(phone), PAPERS + secrets.token_hex(8)
        person = await self.client.attest(who, papers)
        self.papers[person] = papers
        return who, person

    async def person(self, address: Pubkey) -> Person:
        found = await self.rpc.account(address)
        assert found is not None
        return Person.decode(found.data)

    async def family(self, address: Pubkey) -> Family:
        found = await self.rpc.account(address)
        assert found is not None
        assert found.owner == family.PROGRAM_ID
        return Family.decode(found.data)


@contextlib.asynccontextmanager
async def open_office(rpc: Rpc, folder: Path, **settings: object) -> AsyncIterator[Office]:
    """Starts an issuer with the keys of a folder, as after a crash if they are there."""
    now = Now()
    made = IssuerSettings(data_dir=folder, **settings)  # type: ignore[arg-type]
    keys = IssuerKeys.at(folder, secrets.token_bytes)
    await register(made, rpc, keys)
    app = create_issuer(Issuing.of(made, rpc, keys, now, secrets.token_bytes), secrets.token_bytes)
    described = DESCRIBED.get("issuer") or DESCRIBED.setdefault("issuer", app.openapi())

    async def check(answer: httpx2.Response) -> None:
        await answer.aread()
        assert_described(described, answer)

    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with (
        httpx2.AsyncClient(
            transport=transport, base_url="http://issuer", event_hooks={"response": [check]}
        ) as http,
        IssuerClient("http://issuer", transport=transport) as client,
    ):
        yield Office(app, http, client, rpc, keys, now, folder)


def passkey() -> P256Secret:
    """A phone whose chip speaks P-256."""
    return P256Secret.generate()
