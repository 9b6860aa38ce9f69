"""What Prometheus reads at GET /metrics: the framework's requests, the fast lane's, the rooms.

Nothing here names a person; the path is the route's template.
"""

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from conting_gateway.passes.presence import Presence
from conting_gateway.readmodel.reading import Reading
from conting_gateway.services import Services
from conting_gateway.sponsoring.service import Sponsor
from conting_gateway.waitroom.hot import BUCKETS, HotAnswers
from conting_gateway.waitroom.service import Waitroom

SUBSCRIBED: Final = "subscription"
MOST_ROOMS: Final = 100  # rooms that are told one by one


class Metrics:
    """One process's numbers."""

    def __init__(self, hot: HotAnswers, services: Services) -> None:
        self.registry = CollectorRegistry()
        names = ("method", "route", "status")
        self._requests = Counter(
            "conting_requests",
            "Requests that the framework answered",
            names,
            registry=self.registry,
        )
        self._seconds = Histogram(
            "conting_request_seconds", "Until the answer", ("route",), registry=self.registry
        )
        self.registry.register(FastLaneNumbers(hot))
        self.registry.register(RoomNumbers(services.waitroom))
        self.registry.register(ReadingNumbers(services.reading))
        self.registry.register(PresenceNumbers(services.presence))
        self.registry.register(SponsorNumbers(services.sponsor))

    def observe(self, method: str, route: str, status: int, seconds: float | None) -> None:
        """Counts one request, answered after so many seconds."""
        self._requests.labels(method, route, str(status)).inc()
        if seconds is not None:
            self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """All numbers, in Prometheus's text format."""
        return generate_latest(self.registry)


class FastLaneNumbers(Collector):
    """Joins and polls that the framework never saw."""

    def __init__(self, hot: HotAnswers) -> None:
        self._hot = hot

    def collect(self) -> Iterator[Metric]:
        """By route and status, and how long joins waited."""
        requests = CounterMetricFamily(
            "conting_fast_requests",
            "Requests that the fast lane answered",
            labels=["route", "status"],
        )
        for route, counts in (("join", self._hot.joins), ("status", self._hot.polls)):
            for status, count in sorted(counts.items()):
                requests.add_metric([route, str(status)], count)
        yield requests
        waits = list(accumulate(self._hot.waits))
        bounds = [*map(str, BUCKETS), "+Inf"]
        yield HistogramMetricFamily(
            "conting_join_seconds",
            "Until a join of the fast lane was written",
            buckets=list(zip(bounds, waits, strict=True)),
            sum_value=self._hot.waited,
        )


class RoomNumbers(Collector):
    """The waiting rooms, as this process last saw them."""

    def __init__(self, waitroom: Waitroom) -> None:
        self._waitroom = waitroom

    def collect(self) -> Iterator[Metric]:
        """Per event; the load of this process."""
        load = self._waitroom.load()
        yield _gauge("conting_joins_waiting", "Joins that wait to be written", load.waiting)
        yield _gauge("conting_streams", "Streams of the waiting room", load.streams)
        yield CounterMetricFamily("conting_join_batches", "Calls of joins to Redis", load.batches)
        rooms = list(load.rooms.items())[:MOST_ROOMS]
        yield _per_event("tail", "Places given out", [(e, room.tail) for e, room in rooms])
        yield _per_event("serving", "Places let in", [(e, room.serving) for e, room in rooms])
        yield _per_event(
            "losses",
            "Times that Redis was found to have lost places",
            [(e, len(r.losses)) for e, r in rooms],
        )


class ReadingNumbers(Collector):
    """How well this process follows the chain."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def collect(self) -> Iterator[Metric]:
        """Slots, their age in seconds, and what went wrong."""
        fresh = self._reading.follower.freshness()
        yield _gauge("conting_read_slot", "Up to which lists are complete", fresh.slot)
        yield _gauge("conting_read_age_seconds", "Since lists heard of the chain", fresh.age)
        yield _gauge("conting_read_subscribed", "1 if by subscription", fresh.source == SUBSCRIBED)
        yield _gauge("conting_read_accounts", "Accounts", len(self._reading.follower.model))
        yield CounterMetricFamily("conting_read_gaps", "Gaps found", self._reading.follower.gaps)
        yield _gauge("conting_feed_streams", "Streams of the feed", self._reading.feed.open)
        pulse = self._reading.pulse
        if pulse.slot is not None:
            yield _gauge("conting_rpc_slot", "The newest slot that the RPC named", pulse.slot)
            yield _gauge("conting_rpc_slot_age_seconds", "Of that slot", pulse.age() or 0.0)


class PresenceNumbers(Collector):
    """The phones before the gates."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence

    def collect(self) -> Iterator[Metric]:
        """How many hold a channel here."""
        yield _gauge("conting_presence_channels", "Presence channels", self._presence.held)


class SponsorNumbers(Collector):
    """What this process has paid for others."""

    def __init__(self, sponsor: Sponsor) -> None:
        self._numbers = sponsor.numbers

    def collect(self) -> Iterator[Metric]:
        """Transactions, lamports, failures and refusals by code; the balance as last read."""
        numbers = self._numbers
        yield CounterMetricFamily("conting_sponsored", "Transactions paid for", numbers.signed)
        yield CounterMetricFamily(
            "conting_sponsored_lamports", "Spent of budgets", numbers.lamports
        )
        yield CounterMetricFamily(
            "conting_sponsored_failures", "Transactions paid for that failed", numbers.failed
        )
        refused = CounterMetricFamily(
            "conting_sponsor_refusals", "Fees that were not paid", labels=["code"]
        )
        for code, count in sorted(numbers.refused.items()):
            refused.add_metric([code], count)
        yield refused
        if numbers.balance is not None:
            yield _gauge("conting_sponsor_balance_lamports", "Left to pay with", numbers.balance)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value)


def _per_event(name: str, text: str, values: Iterable[tuple[str, float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"conting_room_{name}", text, labels=["event"])
    for event, value in values:
        family.add_metric([event], value)
    return family
