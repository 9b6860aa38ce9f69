"""What public programs for the original Seahorse do, in a program of our own: bare numbers that are
counts, fees and indexes, gifts into a pot and back out of it, events, early returns.
"""

import random
from pathlib import Path

import pytest
from conting_compiler.driver import compile_program
from seahorse.prelude import Pubkey

from tests.compiler.differential.pair import Pair

pytestmark = pytest.mark.slow

PEOPLE = [Pubkey.of(bytes([n]) * 32) for n in (1, 2, 3)]
POT = """
from seahorse.prelude import *

declare_id('Fg6PaFpoGXkYsidMpWTK6W2BeZ7FEfcYkg476zPFsLnS')

FEE = 3


class Pot(Account):
  owner: Pubkey
  goal: u64
  held: u64
  state: u8
  marks: Array[u8, 5]


class Gift(Account):
  giver: Pubkey
  pot: Pubkey
  amount: u64
  back: bool


class Given(Event):
  pot: Pubkey
  amount: u64
  left: u64

  def __init__(self, pot: Pubkey, amount: u64, left: u64):
    self.pot = pot
    self.amount = amount
    self.left = left


@instruction
def start(owner: Signer, pot: Empty[Pot], goal: u64, name: str):
  pot = pot.init(payer = owner, seeds = ['pot', owner, name])
  deposit = 2 * 1_000
  owner.transfer_lamports(pot, deposit)
  pot.owner = owner.key()
  pot.goal = goal
  print(f'{owner.key()} asks for {pot.goal}')


@instruction
def give(giver: Signer, pot: Pot, gift: Empty[Gift], amount: u64, number: i64):
  assert pot.state == 0, 'this pot is closed'
  made = gift.init(payer = giver, seeds = ['gift', pot, giver.key(), number])
  fee = 0
  for i in range(5):
    if pot.marks[i] == 0:
      fee += FEE
  rest = amount - fee
  giver.transfer_lamports(pot, rest)
  made.giver = giver.key()
  made.pot = pot.key()
  made.amount = rest
  pot.held += rest
  left = 0
  if pot.held < pot.goal:
    left = pot.goal - pot.held
  mark = 1
  while mark < 5 and pot.marks[mark] != 0:
    mark += 1
  if mark < 5:
    pot.marks[mark] = mark
  event = Given(pot.key(), rest, left)
  event.emit()


@instruction
def end(owner: Signer, pot: Pot):
  if pot.owner != owner.key():
    print('somebody else')
    return
  pot.state = 1 if pot.held < pot.goal else 2
  if pot.state == 2:
    pot.transfer_lamports(owner, pot.held)
    pot.held = 0


@instruction
def take_back(giver: Signer, pot: Pot, gift: Gift):
  assert gift.giver == giver.key(), 'not your gift'
  assert gift.pot == pot.key() and pot.state == 1 and not gift.back, 'nothing to take back'
  share = 100
  part = gift.amount * share // 100
  pot.transfer_lamports(to = giver, amount = part)
  pot.held -= part
  gift.back = True
"""


def _play(pair: Pair, chosen: random.Random, goal: int) -> list[int | str]:
    owner = PEOPLE[0]
    pot = pair.address(b"pot", bytes(owner), b"roof")
    found = [pair.run("start", {"owner": owner, "pot": pot}, {"goal": goal, "name": "roof"})]
    gifts = []
    for number in range(7):
        giver = chosen.choice(PEOPLE)
        seeds = (b"gift", bytes(pot), bytes(giver), number.to_bytes(8, "little"))
        accounts = {"giver": giver, "pot": pot, "gift": pair.address(*seeds)}
        amount = chosen.choice([0, 14, 15, 1000, 10**6])
        found.append(pair.run("give", accounts, {"amount": amount, "number": number}))
        gifts += [accounts] if found[-1] == 0 else []
    ender = chosen.choice(PEOPLE)
    found.append(pair.run("end", {"owner": ender, "pot": pot}))
    found.append(pair.run("end", {"owner": owner, "pot": pot}))
    for accounts in gifts * 2:
        taker = chosen.choice([accounts["giver"], accounts["giver"], PEOPLE[1]])
        found.append(pair.run("take_back", {**accounts, "giver": taker}))
    return found


def test_a_pot(tmp_path: Path) -> None:
    path = tmp_path / "pot.py"
    path.write_text(POT)
    compiled = compile_program(path)
    chosen = random.Random(7)
    outcomes = set()
    for goal in (0, 10**6, 10**9):
        outcomes |= set(_play(Pair(path, compiled, PEOPLE), chosen, goal))
    assert 0 in outcomes
    assert len(outcomes) > 3
