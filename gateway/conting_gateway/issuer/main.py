"""Runs a development issuer: settings, keys, its account on chain, uvicorn."""

import logging
import secrets
import time

import uvicorn
import uvloop
from conting_client import ContingError, Rpc
from pydantic import ValidationError

from conting_gateway.bounded import Bounded
from conting_gateway.issuer.app import create_issuer
from conting_gateway.issuer.config import IssuerSettings
from conting_gateway.issuer.keys import IssuerKeys
from conting_gateway.issuer.service import CannotIssueError, Issuing, register
from conting_gateway.logs import configure_logs
from conting_gateway.main import DRAIN_SECONDS, Server, listen, serve_on

log = logging.getLogger(__name__)


def main() -> int:
    """Runs until SIGTERM or SIGINT; 0 then, 1 if it cannot start."""
    configure_logs()
    try:
        uvloop.run(serve(IssuerSettings()))
    except ValidationError as error:
        return _cannot_start("the settings cannot be used: " + "; ".join(_problems(error)))
    except (CannotIssueError, ContingError, OSError) as error:
        return _cannot_start(str(error))
    return 0


async def serve(settings: IssuerSettings) -> None:
    """Serves until told to stop; prints one line of JSON with the address once it listens."""
    keys = IssuerKeys.at(settings.data_dir, secrets.token_bytes)
    async with Rpc(settings.rpc_url) as rpc:
        log.warning("development issuer %s: it believes whoever brings papers", keys.issuer)
        issuing = Issuing.of(settings, rpc, keys, time.time, secrets.token_bytes)
        app = create_issuer(issuing, secrets.token_bytes)
        config = uvicorn.Config(
            app,
            http=Bounded,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
        with listen(settings.host, settings.port) as listener:
            host, port = listener.getsockname()[:2]
            await register(settings, rpc, keys, uri=settings.uri or f"http://{host}:{port}")
            await serve_on(listener, Server(config, _no_streams))


def _no_streams() -> None:
    """There are none to end."""


def _cannot_start(problem: str) -> int:
    log.error(problem)
    return 1


def _problems(error: ValidationError) -> list[str]:
    return [str(each["msg"]) for each in error.errors()]
