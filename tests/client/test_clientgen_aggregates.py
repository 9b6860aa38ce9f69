"""Clients of programs with lists and plain classes: their bytes are those of the prelude."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from conting_compiler.clientgen import generate
from conting_compiler.frontend import build
from conting_compiler.idl import build_idl
from seahorse.loading import load
from seahorse.prelude import Pubkey as Key
from solders.pubkey import Pubkey

SOURCE = """
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


@dataclass
class Point:
    x: i32
    owner: Pubkey


@dataclass
class Path:
    name: str
    points: List[Point]
    codes: Array[u8, 2]


class Map(Account):
    count: u16
    paths: List[Path]
    raw: List[u8]
    corners: Array[Point, 2]
    last: bool


@instruction
def draw(map: Map, paths: List[Path], corners: Array[Point, 2], grid: List[List[u16]]):
    map.paths = paths
    map.corners = corners
    map.count = u16(len(grid))
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program's file."""
    path = tmp_path_factory.mktemp("aggregates") / "atlas.py"
    path.write_text(SOURCE)
    return path


@pytest.fixture(scope="module")
def client(source: Path) -> ModuleType:
    """The program's client, imported."""
    path = source.parent / "client.py"
    path.write_text(generate(build_idl(build(source))))
    spec = importlib.util.spec_from_file_location("atlas_client", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


KEY = bytes(range(32))


def test_arguments_are_encoded_as_the_prelude_does(client: ModuleType, source: Path) -> None:
    entry = load(source).entry("draw")
    kinds: dict[str, Any] = {each.name: each.kind for each in entry.arguments}
    path_class = kinds["paths"].element
    point_class = kinds["corners"].element
    points = [point_class(-1, Key.of(KEY)), point_class(2, Key.of(KEY))]
    expected = entry.encode_arguments(
        {
            "paths": [path_class("ä", points, [7, 8])],
            "corners": points,
            "grid": [[1, 2], []],
        }
    )
    mine = [client.Point(-1, Pubkey(KEY)), client.Point(2, Pubkey(KEY))]
    instruction = client.draw(
        map=Pubkey(KEY),
        paths=[client.Path("ä", mine, b"\7\x08")],
        corners=mine,
        grid=[[1, 2], []],
    )
    assert instruction.data == expected


def test_an_account_is_decoded(client: ModuleType) -> None:
    point = (5).to_bytes(4, "little") + KEY
    path = b"\2\0\0\0ab" + b"\1\0\0\0" + point + b"\x09\x0a"
    data = b"\3\0" + b"\1\0\0\0" + path + b"\2\0\0\0\1\2" + point * 2 + b"\1"
    found = client.Map.decode(client.Map.DISCRIMINATOR + data)
    corner = client.Point(5, Pubkey(KEY))
    assert found == client.Map(
        count=3,
        paths=(client.Path(name="ab", points=(corner,), codes=b"\x09\x0a"),),
        raw=b"\1\2",
        corners=(corner, corner),
        last=True,
    )
    with pytest.raises(client.DecodeError):
        client.Map.decode(client.Map.DISCRIMINATOR + data[:-1])


def test_what_does_not_fit_is_refused(client: ModuleType) -> None:
    wrong = client.Point(2**31, Pubkey(KEY))
    with pytest.raises(ValueError, match=r"corners\.x"):
        client.draw(map=Pubkey(KEY), paths=[], corners=[wrong, wrong], grid=[])
