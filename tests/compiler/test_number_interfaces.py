"""Numbers of 128 bits and floats in the IDLs and in the generated client."""

import importlib.util
import math
import struct
import sys
from types import ModuleType
from typing import Any

import pytest
from conting_compiler.driver import Compiled, compile_program
from solders.pubkey import Pubkey

SOURCE = """
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Pool(Account):
    price: f64
    supply: u128
    debt: i128
    history: Array[f64, 2]


@instruction
def set_(pool: Pool, price: f64, supply: u128, debt: i128, past: Array[u128, 2]):
    pool.price = price
    pool.supply = supply + past[0]
    pool.debt = debt
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    path = tmp_path_factory.mktemp("pool") / "pool.py"
    path.write_text(SOURCE)
    return compile_program(path)


@pytest.fixture(scope="module")
def client(compiled: Compiled, tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    path = tmp_path_factory.mktemp("client") / "pool_client.py"
    path.write_text(compiled.client)
    spec = importlib.util.spec_from_file_location("pool_client", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["pool_client"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("which", ["idl", "legacy_idl"])
def test_the_idl_names_them_as_anchor_does(compiled: Compiled, which: str) -> None:
    idl: Any = getattr(compiled, which)
    arguments = {each["name"]: each["type"] for each in idl["instructions"][0]["args"]}
    wanted = {"price": "f64", "supply": "u128", "debt": "i128", "past": {"array": ["u128", 2]}}
    assert arguments == wanted
    definition = (idl["accounts"] if which == "legacy_idl" else idl["types"])[0]
    fields = {each["name"]: each["type"] for each in definition["type"]["fields"]}
    assert fields["history"] == {"array": ["f64", 2]}


def test_the_client_writes_borsh(client: Any) -> None:
    pool, past = Pubkey.new_unique(), (1, 2**128 - 1)
    made = client.set_(pool=pool, price=0.1, supply=2**127, debt=-5, past=past)
    wanted = struct.pack("<d", 0.1) + (2**127).to_bytes(16, "little")
    wanted += (-5).to_bytes(16, "little", signed=True)
    wanted += b"".join(each.to_bytes(16, "little") for each in past)
    assert bytes(made.data)[8:] == wanted


def test_the_client_reads_accounts(client: Any) -> None:
    numbers = (2**100).to_bytes(16, "little") + (-7).to_bytes(16, "little", signed=True)
    data = client.Pool.DISCRIMINATOR + struct.pack("<d", -1.5) + numbers
    found = client.Pool.decode(data + struct.pack("<2d", 0.25, math.inf))
    assert (found.price, found.supply, found.debt) == (-1.5, 2**100, -7)
    assert found.history == (0.25, math.inf)


@pytest.mark.parametrize(
    "wrong", [{"price": math.nan}, {"supply": 2**128}, {"supply": -1}, {"debt": 2**127}]
)
def test_the_client_refuses_what_the_program_would(client: Any, wrong: dict[str, float]) -> None:
    usual: dict[str, Any] = {"price": 1.0, "supply": 1, "debt": 1, "past": (0, 0)}
    with pytest.raises(ValueError, match=next(iter(wrong))):
        client.set_(pool=Pubkey.new_unique(), **usual | wrong)
