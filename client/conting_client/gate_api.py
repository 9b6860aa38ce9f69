"""The gateway's HTTP API for scanners, supervisors and organisers at the doors, typed."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import httpx2
from solders.pubkey import Pubkey

from conting_client import gateway_answers as answers
from conting_client.gateway_answers import Address, Base64
from conting_client.gateway_api import GatewayClient


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """A manifest as the gateway hands it out: all lines, or those that changed."""

    head: Base64
    signature: Base64
    full: bool
    tickets: Base64
    entries: Base64


@dataclass(frozen=True, slots=True)
class WriterView:
    """A gate group's one writer, until when (Unix seconds)."""

    gate: Address
    until: int


@dataclass(frozen=True, slots=True)
class ScanOutcomes:
    """What became of each scan."""

    outcomes: list[Literal["kept", "known", "conflict", "unproven"]]


@dataclass(frozen=True, slots=True)
class Word:
    """One gate's admission; `scan`, its signed word for it."""

    gate: Address
    at: int
    offline: bool
    nonce: str
    scan: Base64 | None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two admissions of one ticket to one session."""

    first: Word
    second: Word


@dataclass(frozen=True, slots=True)
class Disagreements:
    """All of a session, the oldest first."""

    conflicts: list[Disagreement]


@dataclass(frozen=True, slots=True)
class GateTally:
    """What one gate did; refusals by reason. `to_write`: its entries that are not on chain yet."""

    gate: Address
    admitted: int
    refused: dict[str, int]
    to_write: int


@dataclass(frozen=True, slots=True)
class NightReport:
    """A session as gateway and chain know it.

    Who is `admitted` is `on_chain`, `pending`, or in by a passkey, which the chain never hears of.
    """

    event: Address
    session: int
    sold: int
    admitted: int
    on_chain: int
    undone: int
    pending: list[Address]
    passkeys: int
    offline: int
    conflicts: int
    gates: list[GateTally]
    writers: dict[int, WriterView]
    slot: int
    at: int


class GateClient(GatewayClient):
    """`GatewayClient` with what only gates, supervisors and organisers ask for."""

    async def judge(
        self, event: Pubkey, data: bytes, *, session: int, scan: bytes, log: str
    ) -> answers.GateAnswer:
        """The verdict on what a phone showed, with the gate's signed word for the scan."""
        body = {
            "pass": b64encode(data).decode(),
            "session": session,
            "scan": b64encode(scan).decode(),
            "log": log,
        }
        return await self._ask("POST", f"{_gate(event)}/verify", answers.GateAnswer, body)

    async def manifest(
        self, event: Pubkey, *, session: int, log: str, since: bytes = b""
    ) -> ManifestFile:
        """The manifest; with `since` (both roots) only what has changed, if that is known."""
        query = httpx2.QueryParams(session=session, log=log, since=since.hex())
        return await self._get(f"{_gate(event)}/manifest?{query}", ManifestFile)

    async def claim_writer(
        self, event: Pubkey, *, session: int, log: str, force: bool = False
    ) -> WriterView:
        """Becomes the one that admits the gate group's tickets."""
        return await self._post(
            f"{_gate(event)}/writer", WriterView, session=session, log=log, force=force
        )

    async def release_writer(self, event: Pubkey, *, session: int, log: str) -> None:
        """Gives that right back."""
        query = httpx2.QueryParams(session=session, log=log)
        await self._send("DELETE", f"{_gate(event)}/writer?{query}")

    async def send_scans(self, event: Pubkey, scans: Sequence[bytes]) -> ScanOutcomes:
        """Hands over what was admitted without the gateway, at most 100 at a time."""
        texts = [b64encode(scan).decode() for scan in scans]
        return await self._post(f"{_gate(event)}/scans", ScanOutcomes, scans=texts)

    async def tell_refused(
        self, event: Pubkey, *, session: int, log: str, refused: Mapping[str, int]
    ) -> None:
        """Tells how many a gate refused without the gateway, by reason, since its log began."""
        body = {"session": session, "log": log, "refused": refused}
        await self._send("PUT", f"{_gate(event)}/refusals", body)

    async def conflicts(self, event: Pubkey, *, session: int) -> list[Disagreement]:
        """The evidence; for organiser and supervisors."""
        path = f"{_gate(event)}/conflicts?{httpx2.QueryParams(session=session)}"
        return (await self._get(path, Disagreements)).conflicts

    async def report(self, event: Pubkey, *, session: int) -> NightReport:
        """How the session stands."""
        path = f"{_gate(event)}/report?{httpx2.QueryParams(session=session)}"
        return await self._get(path, NightReport)


def _gate(event: Pubkey) -> str:
    return f"/v1/events/{event}/gate"
