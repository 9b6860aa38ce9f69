"""What programs for the original Seahorse write means the same under CPython and compiled."""

from pathlib import Path

import pytest

from tests.compiler.differential.logged import Logged, empty

pytestmark = pytest.mark.slow

SOURCE = """
class Turn(Enum):
    NONE = -1
    FIRST = 1
    SECOND = 2


class Item:
    name: str
    tags: List[str]

    def __init__(self, name: str, tags: List[str]):
        self.name = name
        self.tags = tags


class Board(Account):
    cells: Array[u8, 4]
    turn: Turn
    items: List[Item]


@instruction
def play(board: Board, at: u8, values: List[u8]):
    copy = Array(board.cells, len=4)
    copy[at] += 1
    made = Array(values, len=3)
    board.cells[0] = made[2]
    board.turn = Turn.SECOND if board.turn == Turn.NONE else Turn.NONE
    print(copy, board.cells, board.turn == Turn.NONE, made)


@instruction
def tag(board: Board, word: str, skip: str):
    items = []
    for item in board.items:
        tags = []
        for each in item.tags:
            if each != skip:
                tags.append(each)
        tags.append(word)
        items.append(Item(item.name, tags))
    first = []
    first.append(word)
    items.append(Item(name=word + "!", tags=first))
    board.items = items
    for item in board.items:
        print(item.name, len(item.tags), item.tags[0])


@instruction
def empty(board: Board, word: str):
    nothing = ""
    print("", len(nothing), word == "", word == nothing)
    address, bump = Pubkey.find_program_address(["", board], Pubkey.default())
    print(address, bump, sha256(b"") == sha256(bytes_of(nothing)))
"""


def test_it_means_the_same(tmp_path: Path) -> None:
    machines = Logged.of(SOURCE, tmp_path / "board.py", empty("Board", 600))
    for at, values in ((0, [1, 2, 3]), (3, [9, 8, 7]), (4, [1, 2, 3]), (1, [1, 2]), (0, [0] * 4)):
        machines.run("play", {"at": at, "values": values})
    for word in ("", "x"):
        machines.run("empty", {"word": word})
    for word, skip in (("ab", ""), ("c", "ab"), ("", "c"), ("ab", "ab")):
        machines.run("tag", {"word": word, "skip": skip})


POLL = """
def is_over(poll: Poll, state: State) -> bool:
    return state == State.OVER and poll.open


class Poll(Account):
    key: u16
    open: bool
    state: State
    sums: List[u64]
    counts: Array[u64, 4]
    mask: i32


class State(Enum):
    RUNNING = 0
    OVER = 1


@instruction
def start(poll: Poll, key: u16):
    poll.key = key
    poll.open = True
    poll.counts = array(0, 0, 7, 0)
    poll.mask = 13
    poll.sums = [0, 2] * len(poll.counts) + [1]


@instruction
def vote(poll: Poll, choice: u8):
    poll.counts[choice] += 1
    poll.mask &= ~1
    poll.open = poll.counts[choice] < 3
    poll.sums[choice] += poll.sums[-2]
    poll.state = State.OVER
    print(sum(poll.sums), is_over(poll, poll.state))
    print(poll.key, poll.open, poll.counts, poll.mask)
"""


def test_fields_may_be_called_like_what_accounts_have(tmp_path: Path) -> None:
    machines = Logged.of(POLL, tmp_path / "poll.py", empty("Poll", 200))
    machines.run("start", {"key": 500})
    _, lines = machines.run("vote", {"choice": 1})
    assert lines == ("11 True", "500 True [0, 1, 7, 0] 12")
    for choice in (1, 1, 2, 0, 4):
        machines.run("vote", {"choice": choice})
