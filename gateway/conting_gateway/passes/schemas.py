"""What the holder of a ticket sends and receives."""

from pydantic import BaseModel, Field

from conting_gateway.schemas import Base64


class ChallengeRequest(BaseModel):
    """Which session of the event to enter."""

    session: int = Field(default=0, ge=0, lt=2**16)


class ChallengeAnswer(BaseModel):
    """A challenge for the device key; layout: docs/protocols.md."""

    challenge: Base64
    issued_at: int = Field(description="Unix seconds of the gateway's clock, which passes go by")
    expires_at: int = Field(description="Unix seconds; at most ten after `issued_at`")
