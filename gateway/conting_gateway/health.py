"""GET /health: the process answers. GET /ready: so do Redis and the chain. GET /metrics."""

from typing import Final, Literal

from conting_client import TransportError
from fastapi import APIRouter, Request, Response, status
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field

from conting_gateway.deps import Use
from conting_gateway.errors import SERVER, described
from conting_gateway.metrics import Metrics
from conting_gateway.redis import RedisError

router = APIRouter(tags=["health"])

PROBE: Final = "conting:ready"
PROBE_SECONDS: Final = 60


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """What the gateway needs, as it found it just now."""

    ready: bool
    redis: bool = Field(description="It answers, and keeps what it is told")
    rpc: bool = Field(description="It answers, and a second one agrees where one is set")
    slot: int | None = Field(description="The newest confirmed slot that the RPC knows")
    slot_age_seconds: float | None = Field(
        description="How long the RPC has named no newer slot, by this gateway's clock"
    )
    read_slot: int = Field(description="Up to which slot lists are complete")
    read_lag: int | None = Field(description="Slots that lists are behind the RPC")
    read_source: Literal["none", "subscription", "polling"]


@router.get("/health", responses=described(SERVER))
async def health() -> Health:
    """Tells that the process runs; look at /ready before sending people."""
    return Health()


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        **described(SERVER),
    },
)
async def metrics(request: Request) -> Response:
    """Tells this process's numbers in Prometheus's text format; not for the public."""
    numbers: Metrics = request.app.state.metrics
    return Response(numbers.text(), media_type=CONTENT_TYPE_LATEST)


@router.get("/ready", responses={**described(SERVER), 503: {"model": Readiness}})
async def ready(use: Use, response: Response) -> Readiness:
    """Tells whether Redis and the RPC can be used, the chain moves, and lists keep up; else 503."""
    redis, slot = await _redis_keeps(use), await _slot(use)
    pulse = use.reading.pulse
    fresh = use.reading.follower.freshness()
    lag = None if slot is None else max(0, slot - fresh.slot)
    is_ready = redis and slot is not None and pulse.is_alive() and use.reading.keeps_up(slot)
    if not is_ready:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return Readiness(
        ready=is_ready,
        redis=redis,
        rpc=slot is not None,
        slot=slot,
        slot_age_seconds=pulse.age(),
        read_slot=fresh.slot,
        read_lag=lag,
        read_source=fresh.source,
    )


async def _redis_keeps(use: Use) -> bool:
    """One that is full, or follows another one, answers and takes nothing."""
    try:
        await use.redis.ping()  # all masters of a cluster
        await use.redis.set(PROBE, 1, ex=PROBE_SECONDS)
    except RedisError:
        return False
    return True


async def _slot(use: Use) -> int | None:
    try:
        slot = await use.reading.feel()
        await use.catalog.now()  # what a second node has to agree with
    except TransportError:
        return None
    return slot
