"""Attacks on families and persons, one test per attack."""

from pathlib import Path
from types import ModuleType

import pytest
from conting_client.generated import family
from conting_compiler.driver import compile_program
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.programs.family_calls import ED25519, Stage, leaving
from tests.programs.people import (
    COOL_DOWN,
    NO_LEAF,
    NOTICE,
    Household,
    consent_to,
    device_bytes,
    household,
    levels_of,
    siblings_of,
)
from tests.programs.world import World, refused, swapped

pytestmark = pytest.mark.attack


@pytest.fixture
def on() -> Stage:
    return Stage(World())


def send(on: Stage, call: Instruction, *signers: Keypair) -> str:
    return on.world.send(call, by=[on.world.actor(), *signers]).error


def put(home: Household, index: int, leaf: bytes, siblings: tuple[bytes, ...]) -> Instruction:
    return family.join_family(
        authority=home.office.authority.pubkey(),
        guardian=home.guardian.pubkey(),
        issuer=home.office.issuer,
        family=home.family,
        index=index,
        leaf=leaf,
        siblings=siblings,
    )


def joined(home: Household, index: int, leaf: bytes, siblings: tuple[bytes, ...]) -> str:
    """What comes of an attempt with both the issuer's and the guardian's signature."""
    call = put(home, index, leaf, siblings)
    world = home.world
    return world.send(call, by=[world.actor(), home.office.authority, home.guardian]).error


# The tree


def test_a_seventh_member(on: Stage) -> None:
    """Not even issuer and guardian together take one in, in any free place."""
    home = household(on.office, *(on.office.person() for _ in range(6)))
    for index in (6, 7):
        assert joined(home, index, b"\7" * 32, home.siblings(index)) == "FAMILY_FULL"


def test_a_member_in_the_place_of_another(on: Stage) -> None:
    """Six in the tree and size 1 would be seven persons."""
    home = on.home
    for leaf in (b"\7" * 32, home.leaf(on.ann)):
        assert joined(home, 0, leaf, home.siblings(0)) == "BAD_PROOF"


def test_removing_what_is_not_there_makes_no_room(on: Stage) -> None:
    home = household(on.office, *(on.office.person() for _ in range(6)))

    def removed(index: int, leaf: bytes) -> str:
        call = family.remove_member(
            authority=on.office.authority.pubkey(),
            issuer=on.office.issuer,
            family=home.family,
            index=index,
            leaf=leaf,
            siblings=home.siblings(index),
        )
        return send(on, call, on.office.authority)

    assert removed(6, NO_LEAF) == "EMPTY_LEAF"
    assert removed(6, b"\7" * 32) == "BAD_PROOF"
    assert removed(0, home.leaves[1]) == "BAD_PROOF"


def test_forged_siblings(on: Stage) -> None:
    home = household(on.office, *(on.office.person() for _ in range(3)))
    good = home.siblings(5)
    for level in range(3):
        for bad in (NO_LEAF, b"\7" * 32, good[(level + 1) % 3]):
            forged = (*good[:level], bad, *good[level + 1 :])
            if forged != good:
                assert joined(home, 5, b"\7" * 32, forged) == "BAD_PROOF"
    assert joined(home, 5, b"\7" * 32, tuple(reversed(good))) == "BAD_PROOF"
    assert joined(home, 4, b"\7" * 32, home.siblings(2)) == "BAD_PROOF"


def test_the_tree_of_another_family(on: Stage) -> None:
    home = household(on.office, on.office.person(), on.office.person())
    other = household(on.office, on.office.person())
    assert joined(home, 5, b"\7" * 32, other.siblings(5)) == "BAD_PROOF"


def test_a_join_that_was_overtaken(on: Stage) -> None:
    """A proof is for one state of the tree: the second of two joins is made anew."""
    home, old = on.home, on.home.siblings(2)
    home.join(on.office.person(), 1)
    assert joined(home, 2, b"\7" * 32, old) == ("BAD_PROOF" if old != home.siblings(2) else "")
    home.join(on.office.person(), 3)
    assert joined(home, 2, b"\7" * 32, old) == "BAD_PROOF"


def test_a_node_as_a_leaf(on: Stage) -> None:
    """Second preimage: an inner node is no leaf, nor a leaf a node, wherever it is shown."""
    home = household(on.office, *(on.office.person() for _ in range(4)))
    levels = levels_of(home.leaves)
    for height in (1, 2, 3):
        for index, node in enumerate(levels[height]):
            siblings = home.siblings(min(index << height, 7))
            call = family.remove_member(
                authority=on.office.authority.pubkey(),
                issuer=on.office.issuer,
                family=home.family,
                index=index,
                leaf=node,
                siblings=siblings,
            )
            assert send(on, call, on.office.authority) == "BAD_PROOF"


def test_a_node_as_a_new_leaf_opens_no_second_tree(on: Stage) -> None:
    """Eight members below one leaf would be a ninth level; proofs have three."""
    home = household(on.office)
    hidden = [bytes([each]) * 32 for each in range(1, 9)]
    node = levels_of(hidden)[1][0]
    assert joined(home, 0, node, home.siblings(0)) == ""
    home.leaves[0] = node
    below = siblings_of(hidden, 0)[0]
    for siblings in ((below, *home.siblings(0)[:2]), (below, *home.siblings(0)[1:])):
        call = family.remove_member(
            authority=on.office.authority.pubkey(),
            issuer=on.office.issuer,
            family=home.family,
            index=0,
            leaf=hidden[0],
            siblings=siblings,
        )
        assert send(on, call, on.office.authority) == "BAD_PROOF"


# Consent


def test_both_families_at_once(on: Stage) -> None:
    """In both trees, but a person agrees to one only."""
    other = household(on.office)
    other.join(on.ann)
    agreed = on.home.members[on.ann.person]
    assert agreed
    assert send(on, other.consent(on.ann), on.ann.wallet) == "MEMBER_ALREADY"
    both = on.world.read(family.Person, on.ann.person).membership
    assert both == consent_to(on.home.leaf(on.ann), on.home.salt(0))


def test_leaving_and_joining_another_at_once(on: Stage) -> None:
    other = household(on.office)
    other.join(on.ann)
    assert on.home.members
    leave, join = leaving(on.ann), other.consent(on.ann)
    refused(on.world.send(leave, join, by=on.ann.wallet), "COOLING_DOWN")
    assert send(on, leave, on.ann.wallet) == ""
    on.world.wait(COOL_DOWN - 1)
    assert send(on, join, on.ann.wallet) == "COOLING_DOWN"
    assert send(on, leave, on.ann.wallet) == "NOT_A_MEMBER"


def test_a_cool_down_is_not_escaped_by_moving(on: Stage) -> None:
    """Another wallet is the same person."""
    other = household(on.office)
    other.join(on.ann)
    assert on.home.members
    assert send(on, leaving(on.ann), on.ann.wallet) == ""
    on.moving()
    on.world.wait(NOTICE)
    assert send(on, family.finish_rebinding(person=on.ann.person)) == ""
    join = swapped(other.consent(on.ann), on.ann.wallet.pubkey(), on.wallet.pubkey())
    assert send(on, join, on.wallet) == "COOLING_DOWN"


def test_consent_by_the_rules_of_a_kinder_issuer(on: Stage) -> None:
    """Mallory registers an issuer with the shortest cool-down and shows that one."""
    assert on.home.members
    assert send(on, leaving(on.ann), on.ann.wallet) == ""
    kind = family.register_issuer(
        founder=on.wallet.pubkey(),
        help_desk=Pubkey.new_unique(),
        notice=3_600,
        cool_down=86_400,
        name="",
        uri="",
    )
    assert send(on, kind, on.wallet) == ""
    on.world.wait(86_400)
    forged = swapped(
        on.home.consent(on.ann),
        on.office.issuer,
        family.issuer_address(founder=on.wallet.pubkey()),
    )
    assert send(on, forged, on.ann.wallet) == "OTHER_ISSUER"


# The claw-back


def test_a_sold_wallet_cannot_stop_the_claw_back(on: Stage) -> None:
    """The buyer has ann's key and phone; ann goes to the issuer, and gets everything back."""
    person, buyer = on.ann.person, on.ann.wallet
    on.moving()
    own_cancel = family.cancel_rebinding(
        authority=buyer.pubkey(), issuer=on.office.issuer, person=person
    )
    assert send(on, own_cancel, buyer) == "NOT_ISSUER"
    as_self = family.cancel_device(wallet=buyer.pubkey(), self_person=person)
    assert send(on, as_self, buyer) == "NOT_SELF_ATTESTED"
    back = family.announce_device(
        wallet=buyer.pubkey(), self_person=person, scheme=ED25519, device=on.phone
    )
    assert send(on, back, buyer) == "NOT_SELF_ATTESTED"
    on.world.wait(NOTICE)
    assert send(on, family.finish_rebinding(person=person)) == ""
    assert on.world.read(family.Person, person).wallet == on.wallet.pubkey()
    assert send(on, back, buyer) == "NOT_YOUR_PERSON"


def test_an_issuer_of_the_buyer_cannot_stop_it_either(on: Stage) -> None:
    buyer = on.ann.wallet
    on.moving()
    own = family.register_issuer(
        founder=buyer.pubkey(),
        help_desk=Pubkey.new_unique(),
        notice=NOTICE,
        cool_down=COOL_DOWN,
        name="",
        uri="",
    )
    assert send(on, own, buyer) == ""
    call = family.cancel_rebinding(
        authority=buyer.pubkey(),
        issuer=family.issuer_address(founder=buyer.pubkey()),
        person=on.ann.person,
    )
    assert send(on, call, buyer) == "OTHER_ISSUER"


def test_a_second_announcement_does_not_take_over_the_first(on: Stage) -> None:
    on.moving()
    other = on.world.actor()
    call = swapped(on.announce(on.ann), on.wallet.pubkey(), other.pubkey())
    assert send(on, call, other, on.office.authority) == "REBINDING_PENDING"


def test_shorter_rules_do_not_shorten_what_is_announced(on: Stage) -> None:
    on.moving()
    call = family.update_issuer(
        authority=on.office.authority.pubkey(),
        successor=on.office.authority.pubkey(),
        issuer=on.office.issuer,
        help_desk=on.office.help_desk.pubkey(),
        notice=3_600,
        cool_down=COOL_DOWN,
    )
    assert send(on, call, on.office.authority) == ""
    on.world.wait(NOTICE - 1)
    assert send(on, family.finish_rebinding(person=on.ann.person)) == "NOTICE_RUNS"


def test_the_help_desk_alone(on: Stage) -> None:
    on.moving()
    desk = on.office.help_desk
    call = family.shorten_rebinding(
        authority=desk.pubkey(), help_desk=desk.pubkey(), issuer=on.office.issuer,
        person=on.ann.person,
    )  # fmt: skip
    assert send(on, call, desk) == "NOT_ISSUER"
    both_one = swapped(call, desk.pubkey(), on.office.authority.pubkey())
    assert send(on, both_one, on.office.authority) == "NOT_HELP_DESK"


def test_a_self_attested_wallet_never_changes(on: Stage) -> None:
    """An issuer whose authority is that very wallet does not vouch for it."""
    lone, key = on.lone, on.lone.wallet.pubkey()
    own = family.register_issuer(
        founder=key, help_desk=Pubkey.new_unique(), notice=NOTICE, cool_down=COOL_DOWN,
        name="", uri="",
    )  # fmt: skip
    assert send(on, own, lone.wallet) == ""
    call = family.announce_rebinding(
        authority=key,
        wallet=on.wallet.pubkey(),
        issuer=family.issuer_address(founder=key),
        person=lone.person,
        scheme=ED25519,
        device=on.phone,
    )
    assert send(on, call, lone.wallet, on.wallet) == "OTHER_ISSUER"


# Who is a person

WRAPPER = """
from seahorse.prelude import *

declare_id("{wrapper}")
FAMILY = Pubkey("{family}")


@instruction
def act(wrapped: UncheckedAccount, person: UncheckedAccount, system: Program, family: Program,
        data: bytes):
    unchecked("whoever it is shall act as the wallet")
    assert family.key() == FAMILY
    family.invoke(
        accounts=[
            CpiAccount(wrapped, mut=True, seeds=["wrapped"]),
            CpiAccount(person, mut=True),
            CpiAccount(system),
        ],
        data=data,
    )
"""


def test_a_wallet_that_is_a_program(on: Stage, tmp_path: Path) -> None:
    """A wallet that a program signs for could be sold together with all that it holds."""
    address = Pubkey.new_unique()
    source = tmp_path / "wrapper.py"
    source.write_text(WRAPPER.format(wrapper=address, family=family.PROGRAM_ID))
    wrapper = compile_program(source)
    client = ModuleType("client")
    exec(wrapper.client, vars(client))
    on.world.svm.add_program(address, wrapper.elf)
    wrapped = Pubkey.find_program_address([b"wrapped"], address)[0]
    on.world.svm.airdrop(wrapped, 10**9)
    plain = family.register_self(
        wallet=wrapped, scheme=ED25519, device=device_bytes(Pubkey.new_unique())
    )
    call = client.act(
        wrapped=wrapped,
        person=family.self_person_address(wallet=wrapped),
        system=Pubkey.default(),
        family=family.PROGRAM_ID,
        data=bytes(plain.data),
    )
    assert send(on, call) == "NOT_A_PERSON"
