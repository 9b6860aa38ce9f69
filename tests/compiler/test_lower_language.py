"""Statements, functions, text and values on the chain; Python says what is expected."""

import hashlib
import struct
from pathlib import Path

import pytest
from conting_compiler.ir.faults import Fault
from solders.account import Account
from solders.instruction import AccountMeta
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.transaction_metadata import FailedTransactionMetadata

from tests.compiler.typed_programs import FAILED, FORMS, Chain, borsh, build_source, discriminator

pytestmark = pytest.mark.slow

SOURCE = '''
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")

LIMIT = u64(1000)
NOBODY = Pubkey.default()

class Fail(Errors):
    """Errors."""
    WRONG = "wrong"
    ODD_ONE = "an odd one"

class Color(Enum):
    """Colors."""
    RED = 0
    GREEN = 1

class Note(Account):
    """A note."""
    key: Pubkey
    other: Pubkey
    numbers: Array[u16, 4]
    keys: Array[Pubkey, 2]
    color: Color
    title: str
    body: str

def many(a: u8, b: str, c: Pubkey, d: i64, e: bool, f: str) -> u64:
    """More words than there are registers."""
    if e:
        return u64(a) + u64(d) + len(b) + len(f)
    assert c != NOBODY, Fail.ODD_ONE
    return u64(0)

def pick(first: Pubkey, second: Pubkey, one: bool) -> Pubkey:
    """One of two keys."""
    if one:
        return first
    return second

def greeting(name: str) -> str:
    """Text from a function."""
    return f"hello {name}"

def swap(note: Note, key: Pubkey) -> None:
    """Writes a field and reads its own argument afterwards."""
    note.key = note.other
    note.other = key

def bump(note: Note) -> u16:
    """A function with an effect."""
    note.numbers[0] += 1
    return note.numbers[0]

@instruction
def call_many(a: u8, b: str, c: Pubkey, d: i64, e: bool, f: str, expected: u64) -> None:
    """Calls it."""
    assert many(a, b, c, d, e, f) == expected, Fail.WRONG

@instruction
def loop(start: i64, stop: i64, expected: i64, last: i64) -> None:
    """Sum of a range, and its variable afterwards."""
    total = i64(0)
    at = i64(-99)
    for n in range(start, stop):
        total += n
        at = n
    assert total == expected, Fail.WRONG
    assert at == last, Fail.ODD_ONE

@instruction
def loop_down(start: i64, stop: i64, rounds: u64, last: i64) -> None:
    """Steps of -3."""
    count = u64(0)
    at = i64(-99)
    for n in range(start, stop, -3):
        count += 1
        at = n
    assert count == rounds, Fail.WRONG
    assert at == last, Fail.ODD_ONE

@instruction
def loop_up(start: i64, stop: i64, rounds: u64, last: i64) -> None:
    """Steps of 5."""
    count = u64(0)
    at = i64(-99)
    for n in range(start, stop, 5):
        count += 1
        at = n
    assert count == rounds, Fail.WRONG
    assert at == last, Fail.ODD_ONE

@instruction
def break_and_continue(limit: u64, expected: u64) -> None:
    """Adds odd numbers up to the limit."""
    total = u64(0)
    n = u64(0)
    while True:
        n += 1
        if n > limit:
            break
        if n % 2 == 0:
            continue
        total += n
    assert total == expected, Fail.WRONG

@instruction
def choose(a: i64, expected: i64) -> None:
    """Conditions."""
    kind = i64(0)
    if a < -5 or a == 3:
        kind = 1
    elif not (a > 10 and a != 12):
        kind = 2
    else:
        kind = 3 if a > 100 else 4
    assert kind == expected, Fail.WRONG

@instruction
def between(low: u64, a: u64, high: u64, expected: bool) -> None:
    """A chain of comparisons as a value."""
    inside = low <= a < high
    assert inside == expected, Fail.WRONG

@instruction
def short_circuit(a: u64, b: u64, expected: bool) -> None:
    """The division happens only where it may."""
    divides = b != 0 and a % b == 0
    assert divides == expected, Fail.WRONG

@instruction
def number_text(a: u64, b: i64, c: u8, expected: str) -> None:
    """Numbers in an f-string."""
    text = f"<{a}|{b}|{c}>"
    assert text == expected, Fail.WRONG

@instruction
def all_bytes(a: u16, b: i64, c: bool, key: Pubkey, name: str, expected: Array[u8, 32]) -> None:
    """bytes_of and sha256."""
    data = bytes_of(b"domain", a, b, c, Color.GREEN, key, name, b"!")
    assert sha256(data) == expected, Fail.WRONG

@instruction
def index(numbers: Array[u16, 4], at: i64, expected: u16) -> None:
    """An element."""
    assert numbers[at] == expected, Fail.WRONG

@instruction
def unsigned_index(numbers: Array[u16, 4], at: u8, expected: u16) -> None:
    """An element."""
    assert numbers[at] == expected, Fail.WRONG

@instruction
def literal(at: u8, expected: u64) -> None:
    """An array that is made here, and an alias of it."""
    numbers: Array[u64, 3] = [u64(5), u64(6), u64(7)]
    alias = numbers
    alias[1] = LIMIT
    assert numbers[at] == expected, Fail.WRONG

@instruction
def total(numbers: Array[u16, 4], expected: u16) -> None:
    """Over an array."""
    result = u16(0)
    for number in numbers:
        result += number
    assert result == expected, Fail.WRONG

@instruction
def curve(key: Pubkey, expected: bool) -> None:
    """Whether it is a point."""
    assert key.is_on_curve() == expected, Fail.WRONG

@instruction
def keys(note: Note, one: bool, expected: Pubkey) -> None:
    """A function that gives a key."""
    assert pick(note.key, note.other, one) == expected, Fail.WRONG

@instruction
def kept(note: Note, key: Pubkey) -> None:
    """A key that was read stays what it was."""
    before = note.key
    old = before
    note.key = key
    before = note.key
    assert old != key, Fail.WRONG
    assert before == key, Fail.ODD_ONE
    note.other = old

@instruction
def swapped(note: Note) -> None:
    """Arguments are values."""
    swap(note, note.key)

@instruction
def order(note: Note) -> None:
    """Left is evaluated before right."""
    assert note.numbers[0] - bump(note) + 1 == 0, Fail.WRONG

@instruction
def array_field(note: Note, numbers: Array[u16, 4], keys: Array[Pubkey, 2]) -> None:
    """Arrays are written whole."""
    note.numbers = numbers
    note.keys = keys
    note.keys[0] = note.keys[1]
    note.numbers[-1] = note.numbers[0]
    note.color = Color.GREEN
    assert note.numbers == note.numbers, Fail.WRONG

@instruction
def text_field(note: Note, title: str, joined: str) -> None:
    """Text of an account."""
    assert note.title == title, Fail.WRONG
    assert f"{greeting(note.title)}, {note.body}" == joined, Fail.ODD_ONE

@instruction
def exhaust(text: str) -> None:
    """Fills the heap."""
    while True:
        copy = f"{text}{text}"
        assert len(copy) > 0, Fail.WRONG

@instruction
def move(payer: Signer, other: UncheckedAccount, amount: u64) -> None:
    """Lamports by the System program."""
    payer.transfer_lamports(other, amount)

@instruction
def take(note: Note, other: UncheckedAccount, amount: u64) -> None:
    """Lamports of our own account."""
    unchecked("the test takes them as it likes")
    note.transfer_lamports(other, amount)

@instruction
def odd() -> None:
    """Fails by name."""
    assert False, Fail.ODD_ONE
'''


@pytest.fixture(scope="module", params=FORMS)
def elf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return build_source(SOURCE, tmp_path_factory.mktemp("language"), request.param)


@pytest.fixture(scope="module")
def chain(elf: bytes) -> Chain:
    return Chain(elf)


@pytest.mark.parametrize(
    ("a", "b", "d", "f"), [(1, "zwölf", 5, ""), (255, "", 2**40, "x" * 40), (0, "a", 0, "é")]
)
def test_function_of_many_words(chain: Chain, a: int, b: str, d: int, f: str) -> None:
    head = bytes([a]) + borsh(b) + bytes(32) + struct.pack("<qB", d, 1) + borsh(f)
    expected = a + d + len(b) + len(f)
    assert chain.run("call_many", head + struct.pack("<Q", expected)) == 0
    assert chain.run("call_many", head + struct.pack("<Q", expected + 1)) == FAILED


def test_errors_come_through_a_call(chain: Chain) -> None:
    def call(key: bytes, d: int, *, e: bool) -> int:
        data = b"\1" + borsh("") + key + struct.pack("<q?", d, e) + borsh("") + bytes(8)
        return chain.run("call_many", data)

    assert call(bytes(32), 0, e=False) == FAILED + 1
    assert call(bytes(31) + b"\1", 0, e=False) == 0
    assert call(bytes(32), -1, e=True) == Fault.CONVERSION


RANGES = [(0, 5), (5, 0), (-3, 4), (7, 7), (-(2**63), -(2**63) + 3), (2**63 - 3, 2**63 - 1)]


@pytest.mark.parametrize(("start", "stop"), RANGES)
def test_ranges(chain: Chain, start: int, stop: int) -> None:
    numbers = range(start, stop)
    total, last = sum(numbers), numbers[-1] if numbers else -99
    fits = -(2**63) <= total < 2**63
    code = chain.run("loop", struct.pack("<4q", start, stop, total if fits else 0, last))
    assert code == (0 if fits else Fault.OVERFLOW)


STEPS = [*RANGES, (9, 0), (10, 0), (11, 0), (0, 11), (0, 10), (2**63 - 9, 2**63 - 1),
         (-(2**63) + 7, -(2**63)), (2**63 - 1, 2**63 - 8)]  # fmt: skip


@pytest.mark.parametrize(("start", "stop"), STEPS)
@pytest.mark.parametrize(("name", "step"), [("loop_down", -3), ("loop_up", 5)])
def test_ranges_with_a_step(chain: Chain, name: str, step: int, start: int, stop: int) -> None:
    numbers = range(start, stop, step)
    last = numbers[-1] if numbers else -99
    assert chain.run(name, struct.pack("<qqQq", start, stop, len(numbers), last)) == 0


@pytest.mark.parametrize("limit", [0, 1, 2, 9, 50])
def test_break_and_continue(chain: Chain, limit: int) -> None:
    total = sum(range(1, limit + 1, 2))
    assert chain.run("break_and_continue", struct.pack("<QQ", limit, total)) == 0


@pytest.mark.parametrize("a", [-6, -5, 3, 4, 10, 11, 12, 13, 100, 101, 2**62])
def test_choices(chain: Chain, a: int) -> None:
    if a < -5 or a == 3:
        kind = 1
    elif not (a > 10 and a != 12):
        kind = 2
    else:
        kind = 3 if a > 100 else 4
    assert chain.run("choose", struct.pack("<qq", a, kind)) == 0


@pytest.mark.parametrize("case", [(1, 1, 2), (1, 2, 2), (2, 1, 3), (0, 2**64 - 1, 2**64 - 1)])
def test_chain_of_comparisons(chain: Chain, case: tuple[int, int, int]) -> None:
    low, a, high = case
    assert chain.run("between", struct.pack("<3Q?", *case, low <= a < high)) == 0


@pytest.mark.parametrize(("a", "b"), [(6, 3), (6, 4), (6, 0), (0, 0)])
def test_short_circuit(chain: Chain, a: int, b: int) -> None:
    assert chain.run("short_circuit", struct.pack("<QQ?", a, b, b != 0 and a % b == 0)) == 0


NUMBERS = [0, 1, 9, 10, 99, 100, 10**19, 10**19 - 1, 2**64 - 1, 2**63]
SIGNED = [0, -1, -9, -10, -(2**63), 2**63 - 1, 7, -(2**63) + 1, 10**18, -(10**18)]


@pytest.mark.parametrize(("a", "b"), list(zip(NUMBERS, SIGNED, strict=True)))
def test_numbers_in_text(chain: Chain, a: int, b: int) -> None:
    data = struct.pack("<QqB", a, b, a % 256) + borsh(f"<{a}|{b}|{a % 256}>")
    assert chain.run("number_text", data) == 0


def test_bytes_of_and_sha256(chain: Chain) -> None:
    key, name = bytes(range(32)), "some näme"
    whole = b"domain" + struct.pack("<HqBB", 65_000, -5, 1, 1) + key + name.encode() + b"!"
    head = struct.pack("<HqB", 65_000, -5, 1) + key + borsh(name)
    assert chain.run("all_bytes", head + hashlib.sha256(whole).digest()) == 0
    assert chain.run("all_bytes", head + bytes(32)) == FAILED


ELEMENTS = (10, 20, 30, 65_535)


@pytest.mark.parametrize("at", [-(2**63), -5, -4, -1, 0, 3, 4, 2**63 - 1])
def test_index(chain: Chain, at: int) -> None:
    inside = -4 <= at < 4
    data = struct.pack("<4Hq", *ELEMENTS, at) + struct.pack("<H", ELEMENTS[at] if inside else 0)
    assert chain.run("index", data) == (0 if inside else Fault.INDEX)


@pytest.mark.parametrize("at", [0, 3, 4, 255])
def test_unsigned_index(chain: Chain, at: int) -> None:
    inside = at < 4
    data = struct.pack("<4HBH", *ELEMENTS, at, ELEMENTS[at] if inside else 0)
    assert chain.run("unsigned_index", data) == (0 if inside else Fault.INDEX)


def test_array_of_the_program(chain: Chain) -> None:
    for at, value in enumerate((5, 1000, 7)):
        assert chain.run("literal", struct.pack("<BQ", at, value)) == 0
    assert chain.run("literal", struct.pack("<BQ", 3, 0)) == Fault.INDEX


def test_loop_over_an_array(chain: Chain) -> None:
    assert chain.run("total", struct.pack("<5H", 1, 2, 3, 4, 10)) == 0
    assert chain.run("total", struct.pack("<5H", 1, 2, 3, 65_535, 0)) == Fault.OVERFLOW


def test_curve(chain: Chain) -> None:
    on = Keypair().pubkey()
    off, _ = Pubkey.find_program_address([b"x"], chain.program)
    assert chain.run("curve", bytes(on) + b"\1") == 0
    assert chain.run("curve", bytes(off) + b"\0") == 0
    assert chain.run("curve", bytes(off) + b"\1") == FAILED


KEY, OTHER = bytes(range(32)), bytes(range(32, 64))


def note_data(
    key: bytes = KEY,
    other: bytes = OTHER,
    numbers: tuple[int, ...] = (1, 2, 3, 4),
    keys: bytes = bytes(64),
    color: int = 0,
) -> bytes:
    fixed = key + other + struct.pack("<4H", *numbers) + keys + bytes([color])
    return discriminator("account", "Note") + fixed + borsh("a title") + borsh("a body")


def note(chain: Chain, data: bytes | None = None) -> Pubkey:
    return chain.put(note_data() if data is None else data)


def written(chain: Chain, name: str, data: bytes = b"") -> bytes:
    key = note(chain)
    assert chain.run(name, data, [AccountMeta(key, is_signer=False, is_writable=True)]) == 0
    found = chain.svm.get_account(key)
    assert found is not None
    return bytes(found.data)


def test_key_from_a_function(chain: Chain) -> None:
    accounts = [AccountMeta(note(chain), is_signer=False, is_writable=False)]
    assert chain.run("keys", b"\1" + KEY, accounts) == 0
    assert chain.run("keys", b"\0" + OTHER, accounts) == 0
    assert chain.run("keys", b"\0" + KEY, accounts) == FAILED


def test_keys_are_values(chain: Chain) -> None:
    new = bytes(reversed(range(32)))
    assert written(chain, "kept", new) == note_data(new, KEY)
    assert written(chain, "swapped") == note_data(OTHER, KEY)


def test_order_of_evaluation(chain: Chain) -> None:
    key = note(chain)
    accounts = [AccountMeta(key, is_signer=False, is_writable=True)]
    assert chain.run("order", b"", accounts) == Fault.OVERFLOW  # 1 - 2, before the 1 is added


def test_arrays_of_an_account(chain: Chain) -> None:
    keys = bytes(64 + i for i in range(64))
    found = written(chain, "array_field", struct.pack("<4H", 9, 8, 7, 6) + keys)
    assert found == note_data(numbers=(9, 8, 7, 9), keys=keys[32:] * 2, color=1)


def test_text_of_an_account(chain: Chain) -> None:
    accounts = [AccountMeta(note(chain), is_signer=False, is_writable=False)]
    right = borsh("a title") + borsh("hello a title, a body")
    assert chain.run("text_field", right, accounts) == 0
    assert chain.run("text_field", borsh("a titlE") + borsh(""), accounts) == FAILED
    assert chain.run("text_field", borsh("a titl") + borsh(""), accounts) == FAILED
    assert chain.run("text_field", borsh("a title") + borsh("hello"), accounts) == FAILED + 1


@pytest.mark.parametrize("length", [40, 100, 500])
def test_heap_is_exhausted_by_name(chain: Chain, length: int) -> None:
    assert chain.run("exhaust", borsh("x" * length)) == Fault.TOO_LONG


def lamports(chain: Chain, key: Pubkey) -> int:
    found = chain.svm.get_account(key)
    return 0 if found is None else int(found.lamports)


def test_lamports_by_the_system_program(chain: Chain) -> None:
    target = Pubkey.new_unique()
    accounts = [
        AccountMeta(chain.payer.pubkey(), is_signer=True, is_writable=True),
        AccountMeta(target, is_signer=False, is_writable=True),
        AccountMeta(Pubkey.default(), is_signer=False, is_writable=False),
    ]
    assert chain.run("move", struct.pack("<Q", 5_000_000), accounts) == 0
    assert lamports(chain, target) == 5_000_000


def test_lamports_of_an_account(chain: Chain) -> None:
    source, target = note(chain), Pubkey.new_unique()
    rich = chain.svm.get_account(source)
    assert rich is not None
    rent = rich.lamports
    chain.svm.set_account(source, Account(rent + 3_000_000, bytes(rich.data), chain.program))
    accounts = [AccountMeta(key, is_signer=False, is_writable=True) for key in (source, target)]

    def take(amount: int) -> int:
        return chain.run("take", struct.pack("<Q", amount), accounts)

    assert take(rent + 3_000_001) == Fault.LAMPORTS
    assert take(2**64 - 1) == Fault.LAMPORTS
    assert take(3_000_000) == 0
    assert (lamports(chain, source), lamports(chain, target)) == (rent, 3_000_000)


def test_log_of_a_failed_check(chain: Chain) -> None:
    outcome = chain.send(chain.call("odd"))
    assert isinstance(outcome, FailedTransactionMetadata)
    line = (
        "Program log: AnchorError occurred. Error Code: OddOne. Error Number: 6001. "
        "Error Message: an odd one."
    )
    assert line in outcome.meta().logs()


def test_source_is_one_file(tmp_path: Path) -> None:
    """The same text compiles to the same bytes."""
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    assert build_source(SOURCE, first) == build_source(SOURCE, second)
