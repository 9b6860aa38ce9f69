"""Is there a test for every line of the programs? `python -m bench.mutants`.

Makes small wrong programs out of the right ones, one at a time, and runs those tests of
tests/programs that should notice: an assert left out, a field not written, + for -, < for <=, a
condition that is always so, a signer who need not sign, a field of a new account or a part of an
address left out. Prints a line for each: killed, refused (by the compiler), same code, SURVIVED.

--program ticket   that program and the libraries that it uses; all three without it
--kind guards      one kind; may be given several times
--where TEXT       mutants whose file:line contains it
--sample N         so many of them, by chance
--seconds S        CPU seconds of tests that a mutant has to survive
--processes N      so many at once
--undecided        without those that the map of the tests decides (see `decided`)
--list             only lists them
--tests PATH ...   the tests that may notice

The first time every test runs once, to learn which instructions it sends; target/mutants/ keeps
that, per file of tests.
"""

import argparse
import collections
import random
import sys
from collections.abc import Mapping
from typing import Final

import pytest

from bench.mutants.choice import Aim, decided
from bench.mutants.edits import KINDS, mutants
from bench.mutants.reach import reach
from bench.mutants.seen import known
from bench.mutants.session import Mutation, shown
from bench.mutants.sources import sources
from bench.mutants.trial import HUNG, SURVIVED, Verdict

SEED: Final = 4
"""Of the sample."""


def all_aims(texts: Mapping[str, str]) -> list[Aim]:
    """All mutants of these files."""
    reached = reach(texts)
    return [
        Aim(each, reached.get((each.file, each.function), frozenset())) for each in mutants(texts)
    ]


def wanted(every: list[Aim], options: argparse.Namespace) -> list[Aim]:
    """Those that are asked for."""
    found = [
        each
        for each in every
        if each.mutant.kind in (options.kind or KINDS)
        and options.where in each.mutant.place
        and _is_of(each, options.program)
    ]
    if options.undecided:
        sent = {each for test in known().values() if test.passed for each in test.sent}
        found = [each for each in found if not decided(each, every, sent)]
    if options.sample and options.sample < len(found):
        found = random.Random(SEED).sample(found, options.sample)
    return sorted(found, key=lambda each: each.mutant.place)


def _is_of(aim: Aim, program: str | None) -> bool:
    return program is None or program in {name for name, _ in aim.instructions}


def report(verdicts: list[tuple[Aim, Verdict]]) -> int:
    """Prints what survived and how many did not; 1 if any did."""
    counts = collections.Counter((aim.mutant.kind, verdict.word) for aim, verdict in verdicts)
    alive = [each for each in verdicts if each[1].word in (SURVIVED, HUNG)]
    print()
    for each in sorted(alive, key=lambda each: each[0].mutant.place):
        print(shown(*each))
    for (kind, word), count in sorted(counts.items()):
        print(f"{kind:11} {word:10} {count}")
    return int(bool(alive))


def main() -> int:
    """Runs it as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutants")
    parser.add_argument("--program", choices=("ticket", "family", "raffle"))
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--where", default="")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--undecided", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--tests", nargs="+", default=["tests/programs"])
    options = parser.parse_args()
    texts = sources()
    every = all_aims(texts)
    found = wanted(every, options)
    if options.list:
        for each in found:
            print(f"{each.mutant.kind:11} {each.mutant.place}  {each.mutant.change}")
        return 0
    mutation = Mutation(found, texts, options.seconds, options.processes)
    words = [
        "-s",
        "-p",
        "no:terminal",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-W",
        "ignore::pytest.PytestAssertRewriteWarning",
    ]
    code = pytest.main([*words, "-m", "slow or not slow", *options.tests], plugins=[mutation])
    return code or report(mutation.verdicts)


if __name__ == "__main__":
    sys.exit(main())
