"""An owner that is no plain field of its account: what E402 says to write is enough."""

import re
from pathlib import Path

import pytest
from conting_compiler.diagnostics import UserError
from conting_compiler.frontend import build

SOURCE = """
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


@dataclass
class Place:
    key: Pubkey


@dataclass
class Info:
    age: u64
    place: Place


class Box(Account):
    whose: {kind}
    fee: u64


@instruction
def make(user: Signer, box: Empty[Box]):
    box.init(payer=user, seeds=["box", user], whose={value})


@instruction
def change({params}box: Box, fee: u64):
{checks}    box.fee = fee
"""


@pytest.mark.parametrize("params", ["user: Signer, ", ""])
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("Pubkey", "user.key()"),
        ("Place", "Place(user.key())"),
        ("Info", "Info(1, Place(user.key()))"),
        ("List[Pubkey]", "[user.key()]"),
        ("Array[Pubkey, 2]", "[user.key(), user.key()]"),
        ("Option[Pubkey]", "user.key()"),
    ],
)
def test_what_is_said_is_enough(kind: str, value: str, params: str, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(SOURCE.format(kind=kind, value=value, params=params, checks=""))
    with pytest.raises(UserError) as caught:
        build(path)
    (found,) = caught.value.diagnostics
    assert found.code == "E402"
    said = re.findall(r"'([^']*)'", found.help or "")
    taken = [f"{each}, " for each in said if each.endswith(": Signer")]
    checks = "".join(f"    {each}\n" for each in said if not each.endswith(": Signer"))
    assert bool(taken) is not bool(params)
    params = params or taken[0]
    path.write_text(SOURCE.format(kind=kind, value=value, params=params, checks=checks))
    build(path)
