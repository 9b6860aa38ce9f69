"""`python -m bench.handoff`: how often a seller can hand a seat on by giving it back.

A seller gives a seat back, and wants a friend, or one of k friends, to get it. N persons want it in
all. Three ways to sell it again are compared, each with the sellers at their best:

- first come: the seat is on sale at once. The friend buys in the slot of the refund; everybody else
  needs at least a second to see it.
- first in, first out: whoever waits longest gets it. The friends, who knew first, registered first.
- ours: the waiting list's re-draw, played with the program's own code on LiteSVM, transaction by
  transaction; the larger lists with that code's order alone (`--whole` plays them too).

Every re-draw is decided by the hash of a slot that nobody knew at the refund, so friends win k in N
times and cannot do better: with the 95 per cent interval beside it.
"""

import argparse
import hashlib
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from conting_client import fairness

from tests.programs.waits import Queue

SLOT_SECONDS = 0.4
QUICKEST_STRANGER = 1.0
"""Seconds in which a stranger's program notices a refund and buys."""
CASES = ((1, 2), (1, 5), (2, 5), (1, 20), (3, 20), (1, 100), (10, 100))
"""Friends k, and all who wait N."""
PLAYED = 5
"""Lists up to this length are played on the chain."""
CHAIN_ROUNDS = 60
ROUNDS = 2_000
NORMAL = 1.96
"""95 per cent lie within, of the normal distribution."""


@dataclass(frozen=True)
class Rate:
    """Of `rounds` refunds, in how many a friend got the seat."""

    hits: int
    rounds: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.hits / self.rounds

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share lies, by Wilson, 95 times in 100."""
        n, p, z = self.rounds, self.share, NORMAL
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
        return middle - half, middle + half


def first_come(k: int, n: int, rounds: int) -> Rate:
    """Whoever sends first. Friends know the moment; strangers need as long as they happen to."""
    chance = random.Random(f"first come {k} {n}")
    hits = 0
    for _ in range(rounds):
        strangers = [QUICKEST_STRANGER + chance.expovariate(1.0) for _ in range(n - k)]
        hits += min([SLOT_SECONDS] * k) < min(strangers)
    return Rate(hits, rounds)


def first_in_first_out(k: int, n: int, rounds: int) -> Rate:
    """Whoever joined first. Friends join as the list opens; strangers as they hear of it."""
    chance = random.Random(f"in and out {k} {n}")
    hits = 0
    for _ in range(rounds):
        strangers = [QUICKEST_STRANGER + chance.expovariate(1.0) for _ in range(n - k)]
        joined = sorted([(SLOT_SECONDS, True)] * k + [(each, False) for each in strangers])
        hits += joined[0][1]
    return Rate(hits, rounds)


def played(k: int, n: int, rounds: int) -> Rate:
    """The whole of it on LiteSVM: refund, re-draw, offer."""
    hits = 0
    for number in range(rounds):
        queue = Queue()
        queue.world.wait(number)  # another slot, another hash
        friends = [queue.join().person for _ in range(k)]
        for _ in range(n - k):
            queue.join()
        queue.drawn()
        hits += queue.offered().person in friends
    return Rate(hits, rounds)


def simulated(k: int, n: int, rounds: int) -> Rate:
    """Who is asked first, by the permutation that the program uses."""
    keys = (
        hashlib.sha256(f"refund {k} {n} {number}".encode()).digest() for number in range(rounds)
    )
    return Rate(sum(fairness.index_at(key, n, 0) < k for key in keys), rounds)


def ours(k: int, n: int, *, whole: bool) -> Rate:
    """Played where the list is short, or all if `whole`."""
    return played(k, n, CHAIN_ROUNDS) if whole or n <= PLAYED else simulated(k, n, ROUNDS)


def table(cases: Sequence[tuple[int, int]], *, whole: bool = False) -> str:
    """In Markdown."""
    lines = [
        "| friends of all who wait | first come | first in, first out | ours | 95 % | k in N |",
        "| ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for k, n in cases:
        rate = ours(k, n, whole=whole)
        first, queued = first_come(k, n, ROUNDS), first_in_first_out(k, n, ROUNDS)
        low, high = rate.interval
        lines.append(
            f"| {k} of {n} | {first.share:.0%} | {queued.share:.0%} "
            f"| {rate.share:.1%} ({rate.hits} of {rate.rounds}) "
            f"| {low:.1%} to {high:.1%} | {k / n:.1%} |"
        )
    return "\n".join(lines)


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="How often a refund hands a seat on.")
    parser.add_argument("--whole", action="store_true", help="play the long lists too")
    print(table(CASES, whole=parser.parse_args().whole))
    return 0


if __name__ == "__main__":
    sys.exit(main())
