"""What a gate sends and receives."""

from typing import Annotated, Literal

from conting_client import GateReason
from pydantic import BaseModel, Field

from conting_gateway.schemas import Address, Base64, DeviceKeyText, LongBase64

LOG = "^[0-9a-f]{0,32}$"
SESSION = Field(default=0, ge=0, lt=2**16)
MOST_SCANS = 100


class VerifyRequest(BaseModel):
    """What was read from the QR; layout: docs/protocols.md."""

    pass_: Base64 = Field(alias="pass")
    session: int | None = Field(
        default=None, ge=0, lt=2**16, description="The only session that this gate admits to now"
    )
    scan: Base64 | None = Field(
        default=None, description="The gate's signed word for this scan: evidence if gates disagree"
    )
    log: str = Field(default="", pattern=LOG, description="Names the log that the scanner writes")


class SeatAnswer(BaseModel):
    """Where the person sits."""

    section: int
    seat: int


class CheckIn(BaseModel):
    """What the gate writes on chain with `check_in`, the device key's signature before it."""

    session: int
    nonce: Base64
    expires: int
    gate_bound: bool
    person: Address
    device_key: DeviceKeyText
    device_signature: Base64


class VerdictAnswer(BaseModel):
    """Admitted, or refused for `reason`."""

    verdict: Literal["admitted", "refused"]
    reason: GateReason | None
    repeated: bool = Field(
        description="This gate asked about this very pass before, and this is the same verdict: "
        "a lost answer, or a second person with a copy; `at` tells how long ago"
    )
    at: int = Field(description="When the verdict was given first, Unix seconds")
    where: Address | None = Field(
        description="already_in, replayed: at which gate; wrong_gate: which one"
    )
    when: int | None = Field(description="already_in, replayed: since when, Unix seconds")
    group: int | None = Field(description="wrong_gate: the number of the gates to go to")
    ticket: Address | None
    seat: SeatAnswer | None
    proof: Literal["device", "passkey"] | None = Field(
        description="What answered. A passkey is the lower class: it may have been copied to other "
        "devices, and the chain cannot check its proof, so the gateway alone knows of this entry"
    )
    check_in: CheckIn | None = Field(description="Only with admitted, and never with a passkey")


class ManifestAnswer(BaseModel):
    """A signed manifest, or what has changed since an earlier one; layout: docs/protocols.md."""

    head: Base64
    signature: Base64
    full: bool = Field(description="All lines, or only those that changed; an empty one is gone")
    tickets: LongBase64
    entries: LongBase64


class WriterRequest(BaseModel):
    """A scanner that wants to admit its group's tickets by itself, and its log's name."""

    session: int = SESSION
    log: str = Field(pattern=LOG, min_length=32)
    force: bool = Field(default=False, description="Take the right from another; supervisors only")


class WriterAnswer(BaseModel):
    """The group's one writer, until when (Unix seconds)."""

    gate: Address
    until: int


class ScansRequest(BaseModel):
    """What a gate admitted without the gateway; layout: docs/protocols.md."""

    scans: list[Base64] = Field(max_length=MOST_SCANS)


class ScansAnswer(BaseModel):
    """What became of each scan.

    kept: the gateway knows of it now; known: it did before; conflict: another gate has let the same
    ticket in, and both words are kept as evidence; unproven: the ticket's phone did not make it.
    """

    outcomes: list[Literal["kept", "known", "conflict", "unproven"]]


class RefusalsRequest(BaseModel):
    """How many a gate refused without the gateway, by reason, since its log began."""

    session: int = SESSION
    log: str = Field(pattern=LOG, min_length=32)
    refused: dict[GateReason, Annotated[int, Field(ge=0, lt=2**31)]]


class WordAnswer(BaseModel):
    """One gate's admission: its signed scan, if it gave one."""

    gate: Address
    at: int
    offline: bool
    nonce: str
    scan: Base64 | None


class ConflictAnswer(BaseModel):
    """Two admissions of one ticket to one session."""

    first: WordAnswer
    second: WordAnswer


class ConflictsAnswer(BaseModel):
    """The evidence, the oldest first."""

    conflicts: list[ConflictAnswer]


class GateTallyAnswer(BaseModel):
    """What one gate did; refusals by reason, also those that it decided by itself and told."""

    gate: Address
    admitted: int
    refused: dict[str, int]
    to_write: int = Field(description="Of `pending`, those that this gate let in")


class ReportAnswer(BaseModel):
    """A session of an event as gateway and chain know it."""

    event: Address
    session: int
    sold: int = Field(description="Live tickets")
    admitted: int = Field(description="Tickets that are in: `on_chain`, `pending` and `passkeys`")
    on_chain: int = Field(description="Entries that stand on chain")
    undone: int = Field(description="How often supervisors took an entry back")
    pending: list[Address] = Field(description="Tickets that are in and not yet on chain")
    passkeys: int = Field(description="Tickets that are in by a passkey, without an entry on chain")
    offline: int = Field(description="Tickets that are in as a gate decided by itself")
    conflicts: int
    gates: list[GateTallyAnswer]
    writers: dict[int, WriterAnswer] = Field(description="By gate group")
    slot: int
    at: int
