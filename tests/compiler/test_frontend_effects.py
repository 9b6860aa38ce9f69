"""Which accounts an instruction writes, which programs it needs, how addresses are derived."""

from pathlib import Path

import pytest
from conting_compiler.frontend import build
from conting_compiler.ir.typed import (
    AccountPdaSeed,
    ArgumentPdaSeed,
    ConstPdaSeed,
    Instruction,
    Pda,
    PdaSeed,
)
from solders.pubkey import Pubkey as Key

_HEAD = """
from seahorse.prelude import *
declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")
class Plain(Account):
    number: u64
    data: Array[u8, 4]
class Box(Account):
    owner: Pubkey
    number: u16
    bump: u8
    def seeds(self) -> Seeds:
        return ["box", self.owner, self.number]
"""


def _instructions(folder: Path, text: str) -> dict[str, Instruction]:
    path = folder / "example.py"
    path.write_text(_HEAD + text)
    return {each.name: each for each in build(path).instructions}


def _written(folder: Path, parameters: str, *body: str, helpers: str = "") -> set[str]:
    lines = "".join(f"    {line}\n" for line in ("unchecked('a test')", *body))
    text = f"{helpers}\n@instruction\ndef go({parameters}) -> None:\n{lines}"
    return {a.name for a in _instructions(folder, text)["go"].accounts if a.writable}


_SET = "def put(t: Plain) -> None:\n    t.number = 1\n"
_FILL = "def fill(d: Array[u8, 4]) -> None:\n    d[0] = 1\n"
_DEEP = _SET + "def deep(a: Plain, b: Plain) -> None:\n    put(b)\n"
_PICK = "def pick(a: Plain, b: Plain, c: bool) -> Plain:\n    return a if c else b\n"
_ARRAY = "def data(a: Plain) -> Array[u8, 4]:\n    return a.data\n"
_METHOD = (
    "class Own(Account):\n    number: u64\n"
    "    def grow(self, by: u64) -> None:\n        self.number += by\n"
)


@pytest.mark.parametrize(
    ("parameters", "body", "helpers", "written"),
    [
        ("a: Plain, b: Plain", "x = a.number + b.number", "", ""),
        ("a: Plain, b: Plain", "a.number = b.number", "", "a"),
        ("a: Plain, b: Plain", "a.data[0] += b.data[1]", "", "a"),
        ("a: Plain, b: Plain", "put(b)", _SET, "b"),
        ("a: Plain, b: Plain", "deep(b, a)", _DEEP, "a"),
        ("a: Plain, b: Plain", "deep(b=a, a=b)", _DEEP, "a"),
        ("a: Plain, b: Plain", "x = b; x.number = 1", "", "b"),
        ("a: Plain, b: Plain, c: bool", "x = a if c else b; x.number = 1", "", "a b"),
        ("a: Plain, b: Plain, c: bool", "x = pick(a, b, c); y = x; put(y)", _PICK + _SET, "a b"),
        ("a: Plain, b: Plain, c: bool", "pick(a, a, c).number = 1", _PICK, "a"),
        ("a: Plain, b: Plain", "x = a.data; x[0] = 1", "", "a"),
        ("a: Plain, b: Plain", "fill(b.data)", _FILL, "b"),
        ("a: Plain, b: Plain", "fill(data(b))", _FILL + _ARRAY, "b"),
        ("a: Plain, d: Array[u8, 4]", "fill(d); a.key()", _FILL, ""),
        ("a: Own, b: Own", "a.grow(b.number)", _METHOD, "a"),
        ("s: Signer, b: UncheckedAccount", "s.transfer_lamports(b, 1)", "", "s b"),
        ("a: Plain, b: UncheckedAccount", "a.transfer_lamports(b, 1)", "", "a b"),
        ("a: Plain, s: Signer", "x = a.lamports() + s.lamports()", "", ""),
        ("s: Signer, e: Empty[Plain]", "x = e.is_empty()", "", ""),
        ("s: Signer, e: Empty[Plain]", "e.init(payer=s, seeds=['a'])", "", "s e"),
        ("s: Signer, e: Empty[Plain]", "e.init_if_empty(payer=s, seeds=['a'])", "", "s e"),
        (
            "s: Signer, m: Token2022Mint, t: Token2022Account",
            "m.mint_to(account=t, amount=1, authority=s)",
            "",
            "m t",
        ),
        ("s: Signer, m: Token2022Mint", "m.give_up_mint_authority(authority=s)", "", "m"),
        (
            "s: Signer, m: Token2022Mint, t: Token2022Account",
            "m.burn(account=t, amount=1, authority=s)",
            "",
            "m t",
        ),
        (
            "s: Signer, m: Token2022Mint, u: UncheckedAccount",
            "m.update_field(field='a', value='b', authority=s); m.close(to=u, authority=s)",
            "",
            "m u",
        ),
        ("s: Signer, t: Token2022Account", "t.set_owner(owner=t.key(), authority=s)", "", "t"),
        (
            "s: Signer, t: Token2022Account",
            "t.set_close_authority(close_authority=t.key(), authority=s)",
            "",
            "t",
        ),
        (
            "s: Signer, m: Token2022Mint, t: Token2022Account",
            "t.freeze(mint=m, authority=s); t.thaw(mint=m, authority=s)",
            "",
            "t",
        ),
        (
            "s: Signer, m: Token2022Mint, t: Token2022Account, o: Token2022Account",
            "t.transfer(mint=m, to=o, amount=1, decimals=0, authority=s)",
            "",
            "t o",
        ),
        (
            "s: Signer, u: UncheckedAccount, t: Token2022Account",
            "t.close(to=u, authority=s)",
            "",
            "u t",
        ),
        (
            "s: Signer, u: UncheckedAccount, e: Empty[Token2022Mint]",
            "e.init(payer=s, seeds=['m'], decimals=0, authority=s, close_authority=u)",
            "",
            "s e",
        ),
        (
            "s: Signer, m: Token2022Mint, e: Empty[Token2022Account]",
            "e.init(payer=s, seeds=['t'], mint=m, authority=s)",
            "",
            "s e",
        ),
    ],
)
def test_what_is_written(
    tmp_path: Path, parameters: str, body: str, helpers: str, written: str
) -> None:
    assert _written(tmp_path, parameters, body, helpers=helpers) == set(written.split())


def test_an_alias_made_in_a_loop_is_followed_round(tmp_path: Path) -> None:
    body = ["x = a", "y = a", "for i in range(3):", "    y = x", "    x = b", "y.number = 1"]
    assert _written(tmp_path, "a: Plain, b: Plain", *body) == {"a", "b"}


@pytest.mark.parametrize(
    ("body", "programs"),
    [
        ("a.transfer_lamports(s, 1)", ""),
        ("s.transfer_lamports(a, 1)", "system_program"),
        ("e.init(payer=s, seeds=['a'])", "system_program"),
        ("pay(s, a)", "system_program"),
        ("m.give_up_mint_authority(authority=s)", "token_2022_program"),
        (
            "n.init(payer=s, seeds=['m'], decimals=0, authority=s)",
            "system_program token_2022_program",
        ),
        ("m.give_up_mint_authority(authority=s); pay(s, a)", "system_program token_2022_program"),
    ],
)
def test_which_programs_are_needed(tmp_path: Path, body: str, programs: str) -> None:
    helper = "def pay(s: Signer, a: Plain) -> None:\n    s.transfer_lamports(a, 1)\n"
    parameters = "s: Signer, a: Plain, e: Empty[Plain], m: Token2022Mint, n: Empty[Token2022Mint]"
    text = f"{helper}\n@instruction\ndef go({parameters}) -> None:\n"
    text += f"    unchecked('a test'); {body}\n"
    found = _instructions(tmp_path, text)["go"].programs
    assert " ".join(each.name for each in found) == programs


def _pda(folder: Path, text: str, instruction: str = "go") -> tuple[PdaSeed, ...] | None:
    found = _instructions(folder, text)[instruction]
    pda = next(a.pda for a in found.accounts if a.name == "box")
    assert pda is None or pda.program is None
    return None if pda is None else pda.seeds


def test_an_associated_account_is_derived_by_its_program(tmp_path: Path) -> None:
    text = """
def make(payer: Signer, who: UncheckedAccount, coin: TokenMint, empty: Empty[TokenAccount]) -> None:
    empty.init(payer=payer, mint=coin, authority=who, associated=True)


@instruction
def go(s: Signer, friend: UncheckedAccount, mint: TokenMint, purse: Empty[TokenAccount]) -> None:
    make(s, friend, mint, purse)


@instruction
def look(friend: UncheckedAccount, mint: TokenMint, purse: TokenAccount) -> None:
    pass


@instruction
def other(s: Signer, box: Empty[Box], mint: TokenMint, purse: Empty[TokenAccount]) -> None:
    box.init(payer=s, owner=s.key(), number=1)
    purse.init(payer=s, mint=mint, authority=box, associated=True)
"""
    found = _instructions(tmp_path, text)
    token = ConstPdaSeed(bytes(Key.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")))
    program = bytes(Key.from_string("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL"))

    def wanted(owner: str) -> Pda:
        return Pda((AccountPdaSeed(owner), token, AccountPdaSeed("mint")), program)

    assert found["go"].accounts[3].pda == wanted("friend")
    assert found["look"].accounts[2].pda == wanted("friend")
    assert found["other"].accounts[3].pda == wanted("box")


_BOX = ConstPdaSeed(b"box")


@pytest.mark.parametrize(
    ("body", "derived"),
    [
        (
            "box.init(payer=s, owner=s.key(), number=number)",
            (_BOX, AccountPdaSeed("s"), ArgumentPdaSeed("number")),
        ),
        ("box.init(payer=s, owner=key, number=7)", (_BOX, ArgumentPdaSeed("key"), b"\7\0")),
        ("box.init(payer=s, owner=s.key(), number=small)", None),
        ("box.init(payer=s, owner=s.key(), number=number + 1)", None),
        ("box.init(payer=s, owner=plain.key(), number=u16(plain.number))", None),
        (
            "k = plain.key(); box.init(payer=s, owner=k, number=number)",
            (_BOX, AccountPdaSeed("plain"), ArgumentPdaSeed("number")),
        ),
        ("number = 3; box.init(payer=s, owner=key, number=number)", None),
        ("k = key; k = s.key(); box.init(payer=s, owner=k, number=1)", None),
        ("box.init(payer=s, owner=box.key(), number=1)", None),
        ("p = s if small == 1 else s; box.init(payer=s, owner=p.key(), number=1)", "s"),
        ("make(box, s, number)", (_BOX, AccountPdaSeed("s"), ArgumentPdaSeed("number"))),
        ("make(box, s, number + 1)", None),
        ("make(box, s, 1); make(box, s, 2)", None),
    ],
)
def test_how_an_address_is_derived(tmp_path: Path, body: str, derived: object) -> None:
    helper = (
        "def make(b: Empty[Box], who: Signer, n: u16) -> None:\n"
        "    b.init(payer=who, owner=who.key(), number=n)\n"
    )
    parameters = "s: Signer, plain: Plain, box: Empty[Box], key: Pubkey, number: u16, small: u8"
    found = _pda(tmp_path, f"{helper}\n@instruction\ndef go({parameters}) -> None:\n    {body}\n")
    if derived == "s":
        derived = (_BOX, AccountPdaSeed("s"), b"\1\0")
    if isinstance(derived, tuple):
        derived = tuple(ConstPdaSeed(d) if isinstance(d, bytes) else d for d in derived)
    assert found == derived


_MAKER = """
@instruction
def make(s: Signer, box: Empty[Box], number: u16) -> None:
    box.init(payer=s, owner=s.key(), number=number)
"""


@pytest.mark.parametrize(
    ("parameters", "has_derivation"),
    [
        ("s: Signer, box: Box, number: u16", True),
        ("s: UncheckedAccount, box: Box, number: u16", False),
        ("s: Signer, box: Box, number: u8", False),
        ("s: Signer, box: Box", False),
        ("s: Signer, box: Plain, number: u16", False),
    ],
)
def test_a_namesake_is_derived_where_all_its_seeds_are_there(
    tmp_path: Path, parameters: str, *, has_derivation: bool
) -> None:
    text = f"{_MAKER}\n@instruction\ndef go({parameters}) -> None:\n    pass\n"
    found = _pda(tmp_path, text)
    seeds = (_BOX, AccountPdaSeed("s"), ArgumentPdaSeed("number"))
    assert found == (seeds if has_derivation else None)


def test_namesakes_that_disagree_derive_nothing(tmp_path: Path) -> None:
    other = _MAKER.replace("def make", "def other").replace("number=number", "number=1")
    user = "@instruction\ndef go(s: Signer, box: Box, number: u16) -> None:\n    pass\n"
    assert _pda(tmp_path, f"{_MAKER}{other}\n{user}") is None
