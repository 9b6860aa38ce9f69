"""Challenge and verdict as one writes them at first: each account asked for by itself, in turn.

Part of `bench.load.plain`. CHALLENGE names the file of the key that signs challenges.
"""

import hashlib
import json
import os
import secrets
import time
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Annotated

from conting_client import (
    MAX_LIFETIME,
    Challenge,
    EventFacts,
    GateFacts,
    Rpc,
    TicketFacts,
    Tickets,
    device_key_of,
    judge,
    load_keypair,
    read_pass,
    read_person,
)
from conting_client.gate import GateReason
from conting_client.passes import NONCE_SIZE
from conting_gateway.errors import NotSignedInError, SessionExpiredError
from conting_gateway.redis import connect
from conting_gateway.tokens import TokenKeys
from fastapi import APIRouter, Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from solders.pubkey import Pubkey

KEEP = 600  # seconds
KEYS = TokenKeys.from_secrets(bytes.fromhex(os.environ.get("CONTING_SECRET", "00" * 32)))
REDIS = connect(os.environ.get("REDIS_URL", ""))
RPC = Rpc(os.environ.get("RPC_URL", ""))
TICKETS = Tickets(RPC)
KEY = load_keypair(Path(os.environ["CHALLENGE"])) if "CHALLENGE" in os.environ else None

Answer = dict[str, str | int | bool | None]

router = APIRouter()


def caller(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer())],
) -> str:
    """The wallet of a session."""
    if credentials is None:
        raise NotSignedInError
    wallet, _, expires = KEYS.read("session", credentials.credentials)
    if time.time() >= int(expires):
        raise SessionExpiredError
    return wallet


@router.post("/v1/tickets/{ticket}/challenge")
async def challenge(ticket: str, wallet: Annotated[str, Depends(caller)]) -> Answer:
    """A challenge for who holds the ticket."""
    address = Pubkey.from_string(ticket)
    held = await TICKETS.ticket(address)
    assert held is not None
    entry = await TICKETS.entry(address, 0)
    person = await read_person(RPC, held.data.person)
    event = (await TICKETS.event(held.data.event)).data
    now = await RPC.chain_time()
    assert person is not None
    device = device_key_of(person)
    assert device is not None
    assert KEY is not None
    assert str(person.wallet) == wallet
    assert entry is None
    assert event.doors <= now < event.ends
    issued = int(time.time())
    made = Challenge.issue(
        KEY,
        session=0,
        issued=issued,
        expires=issued + MAX_LIFETIME,
        event=held.data.event,
        ticket=address,
        device_key=device,
        nonce=secrets.token_bytes(NONCE_SIZE),
    )
    text = b64encode(made.encode()).decode()
    return {"challenge": text, "issued_at": issued, "expires_at": issued + MAX_LIFETIME}


@router.post("/v1/events/{event}/gate/verify")
async def verify(
    event: str, asked: dict[str, str], wallet: Annotated[str, Depends(caller)]
) -> Answer:
    """A verdict, kept by the nonce."""
    address, data, now = Pubkey.from_string(event), b64decode(asked["pass"]), int(time.time())
    gate = await TICKETS.gate(address, Pubkey.from_string(wallet))
    assert gate is not None
    assert gate.data.active
    assert KEY is not None
    found = read_pass(data, challenge_key=KEY.pubkey(), event=address, now=now)
    assert not isinstance(found, GateReason)
    nonce = f"plain:{found.spends.hex()}"
    kept = await REDIS.get(nonce)
    held = await TICKETS.ticket(found.entry_message().ticket)
    assert held is not None
    entry = await TICKETS.entry(held.address, 0)
    person = await read_person(RPC, held.data.person)
    rules = (await TICKETS.event(address)).data
    sections = await TICKETS.sections(await TICKETS.event(address))
    verdict = judge(
        found,
        ticket=TicketFacts(
            event=held.data.event,
            device_key=None if person is None else device_key_of(person),
            state=held.data.state,
            gate_group=held.data.gate_group,
            entered=entry is not None,
        ),
        gate=GateFacts(gate.data.event, gate.data.group, gate.data.active),
        event=EventFacts(rules.doors, rules.ends, rules.sessions, await RPC.chain_time()),
    )
    reason = None if verdict.reason is None else verdict.reason.value
    if kept is None:
        reason = await _spend(nonce, str(held.address), reason, data)
    return {
        "verdict": "admitted" if reason is None else "refused",
        "reason": reason,
        "repeated": kept is not None,
        "at": now,
        "ticket": str(held.address),
        "section": sections[0].data.index,
        "seat": held.data.seat,
    }


async def _spend(nonce: str, ticket: str, reason: str | None, data: bytes) -> str | None:
    if reason is None and not await REDIS.set(f"plain:in:{ticket}", "1", nx=True, ex=KEEP):
        reason = "already_in"
    record = {"reason": reason, "digest": hashlib.sha256(data).hexdigest()}
    await REDIS.set(nonce, json.dumps(record), nx=True, ex=KEEP)
    return reason
