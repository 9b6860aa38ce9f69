"""What an error says to write, written: then the program compiles."""

import re
from pathlib import Path

import pytest
from conting_compiler.diagnostics import UserError
from conting_compiler.frontend import build

ADDRESS = 'declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")'
HEAD = f"from seahorse.prelude import *\n\n{ADDRESS}\n"
NO_ADDRESS = """
from seahorse.prelude import *

declare_id('')


@instruction
def go():
    pass
"""
CHAIN = """

class Chain(Account):
    head: Array[u8, 32]
    marks: Array[u16, 2]


@instruction
def go(chain: Chain, data: bytes, marks: List[u16]):
    chain.head = data[:32]
    chain.marks = marks
"""
OPEN = """

class Invitation(Account):
    guest: Pubkey


@instruction
def make(giver: UncheckedAccount, seat: Empty[Invitation]):
    seat.init(payer=giver, seeds=["seat"])


@instruction
def accept(payer: Signer, to: Invitation, mint: TokenMint, purse: Empty[TokenAccount]):
    purse.init(payer=payer, seeds=["purse"], mint=mint, authority=to.guest)
"""
RUST = """

class Ticket(TokenMint):
    seat: u64


class Hall(Account):
    seats: Vec[u64]
    owners: HashMap
    free: usize
    price: f32


@instruction
def go(hall: Hall):
    pass
"""


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        (NO_ADDRESS, ["declare_id('')"]),
        (NO_ADDRESS.replace("''", f"'{'1' * 32}'"), [f"declare_id('{'1' * 32}')"]),
        (HEAD + CHAIN, ["data[:32]", "marks\n"]),
    ],
    ids=["address", "system", "array"],
)
def test_what_is_said_compiles(source: str, wrong: list[str], tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(source)
    with pytest.raises(UserError) as caught:
        build(path)
    assert len(caught.value.diagnostics) == len(wrong)
    for found, text in zip(caught.value.diagnostics, wrong, strict=True):
        said = re.search(r"declare_id\(.*\)|(?<=write ')[^']*(?=')", found.help or "")
        assert said is not None
        before, _, after = source.rpartition(text)
        source = before + said[0] + text[len(text.rstrip()) :] + after
    path.write_text(source)
    build(path)


def test_a_key_in_place_of_an_account_is_told_to_be_a_parameter(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(HEAD + OPEN)
    with pytest.raises(UserError) as caught:
        build(path)
    assert [each.help for each in caught.value.diagnostics] == [
        "take 'giver' as a Signer",
        "take the account itself as a parameter, and give that",
    ]


def test_types_of_rust_and_classes_of_token_accounts_are_told_what_to_be(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(HEAD + RUST)
    with pytest.raises(UserError) as caught:
        build(path)
    assert [each.help for each in caught.value.diagnostics] == [
        "keep what it adds in an Account of your own, with the key of this one in a field",
        "write 'List[…]'",
        "use one account per key, at an address with the key among its seeds",
        "write 'u64'",
        "write 'f64'",
    ]


OPERATORS = """

class Light(Enum):
    RED = 0
    GREEN = 1


@dataclass
class Point:
    x: u8


class Data(Account):
    cells: Array[u8, 4]
    light: Light


@instruction
def go(data: Data, xs: List[u16], ys: List[i64], t: str, b: bytes, f: bool, n: u64, x: f64):
    point = Point(1)
    y = {}
"""


@pytest.mark.parametrize(
    ("wrong", "said", "right"),
    [
        ("xs + ys", "[u16(x) for x in ys]", "xs + [u16(x) for x in ys]"),
        ("[1] + ys + xs", "[i64(x) for x in xs]", "[1] + ys + [i64(x) for x in xs]"),
        ("ys + n", "[n]", "ys + [i64(n)]"),
        ("data.cells + xs", "list(data.cells)", "list(data.cells) + [u8(x) for x in xs]"),
        (
            "data.cells + data.cells",
            "list(data.cells) + list(data.cells)",
            "list(data.cells) + list(data.cells)",
        ),
        ("[f] + f", "[f]", "[f] + [f]"),
        ("b + t", "bytes_of(b, t)", "bytes_of(b, t)"),
        ("f + 1", "(1 if f else 0)", "(1 if f else 0) + 1"),
        ("n * f", "(1 if f else 0)", "n * (1 if f else 0)"),
        ("2 ** f", "(1 if f else 0)", "2 ** u8(1 if f else 0)"),
        ("f / 2", "(1 if f else 0)", "(1 if f else 0) / 2"),
        ("-f", "(1 if f else 0)", "-(1 if f else 0)"),
        ("~f", "not f", "not f"),
        ("x & 1", "i64(x)", "i64(x) & 1"),
        ("~x", "i64(x)", "~i64(x)"),
        ("xs - 1", "xs[0]", "xs[0] - 1"),
        ("data.light + 1", "1 if data.light == … else 2", "1 if data.light == Light.RED else 2"),
    ],
)
def test_an_operator_that_is_not_there_is_told_what_to_write(
    wrong: str, said: str, right: str, tmp_path: Path
) -> None:
    path = tmp_path / "program.py"
    path.write_text(HEAD + OPERATORS.format(wrong))
    with pytest.raises(UserError) as caught:
        build(path)
    (found,) = caught.value.diagnostics
    assert found.code == "E218"
    assert f"'{said}'" in (found.help or "")
    path.write_text(HEAD + OPERATORS.format(right))
    build(path)


def test_a_variant_with_a_comma_is_told_to_drop_it(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    text = f"{HEAD}\n\nclass Vote(Enum):\n    YES = 0,\n    NO = 1\n"
    text += "\n\n@instruction\ndef go(vote: Vote):\n    pass\n"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        build(path)
    assert [each.help for each in caught.value.diagnostics] == ["drop the comma: 'YES = 0'"]
    path.write_text(text.replace("0,", "0"))
    build(path)


@pytest.mark.parametrize(
    ("wrong", "said", "right"),
    [
        ("bytes_of(ys)", "bytes_of(Array(ys, 4))", "bytes_of(Array(ys, 4))"),
        ("sha256(ys)", "bytes_of(Array(ys, 4))", "sha256(bytes_of(Array(ys, 4)))"),
        ("bytes_of(point)", "give its fields", "bytes_of(point.x)"),
        ("bytes_of(data)", "data.key()", "bytes_of(data.key())"),
        ("bytes_of((n, f))[0]", "bytes_of((n, f)[0], (n, f)[1])", "bytes_of(n, f)[0]"),
        ("bytes_of([1, n])", "bytes_of(u64(1), n)", "bytes_of(u64(1), n)"),
        ("len(range(3))", "list(range(3))", "len(list(range(3)))"),
    ],
)
def test_what_has_no_bytes_or_length_is_told_what_to_write(
    wrong: str, said: str, right: str, tmp_path: Path
) -> None:
    path = tmp_path / "program.py"
    path.write_text(HEAD + OPERATORS.format(wrong).replace("ys: List[i64]", "ys: List[u8]"))
    with pytest.raises(UserError) as caught:
        build(path)
    (found,) = caught.value.diagnostics
    assert said in (found.help or "")
    path.write_text(HEAD + OPERATORS.format(right).replace("ys: List[i64]", "ys: List[u8]"))
    build(path)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("Optional[u64]", "write 'Option[…]'"),
        ("Union[u64, None]", "write 'Option[…]'"),
        ("u64 | None", "write 'Option[u64]'"),
        ("None | List[u8]", "write 'Option[List[u8]]'"),
        ("Any", "write the type itself"),
        ("Literal[3]", "derive a class from Enum"),
        ("Uint64", "write 'u64'"),
        ("int8", "write 'i8'"),
        ("Lst[u8]", "did you mean 'List'?"),
        ("Tuple[u64, u64]", "keep its values in fields of their own, or in a class"),
        ("None", "drop the field"),
        ("Signer", "keep an address as a Pubkey"),
    ],
)
def test_types_that_an_account_does_not_have(wrong: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    field = f"class Box(Account):\n    size: {wrong}\n"
    path.write_text(f"{HEAD}\n\n{field}\n\n@instruction\ndef go(box: Box):\n    pass\n")
    with pytest.raises(UserError) as caught:
        build(path)
    assert [each.help for each in caught.value.diagnostics] == [said]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('["box", [1]]', "write 'u8(1)'"),
        ('["box", 5]', "write its width, for example 'u8(5)'"),
        ('["box", [1, 300]]', "use a wider type or another number"),
    ],
)
def test_seeds_that_have_no_bytes(wrong: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    source = "\n\nclass Box(Account):\n    n: u64\n\n\n@instruction\n"
    source += f"def go(user: Signer, box: Empty[Box]):\n    box.init(user, {wrong})\n"
    path.write_text(HEAD + source)
    with pytest.raises(UserError) as caught:
        build(path)
    assert [each.help for each in caught.value.diagnostics] == [said]


KEPT = """

class Box(Account):
    n: u64
    row: Array[u8, 2]


@instruction
def go(user: Signer, empty: Empty[Box], box: Box):
    made = empty.init(user, seeds=["box"])
    {}
"""


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("made.save()", "drop the line: accounts are written as they are changed"),
        ("empty.save()", "drop the line: accounts are written as they are changed"),
        ("box.exit()", "drop the line: accounts are written as they are changed"),
        ("box.reload()", "drop the line: accounts are read anew each time"),
        ("user.save()", "drop the line: accounts are written as they are changed"),
    ],
)
def test_accounts_need_not_be_stored(wrong: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(HEAD + KEPT.format(wrong))
    with pytest.raises(UserError) as caught:
        build(path)
    assert [each.help for each in caught.value.diagnostics] == [said]


def test_new_arrays_are_stored_in_lines_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    wrong = "box.row, made.row = Array([u8(1), 2], 2), Array([u8(3), 4], 2)\n    box.row[0] = 5"
    path.write_text(HEAD + KEPT.format(wrong))
    with pytest.raises(UserError) as caught:
        build(path)
    said = "store a new one, in a line of its own: '… = Array(x, 2)'"
    assert {each.help for each in caught.value.diagnostics} == {said}
    right = "box.row = Array([u8(1), 2], 2)\n    made.row = Array([u8(3), 4], 2)\n"
    path.write_text(HEAD + KEPT.format(right + "    box.row[0] = 5"))
    build(path)


CHANGED = """

class Box(Account):
    n: u64
    x: f64
    row: Array[u32, 2]


@instruction
def go(box: Box, i: u8):
    unchecked("who calls it changes nothing of worth")
    k: i64 = 5
    {}
    box.n += u64(k)
"""


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("box.n *= 1.5", "box.n = u64(box.n * 1.5)"),
        ("k *= 1.5", "k = i64(k * 1.5)"),
        ("k -= box.x + 1", "k = i64(k - (box.x + 1))"),
        ("k **= 0.5", "k = i64(k ** 0.5)"),
        ("box.row[i - 1] += 0.5", "box.row[i - 1] = u32(box.row[i - 1] + 0.5)"),
        ("k /= 2", "k //= 2"),
    ],
)
def test_what_changes_an_integer_keeps_the_fraction_until_the_end(
    wrong: str, right: str, tmp_path: Path
) -> None:
    path = tmp_path / "program.py"
    path.write_text(HEAD + CHANGED.format(wrong))
    with pytest.raises(UserError) as caught:
        build(path)
    (found,) = caught.value.diagnostics
    said = f"write '{right}', which drops the fraction"
    assert found.help == ("use '//' for integer division" if "/=" in wrong else said)
    path.write_text(HEAD + CHANGED.format(right))
    build(path)


def test_rent_is_asked_of_a_parameter(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(HEAD + CHANGED.format("k = i64(rent_exempt_lamports(440))"))
    with pytest.raises(UserError) as caught:
        build(path)
    (found,) = caught.value.diagnostics
    said = "take a parameter 'rent: Rent', and write 'rent.minimum_balance(…)'"
    assert found.help == said
    right = CHANGED.format("k = i64(rent.minimum_balance(440))")
    path.write_text(HEAD + right.replace("i: u8", "i: u8, rent: Rent"))
    build(path)


def test_a_property_is_a_method(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    source = """

class Box(Account):
    n: u64

    @property
    def twice(self) -> u64:
        return self.n * 2


@instruction
def go(box: Box):
    print(box.twice)
"""
    path.write_text(HEAD + source)
    with pytest.raises(UserError) as caught:
        build(path)
    assert [(each.code, each.help) for each in caught.value.diagnostics] == [
        ("E110", "drop the decorator, and call it: 'x.twice()'")
    ]
    method = source.replace("    @property\n", "")
    path.write_text(HEAD + method)
    with pytest.raises(UserError) as caught:
        build(path)
    assert [each.help for each in caught.value.diagnostics] == ["call it: 'box.twice()'"]
    path.write_text(HEAD + method.replace("box.twice", "box.twice()"))
    build(path)


def test_a_list_is_not_told_to_hold_what_it_cannot(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(HEAD + OPERATORS.format("[0] * 3 + point"))
    with pytest.raises(UserError) as caught:
        build(path)
    (found,) = caught.value.diagnostics
    assert found.help == "such a list takes elements of type i64, and no Point"


def test_an_option_beside_a_value_is_told_to_be_tested_first(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    text = f"{HEAD}\n\nclass Box(Account):\n    owner: Option[Pubkey]\n"
    text += "\n\n@instruction\ndef go(box: Box, user: Signer):\n    owner = box.owner\n"
    wrong = "    assert owner == user.key()\n"
    path.write_text(text + wrong)
    with pytest.raises(UserError) as caught:
        build(path)
    (found,) = caught.value.diagnostics
    assert (found.code, "assert owner is not None" in (found.help or "")) == ("E212", True)
    path.write_text(text + "    assert owner is not None, 'nobody'\n" + wrong)
    build(path)
