"""The issuer as an application of its own: its keys are none of the gateway's business."""

from importlib.metadata import version

from fastapi import FastAPI

from conting_gateway.clock import Entropy
from conting_gateway.examples import add_examples
from conting_gateway.handlers import answer_errors
from conting_gateway.issuer import endpoints
from conting_gateway.issuer.service import Issuing
from conting_gateway.logs import RequestLog
from conting_gateway.reference import add_reference


def create_issuer(issuing: Issuing, entropy: Entropy) -> FastAPI:
    """The issuer as an ASGI application."""
    app = FastAPI(
        title="conting development issuer",
        version=version("conting"),
        description="Attests persons and families to whoever asks. For development only.",
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
    )
    app.state.issuing = issuing
    app.include_router(endpoints.router)
    add_examples(app)
    add_reference(app)
    answer_errors(app)
    app.add_middleware(RequestLog, entropy=entropy, observe=_nothing)
    return app


def _nothing(_method: str, _route: str, _status: int, _seconds: float | None) -> None:
    """Nobody counts a development issuer's requests."""
