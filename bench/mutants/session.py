"""A pytest session that tries mutants in the place of running tests: they are collected once."""

import inspect
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pytest
from hypothesis import Phase, settings

from bench.mutants.choice import Aim, choose
from bench.mutants.equivalent import reason
from bench.mutants.processes import Tell, in_parts
from bench.mutants.seen import SEEN, STORE, Listener, Seen, known, version_of
from bench.mutants.trial import SURVIVED, Verdict, Workshop, first_failure

EQUIVALENT: Final = "equivalent"


@dataclass
class Mutation:
    """The plugin."""

    aims: Sequence[Aim]
    sources: Mapping[str, str]
    seconds: float
    processes: int
    verdicts: list[tuple[Aim, Verdict]] = field(default_factory=list)

    def pytest_collection(self) -> None:
        """What fails once has failed: it is not made small, nor kept for the next run."""
        phases = (Phase.explicit, Phase.generate)
        settings.register_profile("mutants", deadline=None, database=None, phases=phases)
        settings.load_profile("mutants")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Learns what it does not know about the tests, then tries the mutants."""
        items = {each.nodeid: each for each in session.items}
        self._learn(items)
        seen = {test: each for test, each in known().items() if test in items and each.passed}
        texts = {test: _source(items[test]) for test in seen}
        numbered = list(enumerate(self.aims))

        def work(part: Sequence[tuple[int, Aim]], tell: Tell) -> None:
            workshop = Workshop(STORE / str(os.getpid()), self.sources)
            for number, aim in part:
                tests = [items[test] for test in choose(aim, seen, texts, self.seconds)]
                verdict = _verdict(workshop, aim, tests)
                print(shown(aim, verdict), flush=True)
                tell(json.dumps([number, verdict.word, verdict.why]))
            workshop.clear()

        for line in in_parts(numbered, self.processes, work):
            number, word, why = json.loads(line)
            self.verdicts.append((self.aims[number], Verdict(word, why)))
        return True

    def _learn(self, items: Mapping[str, pytest.Item]) -> None:
        seen = known()
        new = [
            item
            for test, item in items.items()
            if test not in seen or seen[test].version != version_of(item)
        ]
        if new:
            print(f"{len(new)} tests run once, to learn what they send", flush=True)
            STORE.mkdir(parents=True, exist_ok=True)
            in_parts(new, self.processes, _note)


def _note(items: Sequence[pytest.Item], _tell: Tell) -> None:
    """Runs these tests, and keeps what they send."""
    listener = Listener()
    with SEEN.open("a") as file:
        for item, following in zip(items, [*items[1:], None], strict=True):
            began = time.process_time()
            passed = not first_failure([item], following)
            seconds = round(time.process_time() - began, 3)
            noted = Seen(item.nodeid, version_of(item), seconds, passed, listener.take())
            file.write(noted.line + "\n")
            file.flush()


def _verdict(workshop: Workshop, aim: Aim, tests: Sequence[pytest.Item]) -> Verdict:
    why = reason(aim.mutant)
    if why:
        return Verdict(EQUIVALENT, why)
    if not aim.instructions:
        return Verdict(SURVIVED, "no instruction reaches it")
    return workshop.judge(aim, tests)


def _source(item: pytest.Item) -> str:
    return inspect.getsource(item.function) if isinstance(item, pytest.Function) else ""


def shown(aim: Aim, verdict: Verdict) -> str:
    """A line for people."""
    what = aim.mutant
    return f"{verdict.word:10} {what.kind:11} {what.place}  {what.change}  [{verdict.why}]"
