"""Keeps the newest manifest: in memory to decide by, in the log's file for the next start."""

from dataclasses import replace
from typing import Final

from solders.pubkey import Pubkey
from solders.signature import Signature

from conting_client._errors import BadSignature, MalformedManifest
from conting_client.gate_api import ManifestFile
from conting_client.manifest import Manifest, ManifestHead, unpack_lines
from conting_client.scanner.log import GateLog
from conting_client.scanner.offline import NOBODY, Knowledge

_PINNED: Final = "challenge key"
_HEAD: Final = "manifest head"
_REVOKED: Final = "revoked"
_GIVEN_BACK: Final = "right given back"
_TICKETS: Final = "tickets"
_ENTRIES: Final = "entries"


class Keeper:
    """The manifest of one gate, event and session."""

    def __init__(self, log: GateLog, *, event: Pubkey, gate: Pubkey, session: int) -> None:
        self._log = log
        self._belongs = event, gate, session
        self.known: Knowledge | None = self._load()

    @property
    def version(self) -> bytes:
        """Both roots, by which changes are asked for; empty without a manifest."""
        return b"" if self.known is None else self.known.head.root + self.known.head.entered

    def take(self, file: ManifestFile, *, signer: Pubkey | None = None) -> None:
        """Goes by this manifest from now on.

        `signer` vouches for it in the gateway's place: the organiser, where there is no gateway.

        Raises BadSignature, MalformedManifest for one that is not the gateway's or not ours, and
        LogFault where it can't be kept; then the one before stays. The challenge key of the first
        manifest is trusted, and later ones that name it as the one before: that the gateway itself
        says so is for TLS to prove.
        """
        head = ManifestHead.decode(file.head)
        self._check(head, Signature.from_bytes(file.signature), signer)
        tickets, entries = unpack_lines(file.tickets), unpack_lines(file.entries)
        event, _, session = self._belongs
        if file.full or self.known is None:
            found = Manifest(event, session, head.slot, tickets, entries)
        else:
            found = self.known.manifest.changed(tickets, entries, head.slot)
        head.require(found)
        pinned = {} if signer is not None else {_PINNED: bytes(head.challenge_key)}
        self._log.put_lines(
            {_TICKETS: tickets, _ENTRIES: entries},
            {_HEAD: file.head, _REVOKED: b"", _GIVEN_BACK: b""} | pinned,
            full=file.full,
        )
        self.known = Knowledge(head, found)

    def revoke(self) -> None:
        """The organiser took the gate's right away: what it knows admits nobody any more."""
        if self.known is not None:
            self.known = Knowledge(self.known.head, self.known.manifest, revoked=True)
        self._log.put(_REVOKED, b"1")

    def give_back(self) -> None:
        """Does without the right to admit alone until a manifest says once more whose it is.

        Raises LogFault where that can't be kept.
        """
        self._log.put(_GIVEN_BACK, b"1")
        if self.known is not None:
            self.known = _without_right(self.known)

    def _check(self, head: ManifestHead, signature: Signature, signer: Pubkey | None) -> None:
        if (head.event, head.gate, head.session) != self._belongs:
            raise BadSignature("the manifest was made for another gate, event or session")
        if signer is not None:
            head.verify(signature, signer)
            return
        pinned = self._log.get(_PINNED)
        trusted = {bytes(head.challenge_key), bytes(head.other_key)}
        if pinned is not None and pinned not in trusted:
            raise BadSignature("the manifest names another challenge key than the ones before")
        head.verify(signature, head.challenge_key)

    def _load(self) -> Knowledge | None:
        """What was kept, if it is whole: else a new one is asked for."""
        kept = self._log.get(_HEAD)
        if kept is None:
            return None
        event, _, session = self._belongs
        lines = self._log.lines(_TICKETS), self._log.lines(_ENTRIES)
        try:
            head = ManifestHead.decode(kept)
            found = Manifest(event, session, head.slot, *lines)
            head.require(found)
        except (BadSignature, MalformedManifest):
            return None
        known = Knowledge(head, found, revoked=bool(self._log.get(_REVOKED)))
        return _without_right(known) if self._log.get(_GIVEN_BACK) else known


def _without_right(known: Knowledge) -> Knowledge:
    """The same, where nobody is known to be the writer."""
    return replace(known, head=replace(known.head, writer=NOBODY))
