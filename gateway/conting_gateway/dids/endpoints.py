"""GET /1.0/identifiers/DID: the HTTP binding of DID Resolution 1.0."""

from typing import Annotated, Any, Final

from conting_client.dids import DOCUMENT_TYPE, RESULT_TYPE, Resolution
from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from conting_gateway.deps import Use
from conting_gateway.errors import responses

router = APIRouter(tags=["dids"])

DOCUMENT_TYPES: Final = (DOCUMENT_TYPE, "application/did+ld+json", "application/did+json")
"""The first is DID Resolution 1.0's, the others are DID Core 1.0's; the bytes are the same."""
ANY: Final = "*/*"
WILD: Final = ("application/*", ANY)
STATUS: Final = {
    "INVALID_DID": 400,
    "INVALID_OPTIONS": 400,
    "NOT_FOUND": 404,
    "REPRESENTATION_NOT_SUPPORTED": 406,
    "METHOD_NOT_SUPPORTED": 501,
    "FEATURE_NOT_SUPPORTED": 501,
}
GONE: Final = 410
OK: Final = 200


class ResolutionResult(BaseModel):
    """A document and what is known about it, or why there is none. The names are W3C's."""

    didDocument: dict[str, Any] | None  # noqa: N815
    didResolutionMetadata: dict[str, Any]  # noqa: N815
    didDocumentMetadata: dict[str, Any]  # noqa: N815


def _described() -> dict[int | str, dict[str, Any]]:
    result = {"schema": ResolutionResult.model_json_schema()}
    documents = {each: {"schema": {"type": "object"}} for each in DOCUMENT_TYPES}
    told = {OK: "The DID's document", GONE: "The issuer has ended it, for good"}
    for error, status in STATUS.items():
        told[status] = ", ".join(filter(None, (told.get(status), error)))
    found = responses()
    for status, what in told.items():
        also = found.get(status, {"description": "", "content": {}})
        content = also["content"] | {RESULT_TYPE: result} | (documents if status == OK else {})
        description = ", ".join(filter(None, (what, also["description"])))
        found[status] = also | {"description": description, "content": content}
    return found


@router.get(
    "/1.0/identifiers/{did:path}", response_class=Response, responses=_described(), name="resolve"
)
async def resolve(
    did: Annotated[
        str, Path(description="did:conting:CHAIN:ADDRESS of an issuer, a person or a family")
    ],
    request: Request,
    use: Use,
) -> Response:
    """Resolves a DID. `Accept` says whether the whole result is wanted or the document alone.

    Resolution options are query parameters: expandRelativeUrls, noCache.
    """
    found = await use.dids.resolve(did, dict(request.query_params))
    if found.error is not None:
        return _answer(found.to_json(), STATUS[found.error])
    media = _accepted(request.headers.get("accept", ANY))
    if media is None:
        return _not_acceptable()
    if found.deactivated or media == RESULT_TYPE:
        return _answer(found.to_json(), GONE if found.deactivated else OK)
    return _answer(found.document, OK, media)


def _not_acceptable() -> Response:
    detail = f"a DID is answered as {RESULT_TYPE} or {', '.join(DOCUMENT_TYPES)}"
    refused = Resolution(error="REPRESENTATION_NOT_SUPPORTED", detail=detail)
    return _answer(refused.to_json(), STATUS["REPRESENTATION_NOT_SUPPORTED"])


def _answer(body: object, status: int, media: str = RESULT_TYPE) -> Response:
    return JSONResponse(body, status, media_type=media)


def _accepted(header: str) -> str | None:
    """The media type that is wanted most among those that there are; of these one by its name."""
    weights = dict(_range(each) for each in header.split(","))

    def wish(media: str) -> tuple[float, bool]:
        closest = next((each for each in (media, *WILD) if each in weights), None)
        return (0.0, False) if closest is None else (weights[closest], closest == media)

    media = max((RESULT_TYPE, *DOCUMENT_TYPES), key=wish)
    return media if wish(media)[0] > 0 else None


def _range(text: str) -> tuple[str, float]:
    """A media range and its weight (RFC 9110 12.4.2); other parameters change nothing here."""
    media, *parameters = (part.strip().lower() for part in text.split(";"))
    weights = [part[2:] for part in parameters if part.startswith("q=")]
    try:
        return media, float(weights[0]) if weights else 1.0
    except ValueError:
        return media, 0.0
