"""What the waiting room sends and receives."""

from typing import Literal

from pydantic import BaseModel, Field

from conting_gateway.schemas import Address

TICKET = Field(description="The place, signed by the gateway; keep it", max_length=400)


class QueueSettings(BaseModel):
    """How fast and how many people are let in. The beacon slot cannot be changed later."""

    rate_per_second: float = Field(ge=0.001, le=10_000, examples=[50.0])
    capacity: int = Field(ge=1, le=100_000, description="People inside at once", examples=[500])
    beacon_slot: int = Field(
        ge=1,
        lt=2**53,
        description="A slot to come, a little after the sale opens: its hash, with a secret whose "
        "hash is published now, decides the order of those who came before the opening. With that "
        "of a slot before it, who runs the gateway knows the order while numbers are given out",
    )


class StatusAnswer(BaseModel):
    """Where a person stands."""

    state: Literal["collecting", "waiting", "admitted", "lapsed", "sold_out", "lost"] = Field(
        description="collecting: the order is not drawn yet; waiting; admitted: take the turn by "
        "POST …/queue/enter, within two minutes unless the gateway is set otherwise, or inside "
        "already; lapsed: the turn or the visit is over: a turn that was missed is taken late by "
        "enter, once, and who has bought joins anew; sold_out: nothing is sold any more, also "
        "because the sale is closed or the event cancelled; lost: a crash of the store took this "
        "place; join with the ticket, and it is yours again"
    )
    place: int | None = Field(description="Known once the order is drawn")
    ahead: int | None = Field(description="People before this one")
    rate: float = Field(description="People let in per second, at most")
    eta_seconds: int | None = Field(
        description="By the rate; where the room is full, by how fast the line has moved in the "
        "last ten minutes"
    )
    next_poll_ms: int = Field(description="When to ask again")
    stale: bool = Field(description="The gateway has not heard from its store for a second")


class PlaceAnswer(StatusAnswer):
    """A place in line; joining again gives the same one."""

    number: int
    ticket: str = TICKET


class JoinRequest(BaseModel):
    """What joining may name; most name nothing, and send no body."""

    ticket: str | None = Field(
        default=None,
        description="A place that a crash of the store took, to be given back",
        max_length=400,
    )
    person: Address | None = Field(
        default=None,
        description="Who wants the place, where the event names an issuer and that vouches for "
        "several persons of this wallet; else it is the only one, or the first by address",
    )


class EnterRequest(BaseModel):
    """The place whose turn has come."""

    ticket: str = TICKET


class AdmissionAnswer(BaseModel):
    """A pass to hold seats and buy, for this wallet, this person and this event alone."""

    admission_pass: str
    expires_at: int = Field(description="Unix seconds")


class PublicQueue(BaseModel):
    """All that is needed to draw the order again; bytes in hex.

    The rule: seed = sha256("conting:queue:v1" ‖ event ‖ secret ‖ beacon_used as u64 ‖ beacon_hash);
    the numbers 1…collected stand in the order of sha256(seed ‖ number as u64); who came later keeps
    the own number as place. Integers are little-endian. sha256(secret) is `commit`.
    """

    event: Address
    state: Literal["collecting", "drawing", "open", "sold_out"]
    commit: str
    beacon_slot: int = Field(description="The slot that was named; a skipped one: the next")
    beacon_used: int | None
    beacon_hash: str | None
    secret: str | None = Field(description="Shown once the order is drawn")
    seed: str | None
    collected: int | None = Field(description="Numbers given out before the opening")
    serving: int
    tail: int
    rate: float
    capacity: int
