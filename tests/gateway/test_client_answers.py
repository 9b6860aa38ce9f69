"""The client's answers have the fields that the gateway's description says, each of its type."""

import copy
import inspect
import types
from collections.abc import AsyncGenerator, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import pytest
from conting_client import gateway_answers as answers
from conting_client import list_answers as lists
from conting_client.device_keys import DevicePublicKey
from conting_client.lists_api import ListsApi
from solders.pubkey import Pubkey

from tests.gateway.support import DESCRIBED, Gateway, Json

pytestmark = pytest.mark.anyio

T = TypeVar("T")
SOMEBODY = Pubkey.default()
TAGS = {"read model", "what has happened"}
ROUTES: dict[tuple[str, str], Any] = {
    ("post", "/v1/auth/nonce"): answers.SignInRequest,
    ("post", "/v1/auth/sign-in"): answers.Session,
    ("get", "/v1/events/{event}"): answers.EventView,
    ("get", "/v1/events/{event}/sections"): answers.Sections,
    ("get", "/v1/events/{event}/sections/{section}/seats"): answers.Seats,
    ("get", "/v1/events/{event}/sections/{section}/seats/changes"): answers.SeatChanges,
    ("get", "/v1/tickets"): answers.HeldTickets,
    ("get", "/v1/events/{event}/queue/status"): answers.QueueStatus,
    ("get", "/v1/events/{event}/queue/public"): answers.PublicQueue,
    ("post", "/v1/events/{event}/queue/join"): answers.Place,
    ("post", "/v1/events/{event}/queue/enter"): answers.Admission,
    ("post", "/v1/events/{event}/holds"): answers.Hold,
    ("post", "/v1/orders/buy"): answers.BuiltOrder,
    ("post", "/v1/orders/{order}/submit"): answers.OrderView,
    ("get", "/v1/orders/{order}"): answers.OrderView,
    ("post", "/v1/tickets/{ticket}/challenge"): answers.ChallengeAnswer,
    ("post", "/v1/events/{event}/gate/verify"): answers.GateAnswer,
}
"""Beside those of the lists, which `asked_for` finds."""
LEFT_OUT = {
    "/v1/events/{event}/gate/verify.check_in": frozenset({
        "device_signature", "expires", "gate_bound", "nonce", "session",
    }),
}  # fmt: skip
"""What the scanner has read in the pass itself."""
KINDS = {int: "integer", float: "number", str: "string", bool: "boolean"}
FORMATS = {Pubkey: "base58", bytes: "byte"}
DEVICE_KEY = object()
"""Of either curve: a union in Python, one kind of text on the wire."""


class Asked(Exception):  # noqa: N818 it is not an error
    """What a method of the client would have sent, and what it would have read."""

    def __init__(self, path: str, shape: Any) -> None:
        self.path, self.shape = path.partition("?")[0], shape


async def ask(method: str, path: str, shape: type[T]) -> T:
    assert method == "GET"
    raise Asked(path, shape)


async def no_lines(path: str) -> AsyncGenerator[str, None]:
    if path:
        raise Asked(path, lists.Told)
    yield ""


async def asked_for() -> dict[str, Any]:
    """The path of each list, with `{raffle}` in place of the one that is named, and its answer."""
    api, found = ListsApi(ask, no_lines), {}
    for name, method in inspect.getmembers(api, inspect.ismethod):
        if name.startswith("_") or name == "pages":
            continue
        named = [each for each in inspect.signature(method).parameters.values() if _is_needed(each)]
        called = method(*[SOMEBODY for _ in named])
        with pytest.raises(Asked) as asked:
            await (anext(called) if inspect.isasyncgen(called) else called)
        found[asked.value.path.replace(str(SOMEBODY), "{raffle}")] = asked.value.shape
    return found


def _is_needed(parameter: inspect.Parameter) -> bool:
    is_placed = parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    return is_placed and parameter.default is parameter.empty


def differences(described: Json, schema: Json, hint: Any, where: str) -> Iterator[str]:
    """Where a type of the client's is not what a schema says."""
    schema = _resolved(described, schema)
    options = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    may_be_null = len(options) < len(schema.get("anyOf", ()))
    hint, is_optional = _without_none(hint)
    if may_be_null != is_optional:
        yield f"{where}: null is {'' if may_be_null else 'not '}described"
    if options:
        schema = _resolved(described, options[0])
    if is_dataclass(hint):
        yield from _of_object(described, schema, hint, where)
    elif get_origin(hint) is list:
        yield from differences(described, schema.get("items", {}), get_args(hint)[0], f"{where}[]")
    elif get_origin(hint) is dict:
        rest = schema.get("additionalProperties", {})
        yield from differences(described, rest, get_args(hint)[1], f"{where}{{}}")
    elif not _is_plain(schema, hint):
        yield f"{where}: {schema} is described"


def _resolved(described: Json, schema: Json) -> Json:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Json = described["components"]["schemas"][name] if name else schema
    return found


def _is_plain(schema: Json, hint: Any) -> bool:
    """Whether a value that has no parts is what is described."""
    if get_origin(hint) is Literal:
        return set(schema.get("enum", [schema.get("const")])) == set(get_args(hint))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return set(schema.get("enum", ())) == {each.value for each in hint}
    if hint in FORMATS:
        return schema.get("format") == FORMATS[hint]
    if hint is DEVICE_KEY:
        return schema.get("type") == "string"
    as_text = schema.get("format") == "byte" and hint is str  # base64 that is passed on as it is
    return schema.get("type") == KINDS[hint] and ("format" not in schema or as_text)


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) not in (Union, types.UnionType) or hint == DevicePublicKey:
        return DEVICE_KEY if hint == DevicePublicKey else hint, False
    (kept,) = (each for each in get_args(hint) if each is not types.NoneType)
    return kept, True


def _of_object(described: Json, schema: Json, hint: Any, where: str) -> Iterator[str]:
    hidden, hints = LEFT_OUT.get(where, frozenset()), get_type_hints(hint)
    told = {name: each for name, each in schema.get("properties", {}).items() if name not in hidden}
    own = {each.name for each in fields(hint)}
    if own != told.keys():
        yield f"{where}: {sorted(own ^ told.keys())} are on one side only"
    for name in sorted(own & told.keys()):
        yield from differences(described, told[name], hints[name], f"{where}.{name}")


def _answer(described: Json, method: str, path: str) -> Json:
    told = described["paths"][path][method]["responses"]
    content: Json = told["200" if "200" in told else "201"]["content"]
    found: Json = content["application/json"]["schema"]
    return found


@pytest.fixture
def described(desk: Gateway) -> Json:
    return DESCRIBED["gateway"]


async def test_the_lists_are_typed_as_they_are_described(described: Json) -> None:
    found = await asked_for()
    assert found.pop("/v1/feed/stream") is lists.Told  # by its `data`, as in the page
    tagged = {
        path
        for path, operations in described["paths"].items()
        for each in operations.values()
        if TAGS & set(each.get("tags", ()))
    }
    assert found.keys() == tagged - {"/v1/feed/stream"}
    problems = [
        problem
        for path, shape in found.items()
        for problem in differences(described, _answer(described, "get", path), shape, path)
    ]
    assert not problems, "\n".join(problems)


async def test_what_else_is_answered_is_typed_as_it_is_described(described: Json) -> None:
    problems = [
        problem
        for (method, path), shape in ROUTES.items()
        for problem in differences(described, _answer(described, method, path), shape, path)
    ]
    assert not problems, "\n".join(problems)


async def test_a_field_of_another_name_or_type_is_noticed(described: Json) -> None:
    """The positive control: one field of the description taken out, renamed, made another."""
    path = "/v1/my/tickets"
    for change in ("gone", "text", "null", "inner"):
        other = copy.deepcopy(described)
        row = other["components"]["schemas"]["MyTicket"]["properties"]
        match change:
            case "gone":
                del row["seat"]
            case "text":
                row["seat"] = {"type": "string"}
            case "null":
                row["seat"] = {"anyOf": [{"type": "integer"}, {"type": "null"}]}
            case _:
                other["components"]["schemas"]["AsOf"]["properties"]["new"] = {"type": "string"}
        found = list(differences(other, _answer(other, "get", path), lists.MyTickets, path))
        assert len(found) == 1, (change, found)
