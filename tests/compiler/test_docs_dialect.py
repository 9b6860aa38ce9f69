"""docs/dialect.md: every example is compiled, and does on LiteSVM and under CPython what it says.

An example is a fenced python block. Import and declare_id are left out; a block without instruction
gets one. Comment lines say what running it gives, in order, on accounts that keep their state:

    # run: add(2, 3) -> out.value == 5
    # run: add(2, 3) as ben -> refused NOT_OWNER
    # run: greet("Ann") -> prints "Hello Ann"
    # run: move(5) -> emits Moved(amount=5)
    # run: double(4) -> returns b"\\x08"

Accounts are not listed: signers are people with money, accounts of a class are full of zeros, and
what is made is where its seeds put it. `as ben` lets another person sign. An example that is
refused has a comment `# error: E203` in the line that is wrong.
"""

import ast
import base64
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conting_compiler.diagnostics import UserError
from conting_compiler.driver import compile_program
from conting_compiler.frontend import build
from conting_compiler.frontend.intrinsics import METHODS
from conting_compiler.frontend.intrinsics.names import PRELUDE, PYTHON
from conting_compiler.ir.faults import Fault
from seahorse.ledger import Record
from seahorse.loading import load
from seahorse.model import Chain, Meta, Refusal
from seahorse.prelude import Pubkey as ModelKey
from solders.instruction import Instruction

from tests.compiler.stage import Outcome, Stage

pytestmark = pytest.mark.slow

_DOC = Path(__file__).parents[2] / "docs" / "dialect.md"
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^##+ (.*)$", re.MULTILINE)
_RUN = re.compile(r"^# run: (\w+)\((.*)\)(?: as (\w+))? -> (.*)$", re.MULTILINE)
_FILE = re.compile(r"^# file: (\S+)\n", re.MULTILINE)
_ERROR = re.compile(r"# error: (E\d{3})$")
_HEAD = (
    'from seahorse.prelude import *; declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")\n'
)
_TAIL = "\n@instruction\ndef nothing_(clock: Clock):\n    pass\n"


@dataclass(frozen=True)
class Run:
    instruction: str
    arguments: str
    signer: str
    expected: str


@dataclass(frozen=True)
class Example:
    place: str
    code: str

    @property
    def errors(self) -> list[tuple[int, str]]:
        lines = enumerate(self.code.splitlines(), 2)  # the head is line 1
        return [(number, found[1]) for number, line in lines if (found := _ERROR.search(line))]

    @property
    def runs(self) -> list[Run]:
        return [Run(*found) for found in _RUN.findall(self.code)]

    def write(self, folder: Path) -> Path:
        """The program's root. Several files stand each after a comment with its name."""
        pieces = _FILE.split(self.code)
        if len(pieces) == 1:
            path = folder / "example.py"
            tail = "" if "@instruction" in self.code else _TAIL
            path.write_text(_HEAD + self.code + tail, encoding="utf-8")
            return path
        root = folder / "example"
        root.mkdir()
        for name, text in zip(pieces[1::2], pieces[2::2], strict=True):
            head = _HEAD if name == "program.py" else _HEAD.partition(";")[0] + "\n"
            (root / name).write_text(head + text, encoding="utf-8")
        return root


def _examples() -> list[Example]:
    text = _DOC.read_text(encoding="utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        headings = _HEADING.findall(text, 0, match.start())
        line = text.count("\n", 0, match.start()) + 1
        found.append(Example(f"{line}: {headings[-1] if headings else ''}", match[1]))
    return found


SOUND = [pytest.param(each, id=each.place) for each in _examples() if not each.errors]
REFUSED = [pytest.param(each, id=each.place) for each in _examples() if each.errors]


@pytest.mark.parametrize("example", SOUND)
def test_an_example_does_what_it_says(example: Example, tmp_path: Path) -> None:
    source = example.write(tmp_path)
    stage = Stage(compile_program(source))
    if example.runs:
        model = _Model(stage, source)
        for run in example.runs:
            _play(run, stage, model)


@pytest.mark.parametrize("example", REFUSED)
def test_an_example_is_refused_where_it_says(example: Example, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        build(example.write(tmp_path))
    assert [(d.span.line, d.code) for d in caught.value.diagnostics] == example.errors


def test_every_instruction_is_run() -> None:
    """An example that nobody runs may be wrong: whoever writes one says what it gives."""
    for example in _examples():
        named = set(re.findall(r"^@instruction\ndef (\w+)", example.code, re.MULTILINE))
        if not example.errors:
            assert named == {run.instruction for run in example.runs}, example.place


def test_every_comment_that_looks_like_a_run_is_one() -> None:
    for example in _examples():
        assert len(example.runs) == example.code.count("# run"), example.place


def test_everything_that_the_prelude_has_is_in_an_example() -> None:
    used = {word for each in _examples() for word in re.findall(r"\w+", each.code)}
    names = {*PRELUDE, *PYTHON} - {"declare_id", "array", "tuple"}
    methods = {row.method for row in METHODS if row.method.isidentifier()}
    assert not (names | methods) - used


def test_the_table_of_faults_is_complete() -> None:
    rows = re.findall(r"^\| ([A-Z_]+) \| (\d+) \|", _DOC.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name: int(number) for name, number in rows} == {f.name: f.value for f in Fault}


def _play(run: Run, stage: Stage, model: "_Model") -> None:
    names = {**vars(stage.client), **stage.places}
    call = ast.parse(f"f({run.arguments})", mode="eval").body
    assert isinstance(call, ast.Call)
    values = [eval(ast.unparse(each), names) for each in call.args]
    signers = [a.name for a in stage.instruction(run.instruction).accounts if a.signer]
    renamed = {signers[0]: run.signer} if run.signer else {}
    built = stage.build(run.instruction, *values, accounts=renamed)
    model.see(built)
    outcome = stage.send(built)
    _check(run, outcome, stage)
    model.compare(built, outcome)


def _check(run: Run, outcome: Outcome, stage: Stage) -> None:
    kind, _, what = run.expected.partition(" ")
    if kind == "refused":
        assert outcome.error == what, (outcome.error, outcome.logs)
        return
    assert outcome.error == "", (outcome.error, outcome.logs)
    if kind == "prints":
        assert outcome.printed == list(ast.literal_eval(f"({what},)")), outcome.printed
    elif kind == "emits":
        assert _emitted(what, outcome, stage)
    elif kind == "returns":
        assert outcome.returned == ast.literal_eval(what)
    elif run.expected != "ok":
        _check_state(run.expected, stage)


def _emitted(expected: str, outcome: Outcome, stage: Stage) -> bool:
    """Whether the event is in the log, by the client's decoder."""
    wanted = eval(expected, {**vars(stage.client), **stage.places})
    mark = "Program data: "
    lines = [line.removeprefix(mark) for line in outcome.logs if line.startswith(mark)]
    return [type(wanted).decode(base64.b64decode(each)) for each in lines] == [wanted]


def _check_state(expected: str, stage: Stage) -> None:
    seen: dict[str, Any] = {**vars(stage.client), **stage.places, "lamports": stage.lamports}
    seen |= {name: stage.read(name) for name in stage.classes if stage.data(name)}
    for part in expected.split(" and "):
        assert eval(part, seen), (part, {n: seen[n] for n in stage.classes if n in seen})


@dataclass
class _Model:
    """The same program under CPython: the same instructions on the same accounts."""

    stage: Stage
    source: Path
    chain: Chain = field(default_factory=Chain)

    def __post_init__(self) -> None:
        self.program = self.chain.deploy(load(self.source))

    def see(self, instruction: Instruction) -> None:
        """Takes accounts over that the model does not know, and the time."""
        for meta in instruction.accounts:
            key = ModelKey.of(bytes(meta.pubkey))
            found = self.stage.svm.get_account(meta.pubkey)
            if found is not None and key not in self.chain.records and not found.executable:
                owner = ModelKey.of(bytes(found.owner))
                self.chain.records[key] = Record(found.lamports, owner, bytearray(found.data))
        clock = self.stage.svm.get_clock()
        self.chain.clock.unix_timestamp = clock.unix_timestamp
        self.chain.clock.slot, self.chain.clock.epoch = clock.slot, clock.epoch
        hashes = self.stage.svm.get_slot_hashes()
        self.chain.clock.slot_hashes = {slot: bytes(found) for slot, found in hashes}

    def compare(self, instruction: Instruction, outcome: Outcome) -> None:
        """Runs the instruction, and compares how it ends and what the accounts then hold."""
        places = [
            Meta(ModelKey.of(bytes(m.pubkey)), m.is_signer, m.is_writable)
            for m in instruction.accounts
        ]
        ended = ""
        try:
            self.chain.execute(self.program, places, instruction.data)
        except Refusal as refusal:
            ended = refusal.name
        if ended == "Refused":  # an assert with a text: only the IDL has a name for it
            assert outcome.error in {each.name for each in self.stage.compiled.program.errors}
        else:
            assert _plain(ended) == _plain(outcome.error)
        for meta in instruction.accounts:
            found = self.stage.svm.get_account(meta.pubkey)
            if found is not None and found.owner == self.stage.program:
                assert self.chain.data(ModelKey.of(bytes(meta.pubkey))) == bytes(found.data)


def _plain(name: str) -> str:
    """An error's name as the source or the IDL writes it."""
    return name.replace("_", "").lower()
