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
