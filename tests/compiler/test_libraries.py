"""Libraries: folders beside the programs without a root file, compiled into who imports them."""

from pathlib import Path

import pytest
from conting_compiler.diagnostics import UserError
from conting_compiler.driver import compile_program
from conting_compiler.frontend import build
from conting_compiler.link.linker import link
from seahorse.ledger import Record
from seahorse.loading import load
from seahorse.model import Chain as Model
from seahorse.prelude import Pubkey as Key
from solders.pubkey import Pubkey

from tests.compiler.token_world import TokenWorld, reads, writes
from tests.compiler.typed_programs import discriminator

ID = "6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE"
OTHER_ID = "HFQhM2FYhiP1mbpVFnpHZ7hJf5xFzekJAjqoxexvKA5Q"
FILES = {
    "sums/twice.py": """
from seahorse.prelude import u64
from .parts import STEP, Pair
from scale.factor import scaled

def total(x: u64) -> u64:
    pair = Pair(x, STEP)
    return scaled(pair.sum())
""",
    "sums/parts.py": """
from seahorse.prelude import *

STEP = u64(5)

@dataclass
class Pair:
    a: u64
    b: u64

    def sum(self) -> u64:
        return self.a + self.b
""",
    "scale/factor.py": """
from seahorse.prelude import u64
from other.state import Scale

def scaled(x: u64) -> u64:
    return 2 * x

def by(scale: Scale, x: u64) -> u64:
    return scale.factor * x
""",
    "other/program.py": f"""
from seahorse.prelude import *
from .state import Scale
declare_id("{OTHER_ID}")
""",
    "other/state.py": """
from seahorse.prelude import *

class Scale(Account):
    factor: u64
""",
    "one/program.py": f"""
from seahorse.prelude import *
from other.state import Scale
from scale.factor import by
from sums.twice import total
from sums.parts import STEP
declare_id("{ID}")

class Out(Account):
    value: u64

def scaled(x: u64) -> u64:
    return x

@instruction
def put(out: Out, scale: Scale, x: u64):
    out.value = total(x) + by(scale, x) + STEP + scaled(x)
""",
}
EXPECTED = 2 * (3 + 5) + 7 * 3 + 5 + 3


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder


def account(name: str, value: int) -> bytes:
    return discriminator("account", name) + value.to_bytes(8, "little")


@pytest.mark.parametrize("arch", ["v3", "v0"])
def test_a_library_is_compiled_into_the_program(tmp_path: Path, arch: str) -> None:
    compiled = compile_program(written(tmp_path, FILES) / "one", arch="v3")
    world = TokenWorld(compiled.elf if arch == "v3" else link(compiled.emitted.object, "v0"))
    out = world.chain.put(account("Out", 0))
    scale = world.chain.put(account("Scale", 7), Pubkey.from_string(OTHER_ID))
    assert world.run("put", writes(out), reads(scale), data=(3).to_bytes(8, "little")) == 0
    assert int.from_bytes(world.data(out)[8:], "little") == EXPECTED


def test_the_model_agrees(tmp_path: Path) -> None:
    chain = Model()
    program = chain.deploy(load(written(tmp_path, FILES) / "one"))
    me, out, scale = (Key.of(bytes([n]) * 32) for n in (1, 2, 3))
    chain.airdrop(me, 10**9)
    chain.records[out] = Record(10**7, program, bytearray(account("Out", 0)))
    chain.records[scale] = Record(10**7, Key(OTHER_ID), bytearray(account("Scale", 7)))
    chain.run(program, "put", {"out": out, "scale": scale}, {"x": 3}, signers=[me])
    assert int.from_bytes(chain.data(out)[8:], "little") == EXPECTED


WRONG = {
    "from sums.nowhere import total": "E105",
    "from sums import total": "E105",
    "from sums.twice import nothing": "E106",
    "from nowhere.twice import total": "E104",
}


@pytest.mark.parametrize("line", WRONG)
def test_what_cannot_be_imported(tmp_path: Path, line: str) -> None:
    text = FILES["one/program.py"].replace("from sums.twice import total", line)
    with pytest.raises(UserError) as refused:
        build(written(tmp_path, {**FILES, "one/program.py": text}) / "one")
    assert refused.value.diagnostics[0].code == WRONG[line]


@pytest.mark.parametrize(
    "line", ["from sums.twice import total", "from one.program import Out", "from ..one import put"]
)
def test_a_library_does_not_lead_back(tmp_path: Path, line: str) -> None:
    files = {**FILES, "scale/factor.py": f"{line}\n{FILES['scale/factor.py']}"}
    with pytest.raises(UserError) as refused:
        build(written(tmp_path, files) / "one")
    assert {each.code for each in refused.value.diagnostics} & {"E104", "E107"}
