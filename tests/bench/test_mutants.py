"""The tool that asks whether there is a test for every line of the programs."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conting_compiler.driver import compile_program

from bench.mutants.choice import Aim, choose
from bench.mutants.edits import KINDS, Mutant, mutants
from bench.mutants.equivalent import EQUIVALENT, reason
from bench.mutants.reach import reach
from bench.mutants.seen import Listener, Seen
from bench.mutants.sources import sources
from tests.compiled import compiled
from tests.programs import test_rare_refusals
from tests.programs.test_relayed_calls import RELAY, Door
from tests.programs.ticket_chain import TicketChain
from tests.programs.world import refused

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
HEAD = "from seahorse.prelude import Signer, instruction\n"
TESTS = "tests/programs/test_ticket_late.py::test_only_a_supervisor_undoes"


def changes(kind: str, body: str) -> set[str]:
    text = HEAD + f"def f(a, b, c, box):\n    {body}\n"
    return {each.change for each in mutants({"shop/f.py": text}) if each.kind == kind}


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("guards", "assert a, E.NO", {"assert a, E.NO -> pass"}),
        ("guards", "assert a < b < c, E.NO", {
            "assert a < b < c, E.NO -> pass", "a < b < c -> a < b", "a < b < c -> b < c"
        }),
        ("guards", "assert a or b, E.NO", {
            "assert a or b, E.NO -> pass", "a or b -> a", "a or b -> b"
        }),
        ("guards", "assert_paid(a)", {"assert_paid(a) -> pass"}),
        ("writes", "box.size = a", {"box.size = a -> pass"}),
        ("writes", "box.size += a", {"box.size += a -> pass"}),
        ("writes", "box.close(a)", {"box.close(a) -> pass"}),
        ("writes", "pay(a)", {"pay(a) -> pass"}),
        ("arithmetic", "return a + b", {"a + b -> (a) - (b)"}),
        ("arithmetic", "box.size -= a", {"box.size -= a -> box.size += a"}),
        ("arithmetic", "return min(a, b)", {"min(a, b) -> a", "min(a, b) -> b"}),
        ("comparisons", "assert a < b <= c, E.NO", {
            "a < b <= c -> a <= b <= c", "a < b <= c -> a < b < c"
        }),
        ("conditions", "return a if b else c", {"b -> (b) or True", "b -> (b) and False"}),
        ("conditions", "return a and b", {"a and b -> a", "a and b -> b"}),
        ("inits", "box.init(payer=a, size=b)", {"size=b -> left out"}),
        ("seeds", "box.init(payer=a, seeds=['x', b])", {"['x', b] -> [b]", "['x', b] -> ['x']"}),
    ],
)  # fmt: skip
def test_what_a_line_is_changed_into(kind: str, body: str, expected: set[str]) -> None:
    assert changes(kind, body) == {each.replace("->", " -> ") for each in expected}


def test_a_constant_is_one_more() -> None:
    (mutant,) = mutants({"shop/state.py": "MOST = u8(10)  # things\n"})
    assert mutant.applied({"shop/state.py": "MOST = u8(10)  # things\n"}) == {
        "shop/state.py": "MOST = u8(10 + 1)  # things\n"
    }


def test_a_signer_is_one_whom_all_its_checks_take_unsigned() -> None:
    text = HEAD + (
        "def assert_owner(owner: Signer, box): pass\n"
        "@instruction\n"
        "def open(owner: Signer, box):\n"
        "    assert_owner(owner, box)\n"
    )
    (mutant,) = (each for each in mutants({"shop/open.py": text}) if each.kind == "signers")
    assert mutant.place == "shop/open.py:4"
    changed = mutant.applied({"shop/open.py": text})["shop/open.py"]
    assert "Signer" not in changed.partition("\n")[2]
    assert "UncheckedAccount" in changed.partition("\n")[0]


def test_an_edit_changes_nothing_else() -> None:
    """With characters of several bytes before it on its line and above."""
    text = HEAD + 'def f(box):\n    """é ✎"""\n    box.name = "é"; box.size = 1\n'
    found = [each for each in mutants({"shop/f.py": text}) if each.kind == "writes"]
    assert [each.applied({"shop/f.py": text})["shop/f.py"] for each in found] == [
        text.replace('box.name = "é"', "pass"),
        text.replace("box.size = 1", "pass"),
    ]


def test_which_instructions_a_helper_serves() -> None:
    texts = {
        "shop/state.py": "MOST = 3\nclass Box: pass\n",
        "shop/rules.py": "from .state import MOST\ndef assert_few(n):\n    assert n < MOST\n",
        "shop/buy.py": "from .rules import assert_few\n@instruction\ndef buy(n): assert_few(n)\n",
        "shop/sell.py": "from .state import Box\n@instruction\ndef sell(box: Box): pass\n",
        "bank/pay.py": "from shop.state import Box\n@instruction\ndef pay(box: Box): pass\n",
    }
    reached = reach(texts)
    assert reached["shop/state.py", "MOST"] == {("shop", "buy")}
    assert reached["shop/rules.py", "assert_few"] == {("shop", "buy")}
    assert reached["shop/state.py", "Box"] == {("shop", "sell"), ("bank", "pay")}


def test_functions_of_the_same_name_refuse_each_their_own() -> None:
    """In two programs; who calls one of a library may have another of its own."""
    texts = {
        "shop/rules.py": HEAD + "def assert_rules(a):\n    assert a, E.SHUT\n",
        "shop/open.py": HEAD + (
            "from .rules import assert_rules\n"
            "def open(a):\n    assert_rules(a)\n"
        ),
        "bank/open.py": HEAD + (
            "from fair.rules import assert_fair\n"
            "def assert_rules(a):\n    assert a, E.BROKE\n    assert_fair(a)\n"
            "def open(a):\n    assert_rules(a)\n"
        ),
        "fair/rules.py": HEAD + "def assert_fair(a):\n    assert a, E.UNFAIR\n",
        "void/rules.py": HEAD + "def assert_rules(a):\n    assert a, E.VOID\n",
    }  # fmt: skip
    found = [each for each in mutants(texts) if each.old.startswith("assert_")]
    assert {(each.file, each.old): each.errors for each in found} == {
        ("shop/open.py", "assert_rules(a)"): {"SHUT"},
        ("bank/open.py", "assert_rules(a)"): {"BROKE", "UNFAIR"},
        ("bank/open.py", "assert_fair(a)"): {"UNFAIR"},
    }


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.stop()


@pytest.mark.slow
def test_a_call_by_another_program_is_heard(listener: Listener, tmp_path: Path) -> None:
    source = tmp_path / "relay.py"
    source.write_text(RELAY)
    door = Door(compile_program(source).elf)
    listener.take()
    refused(door.send(door.relayed(door.call())), "NO_DEVICE_PROOF")
    assert listener.take() == {("ticket", "check_in", "NO_DEVICE_PROOF")}
    door.world.must(door.send(door.proof(), door.relayed(door.call())))
    assert listener.take() == {("ticket", "check_in", "")}


def test_a_call_past_the_worlds_own_way_of_sending_is_heard(listener: Listener) -> None:
    test_rare_refusals.test_a_person_whose_wallet_is_a_programs()
    assert {
        ("family", "attest_person", "NOT_A_PERSON"),
        ("family", "announce_rebinding", "NOT_A_PERSON"),
        ("family", "register_self", "NOT_A_PERSON"),
    } <= listener.take()


def test_a_call_of_a_program_at_an_address_of_its_own_is_heard(listener: Listener) -> None:
    chain = TicketChain(compiled("ticket").elf)
    chain.must(chain.send(chain.organiser, chain.create_event()))
    assert listener.take() == {("ticket", "create_event", "")}
    chain.send(chain.organiser, chain.create_event())
    assert listener.take() == {("ticket", "create_event", "NUMBER_USED")}


def seen(test: str, *sent: tuple[str, str, str], seconds: float = 1.0) -> Seen:
    return Seen(test, "", seconds, True, frozenset(sent))  # noqa: FBT003


def aim(kind: str, body: str) -> Aim:
    text = HEAD + f"def f(a, b, c, box):\n    {body}\n"
    found: list[Mutant] = [m for m in mutants({"shop/f.py": text}) if m.kind == kind]
    return Aim(found[0], frozenset({("shop", "buy")}))


def test_which_tests_are_to_notice() -> None:
    known = [
        seen("of another", ("shop", "sell", "")),
        seen("refused so", ("shop", "buy", "NO")),
        seen("refused", ("shop", "buy", "TOO_MANY"), seconds=0.5),
        seen("let in", ("shop", "buy", ""), seconds=2.0),
        seen("let in and asks", ("shop", "buy", ""), seconds=5.0),
    ]
    every = {each.test: each for each in known}
    texts = {"let in and asks": "assert box.size == 1"}
    assert choose(aim("guards", "assert a, E.NO"), every, texts, 20.0) == ["refused so"]
    writes = choose(aim("writes", "box.size = a"), every, texts, 20.0)
    assert writes == ["let in and asks", "let in"]
    assert choose(aim("writes", "box.size = a"), every, texts, 3.0) == ["let in and asks"]


def test_every_kind_is_found_in_the_programs() -> None:
    assert {each.kind for each in mutants(sources())} == set(KINDS)


def test_each_that_counts_as_equivalent_is_a_mutant_still() -> None:
    named = [each for each in mutants(sources()) if reason(each)]
    found = {(m.file, m.function) for m in named}
    assert {(each.file, each.function) for each in EQUIVALENT} == found
    assert len(named) >= len(EQUIVALENT)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "word"), [("writes", "killed"), ("signers", "refused")])
def test_one_mutant_from_its_source_to_its_verdict(kind: str, word: str) -> None:
    command = [sys.executable, "-m", "bench.mutants", "--where", "ticket/revoke_gate.py"]
    command += ["--kind", kind, "--tests", TESTS]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert any(line.startswith(word) for line in ran.stdout.splitlines()), ran.stdout + ran.stderr
