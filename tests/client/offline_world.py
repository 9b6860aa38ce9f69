"""An event that stands nowhere but in a manifest, and phones, passes and gates for it."""

from dataclasses import dataclass, field, replace
from typing import Any

from conting_client import Challenge, DeviceKey, DevicePublicKey, ManifestHead, Pass, TicketLine
from conting_client.generated.ticket import TicketState
from conting_client.manifest import EntryLine, Manifest, ManifestBuilder
from conting_client.scanner.offline import Knowledge
from solders.keypair import Keypair
from solders.pubkey import Pubkey

NOW = 1_760_000_000  # Unix seconds, by the gateway's clock
CHAIN_AHEAD = 5_000  # seconds
NOBODY = Pubkey.default()
HOME = 3


@dataclass
class World:
    """One event with one gate, a writer; `phone` holds `ticket`."""

    gateway: Keypair = field(default_factory=Keypair)
    gate: Keypair = field(default_factory=Keypair)
    event: Pubkey = field(default_factory=Pubkey.new_unique)
    ticket: Pubkey = field(default_factory=Pubkey.new_unique)
    person: Pubkey = field(default_factory=Pubkey.new_unique)
    phone: DeviceKey = field(default_factory=lambda: DeviceKey(Keypair()))

    def line(self, **changes: Any) -> TicketLine:
        usual = TicketLine(TicketState.ISSUED, HOME, 1, 7, self.phone.key, self.person)
        return replace(usual, **changes)

    def manifest(
        self,
        line: TicketLine | None = None,
        entry: EntryLine | None = None,
        returned: DevicePublicKey | None = None,
    ) -> Manifest:
        builder = ManifestBuilder(self.event, 0, 1000)
        builder.add(self.ticket, line or self.line(), entry, returned)
        return builder.build()

    def head(self, manifest: Manifest, **changes: Any) -> ManifestHead:
        gate = self.gate.pubkey()
        usual = ManifestHead(
            group=HOME,
            cancelled=False,
            session=0,
            sessions=2,
            slot=manifest.slot,
            issued=NOW,
            valid_until=NOW + 3600,
            chain_time=NOW + CHAIN_AHEAD,
            doors=NOW + CHAIN_AHEAD - 60,
            ends=NOW + CHAIN_AHEAD + 7200,
            event=self.event,
            gate=gate,
            writer=gate,
            challenge_key=self.gateway.pubkey(),
            other_key=NOBODY,
            root=manifest.root,
            entered=manifest.entered,
        )
        return replace(usual, **changes)

    def known(self, manifest: Manifest | None = None, **changes: Any) -> Knowledge:
        found = manifest or self.manifest()
        return Knowledge(self.head(found, **changes), found)

    def shown(
        self, by: DeviceKey | None = None, key: Keypair | None = None, **changes: Any
    ) -> Pass:
        """A pass of the show lane, answered by the phone it names."""
        phone = by or self.phone
        usual = {"session": 0, "issued": NOW, "event": self.event, "ticket": self.ticket}
        fields: dict[str, Any] = usual | changes
        issued = fields["issued"]
        asked = Challenge.issue(
            key or self.gateway,
            expires=issued + 10,
            device_key=phone.key,
            nonce=b"n" * 16,
            **fields,
        )
        return phone.answer(asked, ticket=asked.ticket, session=asked.session, now=issued)
