"""An example for every field of an application's OpenAPI, where its schema has none of its own.

Told by name: a field that is called alike means alike in every schema, or has another shape.
"""

import base64
from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from solders.signature import Signature

from conting_gateway.schemas import EXAMPLE

Json = dict[str, Any]

MOMENT: Final = 1_760_000_000
SLOT: Final = 312_345_678
SIGNATURE: Final = str(Signature(bytes(range(64))))
WORD: Final = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"
CHALLENGE: Final = f"issuer.1f0c9a7e.{MOMENT}.8f14e45fceea167a.{WORD[:32]}"
BYTES: Final = base64.b64encode(bytes.fromhex(WORD)).decode()
UNIX: Final = "Unix seconds"
MOMENTS: Final = frozenset({
    "appeal_until", "at", "chain_time", "claim_until", "close_from", "closes", "decide_until",
    "dispute_until", "doors", "ends", "entered_at", "expires", "expires_at", "freeze",
    "issued_at", "joined_at", "may_join_from", "member_since", "nft_from", "offer_until",
    "open_from", "opens", "sale_closes", "sale_opens", "takes_over_at", "time", "until",
    "valid_until", "when",
})  # fmt: skip
SLOTS: Final = frozenset({
    "beacon_slot", "beacon_used", "joined_slot", "read_slot", "slot", "target_slot",
})  # fmt: skip
NAMED: Final[Mapping[str, Any]] = {
    "accounts": {"ticket": EXAMPLE},
    "admission_pass": "admission.1f0c9a7e.event.wallet.guest.7.7.1760000600.mac",
    "age_ms": 120,
    "ahead": 1_204,
    "amount": 50_000_000,
    "bond": 1_000_000_000,
    "capacity": 500,
    "claim_window": 259_200,
    "challenge": CHALLENGE,
    "cool_down": 86_400,
    "detail": "It is not your turn yet; ask for the status.",
    "device_signature": SIGNATURE,
    "did": f"did:conting:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp:{EXAMPLE}",
    "error": "not_yet_admitted",
    "eta_seconds": 24,
    "fee": 500,
    "guardian_signature": SIGNATURE,
    "id": f"{SIGNATURE}:2",
    "idempotency-key": "floor-seat-12-for-ann",
    "instruction": "buy",
    "kind": "sold",
    "last-event-id": "1760000000000-0",
    "limit": 4,
    "log": "8f14e45fceea167a5a36dedd4bea2543",
    "max_price": 50_000_000,
    "message": "tickets.example wants you to sign in with your Solana account:\n…",
    "mode": "first_come",
    "name": "First Light",
    "next_poll_ms": 8_120,
    "nonce": "8f14e45fceea167a5a36dedd4bea2543",
    "notice": 86_400,
    "number": 1,
    "order": "0b9c2d4e6f8091a2b3c4d5e6f708192a",
    "papers": "register of Whale Harbour, page 12",
    "place": 1_712,
    "price": 50_000_000,
    "price_cap": 100_000_000,
    "rate": 50.0,
    "refused": {"expired": 12},
    "retry_after": 2,
    "seat": 12,
    "seats": 400,
    "section": 0,
    "sections": [0],
    "serving": 508,
    "session": 0,
    "share": 5_000,
    "signature": SIGNATURE,
    "since": "0f9a7c31b2d4e586",
    "slot_age_seconds": 0.4,
    "state": "issued",
    "tail": 20_318,
    "ticket": "place.1f0c9a7e.event.1712.guest.0.mac",
    "token": "session.1f0c9a7e.wallet.8f14e45fceea167a.1760000900.mac",
    "transaction": BYTES,
    "uri": "https://tickets.example/first-light",
    "version": "6fd09a1c8be25f04",
    "wallet_signature": SIGNATURE,
}


BY_NAME: Final[Mapping[str, Any]] = {
    **dict.fromkeys(MOMENTS, MOMENT),
    **dict.fromkeys(SLOTS, SLOT),
    **NAMED,
}
KINDS: Final[Mapping[str, Any]] = {
    "integer": int,
    "number": (int, float),
    "object": dict,
    "string": str,
}
BY_KIND: Final = {"integer": 1, "number": 1.0, "object": {}, "string": WORD}
OWN: Final = frozenset({"$ref", "allOf", "const", "enum", "examples"})


def add_examples(app: FastAPI) -> None:
    """Has the application's description show one for each field and parameter, and say of each
    moment what it is counted in."""
    describe = app.openapi

    def openapi() -> Json:
        if app.openapi_schema is None:
            told = describe()
            for schema in told["components"]["schemas"].values():
                for name, field in schema.get("properties", {}).items():
                    _show(name, field)
            for operation in (each for path in told["paths"].values() for each in path.values()):
                for parameter in operation.get("parameters", ()):
                    _show(parameter["name"], parameter["schema"])
        described: Json = app.openapi_schema or {}
        return described

    app.openapi = openapi  # type: ignore[method-assign]


def _show(name: str, field: Json) -> None:
    if not has_example(field):
        field["examples"] = [_example(name, field)]
    about = field.get("description", "")
    if field.get("examples") == [MOMENT] and UNIX not in about:
        field["description"] = f"{about}. {UNIX}" if about else UNIX


def has_example(field: Json) -> bool:
    """Whether a field tells by itself what may stand there."""
    if field.keys() & OWN or field.get("type") in ("null", "boolean"):
        return True
    parts = field.get("anyOf") or [field.get("items") or field.get("additionalProperties")]
    return all(isinstance(each, dict) and has_example(each) for each in parts)


def _example(name: str, field: Json) -> object:
    """One of the field's shape, by its name or else by the shape alone."""
    shape = next(each for each in field.get("anyOf", [field]) if each.get("type") != "null")
    named, kind = BY_NAME.get(name), shape["type"]
    if kind == "array":
        each = [_example(name, shape["items"])] * shape.get("minItems", 1)
        return named if isinstance(named, list) else each
    if shape.get("format") == "byte":
        return BYTES
    is_word = "{64}" in shape.get("pattern", "")
    return named if isinstance(named, KINDS[kind]) and not is_word else BY_KIND[kind]
