"""What the gateway says about itself: OpenAPI, errors, unknown addresses."""

import re
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path

import jsonschema_rs
import pytest
from conting_client import Rpc
from conting_client.generated import family, raffle, ticket
from conting_gateway.app import ROUTERS
from conting_gateway.errors import SERVER
from conting_gateway.examples import MOMENT, add_examples, has_example
from conting_gateway.issuer import endpoints as issuing
from conting_gateway.orders.seatmap import VERSION_BYTES
from conting_gateway.redis import Redis
from fastapi import FastAPI

from tests.gateway.support import NOWHERE, Gateway, Json, Start

pytestmark = pytest.mark.anyio


async def test_every_route_describes_its_refusals_with_examples(desk: Gateway) -> None:
    for path, operations in desk.app.openapi()["paths"].items():
        for operation in operations.values():
            assert operation["description"], path
            if not path.startswith("/v1"):
                continue
            assert {"422", "503"} <= operation["responses"].keys()
            for status, response in operation["responses"].items():
                if status < "400":
                    continue
                examples = response["content"]["application/json"]["examples"]
                assert all(
                    name == each["value"]["error"]
                    for name, each in examples.items()
                    if (name != "chain_refused")
                )


async def test_orders_tell_where_the_codes_of_the_programs_are_listed(desk: Gateway) -> None:
    paths = desk.app.openapi()["paths"]
    orders = [each for path, each in paths.items() if "/v1/orders/" in path and "post" in each]
    assert len(orders) > 30
    for operations in orders:
        told = operations["post"]["responses"]["409"]["content"]["application/json"]["examples"]
        assert "docs/programs.md" in told["chain_refused"]["description"]
        assert told["not_enough_lamports"]["value"]["error"] == "not_enough_lamports"


def test_the_codes_of_the_programs_are_in_the_documents() -> None:
    document = Path("docs/programs.md").read_text()
    for program in (ticket, raffle, family):
        assert all(f"| `{each.name}` |" in document for each in program.ErrorCode)


def test_every_route_describes_what_the_server_itself_answers() -> None:
    """Also those of the issuer, and those that are no part of /v1."""
    app = FastAPI()
    for part in (*ROUTERS, issuing):
        app.include_router(part.router)
    problem = {"$ref": "#/components/schemas/Problem"}
    for path, operations in app.openapi()["paths"].items():
        for operation in operations.values():
            for error in SERVER:
                told = operation["responses"][str(error.status)]
                assert error.code in told["description"], path
                answer = told["content"]["application/json"]
                assert answer["schema"] == problem, path
                assert answer["examples"][error.code]["value"]["error"] == error.code


def fields(described: Json) -> Iterator[tuple[str, Json]]:
    for name, schema in described["components"]["schemas"].items():
        for field, told in schema.get("properties", {}).items():
            yield f"{name}.{field}", told


@pytest.fixture
def issuer() -> FastAPI:
    app = FastAPI()
    app.include_router(issuing.router)
    add_examples(app)
    return app


async def test_every_field_has_examples_that_fit(desk: Gateway, issuer: FastAPI) -> None:
    for described in (desk.app.openapi(), issuer.openapi()):
        told = list(fields(described))
        assert len(told) > 50
        assert [name for name, field in told if not has_example(field)] == []
        known = {"components": described["components"]}
        unfit = [
            (name, example)
            for name, field in told
            for example in field.get("examples", ())
            if not jsonschema_rs.is_valid(field | known, example)
        ]
        assert unfit == []


FORMS = {
    "Happened.id": r"[1-9A-HJ-NP-Za-km-z]{64,88}:\d+",
    "SeatChangesAnswer.since": f"[0-9a-f]{{{2 * VERSION_BYTES}}}",
    "SeatChangesAnswer.version": f"[0-9a-f]{{{2 * VERSION_BYTES}}}",
    "SeatsAnswer.version": f"[0-9a-f]{{{2 * VERSION_BYTES}}}",
    "Told.id": r"[1-9A-HJ-NP-Za-km-z]{64,88}:\d+",
}
"""Of texts that schemas leave open."""
ISSUERS_FORMS = {
    "AttestRequest.challenge": r"issuer\.[0-9a-f]{8}\.\d+\.[0-9a-f]{16}\.[0-9a-f]{32}",
    "AttestRequest.device_signature": r"[1-9A-HJ-NP-Za-km-z]{64,88}",
    "AttestRequest.wallet_signature": r"[1-9A-HJ-NP-Za-km-z]{64,88}",
    "ChallengeAnswer.challenge": r"issuer\.[0-9a-f]{8}\.\d+\.[0-9a-f]{16}\.[0-9a-f]{32}",
    "JoinRequest.guardian_signature": r"[1-9A-HJ-NP-Za-km-z]{64,88}",
    "SendRequest.transaction": r"(?!.*[0-9a-f]{64}$)[0-9A-Za-z+/]+={0,2}",
}
MONEY = {"amount", "bond", "deposit", "max_price", "price", "price_cap", "price_paid"}
STATES: dict[str, type[IntEnum]] = {
    "ListedCase.state": ticket.CaseState,
    "ListedDraw.state": ticket.DrawState,
    "ListedRaffle.state": raffle.RaffleState,
    "ListedRaffleEntry.state": raffle.PrizeState,
    "ListedSection.mode": ticket.SaleMode,
    "MyTicket.state": ticket.TicketState,
    "SectionAnswer.mode": ticket.SaleMode,
}


async def test_examples_are_what_is_answered(desk: Gateway) -> None:
    told = dict(fields(desk.app.openapi()))
    for name, form in FORMS.items():
        for example in told[name]["examples"]:
            assert re.fullmatch(form, example), f"{name}: {example}"


async def test_examples_of_the_issuer_are_what_it_takes_and_gives(issuer: FastAPI) -> None:
    told = dict(fields(issuer.openapi()))
    for name, form in ISSUERS_FORMS.items():
        for example in told[name]["examples"]:
            assert re.fullmatch(form, example), f"{name}: {example}"


async def test_every_parameter_has_examples_that_fit(desk: Gateway) -> None:
    described = desk.app.openapi()
    told = [
        (f"{path} {each['name']}", each["schema"])
        for path, operations in described["paths"].items()
        for operation in operations.values()
        for each in operation.get("parameters", ())
    ]
    assert len(told) > 100
    assert [name for name, schema in told if not has_example(schema)] == []
    assert [
        (name, example)
        for name, schema in told
        for example in schema.get("examples", ())
        if not jsonschema_rs.is_valid(schema, example)
    ] == []


async def test_times_and_money_name_their_units(desk: Gateway, issuer: FastAPI) -> None:
    for described in (desk.app.openapi(), issuer.openapi()):
        for name, field in fields(described):
            says = field.get("description", "")
            if field.get("examples") == [MOMENT]:
                assert "Unix seconds" in says, name
            if name.partition(".")[2] in MONEY:
                assert re.search("amports|smallest units", says), name


async def test_states_are_those_of_the_programs(desk: Gateway) -> None:
    told = dict(fields(desk.app.openapi()))
    for name, states in STATES.items():
        assert told[name]["enum"] == [each.name.lower() for each in states], name


@pytest.mark.slow
async def test_the_page_of_routes_fetches_nothing_from_elsewhere(desk: Gateway) -> None:
    answer = await desk.http.get("/docs")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert not re.search(r"<script|<link|<img|://", answer.text)
    assert "POST /v1/auth/nonce" in answer.text
    assert (await desk.http.get("/redoc")).status_code == 404


async def test_addresses_that_do_not_exist_answer_in_the_same_form(desk: Gateway) -> None:
    answer = await desk.http.get("/v1/nothing")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
    answer = await desk.http.get("/v1/auth/nonce")
    assert (answer.status_code, answer.json()["error"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"  # RFC 9110 15.5.6
    answer = await desk.http.post("/v1/auth/nonce", json={"wallet": "no address"})
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid_request")
    assert "wallet" in answer.json()["detail"]


@pytest.mark.slow
async def test_too_many_nonces_from_one_address_are_refused(redis: Redis, start: Start) -> None:
    async with Rpc(NOWHERE) as rpc, start(redis, rpc, sign_ins_per_minute=2) as gateway:
        body = {"wallet": "11111111111111111111111111111112"}
        answers = [await gateway.http.post("/v1/auth/nonce", json=body) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert 1 <= answers[2].json()["retry_after"] <= 60
