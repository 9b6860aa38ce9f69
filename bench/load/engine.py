"""The inner loop of a crowd, compiled for this machine by numba: what a phone costs it is small.

The generator shares the cores with the server that it measures. As Python, sending a request and
reading its answer costs 8 us of CPU beside what the kernel needs; so it costs two. Everything is in
a few tables, since numba counts the users of each array that it is handed, and in one long memory:
joins, room for polls, for answers on their way, and for whole ones. Only Linux has epoll.
"""

import ctypes
import platform
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from bench.load.crowd import TICK, TICKET
from bench.load.wire import HEADERS_END, LENGTH

DONE, TIME_IS_UP, BROKEN, FULL = range(4)
"""Why `play` came back: all is answered; it is late; a connection broke; no room for answers."""

ROOM: Final = 4096  # bytes of an answer that a connection takes; a longer one breaks it
TICKET_ROOM: Final = 512  # bytes of the longest ticket
MOST: Final = 1024  # connections that are read between two looks at the schedule
NONE: Final = -1
_CARRIAGE_RETURN, _QUOTE, _ZERO = b'\r"0'
_MONOTONIC: Final = 1  # CLOCK_MONOTONIC, which time.perf_counter reads too
_NO_SIGNAL: Final = 0x4000  # MSG_NOSIGNAL
_WAIT: Final = 1  # milliseconds, the least that an epoll can wait; spinning would take a core
_CONTROL_ADD: Final = 1
_READABLE: Final = 1  # EPOLLIN
_IS_PACKED: Final = platform.machine() in {"x86_64", "AMD64"}
EVENT: Final = 3 if _IS_PACKED else 4  # 32-bit words of an epoll_event (epoll_ctl(2))
_NAMED: Final = 1 if _IS_PACKED else 2  # where in it the connection's number is

Function = TypeVar("Function", bound=Callable[..., Any])
Table = NDArray[Any]
"""Rows of one of the kinds below."""
Memory = NDArray[np.uint8]

STATE: Final = np.dtype(
    [
        ("seconds", "i8"),  # where Linux writes the time
        ("nanoseconds", "i8"),
        ("start", "f8"),  # seconds of CLOCK_MONOTONIC, from which all times count
        ("per_second", "f8"),  # users who come
        ("epoll", "i8"),
        ("sent", "i8"),  # requests that came due
        ("heard", "i8"),  # and that were answered
        ("free", "i8"),  # where in the memory the next answer is kept
        ("lost", "i8"),  # the connection that broke last
        ("before_size", "i8"),  # bytes of a poll before the ticket
        ("after", "i8"),  # where in the memory those after it are
        ("after_size", "i8"),
    ]
)
"""One row."""
STREAM: Final = np.dtype(
    [("at", "i8"), ("users", "i8"), ("step", "i8"), ("delay", "f8"), ("joins", "i8")]
)
"""A list of users in order of time: every `step`-th, `delay` seconds after they came."""
WIRE: Final = np.dtype(
    [
        ("socket", "i8"),  # a descriptor; NONE while it is not connected
        ("asked", "i8"),  # the request that is under way, or NONE
        ("first", "i8"),  # of those that wait in line, or NONE
        ("last", "i8"),
        ("text", "i8"),  # where its answer comes in
        ("got", "i8"),  # bytes of it so far
    ]
)
REQUEST: Final = np.dtype(
    [
        ("due", "f8"),
        ("sent", "f8"),
        ("at", "f8"),  # when it was answered; 0 if it was not
        ("user", "i8"),
        ("joins", "i8"),
        ("next", "i8"),  # who comes after it in a line
        ("text", "i8"),  # its answer
        ("size", "i8"),  # bytes of that; 0 if the connection broke
    ]
)
USER: Final = np.dtype(
    [
        ("join", "i8"),
        ("join_size", "i8"),
        ("poll", "i8"),
        ("poll_size", "i8"),  # 0 until the ticket is there
        ("early", "i8"),  # the last poll that came due before that, or NONE
    ]
)
"""Where in the memory a user's requests are."""


def compiled(function: Function) -> Function:
    """`function`, as machine code."""
    return cast("Function", numba.njit(nogil=True)(function))


def _libc(name: str, result: Any, *arguments: Any) -> Any:  # noqa: ANN401 ctypes' own types
    found = getattr(ctypes.CDLL(None), name)
    found.restype, found.argtypes = result, arguments
    return found


_INT, _AT, _SIZE = ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t
_send = _libc("send", ctypes.c_ssize_t, _INT, _AT, _SIZE, _INT)
_recv = _libc("recv", ctypes.c_ssize_t, _INT, _AT, _SIZE, _INT)
_epoll_wait = _libc("epoll_wait", _INT, _INT, _AT, _INT, _INT)
_epoll_ctl = _libc("epoll_ctl", _INT, _INT, _INT, _INT, _AT)
_clock_gettime = _libc("clock_gettime", _INT, _INT, _AT)


def listen_to(epoll: int, socket: int, wire: int) -> None:
    """Has an epoll tell of what comes to a socket, by the number of its connection."""
    event = np.zeros(EVENT, dtype=np.uint32)
    event[0], event[_NAMED] = _READABLE, wire
    if _epoll_ctl(epoll, _CONTROL_ADD, socket, event.ctypes.data):
        raise OSError("epoll_ctl failed")


@compiled
def _now(state: Table) -> float:
    """Seconds from the start."""
    _clock_gettime(_MONOTONIC, state.ctypes.data)
    return float(state[0].seconds + state[0].nanoseconds * 1e-9 - state[0].start)


@compiled
def _find(memory: Memory, begin: int, end: int, wanted: bytes) -> int:
    """Where `wanted` begins between two places; NONE if it is not there."""
    for at in range(begin, end - len(wanted) + 1):
        same = 0
        while same < len(wanted) and memory[at + same] == wanted[same]:
            same += 1
        if same == len(wanted):
            return at
    return NONE


@compiled
def _length(memory: Memory, begin: int, end: int) -> int:
    """How many bytes the answer that begins there has as a whole; NONE while that is not known."""
    head = _find(memory, begin, end, HEADERS_END)
    at = _find(memory, begin, head, LENGTH) + len(LENGTH)
    if head == NONE:
        return NONE
    body = 0
    while memory[at] != _CARRIAGE_RETURN:
        body = 10 * body + memory[at] - _ZERO
        at += 1
    return head + len(HEADERS_END) + body - begin


@compiled
def hand_on(  # noqa: PLR0917 numba is quick with plain tables only
    wire: int, request: int, wires: Table, book: Table, users: Table, memory: Memory
) -> None:
    """Sends a request, or puts it in line."""
    if wires[wire].asked != NONE or wires[wire].socket == NONE:
        book[request].next = NONE
        if wires[wire].first == NONE:
            wires[wire].first = request
        else:
            book[wires[wire].last].next = request
        wires[wire].last = request
        return
    wires[wire].asked = request
    user = users[book[request].user]
    if book[request].joins:
        _send(wires[wire].socket, memory.ctypes.data + user.join, user.join_size, _NO_SIGNAL)
    else:
        _send(wires[wire].socket, memory.ctypes.data + user.poll, user.poll_size, _NO_SIGNAL)


@compiled
def hand_on_next(wire: int, wires: Table, book: Table, users: Table, memory: Memory) -> None:
    """Sends what waits in line, if the connection is free."""
    request = wires[wire].first
    if request != NONE and wires[wire].asked == NONE:
        wires[wire].first = book[request].next
        hand_on(wire, request, wires, book, users, memory)


@compiled
def _send_due(  # noqa: PLR0917
    now: float,
    state: Table,
    streams: Table,
    wires: Table,
    book: Table,
    users: Table,
    memory: Memory,
) -> bool:
    """Sends what is due; whether there is more to come."""
    more = False
    for stream in streams:
        while stream.at < stream.users:
            user = stream.at * stream.step
            due = user / state[0].per_second + stream.delay
            if due > now:
                more = True
                break
            stream.at += 1
            request = state[0].sent
            state[0].sent += 1
            book[request].user, book[request].due = user, due
            book[request].joins = stream.joins
            if stream.joins or users[user].poll_size:
                book[request].sent = _now(state)
                hand_on(user % len(wires), request, wires, book, users, memory)
            else:
                book[request].next = users[user].early
                users[user].early = request
    return more


@compiled
def _take_ticket(  # noqa: PLR0917
    wire: int,
    request: int,
    state: Table,
    wires: Table,
    book: Table,
    users: Table,
    memory: Memory,
) -> None:
    """Makes a user's poll of the answer to a join, and sends the polls that waited for it."""
    user, begin = book[request].user, book[request].text
    found = _find(memory, begin, begin + book[request].size, TICKET)
    if found == NONE:
        return
    start, size = found + len(TICKET), 0
    while memory[start + size] != _QUOTE and size < TICKET_ROOM:
        size += 1
    at, after = users[user].poll + state[0].before_size, state[0].after
    memory[at : at + size] = memory[start : start + size]
    memory[at + size : at + size + state[0].after_size] = memory[
        after : after + state[0].after_size
    ]
    users[user].poll_size = state[0].before_size + size + state[0].after_size
    early = users[user].early
    users[user].early = NONE
    while early != NONE:
        following = book[early].next
        book[early].sent = book[request].at
        hand_on(wire, early, wires, book, users, memory)
        early = following


@compiled
def _read(  # noqa: PLR0917
    wire: int, state: Table, wires: Table, book: Table, users: Table, memory: Memory
) -> int:
    """Reads what has come; DONE, or what `play` has to stop for."""
    begin, got, request = wires[wire].text, wires[wire].got, wires[wire].asked
    came = _recv(wires[wire].socket, memory.ctypes.data + begin + got, ROOM - got, 0)
    if came <= 0 or request == NONE:
        state[0].lost = wire
        return BROKEN
    got += came
    wires[wire].got = got
    size = _length(memory, begin, begin + got)
    if size == NONE or got < size:
        return DONE
    text = state[0].free
    if text + size > len(memory):
        return FULL
    memory[text : text + size] = memory[begin : begin + size]
    book[request].text, book[request].size = text, size
    book[request].at = _now(state)
    state[0].free += size
    state[0].heard += 1
    wires[wire].got, wires[wire].asked = 0, NONE
    if book[request].joins:
        _take_ticket(wire, request, state, wires, book, users, memory)
    hand_on_next(wire, wires, book, users, memory)
    return DONE


@compiled
def play(  # noqa: PLR0917
    until: float,
    events: NDArray[np.uint32],
    state: Table,
    streams: Table,
    wires: Table,
    book: Table,
    users: Table,
    memory: Memory,
) -> int:
    """Sends what comes due and reads what is answered, until so many seconds after the start.

    `events`: room for MOST of EVENT words. Says why it came back.
    """
    while True:
        now = _now(state)
        if now >= until:
            return TIME_IS_UP
        more = _send_due(now, state, streams, wires, book, users, memory)
        if not more and state[0].heard == state[0].sent:
            return DONE
        after = now + TICK
        while now < after:
            ready = _epoll_wait(state[0].epoll, events.ctypes.data, MOST, _WAIT)
            for event in range(ready):
                why = _read(events[EVENT * event + _NAMED], state, wires, book, users, memory)
                if why != DONE:
                    return why
            now = _now(state)
