"""A crowd whose inner loop is machine code: see `bench.load.engine`."""

import asyncio
import select
import socket
import time
from collections.abc import Sequence
from typing import Final

import numpy as np

from bench.load import engine
from bench.load.crowd import PATIENCE, PAUSE, Crowd, Plan, Requests, UserList
from bench.load.engine import NONE, Memory, Table
from bench.load.wire import BROKEN

SLICE: Final = 0.2  # seconds after which the event loop has its turn, and broken connections
ANSWER: Final = 512  # bytes of an answer for which there is room, on average


class NativeCrowd(Crowd):
    """Plays the same plan as `Crowd` for a fraction of its CPU. Needs Linux and numba."""

    def __init__(self, plan: Plan, requests: Requests) -> None:
        super().__init__(plan, requests)
        self._lists = _streams(self.lists())
        self._book = np.zeros(int(self._lists["users"].sum()), engine.REQUEST)
        self._connections = np.full(plan.connections, NONE, engine.WIRE)
        self._users = np.zeros(plan.users, engine.USER)
        self._state = np.zeros(1, engine.STATE).view(np.recarray)
        self._memory = _lay_out(requests, self._state, self._users, self._connections, self._book)
        self._state["per_second"] = plan.per_second
        self._sockets: dict[int, socket.socket] = {}
        self._address = "", 0
        self._run(float("-inf"))  # compiles it, which is no part of the load

    async def play(self, host: str, port: int) -> None:
        """Sends everything and waits for the last answer. Raises OSError if nobody is there."""
        self._address = host, port
        try:
            with select.epoll() as epoll:
                self._state["epoll"] = epoll.fileno()
                for wire in range(self._plan.connections):
                    self._open(wire)
                self._state["start"] = self._start = time.perf_counter() + PAUSE
                await self._play()
        finally:
            for each in self._sockets.values():
                each.close()

    def read(self) -> None:
        """As a Crowd's, of the answers in the order in which they came."""
        book = self._book[: int(self._state["sent"][0])]
        book = book[np.argsort(book["at"], kind="stable")]
        whole = self._memory.data
        names = ("user", "due", "sent", "joins", "at", "text", "size")
        rows = zip(*(book[name].tolist() for name in names), strict=True)
        self._heard = [
            ((user, due, sent, bool(joins)), at, bytes(whole[text : text + size]) or BROKEN)
            for user, due, sent, joins, at, text, size in rows
            if at > 0
        ]
        self._memory, self._book = self._memory[:0].copy(), self._book[:0].copy()
        super().read()

    async def _play(self) -> None:
        end, broken = self._plan.seconds + PATIENCE, set[int]()
        why = engine.TIME_IS_UP
        while why != engine.DONE and (now := time.perf_counter() - self._start) < end:
            why = self._run(min(end, now + SLICE))
            if why == engine.FULL:
                raise MemoryError(f"answers have more than {ANSWER} bytes on average")
            if why == engine.BROKEN:
                broken.add(self._lose())
            elif why == engine.TIME_IS_UP:
                broken -= {wire for wire in broken if self._open_again(wire)}
                await asyncio.sleep(0)
        self._unanswered = int(self._state["sent"][0] - self._state["heard"][0])

    def _run(self, until: float) -> int:
        events = np.zeros(engine.EVENT * engine.MOST, dtype=np.uint32)
        tables = self._connections, self._book, self._users
        return engine.play(until, events, self._state, self._lists, *tables, self._memory)

    def _open(self, wire: int) -> None:
        opened = socket.create_connection(self._address)
        opened.settimeout(0)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sockets[wire] = opened
        self._connections["socket"][wire] = opened.fileno()
        engine.listen_to(int(self._state["epoll"][0]), opened.fileno(), wire)

    def _open_again(self, wire: int) -> bool:
        try:
            self._open(wire)
        except OSError:
            return False
        engine.hand_on_next(wire, self._connections, self._book, self._users, self._memory)
        return True

    def _lose(self) -> int:
        """Which connection broke; what was under way there has failed."""
        wire = int(self._state["lost"][0])
        self._sockets.pop(wire).close()
        request = int(self._connections["asked"][wire])
        if request != NONE:
            self._book["at"][request] = time.perf_counter() - self._start
            self._state["heard"] += 1
        self._connections["socket"][wire] = self._connections["asked"][wire] = NONE
        self._connections["got"][wire] = 0
        return wire


def _streams(lists: Sequence[UserList]) -> Table:
    rows = [(0, len(users), users.step, delay, joins) for users, delay, joins in lists]
    return np.array(rows, engine.STREAM)


def _lay_out(requests: Requests, state: Table, users: Table, wires: Table, book: Table) -> Memory:
    """The memory with all that is sent, and where everything is in it."""
    joins = b"".join(requests.joins)
    before, after = requests.poll_before, requests.poll_after
    poll = len(before) + engine.TICKET_ROOM + len(after)
    polls = len(joins) + len(after)
    texts = polls + poll * len(users)
    answers = texts + engine.ROOM * len(wires)
    memory = np.full(answers + ANSWER * len(book), 0, np.uint8)  # its pages are there before
    memory[:polls] = np.frombuffer(joins + after, np.uint8)
    rooms = memory[polls:texts].reshape(len(users), poll)
    rooms[:, : len(before)] = np.frombuffer(before, np.uint8)
    sizes = np.array([len(join) for join in requests.joins])
    users["join_size"], users["join"] = sizes, np.cumsum(sizes) - sizes
    users["poll"], users["early"] = polls + poll * np.arange(len(users)), NONE
    wires["text"], wires["got"] = texts + engine.ROOM * np.arange(len(wires)), 0
    state["before_size"], state["after"], state["after_size"] = len(before), len(joins), len(after)
    state["free"] = answers
    return memory
