"""What a scanner does between two people: manifests, its right to admit, what it has to tell."""

import asyncio
import contextlib
from collections.abc import Sequence
from functools import partial
from typing import Final

from conting_client._errors import BadSignature, GatewayRefused, MalformedManifest
from conting_client.gate import GateReason
from conting_client.gate_api import GateClient, ManifestFile, ScanOutcomes
from conting_client.scanner.alarms import Alarm, Outside
from conting_client.scanner.connection import Connection, Offline
from conting_client.scanner.keeper import Keeper
from conting_client.scanner.log import GateLog, LogFault
from conting_client.scans import ScanKind

SYNCED: Final = "synced"
SCANS_A_CALL: Final = 50
JUMP_SECONDS: Final = 2.0  # by which nobody sets a clock that is right
_UNKNOWN_VERSION: Final = b""


class Upkeep:
    """Rounds of it; a round that finds no gateway is over at once."""

    def __init__(
        self,
        log: GateLog,
        keeper: Keeper,
        connection: Connection,
        out: Outside,
        *,
        is_writer: bool,
    ) -> None:
        self._log = log
        self._keeper = keeper
        self._connection = connection
        self._out = out
        self._is_writer = is_writer
        self._alone = asyncio.Lock()
        """Held by a round or the end: a manifest that was made before the end comes before it."""
        self._drift = out.clock() - out.steady()
        self._told_not_writer = self._told_behind = False
        self._told_refused: dict[str, int] = {}

    async def round(self) -> bool:
        """Does everything once; whether the gateway took part. Never raises for what can happen.

        A scanner that was revoked still tells whom it let in before.
        """
        async with self._alone:
            return await self._round()

    async def _round(self) -> bool:
        self._watch_clock()
        try:
            await self._renew()
            await self._sync()
            await self._tell_refused()
        except Offline:
            self._compare_with_manifest()
            return False
        except GatewayRefused as error:
            self._out.alarm(Alarm.BAD_MANIFEST, str(error))
        except LogFault as error:
            self._out.alarm(Alarm.LOG_FULL, str(error))
        return True

    async def _renew(self) -> None:
        try:
            await self._fetch()
            if self._is_writer:
                await self._claim(force=False)
        except GatewayRefused as error:
            self._note_refusal(error)
        except (BadSignature, MalformedManifest) as error:
            self._out.alarm(Alarm.BAD_MANIFEST, str(error))

    async def take_over(self) -> bool:
        """Takes the right to admit from the scanner that has it; for supervisors.

        Only the gateway knows who has it: what the stored manifest says of it counts where the
        gateway is out of reach. False if it then names another. Raises GatewayRefused.
        """
        self._is_writer = True
        try:
            await self._claim(force=True)
        except Offline:
            return self._has_right()
        return True

    async def finish(self) -> bool:
        """Hands everything over and gives the right to admit back; whether that was possible.

        From then on the right is not used, also if nobody knows whether the gateway has heard of
        it. Raises LogFault where that can't be kept.
        """
        async with self._alone:
            return await self._finish()

    async def _finish(self) -> bool:
        self._is_writer, log = False, self._log
        self._told_refused = {}  # told once more, should the gateway have lost it
        if not await self._round() or self._log.without(SYNCED, 1, ScanKind.ADMITTED):
            return False
        self._keeper.give_back()
        try:
            await self._connection.ask(
                lambda gateway: gateway.release_writer(log.event, session=log.session, log=log.id)
            )
        except GatewayRefused as error:
            return error.code == GateReason.GATE_REVOKED  # and has no right to give back
        except Offline:
            return False
        return True

    async def _fetch(self) -> None:
        version = self._keeper.version
        sent = self._out.clock()
        file = await self._connection.ask(lambda gateway: self._manifest(gateway, version))
        try:
            self._keeper.take(file)
        except BadSignature:
            if file.full:
                raise
            file = await self._connection.ask(
                lambda gateway: self._manifest(gateway, _UNKNOWN_VERSION)
            )
            self._keeper.take(file)
        if self._keeper.known is not None:
            self._connection.compare_clocks(self._keeper.known.head.issued, sent)

    async def _manifest(self, gateway: GateClient, version: bytes) -> ManifestFile:
        log = self._log
        return await gateway.manifest(log.event, session=log.session, log=log.id, since=version)

    async def _claim(self, *, force: bool) -> None:
        """The right first, and then the manifest that goes with it."""
        log = self._log
        if self._has_right() and not force:
            return
        try:
            await self._connection.ask(
                lambda gateway: gateway.claim_writer(
                    log.event, session=log.session, log=log.id, force=force
                )
            )
        except GatewayRefused as error:
            if error.code != "writer_taken" or force:
                raise
            if not self._told_not_writer:
                self._out.alarm(Alarm.NOT_WRITER, error.detail)
            self._told_not_writer = True
            return
        self._told_not_writer = False
        await self._fetch()

    def _has_right(self) -> bool:
        """By the manifest."""
        known = self._keeper.known
        return known is not None and known.head.writer == self._log.gate

    async def _sync(self) -> None:
        """Tells the gateway whom this scanner let in by itself; again, until it has answered."""
        while waiting := self._log.without(SYNCED, SCANS_A_CALL, ScanKind.ADMITTED):
            scans = [each.scan.encode() for each in waiting]
            found = await self._connection.ask(partial(self._send, scans))
            for each, outcome in zip(waiting, found.outcomes, strict=True):
                self._log.mark(each.sequence, SYNCED, outcome)
                if outcome in {Alarm.CONFLICT, Alarm.UNPROVEN}:
                    self._out.alarm(Alarm(outcome), f"ticket {each.scan.ticket}")

    async def _send(self, scans: Sequence[bytes], gateway: GateClient) -> ScanOutcomes:
        return await gateway.send_scans(self._log.event, scans)

    async def _tell_refused(self) -> None:
        """Tells the gateway how many it sent away by itself, for the report of the night.

        A gateway that does not take the number is not told it again: nobody at the door needs it.
        """
        refused, log = self._log.refused(), self._log
        if refused == self._told_refused:
            return
        with contextlib.suppress(GatewayRefused):
            await self._connection.ask(
                lambda gateway: gateway.tell_refused(
                    log.event, session=log.session, log=log.id, refused=refused
                )
            )
        self._told_refused = refused

    def _note_refusal(self, error: GatewayRefused) -> None:
        if error.code != GateReason.GATE_REVOKED:
            raise error
        known = self._keeper.known
        if known is None or not known.revoked:
            self._out.alarm(Alarm.GATE_REVOKED, error.detail)
            self._keeper.revoke()

    def _compare_with_manifest(self) -> None:
        """No manifest was made later than now: all that a scanner alone can know of its clock."""
        known = self._keeper.known
        behind = 0.0 if known is None else known.head.issued - self._out.clock()
        if behind > JUMP_SECONDS and not self._told_behind:
            text = f"this scanner's clock is at least {behind:.0f} s behind: its manifest is newer"
            self._out.alarm(Alarm.CLOCK_SKEW, text)
        self._told_behind = behind > JUMP_SECONDS

    def _watch_clock(self) -> None:
        drift = self._out.clock() - self._out.steady()
        if abs(drift - self._drift) > JUMP_SECONDS:
            moved = drift - self._drift
            self._out.alarm(Alarm.CLOCK_SKEW, f"this scanner's clock was set by {moved:+.0f} s")
            self._drift = drift
