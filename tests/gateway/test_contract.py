"""schemathesis over the whole OpenAPI: real gateway and issuer processes, a real node and Redis.

Whatever the description allows, and what it forbids, is sent to every route: no answer is a 500,
and none is one that the description does not know. CONTING_FUZZ=N sends N times as much.
"""

import asyncio
import copy
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import schemathesis
from conting_client import Rpc, Wallet, self_person_address
from conting_client.families import Role
from conting_client.generated.ticket import gate_address, mint_address
from conting_client.issuer_api import IssuerClient, Somebody
from conting_localnet import LocalnetProcess
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.cluster import Server
from tests.e2e.house import GatewayKeys, gateway_process, issuer_process
from tests.gateway.chain import Chain

pytestmark = [pytest.mark.slow, pytest.mark.fuzz]

TIMES = int(os.environ.get("CONTING_FUZZ", "0"))
EXAMPLES = 6 * max(1, TIMES)
SECONDS = 120  # for one answer
Operation = schemathesis.APIOperation[Any, Any, Any, Any]
Case = schemathesis.Case[Any]
CHECK_NAMES = (
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


@dataclass(frozen=True)
class Night:
    """A gateway with an open show behind it, and everybody who may ask."""

    url: str
    known: list[str]
    """Addresses that mean something."""
    tokens: list[str]
    """Of organiser, holder, gate and a stranger."""


@pytest.fixture(scope="module")
def night(
    node: LocalnetProcess, redis_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Night]:
    keys = GatewayKeys.make(tmp_path_factory.mktemp("keys"))
    where = keys, node.rpc_url, redis_server.url
    with gateway_process(*where, STREAM_SECONDS="1", FEED_STREAM_SECONDS="1") as gateway:
        yield asyncio.run(open_night(gateway.url, node.rpc_url, Wallet(keys.admission)))


async def open_night(url: str, rpc_url: str, admission: Wallet) -> Night:
    """A show with a ticket sold and a gate, its doors open, and a waiting room."""
    async with Rpc(rpc_url) as rpc:
        chain = Chain(rpc)
        show, fan = await chain.make_show(admission.key), await chain.fund()
        gate = await chain.register_gate(show)
        await chain.advance_to(show.opens)
        ticket = await chain.buy(show, admission, fan, 0, Keypair().pubkey())
        await chain.advance_to(show.doors)
        slot = await rpc.slot()
    known = [show.address, show.section, ticket, show.ticket(1), fan.key, gate.key]
    known += [show.organiser.key, self_person_address(fan.key), mint_address(ticket=ticket)]
    known += [gate_address(event=show.address, key=gate.key), Pubkey.default()]
    people = (show.organiser, fan, gate, Wallet.generate())
    async with httpx2.AsyncClient(base_url=url) as http:
        tokens = [await sign_in(http, each) for each in people]
        room = {"rate_per_second": 5, "capacity": 5, "beacon_slot": slot + 1000}
        headers = {"authorization": f"Bearer {tokens[0]}"}
        await http.put(f"/v1/events/{show.address}/queue", json=room, headers=headers)
    return Night(url, [str(each) for each in known], tokens)


async def sign_in(http: httpx2.AsyncClient, wallet: Wallet) -> str:
    asked = (await http.post("/v1/auth/nonce", json={"wallet": str(wallet.key)})).json()
    signature = wallet.sign_message(asked["message"].encode())
    body = {"wallet": str(wallet.key), "nonce": asked["nonce"], "signature": str(signature)}
    return str((await http.post("/v1/auth/sign-in", json=body)).json()["token"])


def problems_of(operation: Operation, night: Night) -> Iterator[str]:
    """What is wrong with the answers of one route."""
    found: dict[str, str] = {}
    checks: Any = CHECKS.get_by_names(list(CHECK_NAMES))
    caller = st.sampled_from([None, *night.tokens])
    cases = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )

    @settings(
        max_examples=EXAMPLES,
        derandomize=not TIMES,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, token=caller)
    def ask(case: Case, token: str | None) -> None:
        case.headers.pop("authorization", None)
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        answer = case.call(base_url=night.url, headers=headers, timeout=SECONDS)
        command = case.as_curl_command()
        if answer.status_code == 500:
            found["500"] = command
        try:
            case.validate_response(answer, checks=checks)
        except FailureGroup as group:
            for failure in group.exceptions:
                text = f"{answer.status_code} {failure.title}: {failure.message}"
                found[text] = f"{command}\n{answer.text[:400]}"

    ask()
    for text, command in found.items():
        yield f"{operation.method} {operation.path}: {text}\n{command}"


@pytest.fixture(scope="module")
def described(night: Night) -> dict[str, Any]:
    return description_of(night)


def description_of(night: Night) -> dict[str, Any]:
    """What an application says about itself; addresses are made of those that mean something."""
    load_all_checks()
    address = st.one_of(
        st.sampled_from(night.known),
        st.binary(min_size=32, max_size=32).map(lambda key: str(Pubkey.from_bytes(key))),
    )
    schemathesis.openapi.format("base58", address)
    answer: dict[str, Any] = httpx2.get(f"{night.url}/openapi.json", timeout=SECONDS).json()
    return answer


def problems_with(described: dict[str, Any], night: Night) -> list[str]:
    results = schemathesis.openapi.from_dict(described).get_all_operations()
    operations = [each.ok() for each in results if isinstance(each, Ok)]
    paths = described["paths"].values()
    assert len(operations) == sum(len(each) for each in paths), "a route that cannot be read"
    return [problem for each in operations for problem in problems_of(each, night)]


def test_every_route_answers_as_described_whatever_is_asked(
    night: Night, described: dict[str, Any]
) -> None:
    problems = problems_with(described, night)
    assert not problems, "\n\n".join(problems)


def test_the_issuer_answers_as_described_too(node: LocalnetProcess, tmp_path: Path) -> None:
    with issuer_process(node.rpc_url, tmp_path) as url:
        office = asyncio.run(open_office(url, node.rpc_url))
        problems = problems_with(description_of(office), office)
    assert not problems, "\n\n".join(problems)


async def open_office(url: str, rpc_url: str) -> Night:
    """An issuer that has attested somebody, who has founded a family."""
    async with Rpc(rpc_url) as rpc, IssuerClient(url, timeout=SECONDS) as issuer:
        wallet = (await Chain(rpc).fund()).keypair
        who, guardian = Somebody(wallet, Keypair()), Keypair()
        person = await issuer.attest(who, "papers of somebody")
        kin = await issuer.found_family(who, person, guardian)
        await issuer.join(kin, who, person, Role.GUARDIAN, guardian)
        about = (await issuer.about()).issuer
    known = [about, person, kin, guardian.pubkey(), wallet.pubkey(), who.phone.pubkey()]
    return Night(url, [str(each) for each in known], [])


def test_an_answer_that_is_not_described_is_noticed(
    night: Night, described: dict[str, Any]
) -> None:
    """The positive control: the same search with an answer taken out of the description."""
    path = "/v1/events/{event}"
    operation = copy.deepcopy(described["paths"][path]["get"])
    del operation["responses"]["404"]
    found = problems_with({**described, "paths": {path: {"get": operation}}}, night)
    assert any("404" in each for each in found)
