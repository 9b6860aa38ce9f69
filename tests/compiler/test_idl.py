"""The ticket program's IDL against what one reads in its source: written by hand, not printed.

Discriminators and addresses are computed here with hashlib and solders.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from conting_compiler.base58 import decode, encode
from conting_compiler.frontend import build
from conting_compiler.idl import build_idl, build_legacy_idl
from conting_compiler.ir.faults import Fault
from solders.pubkey import Pubkey

_TICKET = Path(__file__).parent / "samples" / "ticket"
_SYSTEM = "system_program"
_TOKEN = "token_2022_program"

# account names as in the source; w: written, s: signs
_ACCOUNTS = {
    "add_section": "organiser:ws event:w section:w system_program",
    "buy": "admission:s buyer:ws event section:w vault:w holding:w ticket:w mint:w token:w"
    " system_program token_2022_program",
    "check_in": "gate_key:ws event gate ticket:w entry:w instructions system_program",
    "create_event": "organiser:ws event:w vault:w system_program",
    "refund": "holder:ws paid_by:w event section:w vault:w holding:w ticket:w mint token:w"
    " custody:w system_program token_2022_program",
    "register_gate": "organiser:ws event gate:w system_program",
    "revoke_gate": "organiser:s event gate:w",
}

# c: constant, a: account's key, x: argument
_PDAS = {
    ("add_section", "section"): "c:section a:event x:index",
    ("buy", "vault"): "c:vault a:event",
    ("buy", "holding"): "c:holding a:event a:buyer",
    ("buy", "ticket"): "c:ticket a:section x:seat",
    ("buy", "mint"): "c:mint a:ticket",
    ("buy", "token"): "c:token a:mint a:buyer",
    ("check_in", "entry"): "c:entry a:ticket x:session",
    ("create_event", "event"): "c:event a:organiser x:number",
    ("create_event", "vault"): "c:vault a:event",
    ("refund", "vault"): "c:vault a:event",
    ("refund", "mint"): "c:mint a:ticket",
    ("refund", "custody"): "c:custody a:mint",
    ("register_gate", "gate"): "c:gate a:event x:key",
}

_ARGUMENTS = {
    "add_section": "index:u16 seats:u32 price:u64 gate_group:u8 name:string",
    "buy": "seat:u32 max_price:u64 device_key:pubkey",
    "check_in": "session:u16 nonce:[u8;16] expires:i64 gate_bound:bool",
    "create_event": "number:u64 admission:pubkey sale_opens:i64 sale_closes:i64 freeze:i64"
    " doors:i64 ends:i64 refund_until:[i64;3] refund_share:[u16;3] limit:u8 sessions:u16"
    " name:string uri:string",
    "refund": "",
    "register_gate": "key:pubkey group:u8",
    "revoke_gate": "",
}

_FIELDS = {
    "Event": "organiser:pubkey number:u64 bump:u8 admission:pubkey sale_opens:i64 sale_closes:i64"
    " freeze:i64 doors:i64 ends:i64 refund_until:[i64;3] refund_share:[u16;3] limit:u8"
    " sessions:u16 sections:u16 name:string uri:string",
    "Vault": "event:pubkey bump:u8",
    "Section": "event:pubkey index:u16 bump:u8 gate_group:u8 seats:u32 sold:u32 price:u64"
    " name:string",
    "Holding": "event:pubkey person:pubkey bump:u8 count:u8",
    "Ticket": "event:pubkey section:pubkey seat:u32 bump:u8 state:TicketState gate_group:u8 hops:u8"
    " mint:pubkey holder:pubkey device_key:pubkey paid_by:pubkey price_paid:u64",
    "Gate": "event:pubkey key:pubkey bump:u8 group:u8 active:bool",
    "Entry": "ticket:pubkey session:u16 bump:u8 event:pubkey gate:pubkey holder:pubkey"
    " nonce:[u8;16] entered_at:i64 slot:u64",
}


@pytest.fixture(scope="module")
def idl() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(build_idl(build(_TICKET))))
    return found


@pytest.fixture(scope="module")
def legacy() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(build_legacy_idl(build(_TICKET))))
    return found


def _by_name(items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    assert len({item["name"] for item in items}) == len(items)
    return {item["name"]: item for item in items}


def _discriminator(kind: str, name: str) -> list[int]:
    return list(sha256(f"{kind}:{name}".encode()).digest()[:8])


def _type(kind: Any) -> str:
    match kind:
        case str():
            return kind
        case {"array": [element, length]}:
            return f"[{_type(element)};{length}]"
        case {"defined": {"name": name}}:
            return str(name)
    raise AssertionError(kind)


def _typed(items: list[dict[str, Any]]) -> str:
    return " ".join(f"{item['name']}:{_type(item['type'])}" for item in items)


def _flags(account: dict[str, Any]) -> str:
    flags = "w" * account.get("writable", False) + "s" * account.get("signer", False)
    return f"{account['name']}:{flags}" if flags else account["name"]


def _seed(seed: dict[str, Any]) -> str:
    match seed:
        case {"kind": "const", "value": value}:
            return f"c:{bytes(value).decode()}"
        case {"kind": "account", "path": path}:
            return f"a:{path}"
        case {"kind": "arg", "path": path}:
            return f"x:{path}"
    raise AssertionError(seed)


def test_head(idl: dict[str, Any]) -> None:
    assert idl["address"] == "6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE"
    assert idl["metadata"] == {"name": "ticket", "version": "0.1.0", "spec": "0.1.0"}
    assert idl["docs"][0].startswith("The ticket program: who may buy a seat")


def test_instructions_are_in_the_order_of_the_root_file(idl: dict[str, Any]) -> None:
    assert [each["name"] for each in idl["instructions"]] == list(_ACCOUNTS)


@pytest.mark.parametrize("name", _ACCOUNTS)
def test_accounts_of_an_instruction(idl: dict[str, Any], name: str) -> None:
    found = _by_name(idl["instructions"])[name]
    assert found["discriminator"] == _discriminator("global", name)
    assert " ".join(_flags(each) for each in found["accounts"]) == _ACCOUNTS[name]
    assert _typed(found["args"]) == _ARGUMENTS[name]
    assert found["docs"]


def test_fixed_addresses(idl: dict[str, Any]) -> None:
    addresses = {
        each["name"]: each["address"]
        for instruction in idl["instructions"]
        for each in instruction["accounts"]
        if "address" in each
    }
    assert addresses == {
        "instructions": "Sysvar1nstructions1111111111111111111111111",
        _SYSTEM: "11111111111111111111111111111111",
        _TOKEN: "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb",
    }


def test_derived_addresses(idl: dict[str, Any]) -> None:
    found = {
        (instruction["name"], each["name"]): " ".join(map(_seed, each["pda"]["seeds"]))
        for instruction in idl["instructions"]
        for each in instruction["accounts"]
        if "pda" in each
    }
    assert found == _PDAS


def test_account_classes(idl: dict[str, Any]) -> None:
    assert idl["accounts"] == [
        {"name": name, "discriminator": _discriminator("account", name)} for name in _FIELDS
    ]
    types = _by_name(idl["types"])
    assert list(types) == [*_FIELDS, "TicketState"]
    for name, fields in _FIELDS.items():
        assert types[name]["type"]["kind"] == "struct"
        assert _typed(types[name]["type"]["fields"]) == fields
    assert types["TicketState"]["type"] == {
        "kind": "enum",
        "variants": [{"name": "ISSUED"}, {"name": "COOLING"}, {"name": "USED"}],
    }


def test_docs_of_a_field(idl: dict[str, Any]) -> None:
    fields = _by_name(_by_name(idl["types"])["Event"]["type"]["fields"])
    assert fields["admission"]["docs"] == ["The gateway's key: nobody buys without its signature."]
    assert fields["refund_until"]["docs"] == [
        "Refund ladder: before refund_until[i], refund_share[i] of the price comes back; later,",
        "none.",
    ]
    assert "docs" not in fields["sale_closes"]


def test_errors_are_numbered_in_the_order_of_the_source(idl: dict[str, Any]) -> None:
    source = (_TICKET / "errors.py").read_text(encoding="utf-8")
    lines = [line.strip() for line in source.splitlines() if ' = "' in line]
    expected = [
        {
            "code": 6000 + index,
            "name": line.split(" = ")[0].title().replace("_", ""),
            "msg": line.split(" = ")[1].strip('"'),
        }
        for index, line in enumerate(lines)
    ]
    own = [each for each in idl["errors"] if each["code"] >= 6000]
    assert own == expected
    assert idl["errors"][15] == {"code": 6015, "name": "SeatTaken", "msg": "the seat is sold"}


def test_the_compiler_s_own_errors_follow(idl: dict[str, Any]) -> None:
    """Those that Anchor's clients know by number need no text of ours."""
    codes = [each["code"] for each in idl["errors"] if each["code"] < 6000]
    assert codes == [each.value for each in Fault if each.value >= 5500]
    assert len({each["name"] for each in idl["errors"]}) == len(idl["errors"])


def test_legacy_names_and_flags(idl: dict[str, Any], legacy: dict[str, Any]) -> None:
    assert legacy["metadata"] == {"address": idl["address"]}
    assert (legacy["name"], legacy["version"]) == ("ticket", "0.1.0")
    instructions = _by_name(legacy["instructions"])
    assert list(instructions) == [
        "addSection", "buy", "checkIn", "createEvent", "refund", "registerGate", "revokeGate",
    ]  # fmt: skip
    assert instructions["checkIn"]["accounts"] == [
        {"name": "gateKey", "isMut": True, "isSigner": True},
        {"name": "event", "isMut": False, "isSigner": False},
        {"name": "gate", "isMut": False, "isSigner": False},
        {"name": "ticket", "isMut": True, "isSigner": False},
        {"name": "entry", "isMut": True, "isSigner": False},
        {"name": "instructions", "isMut": False, "isSigner": False},
        {"name": "systemProgram", "isMut": False, "isSigner": False},
    ]
    assert instructions["buy"]["args"] == [
        {"name": "seat", "type": "u32"},
        {"name": "maxPrice", "type": "u64"},
        {"name": "deviceKey", "type": "publicKey"},
    ]


def test_legacy_types(idl: dict[str, Any], legacy: dict[str, Any]) -> None:
    accounts = _by_name(legacy["accounts"])
    assert list(accounts) == list(_FIELDS)
    fields = _by_name(accounts["Ticket"]["type"]["fields"])
    assert fields["pricePaid"]["type"] == "u64"
    assert fields["paidBy"]["type"] == "publicKey"
    assert fields["state"]["type"] == {"defined": "TicketState"}
    assert [each["name"] for each in legacy["types"]] == ["TicketState"]
    assert legacy["errors"] == idl["errors"]


@pytest.mark.parametrize("size", [0, 1, 20, 32, 33])
def test_base58_is_that_of_solana(size: int) -> None:
    for first in (0, 1, 255):
        data = (bytes([0, 0, first]) + sha256(bytes([first])).digest() * 2)[:size]
        assert decode(encode(data)) == data
        if size == 32:
            assert encode(data) == str(Pubkey.from_bytes(data))


def test_base58_refuses_other_characters() -> None:
    with pytest.raises(ValueError, match="'0' is not a base58 character"):
        decode("10")
