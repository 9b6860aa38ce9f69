"""What a scanner tells its operator: for people, or a line of JSON for each thing."""

import json
import time
from datetime import UTC, datetime
from typing import Final, TextIO

from conting_client import GateReason
from conting_client.scanner import Alarm, Connection, GateLog, ScanVerdict
from conting_client.scanner.connection import SKEW_SECONDS, words_of
from conting_client.scanner.log import WRITTEN
from conting_client.scanner.offline import Knowledge
from conting_client.scanner.upkeep import SYNCED
from conting_client.scans import ScanKind
from solders.pubkey import Pubkey

from conting_cli.screen import harmless

ALARM_SECONDS: Final = 60.0  # before the same alarm is told once more
_TURNS: Final = frozenset({Alarm.OFFLINE, Alarm.ONLINE, Alarm.NOT_WRITER})
"""Alarms that are raised when something changes, and never again while it stays so."""

SENTENCES: Final = {
    GateReason.NOT_YOURS: "this phone is not the one of the ticket's person",
    GateReason.UNKNOWN_TICKET: "there is no such ticket",
    GateReason.EXPIRED: "the code is too old: ask for a new one",
    GateReason.REPLAYED: "this very code was used at another gate",
    GateReason.ALREADY_IN: "somebody is in with this ticket",
    GateReason.WRONG_EVENT: "a ticket of another event, or a gate of another event",
    GateReason.WRONG_SESSION: "a code for another session",
    GateReason.WRONG_GATE: "this ticket gets in at another gate",
    GateReason.COOLING: "the ticket was given back",
    GateReason.REFUNDED: "the money for this ticket was paid back",
    GateReason.VOID: "the ticket is void, or a case about it is open",
    GateReason.NOT_OPEN: "the doors are not open",
    GateReason.GATE_REVOKED: "this scanner may no longer admit: call the supervisor",
    GateReason.STALE_MANIFEST: "too long without the gateway: nobody can be admitted here",
    GateReason.BAD_SIGNATURE: "the code is not genuine",
    GateReason.MALFORMED: "this is no code of ours",
    GateReason.OFFLINE: "no connection, and this scanner may not admit this code alone",
    GateReason.LOG_FULL: "this scanner cannot write down whom it admits: call the supervisor",
}


_AGAIN: Final = "start it again, with this log and --rpc"
_TWICE: Final = frozenset({GateReason.ALREADY_IN, GateReason.REPLAYED})


class Teller:
    """Writes to the operator's screen, and flushes after each line."""

    def __init__(self, out: TextIO, *, as_json: bool) -> None:
        self._out = out
        self._as_json = as_json
        self._told: dict[tuple[Alarm, str], float] = {}

    def _say(self, text: str, **told: object) -> None:
        kept = {name: value for name, value in told.items() if value is not None}
        self._out.write((json.dumps(kept) if self._as_json else text) + "\n")
        self._out.flush()

    def ready(self, log: GateLog, known: Knowledge | None) -> None:
        """Once, when passes may come."""
        state = _state(log, known)
        writer = ", its group's writer" if state["writer"] else ""
        self._say(f"ready      gate {log.gate}, {state['knows']}{writer}", ready=True, **state)

    def alarm(self, alarm: Alarm, detail: str) -> None:
        """What the operator has to know beside verdicts; the same words once a minute at most."""
        now, told = time.monotonic(), self._told.get((alarm, detail))
        if alarm not in _TURNS and told is not None and now - told < ALARM_SECONDS:
            return
        self._told[alarm, detail] = now
        text = f"!! {alarm.value}: {harmless(detail)}".rstrip(": ")
        self._say(text, alarm=alarm.value, detail=detail)

    def problem(self, code: str, detail: str) -> None:
        """What was typed or photographed and is no pass."""
        self._say(f"?? {harmless(detail)}", problem=code, detail=detail)

    def screen(self, shown: str) -> None:
        """What the gate shows to phones."""
        self._say(f"screen     {shown}", screen=shown)

    def finished(self, connection: Connection, *, done: bool, to_write: int, writes: bool) -> None:
        """Whether everything was handed over, and is on chain or, without a node, waits for one."""
        finished = done and not (to_write and (writes or not connection.has_gateway))
        text = f"everything is {'handed over' if connection.has_gateway else 'on chain'}"
        if not done:
            text = (
                "not finished: the gateway has not taken all: /finish once more when it is online"
            )
        elif to_write and writes:
            waiting = f"{to_write} entries are not on chain yet"
            text = f"not finished: {waiting}: it goes on writing, /finish once more later"
        elif to_write:
            so_far = f"{text};" if finished else "not finished:"
            text = f"{so_far} {to_write} entries are not on chain: {_AGAIN}"
        self._say(text, finished=finished, to_write=to_write)

    def left(self, to_write: int) -> None:
        """At the end: what is in the log alone."""
        text = f"left       {to_write} entries are not on chain: {_AGAIN}"
        self._say(text, left=to_write)

    def status(
        self,
        log: GateLog,
        known: Knowledge | None,
        connection: Connection,
        refused: dict[str, int],
    ) -> None:
        """What the scanner knows, has said and still has to tell."""
        state = _state(log, known) | {
            "online": connection.is_online,
            "clock_skew": connection.skew,
            "verdicts": log.counts(),
            "refused_alone": refused,
        }
        self._say(_status_text(state, log.counts(), refused), status=state)

    def verdict(self, verdict: ScanVerdict) -> None:
        """In or out, and why."""
        self._say(
            verdict_text(verdict),
            verdict="admitted" if verdict.admitted else "refused",
            reason=None if verdict.reason is None else verdict.reason.value,
            repeated=verdict.repeated,
            offline=verdict.offline,
            at=verdict.at,
            where=_text(verdict.where),
            when=verdict.when,
            group=verdict.group,
            ticket=_text(verdict.ticket),
            section=verdict.section,
            seat=verdict.seat,
        )


def verdict_text(verdict: ScanVerdict) -> str:
    """The line that an operator reads in half a second: the first word decides."""
    alone = " (decided here)" if verdict.offline else ""
    if verdict.reason is None:
        seat = "" if verdict.seat is None else f" section {verdict.section}, seat {verdict.seat}"
        if verdict.repeated:
            ago = max(0, int(time.time()) - verdict.at)
            return f"AGAIN      admitted {ago} s ago: let nobody else in{seat}{alone}"
        return f"IN        {seat}{alone}"
    where = "" if verdict.where is None else f"; gate {verdict.where}"
    group = "" if verdict.group is None else f"; gate group {verdict.group}"
    ticket = f"; ticket {verdict.ticket}" if verdict.reason in _TWICE and verdict.ticket else ""
    when = "" if verdict.when is None else f" at {_clock(verdict.when)}"
    text = f"{verdict.reason.value}: {SENTENCES[verdict.reason]}"
    return f"OUT        {text}{where}{when}{group}{ticket}{alone}"


def _state(log: GateLog, known: Knowledge | None) -> dict[str, object]:
    head = None if known is None else known.head
    return {
        "gate": str(log.gate),
        "session": log.session,
        "knows": "no manifest" if head is None else f"{_tickets(known)} lines, slot {head.slot}",
        "root": None if head is None else head.root.hex(),
        "slot": None if head is None else head.slot,
        "valid_until": None if head is None else head.valid_until,
        "writer": known is not None and not known.revoked and known.head.writer == log.gate,
        "to_hand_over": log.count_without(SYNCED, ScanKind.ADMITTED),
        "to_write": log.count_without(WRITTEN),
    }


def _status_text(
    state: dict[str, object], verdicts: dict[str, int], refused: dict[str, int]
) -> str:
    """The same for people: one line for each thing."""
    said = dict(verdicts)
    until = state["valid_until"]
    lines = state | {
        "valid_until": "" if not isinstance(until, int) else _clock(until),
        "verdicts": f"admitted {said.pop('', 0)}; refused: {_tally(said)}",
        "refused_alone": _tally(refused),
    }
    if "clock_skew" in state:
        lines["clock_skew"] = _skew_text(state["clock_skew"])
    return "\n".join(f"{name:<14}{'' if value is None else value}" for name, value in lines.items())


def _skew_text(skew: object) -> str:
    if not isinstance(skew, float):
        return "never compared"
    return "none" if abs(skew) <= SKEW_SECONDS else words_of(skew)


def _tally(counts: dict[str, int]) -> str:
    return ", ".join(f"{each} {count}" for each, count in counts.items()) or "none"


def _tickets(known: Knowledge | None) -> int:
    return 0 if known is None else len(known.manifest.tickets)


def _clock(moment: int) -> str:
    try:
        return datetime.fromtimestamp(moment, UTC).strftime("%H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):  # no moment that a calendar has
        return str(moment)


def _text(key: Pubkey | None) -> str | None:
    return None if key is None else str(key)
