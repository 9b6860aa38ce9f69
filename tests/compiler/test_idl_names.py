"""Names of the legacy IDL: its readers hash an instruction's name after turning it to snake_case.

What the crate heck (which Anchor and anchorpy use) makes of a name was looked up with pyheck 0.1.5.
"""

from pathlib import Path
from typing import Any

import pytest
from conting_compiler.frontend import build
from conting_compiler.idl import build_legacy_idl

SOURCE = '''
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")

@instruction
def {name}(x: u8) -> None:
    """Does nothing."""
'''
LEADS_BACK = {
    "buy": "buy",
    "buy_seat": "buySeat",
    "set_u128": "setU128",
    "set_x": "setX",
    "set_x_value": "setXValue",
    "step2_x": "step2X",
}
DOES_NOT = {
    "play_2": "play2 gives play2",
    "set_x_y": "setXY gives set_xy",
    "a_x2_z": "aX2Z gives a_x2z",
}


def legacy_name(name: str, folder: Path) -> object:
    path = folder / "sample.py"
    path.write_text(SOURCE.format(name=name))
    idl: dict[str, Any] = dict(build_legacy_idl(build(path)))
    (instruction,) = idl["instructions"]
    return instruction["name"]


@pytest.mark.parametrize(("name", "camel"), LEADS_BACK.items())
def test_names_are_in_camel_case(name: str, camel: str, tmp_path: Path) -> None:
    assert legacy_name(name, tmp_path) == camel


@pytest.mark.parametrize("name", DOES_NOT)
def test_a_name_stays_where_camel_case_loses_it(name: str, tmp_path: Path) -> None:
    assert legacy_name(name, tmp_path) == name
