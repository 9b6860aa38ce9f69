"""What a gate sends and receives."""

from typing import Literal

from conting_client import GateReason
from pydantic import BaseModel, Field

from conting_gateway.schemas import Address, Base64, DeviceKeyText


class VerifyRequest(BaseModel):
    """What was read from the QR; layout: docs/protocols.md."""

    pass_: Base64 = Field(alias="pass")


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
    where: Address | None = Field(description="already_in, replayed: at which gate")
    when: int | None = Field(description="already_in, replayed: since when, Unix seconds")
    ticket: Address | None
    seat: SeatAnswer | None
    proof: Literal["device", "passkey"] | None = Field(
        description="What answered. A passkey is the lower class: it may have been copied to other "
        "devices, and the chain cannot check its proof, so the gateway alone knows of this entry"
    )
    check_in: CheckIn | None = Field(description="Only with admitted, and never with a passkey")
