"""What a called program reads and writes of the caller's accounts, on CPython, v3 and v0.

A program calls itself, and one that reads its account. In between, fields of every size change, and
names that were read before keep what was read.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
from conting_compiler.driver import compile_program
from conting_compiler.ir.faults import Fault
from conting_compiler.link.linker import Arch
from seahorse.prelude import Pubkey

from tests.compiler.differential.pair import Pair

ANN = Pubkey.of(bytes([1]) * 32)
HALL = "6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE"
DESK = "HFQhM2FYhiP1mbpVFnpHZ7hJf5xFzekJAjqoxexvKA5Q"
FILES = {
    "hall/state.py": """
from seahorse.prelude import *


@dataclass
class Point:
    x: u64
    who: Pubkey


class Box(Account):
    seen: u64
    who: Pubkey
    cells: Array[u64, 2]
    point: Point
    names: List[str]
    note: str
    maybe: Option[u64]


class Said(Event):
    text: str

    def __init__(self, text: str):
        self.text = text


def joined(texts: List[str]) -> str:
    result = ""
    for each in texts:
        result += each + ";"
    return result


def say(text: str):
    said = Said(text)
    said.emit()


def change(box: Box, n: u64, word: str):
    who = Pubkey.from_bytes(sha256(bytes_of(word))[:32])
    box.seen += n
    box.who = who
    box.cells[1] += n
    box.point.x += n
    box.point.who = who
    box.names.insert(0, word)
    box.note = f"{box.note}{word}!"
    box.maybe = n
""",
    "hall/program.py": f"""
from seahorse.prelude import *
from .state import Box, change, joined, say

declare_id("{HALL}")
DESK = Pubkey("{DESK}")
HALL = Pubkey("{HALL}")


@instruction
def make(user: Signer, box: Empty[Box], space: u64):
    box.init(payer=user, seeds=["box"], space=space)


@instruction
def make_another(user: Signer, box: Empty[Box]):
    box.init(payer=user, seeds=["another"], space=500)


@instruction
def put(box: Box, n: u64, word: str):
    change(box, n, word)


@instruction
def end(box: Box, user: Signer):
    unchecked("a box of nobody")
    box.close(user)


@instruction
def around(box: Box, program: Program, call: List[u8], n: u64, word: str):
    assert program.key() == HALL or program.key() == DESK
    change(box, n, word)
    who, note, names, point = box.who, box.note, box.names, box.point
    key, first, maybe, cells = point.who, names[0], box.maybe, box.cells[1]
    program.invoke(accounts=[CpiAccount(box, mut=True)], data=call)
    say(f"{{who}} {{note}} {{joined(names)}} {{point.x}} {{key}}")
    say(f"{{first}} {{maybe is None}} {{cells}}")
    say(f"{{box.who}} {{box.note}} {{joined(box.names)}} {{box.point.x}} {{box.seen}}")
    say(f"{{box.point.who == key}} {{box.cells[1]}} {{box.maybe is None}}")
    names.append("kept")
    change(box, n, "later")
    program.invoke(accounts=[CpiAccount(box, mut=True)], data=call)
    say(f"{{who == box.who}} {{note}} {{joined(names)}} {{first}} {{joined(box.names)}}")


@instruction
def around_the_end(box: Box, user: Signer, program: Program, call: List[u8], n: u64):
    assert program.key() == HALL
    change(box, n, "last")
    note, who = box.note, box.who
    program.invoke(
        accounts=[CpiAccount(box, mut=True), CpiAccount(user, mut=True, signer=True)], data=call
    )
    say(f"{{note}} {{who}}")


@instruction
def around_any(box: Box, any_: UncheckedAccount, program: Program, call: List[u8]):
    assert program.key() == HALL
    note = box.note
    program.invoke(accounts=[CpiAccount(any_, mut=True)], data=call)
    say(f"{{note}} {{box.note}} {{box.seen}}")


@instruction
def pay_any(box: Box, any_: UncheckedAccount, user: Signer):
    user.transfer_lamports(any_, 5)
    say(box.note)
""",
    "desk/program.py": f"""
from seahorse.prelude import *
from hall.state import Box

declare_id("{DESK}")


class Read(Event):
    text: str

    def __init__(self, text: str):
        self.text = text


@instruction
def look(box: Box):
    names = ""
    for each in box.names:
        names += each + ";"
    read = Read(f"{{names}} {{box.note}} {{box.point.x}} {{box.seen}}")
    read.emit()


@instruction
def around_any(box: Box, any_: UncheckedAccount, program: Program, call: List[u8]):
    assert program.key() == Pubkey("{HALL}")
    note = box.note
    program.invoke(accounts=[CpiAccount(any_, mut=True)], data=call)
    read = Read(f"{{note}} {{box.note}} {{box.seen}}")
    read.emit()
""",
}
DEEP = f"""
from seahorse.prelude import *

declare_id("{HALL}")


class Log(Account):
    count: u64
    items: List[u64]


@instruction
def start(user: Signer, log: Empty[Log]):
    log.init(payer=user, seeds=["log"], space=400)


@instruction
def dive(log: Log, program: Program, n: u64) -> u64:
    assert program.key() == Pubkey("{HALL}")
    log.items.append(n)
    log.count += 1
    if n > 0:
        program.invoke(
            accounts=[CpiAccount(log, mut=True), CpiAccount(program)],
            data=bytes_of({sha256(b"global:dive").digest()[:8]!r}, n - 1),
        )
        log.items.append(100 + n)
    return n
"""
NUMBERS = f"""
from seahorse.prelude import *

declare_id("{HALL}")


class Side(Enum):
    LEFT = 0
    RIGHT = 1


class Cup(Account):
    count: u64
    large: u128
    full: bool
    share: f64
    side: Side


def hand(any_: UncheckedAccount, program: Program, n: u64):
    program.invoke(
        accounts=[CpiAccount(any_, mut=True), CpiAccount(program)],
        data=bytes_of({sha256(b"global:fill").digest()[:8]!r}, n),
    )


@instruction
def start(user: Signer, cup: Empty[Cup]):
    cup.init(payer=user, seeds=["cup"])


@instruction
def fill(cup: Cup, program: Program, n: u64) -> u64:
    assert program.key() == Pubkey("{HALL}")
    count, large, full, share, side = cup.count, cup.large, cup.full, cup.share, cup.side
    cup.count += n
    cup.large += 2 ** 70
    cup.full = not cup.full
    cup.share += 0.25
    cup.side = Side.RIGHT if cup.side == Side.LEFT else Side.LEFT
    if n > 0:
        hand(cup, program, n - 1)
        assert cup.count == count + n * (n + 1) // 2 and cup.large == large + u128(n + 1) * 2 ** 70
        assert cup.full == (full if n % 2 == 1 else not full), "full"
        assert (cup.side == side) == (n % 2 == 1) and cup.share > share
    return count + cup.count
"""


def call(name: str, *parts: bytes) -> list[int]:
    """The data of an instruction."""
    return list(sha256(f"global:{name}".encode()).digest()[:8] + b"".join(parts))


def number(value: int) -> bytes:
    """A u64."""
    return value.to_bytes(8, "little")


def text(value: str) -> bytes:
    """A str."""
    return len(value.encode()).to_bytes(4, "little") + value.encode()


@dataclass(frozen=True, slots=True)
class Programs:
    """Two programs on both machines, and the first one's account."""

    pair: Pair
    desk: Pair
    box: Pubkey


@pytest.fixture(params=["v3", "v0"])
def programs(request: pytest.FixtureRequest, tmp_path: Path) -> Programs:
    arch: Arch = request.param
    for name, source in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source)
    hall, desk = tmp_path / "hall", tmp_path / "desk"
    pair = Pair(hall, compile_program(hall, arch=arch), [ANN])
    other = pair.beside(desk, compile_program(desk, arch=arch))
    return Programs(pair, other, pair.address(b"box"))


def test_a_program_calls_itself(programs: Programs) -> None:
    pair, box = programs.pair, programs.box
    assert pair.run("make", {"user": ANN, "box": box}, {"space": 500}) == 0
    for n, word in ((3, "one"), (5, ""), (7, "caf\u00e9")):
        again = call("put", number(n + 1), text(word + "+"))
        given = {"call": again, "n": n, "word": word}
        assert pair.run("around", {"box": box, "program": pair.program}, given) == 0


@pytest.mark.slow
def test_what_has_no_room_is_refused_before_the_call(programs: Programs) -> None:
    pair, box = programs.pair, programs.box
    assert pair.run("make", {"user": ANN, "box": box}, {"space": 250}) == 0
    accounts = {"box": box, "program": pair.program}
    for size in (0, 10, 40, 90, 200):
        given = {"call": call("put", number(1), text("x" * size)), "n": 1, "word": "y" * size}
        found = pair.run("around", accounts, given)
        assert found in {0, Fault.ACCOUNT_FULL}
    assert found == Fault.ACCOUNT_FULL


@pytest.mark.slow
def test_a_program_ends_an_account_that_it_is_at_work_on(programs: Programs) -> None:
    pair, box = programs.pair, programs.box
    assert pair.run("make", {"user": ANN, "box": box}, {"space": 500}) == 0
    accounts = {"box": box, "user": ANN, "program": pair.program}
    assert pair.run("around_the_end", accounts, {"call": call("end"), "n": 2}) == 0


@pytest.mark.slow
def test_another_program_reads_what_was_just_written(programs: Programs) -> None:
    pair, box, desk = programs.pair, programs.box, programs.desk.program
    assert pair.run("make", {"user": ANN, "box": box}, {"space": 500}) == 0
    given = {"call": call("look"), "n": 4, "word": "t\u00e9"}
    for _ in range(2):
        assert pair.run("around", {"box": box, "program": desk}, given) == 0


@pytest.mark.slow
def test_what_a_call_may_write_is_no_second_place_of_an_account(programs: Programs) -> None:
    """Its fields are known from before the call."""
    pair, box, another = programs.pair, programs.box, programs.pair.address(b"another")
    assert pair.run("make", {"user": ANN, "box": box}, {"space": 500}) == 0
    assert pair.run("make_another", {"user": ANN, "box": another}) == 0
    given = {"call": call("put", number(1), text("word"))}
    for each in (pair, programs.desk):
        accounts = {"box": box, "program": pair.program}
        assert each.run("around_any", {**accounts, "any_": another}, given) == 0
        twice = each.run("around_any", {**accounts, "any_": box}, given)
        assert twice == Fault.SAME_ACCOUNT_TWICE
    assert pair.run("pay_any", {"box": box, "any_": box, "user": ANN}) == 0


@pytest.mark.slow
@pytest.mark.parametrize("arch", ["v3", "v0"])
def test_a_program_calls_itself_four_deep(arch: Arch, tmp_path: Path) -> None:
    path = tmp_path / "deep.py"
    path.write_text(DEEP)
    pair = Pair(path, compile_program(path, arch=arch), [ANN])
    accounts = {"log": pair.address(b"log"), "program": pair.program}
    assert pair.run("start", {"user": ANN, "log": accounts["log"]}) == 0
    assert [pair.run("dive", accounts, {"n": n}) for n in range(5)] == [0] * 5
    assert pair.run("dive", accounts, {"n": 5}) == "CallDepth"


@pytest.mark.slow
@pytest.mark.parametrize("arch", ["v3", "v0"])
def test_an_account_of_numbers_is_handed_on_as_any(arch: Arch, tmp_path: Path) -> None:
    path = tmp_path / "numbers.py"
    path.write_text(NUMBERS)
    pair = Pair(path, compile_program(path, arch=arch), [ANN])
    accounts = {"cup": pair.address(b"cup"), "program": pair.program}
    assert pair.run("start", {"user": ANN, "cup": accounts["cup"]}) == 0
    assert [pair.run("fill", accounts, {"n": n}) for n in range(4)] == [0] * 4
