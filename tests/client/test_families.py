"""The client's tree of a family is the programs' own, and a proof shows just one member."""

import importlib.util
import re
import secrets
from pathlib import Path
from typing import Any

from conting_client.families import (
    LEAVES,
    LEVELS,
    Proof,
    Role,
    consent_to,
    leaf_of,
    root_of,
    siblings_of,
)
from hypothesis import given
from hypothesis import strategies as st
from seahorse.prelude import Array, Pubkey, i64, u8
from solders.pubkey import Pubkey as Key

from tests.compiled import PROGRAMS


def programs_tree() -> Any:
    """The programs' own module, run by CPython."""
    spec = importlib.util.spec_from_file_location("tree", PROGRAMS / "identity" / "tree.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tree = programs_tree()
words = st.binary(min_size=32, max_size=32)
times = st.integers(min_value=-(2**63), max_value=2**63 - 1)


def array(word: bytes) -> Array[u8, 32]:
    return Array([u8(each) for each in word], 32)


def octets(word: Array[u8, 32]) -> bytes:
    return bytes(int(each) for each in word)


def test_the_documented_vector_is_a_familys() -> None:
    text = (Path(__file__).parents[2] / "docs" / "protocols.md").read_text()
    vector = dict(re.findall(r"^(leaf|consent|root): +([0-9a-f]{64})$", text, re.MULTILINE))
    kin, person, salt = Key(b"\x03" * 32), Key(b"\x04" * 32), b"\x05" * 32
    leaf = leaf_of(kin, person, Role.GUARDIAN, 1_760_000_000, salt)
    assert leaf.hex() == vector["leaf"]
    assert consent_to(leaf, salt).hex() == vector["consent"]
    siblings = siblings_of([leaf] + [bytes(32)] * (LEAVES - 1), 0)
    assert root_of(0, leaf, siblings).hex() == vector["root"]


@given(words, words, st.integers(0, 255), times, words)
def test_leaves_and_consents_are_the_programs(
    kin: bytes, person: bytes, role: int, joined_at: int, salt: bytes
) -> None:
    one, other = Key.from_bytes(kin), Key.from_bytes(person)
    leaf = leaf_of(one, other, role, joined_at, salt)
    texts = Pubkey(str(one)), Pubkey(str(other))
    theirs = tree.leaf_of(*texts, u8(role), i64(joined_at), array(salt))
    assert leaf == octets(theirs)
    assert consent_to(leaf, salt) == octets(tree.consent_to(theirs, array(salt)))


@given(st.lists(words, min_size=LEAVES, max_size=LEAVES), st.integers(0, LEAVES - 1))
def test_every_leaf_leads_to_the_programs_root(leaves: list[bytes], index: int) -> None:
    siblings = siblings_of(leaves, index)
    theirs: Any = Array([array(each) for each in siblings], LEVELS)
    root = octets(tree.root_of(u8(index), array(leaves[index]), theirs))
    assert root_of(index, leaves[index], siblings) == root
    assert root_of(0, leaves[0], siblings_of(leaves, 0)) == root


def test_a_proof_shows_one_member_of_one_family_and_nothing_beside() -> None:
    kin, person, other = (Key.from_bytes(secrets.token_bytes(32)) for _ in range(3))
    salt = secrets.token_bytes(32)
    leaves = [secrets.token_bytes(32) for _ in range(LEAVES)]
    leaves[2] = leaf_of(kin, person, Role.CHILD, 1000, salt)
    root = root_of(0, leaves[0], siblings_of(leaves, 0))
    siblings = siblings_of(leaves, 2)
    assert Proof(kin, person, 2, Role.CHILD, 1000, salt, siblings, 8).shows(root)
    for wrong in (
        Proof(kin, other, 2, Role.CHILD, 1000, salt, siblings, 8),
        Proof(other, person, 2, Role.CHILD, 1000, salt, siblings, 8),
        Proof(kin, person, 3, Role.CHILD, 1000, salt, siblings, 8),
        Proof(kin, person, 2, Role.ADULT, 1000, salt, siblings, 8),
        Proof(kin, person, 2, Role.CHILD, 999, salt, siblings, 8),
        Proof(kin, person, 2, Role.CHILD, 1000, bytes(32), siblings, 8),
    ):
        assert not wrong.shows(root)
