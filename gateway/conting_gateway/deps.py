"""What endpoints ask for: the services, the caller's session, the caller's network address."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from conting_gateway.auth.service import Session
from conting_gateway.errors import NotSignedInError
from conting_gateway.limits.service import network_of
from conting_gateway.services import Services

bearer = HTTPBearer(auto_error=False, description="The token of POST /v1/auth/sign-in")


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Use = Annotated[Services, Depends(_services)]


def _session(
    use: Use, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Session:
    if credentials is None:
        raise NotSignedInError
    return use.auth.read(credentials.credentials)


Caller = Annotated[Session, Depends(_session)]
"""Who signed in; NotSignedInError or SessionExpiredError otherwise."""


def _network_address(request: Request) -> str:
    return network_of(request.client.host) if request.client else "unknown"


NetworkAddress = Annotated[str, Depends(_network_address)]
