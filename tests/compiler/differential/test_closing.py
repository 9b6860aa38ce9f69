"""What was read of an account before it is closed stays, and what is read after a call that closed
it is the same, on CPython, v3 and v0.
"""

from pathlib import Path

import pytest
from conting_compiler.driver import compile_program
from conting_compiler.link.linker import Arch
from seahorse.prelude import Pubkey

from tests.compiler.differential.pair import Pair

ANN = Pubkey.of(bytes([1]) * 32)
SOURCE = """
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")
SELF = Pubkey("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Shop(Account):
    owner: Pubkey
    cells: Array[u64, 3]
    name: str
    motto: str


class List_(Account):
    count: u64
    names: List[str]
    keys: List[Pubkey]
    text: str


class Said(Event):
    text: str

    def __init__(self, text: str):
        self.text = text


def say(text: str):
    said = Said(text)
    said.emit()


def end(shop: Shop, user: Signer) -> str:
    name = shop.name
    shop.close(user)
    return name


def end_list(list_: List_, user: Signer):
    list_.names.append("last")
    list_.close(user)


@instruction
def make(user: Signer, shop: Empty[Shop], list_: Empty[List_]):
    shop.init(payer=user, seeds=["shop"], owner=user.key(), name="tea", motto="caf\\u00e9 \\u20ac")
    made = list_.init(payer=user, seeds=["list"], space=300)
    made.names = ["one", "two"]
    made.keys.append(user.key())
    made.text = "hello"


@instruction
def close_shop(user: Signer, shop: Shop):
    unchecked("a test")
    name, owner, both = shop.name, shop.owner, [shop.motto, shop.name]
    cell = shop.cells[0]
    shop.close(user)
    say(f"{name} {owner} {both[0]} {both[1]} {cell}")


@instruction
def close_shop_in_a_function(user: Signer, shop: Shop):
    unchecked("a test")
    motto = shop.motto
    shop.cells[1] = 7
    name = end(shop, user)
    say(f"{name} {motto} {shop.name} {shop.owner} {shop.cells[1]} {shop.lamports()}")


@instruction
def close_list(user: Signer, list_: List_):
    unchecked("a test")
    text, key, names, keys = list_.text, list_.keys[0], list_.names, list_.keys
    list_.close(user)
    names.append("kept")
    say(f"{text} {key} {names[0]} {names[-1]} {keys[0]}")


@instruction
def close_list_in_a_function(user: Signer, list_: List_):
    unchecked("a test")
    names = list_.names
    end_list(list_, user)
    say(f"{names[-1]} {list_.names[-1]} {list_.text} {len(list_.keys)} {list_.keys[0]}")


@instruction
def close_both(user: Signer, shop: Shop, list_: List_):
    unchecked("a test")
    names, name = list_.names, end(shop, user)
    end_list(list_, user)
    say(f"{name} {names[0]}")


@instruction
def close_by_call(user: Signer, shop: Shop, list_: List_, program: Program, call: List[u8]):
    assert program.key() == SELF
    name, motto, text, key = shop.name, shop.motto, list_.text, list_.keys[0]
    program.invoke(
        accounts=[
            CpiAccount(user, mut=True, signer=True),
            CpiAccount(shop, mut=True),
            CpiAccount(list_, mut=True),
        ],
        data=call,
    )
    say(f"{name} {motto} {text} {key} {shop.lamports()}")
"""


@pytest.mark.parametrize("arch", ["v3", "v0"])
def test_what_was_read_outlives_the_account(arch: Arch, tmp_path: Path) -> None:
    path = tmp_path / "closing.py"
    path.write_text(SOURCE)
    pair = Pair(path, compile_program(path, arch=arch), [ANN])
    shop, list_ = {"shop": pair.address(b"shop")}, {"list_": pair.address(b"list")}
    data = pair.chain.programs[pair.program].entry("close_both").encode_arguments({})
    for name, accounts, arguments in [
        ("close_shop", shop, {}),
        ("close_shop_in_a_function", shop, {}),
        ("close_list", list_, {}),
        ("close_list_in_a_function", list_, {}),
        ("close_both", shop | list_, {}),
        ("close_by_call", shop | list_ | {"program": pair.program}, {"call": list(data)}),
    ]:
        assert pair.run("make", {"user": ANN, **shop, **list_}) in {0, 5504}
        assert pair.run(name, {"user": ANN, **accounts}, arguments) == 0
        gone = [each for each in (*shop.values(), *list_.values()) if each in pair.chain.records]
        for left in gone:
            one = "shop" if left in shop.values() else "list_"
            assert pair.run(f"close_{one.strip('_')}", {"user": ANN, one: left}) == 0


CALLED = """
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")
SELF = Pubkey("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Shop(Account):
    owner: Pubkey
    sold: u64
    cells: Array[u64, 3]
    grid: Array[Array[u8, 2], 2]
    name: str
    marks: List[u16]


class Said(Event):
    text: str

    def __init__(self, text: str):
        self.text = text


def say(text: str):
    said = Said(text)
    said.emit()


@instruction
def make(user: Signer, shop: Empty[Shop]):
    marks = [u16(1), 2]
    made = shop.init(
        payer=user, seeds=["shop"], owner=user.key(), sold=5, name="tea", marks=marks, padding=20
    )
    made.cells[1] = 9
    made.grid[1][0] = 8


@instruction
def change(user: Signer, shop: Shop):
    assert shop.owner == user.key()
    shop.cells[1] += 1
    shop.grid[1][0] = 1
    shop.sold += 1
    shop.marks.append(5)


@instruction
def end(user: Signer, shop: Shop):
    assert shop.owner == user.key()
    shop.close(user)


def call_self(user: Signer, shop: Shop, program: Program, call: List[u8]):
    program.invoke(
        accounts=[CpiAccount(user, mut=True, signer=True), CpiAccount(shop, mut=True)], data=call
    )


@instruction
def read_arrays(user: Signer, shop: Shop, program: Program, call: List[u8]):
    assert program.key() == SELF
    cells, row = shop.cells, shop.grid[1]
    call_self(user, shop, program, call)
    say(f"{cells} {cells[1]} {row}")


@instruction
def read_fields(user: Signer, shop: Shop, program: Program, call: List[u8]):
    assert program.key() == SELF
    call_self(user, shop, program, call)
    say(f"{shop.sold} {shop.owner} {shop.cells[1]} {shop.grid[1]} {shop.lamports() > 0}")


@instruction
def read_rest(user: Signer, shop: Shop, program: Program, call: List[u8]):
    assert program.key() == SELF
    call_self(user, shop, program, call)
    say(f"{shop.name} {shop.marks}")


@instruction
def write(user: Signer, shop: Shop, program: Program, call: List[u8]):
    assert program.key() == SELF
    unchecked("a test")
    cells = shop.cells
    call_self(user, shop, program, call)
    shop.sold = 7
    cells[1] = 44
    shop.marks.append(6)
    shop.name = "coffee"
    say(f"{shop.sold} {cells} {shop.cells[2]} {shop.marks} {shop.name}")


@instruction
def close(user: Signer, shop: Shop, program: Program, call: List[u8]):
    assert program.key() == SELF
    unchecked("a test")
    call_self(user, shop, program, call)
    shop.close(user)
"""


@pytest.mark.parametrize("arch", ["v3", "v0"])
def test_what_a_call_closed_is_the_same_on_both(arch: Arch, tmp_path: Path) -> None:
    path = tmp_path / "called.py"
    path.write_text(CALLED)
    pair = Pair(path, compile_program(path, arch=arch), [ANN])
    shop = {"user": ANN, "shop": pair.address(b"shop")}
    for called in ("change", "end"):
        data = list(pair.chain.programs[pair.program].entry(called).encode_arguments({}))
        for name in ("read_arrays", "read_fields", "read_rest", "write", "close"):
            assert pair.run("make", shop) in {0, 5504}
            assert pair.run(name, {**shop, "program": pair.program}, {"call": data}) == 0
