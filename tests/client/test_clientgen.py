"""The generator: its text is clean and stable, and speaks Borsh as the specification does."""

import copy
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from conting_compiler.clientgen import generate
from conting_compiler.diagnostics import ConfigError
from solders.pubkey import Pubkey

ROOT = Path(__file__).parents[2]
IDL: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "sample_idl.json").read_text())
GENERATED = "client/conting_client/generated/sample.py"  # where ruff's rules for it apply

OWNER = Pubkey.from_bytes(bytes([1]) * 32)
HEIR = Pubkey.from_bytes(bytes([2]) * 32)
SHOP = Pubkey.from_bytes(bytes([3]) * 32)
PROGRAM = Pubkey.from_string("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")
ARGUMENTS = {
    "number": 0x0102,
    "tag": b"\x0a\x0b\x0c\x0d",
    "prices": [1, 2**64 - 1],
    "proof": [b"\x01\x02", b"\x03\x04"],
    "opens": -2,
    "public": True,
    "name": "Käse",
    "blob": b"\xff",
}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    path = tmp_path_factory.mktemp("generated") / "sample_client.py"
    path.write_text(generate(IDL))
    spec = importlib.util.spec_from_file_location("sample_client", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["sample_client"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def run(*command: str, text: str | None = None) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        input=text,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_text_is_formatted_and_lints_clean() -> None:
    text = generate(IDL)
    run("ruff", "format", "--check", "--stdin-filename", GENERATED, "-", text=text)
    run("ruff", "check", "--no-cache", "--stdin-filename", GENERATED, "-", text=text)


@pytest.mark.slow
def test_the_text_is_typed_strictly(tmp_path: Path) -> None:
    path = tmp_path / "sample_client.py"
    path.write_text(generate(IDL))
    run("mypy", "--strict", "--config-file=", f"--cache-dir={tmp_path}", str(path))


def test_the_text_depends_on_the_idl_alone() -> None:
    shuffled = json.loads(json.dumps(IDL, sort_keys=True))
    assert generate(shuffled) == generate(IDL)


def test_an_instruction_is_borsh_behind_its_discriminator(sample: ModuleType) -> None:
    built = sample.open_shop(
        owner=OWNER, colour=sample.Colour.SEA_GREEN, heir=HEIR, shop=SHOP, **ARGUMENTS
    )
    expected = [
        "0102030405060708",
        "0201",  # u16
        "01",  # enum
        "0a0b0c0d",  # [u8; 4]
        "0100000000000000",
        "ffffffffffffffff",  # [u64; 2]
        "01020304",  # [[u8; 2]; 2]
        "feffffffffffffff",  # i64
        "01",  # bool
        "02" * 32,  # pubkey
        "05000000" + "4bc3a47365",  # string: bytes, not characters
        "01000000" + "ff",  # bytes
    ]
    assert bytes(built.data).hex() == "".join(expected)
    assert built.program_id == PROGRAM


def test_accounts_are_derived_filled_in_and_flagged(sample: ModuleType) -> None:
    built = sample.open_shop(owner=OWNER, colour=sample.Colour.RED, heir=HEIR, **ARGUMENTS)
    seeds = [b"shop", bytes(OWNER), b"\x02\x01", b"\x00", b"\x0a\x0b\x0c\x0d"]
    shop = Pubkey.find_program_address(seeds, PROGRAM)[0]
    till = Pubkey.find_program_address([b"till", bytes(shop)], PROGRAM)[0]
    flags = [(each.pubkey, each.is_signer, each.is_writable) for each in built.accounts]
    assert flags == [
        (OWNER, True, True),
        (till, False, True),
        (shop, False, True),
        (Pubkey.default(), False, False),
    ]


def test_given_accounts_and_another_program_id_are_kept(sample: ModuleType) -> None:
    other = Pubkey.from_bytes(bytes([9]) * 32)
    built = sample.close_shop(
        owner=OWNER, shop=SHOP, number_of_the_shop=HEIR, heir=OWNER, program_id=other
    )
    till = Pubkey.find_program_address([b"till", bytes(SHOP)], other)[0]
    assert built.program_id == other
    assert [each.pubkey for each in built.accounts] == [OWNER, SHOP, till, HEIR, OWNER]
    assert (
        sample.heir_address(program_id=other) == (Pubkey.find_program_address([b"\xff"], other)[0])
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("number", -1),
        ("number", 65_536),
        ("opens", 2**63),
        ("tag", b"\x00" * 5),
        ("prices", [1]),
        ("prices", [1, 2**64]),
        ("proof", [b"\x01\x02", b"\x03"]),
    ],
)
def test_values_out_of_range_are_refused_by_name(
    sample: ModuleType, name: str, value: object
) -> None:
    arguments = {**ARGUMENTS, name: value}
    with pytest.raises(ValueError, match=name):
        sample.open_shop(owner=OWNER, colour=sample.Colour.RED, heir=HEIR, shop=SHOP, **arguments)


def account_bytes(
    *, colour: int = 1, public: int = 1, name: bytes = b"\x02\x00\x00\x00ab"
) -> bytes:
    return b"".join(
        [
            bytes([9, 8, 7, 6, 5, 4, 3, 2]),
            bytes(OWNER),
            (-5).to_bytes(8, "little", signed=True),
            bytes([colour, public]),
            b"\x0a\x0b\x0c\x0d",
            b"\x01\x00\x02\x00\xff\xff",
            (2**128 - 1).to_bytes(16, "little"),
            name,
            b"\x01\x00\x00\x00\x07",
        ]
    )


def test_an_account_decodes(sample: ModuleType) -> None:
    shop = sample.Shop.decode(account_bytes() + b"room that is not used")
    assert shop == sample.Shop(
        owner=OWNER,
        opens=-5,
        colour=sample.Colour.SEA_GREEN,
        public=True,
        tag=b"\x0a\x0b\x0c\x0d",
        shares=(1, 2, 65_535),
        big=2**128 - 1,
        name="ab",
        blob=b"\x07",
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(8) + account_bytes()[8:],
        account_bytes()[:-1],
        account_bytes()[:20],
        account_bytes(colour=2),
        account_bytes(public=2),
        account_bytes(name=b"\x01\x00\x00\x00\xff"),
        account_bytes(name=b"\xff\xff\xff\xff"),
    ],
)
def test_other_bytes_are_a_decode_error(sample: ModuleType, data: bytes) -> None:
    with pytest.raises(sample.DecodeError):
        sample.Shop.decode(data)
    assert issubclass(sample.DecodeError, ValueError)


def test_errors_have_numbers_and_messages(sample: ModuleType) -> None:
    assert {each.name: each.value for each in sample.ErrorCode} == {
        "NOT_OWNER": 6000,
        "BAD_PRICE": 6001,
    }
    assert sample.ErrorCode(6001).message == 'it\'s a "bad" price'


def test_docs_become_docstrings(sample: ModuleType) -> None:
    assert sample.__doc__ == "A program with one of everything."
    assert 'a "quoted" word and a back\\slash.' in (sample.open_shop.__doc__ or "")


def _first_account(idl: dict[str, Any]) -> dict[str, Any]:
    account: dict[str, Any] = idl["instructions"][0]["accounts"][0]
    return account


def _first_argument(idl: dict[str, Any]) -> dict[str, Any]:
    argument: dict[str, Any] = idl["instructions"][0]["args"][0]
    return argument


def _derivation(idl: dict[str, Any]) -> dict[str, Any]:
    derivation: dict[str, Any] = idl["instructions"][0]["accounts"][2]["pda"]
    return derivation


def _circle(idl: dict[str, Any]) -> None:
    _derivation(idl)["seeds"][1]["path"] = "till"


DAMAGES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "no address": (lambda idl: idl.pop("address"), "'address' is missing"),
    "another spec": (lambda idl: idl["metadata"].update(spec="0.0.9"), "metadata.spec"),
    "legacy": (lambda idl: idl.pop("metadata"), "'metadata' is missing"),
    "not a list": (lambda idl: idl.update(instructions={}), "expected an array"),
    "unknown type": (
        lambda idl: _first_argument(idl).update(type="f32"),
        r"instructions\[0\]\.args\[0\]\.type: the type 'f32'",
    ),
    "unknown enum": (
        lambda idl: _first_argument(idl).update(type={"defined": {"name": "Shop"}}),
        "'Shop' is not a fieldless enum",
    ),
    "short discriminator": (
        lambda idl: idl["accounts"][0].update(discriminator=[1, 2]),
        "expected 8 bytes",
    ),
    "no octet": (
        lambda idl: idl["accounts"][0].update(discriminator=[256] * 8),
        "from 0 to 255",
    ),
    "keyword": (lambda idl: _first_account(idl).update(name="from"), "cannot be a name"),
    "code in a name": (lambda idl: _first_account(idl).update(name="a: b"), "cannot be a name"),
    "name twice": (lambda idl: _first_account(idl).update(name="shop"), "twice"),
    "optional": (lambda idl: _first_account(idl).update(optional="yes"), "true or false"),
    "circle": (_circle, "circle"),
    "program by name": (
        lambda idl: _derivation(idl).update(program={"kind": "arg", "path": "colour"}),
        "has to be a constant",
    ),
    "short program": (
        lambda idl: _derivation(idl).update(program={"kind": "const", "value": [1, 2]}),
        "expected 32 bytes",
    ),
    "no struct": (lambda idl: idl["types"].pop(0), "no struct 'Shop'"),
    "two instructions of one name": (
        lambda idl: idl["instructions"][1].update(name="open_shop"),
        "'open_shop' twice",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_an_idl_that_is_not_usable_is_refused_with_its_place(name: str) -> None:
    damage, message = DAMAGES[name]
    idl = copy.deepcopy(IDL)
    damage(idl)
    with pytest.raises(ConfigError, match=message):
        generate(idl)


@pytest.mark.parametrize("idl", [None, [], "idl", 7])
def test_what_is_no_object_is_refused(idl: object) -> None:
    with pytest.raises(ConfigError, match="expected an object"):
        generate(idl)


def test_two_ways_to_derive_one_name_get_two_helpers(tmp_path: Path) -> None:
    idl = copy.deepcopy(IDL)
    seeds = idl["instructions"][1]["accounts"][2]["pda"]["seeds"]
    seeds[0]["value"] = [120]
    text = generate(idl)
    assert "def open_shop_till_address(" in text
    assert "def close_shop_till_address(" in text
    assert "def till_address(" not in text


def test_an_address_under_another_program(tmp_path: Path) -> None:
    idl = copy.deepcopy(IDL)
    other = Pubkey.from_string("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL")
    for instruction in idl["instructions"]:
        till = next(each for each in instruction["accounts"] if each["name"] == "till")
        till["pda"]["program"] = {"kind": "const", "value": list(bytes(other))}
    text = generate(idl)
    run("ruff", "format", "--check", "--stdin-filename", GENERATED, "-", text=text)
    client = ModuleType("client_of_till")
    sys.modules["client_of_till"] = client
    exec(text, vars(client))
    built = client.open_shop(
        owner=OWNER, colour=client.Colour.RED, heir=HEIR, program_id=HEIR, **ARGUMENTS
    )
    names = [each["name"] for each in idl["instructions"][0]["accounts"]]
    keys = dict(zip(names, (each.pubkey for each in built.accounts), strict=True))
    till = Pubkey.find_program_address([b"till", bytes(keys["shop"])], other)[0]
    assert keys["till"] == till
    assert client.till_address(shop=keys["shop"]) == till
