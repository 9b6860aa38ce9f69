"""GET /health: the process answers. GET /ready: so do Redis and the chain. GET /metrics."""

from typing import Literal

from conting_client import TransportError
from fastapi import APIRouter, Request, Response, status
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field

from conting_gateway.deps import Use
from conting_gateway.metrics import Metrics
from conting_gateway.redis import RedisError

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """What the gateway needs, as it found it just now."""

    ready: bool
    redis: bool
    rpc: bool
    slot: int | None = Field(description="The newest confirmed slot that the RPC knows")


@router.get("/health")
async def health() -> Health:
    """Tells that the process runs; look at /ready before sending people."""
    return Health()


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Tells this process's numbers in Prometheus's text format; not for the public."""
    numbers: Metrics = request.app.state.metrics
    return Response(numbers.text(), media_type=CONTENT_TYPE_LATEST)


@router.get("/ready", responses={status.HTTP_503_SERVICE_UNAVAILABLE: {"model": Readiness}})
async def ready(use: Use, response: Response) -> Readiness:
    """Tells whether Redis and the RPC answer; 503 if one of them does not."""
    redis, slot = await _redis_answers(use), await _slot(use)
    is_ready = redis and slot is not None
    if not is_ready:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return Readiness(ready=is_ready, redis=redis, rpc=slot is not None, slot=slot)


async def _redis_answers(use: Use) -> bool:
    try:
        await use.redis.ping()
    except RedisError:
        return False
    return True


async def _slot(use: Use) -> int | None:
    try:
        return await use.catalog.slot()
    except TransportError:
        return None
