"""What family refuses, by name: who may not, what does not belong together, what comes too late."""

from collections.abc import Callable

import pytest
from conting_client.generated import family
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.compiled import compiled
from tests.programs.family_calls import CALLS, ED25519, Stage, leaving
from tests.programs.people import COOL_DOWN, NOTICE, YEAR, consent_to, office
from tests.programs.tampering import Call
from tests.programs.world import World, swapped

HOUR, DAY = 3_600, 86_400
BY_ISSUER = [
    each.name
    for each in compiled("family").program.instructions
    if {"authority", "issuer"} <= {account.name for account in each.accounts}
    and each.name != "register_issuer"
]
OF_PERSON_OR_FAMILY = [each for each in BY_ISSUER if each not in ("update_issuer", "attest_person",
                                                                   "found_family")]  # fmt: skip


@pytest.fixture
def on() -> Stage:
    return Stage(World())


def send(on: Stage, call: Instruction, *signers: Keypair) -> str:
    return on.world.send(call, by=[on.world.actor(), *signers]).error


def done(on: Stage, name: str) -> Call:
    """The instruction has been carried out once."""
    call = CALLS[name](on)
    assert not send(on, call.instruction, *call.signers)
    return call


@pytest.mark.parametrize("name", BY_ISSUER)
def test_by_somebody_who_is_no_issuer(on: Stage, name: str) -> None:
    call = CALLS[name](on)
    mallory = on.world.actor()
    by_mallory = swapped(call.instruction, on.office.authority.pubkey(), mallory.pubkey())
    signers = [each for each in call.signers if each != on.office.authority]
    assert send(on, by_mallory, mallory, *signers) == "NOT_ISSUER"


@pytest.mark.parametrize("name", OF_PERSON_OR_FAMILY)
def test_by_another_issuer(on: Stage, name: str) -> None:
    """Mallory is an issuer too; anybody can be one."""
    call = CALLS[name](on)
    other = office(on.world)
    forged = swapped(call.instruction, on.office.authority.pubkey(), other.authority.pubkey())
    forged = swapped(forged, on.office.issuer, other.issuer)
    signers = [each for each in call.signers if each != on.office.authority]
    assert send(on, forged, other.authority, *signers) == "OTHER_ISSUER"


@pytest.mark.parametrize("name", ["attest_person", "found_family"])
def test_in_the_name_of_another_issuer(on: Stage, name: str) -> None:
    """What another issuer makes lies at another address."""
    call = CALLS[name](on)
    other = office(on.world)
    forged = swapped(call.instruction, on.office.authority.pubkey(), other.authority.pubkey())
    forged = swapped(forged, on.office.issuer, other.issuer)
    signers = [each for each in call.signers if each != on.office.authority]
    assert send(on, forged, other.authority, *signers) == "WRONG_SEEDS"


@pytest.mark.parametrize(
    "name", ["register_issuer", "attest_person", "register_self", "found_family"]
)
def test_made_once(on: Stage, name: str) -> None:
    call = done(on, name)
    assert send(on, call.instruction, *call.signers) == "NOT_EMPTY"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("revoke_person", "REVOKED"),
        ("revoke_family", "REVOKED"),
        ("renew_person", "BAD_VALIDITY"),
        ("renew_family", "BAD_VALIDITY"),
        ("announce_rebinding", "REBINDING_PENDING"),
        ("announce_device", "REBINDING_PENDING"),
        ("cancel_rebinding", "NO_REBINDING"),
        ("cancel_device", "NO_REBINDING"),
        ("finish_rebinding", "NO_REBINDING"),
        ("join_family", "BAD_PROOF"),
        ("remove_member", "BAD_PROOF"),
        ("consent", "MEMBER_ALREADY"),
        ("leave_family", "NOT_A_MEMBER"),
        ("update_issuer", "NOT_ISSUER"),
    ],
)
@pytest.mark.attack
def test_replayed(on: Stage, name: str, error: str) -> None:
    """The very same call once more."""
    call = done(on, name)
    assert send(on, call.instruction, *call.signers) == error


def rules(on: Stage, **change: object) -> str:
    """Registers an issuer with one rule changed."""
    given: dict[str, object] = {
        "founder": on.wallet.pubkey(),
        "help_desk": Pubkey.new_unique(),
        "notice": NOTICE,
        "cool_down": COOL_DOWN,
        "name": "n",
        "uri": "u",
    }
    call = family.register_issuer(**(given | change))  # type: ignore[arg-type]
    return send(on, call, on.wallet)


@pytest.mark.parametrize(
    ("rule", "value", "error"),
    [
        ("notice", HOUR - 1, "BAD_NOTICE"),
        ("notice", 30 * DAY + 1, "BAD_NOTICE"),
        ("notice", HOUR, ""),
        ("notice", 30 * DAY, ""),
        ("cool_down", DAY - 1, "BAD_COOL_DOWN"),
        ("cool_down", 365 * DAY + 1, "BAD_COOL_DOWN"),
        ("cool_down", DAY, ""),
        ("cool_down", 365 * DAY, ""),
        ("name", "é" * 41, "TEXT_TOO_LONG"),
        ("name", "é" * 40, ""),
        ("uri", "u" * 121, "TEXT_TOO_LONG"),
        ("uri", "u" * 120, ""),
    ],
)
def test_rules(on: Stage, rule: str, value: object, error: str) -> None:
    assert rules(on, **{rule: value}) == error


def test_the_help_desk_is_another_key(on: Stage) -> None:
    assert rules(on, help_desk=on.wallet.pubkey()) == "BAD_HELP_DESK"
    call = family.update_issuer(
        authority=on.office.authority.pubkey(),
        successor=on.office.help_desk.pubkey(),
        issuer=on.office.issuer,
        help_desk=on.office.help_desk.pubkey(),
        notice=NOTICE,
        cool_down=COOL_DOWN,
    )
    assert send(on, call, on.office.authority, on.office.help_desk) == "BAD_HELP_DESK"


DEVICES = [
    (family.Scheme.ED25519, bytes(32) + b"\1"),
    (family.Scheme.SECP256R1, b"\0" + b"\1" * 32),
    (family.Scheme.SECP256R1, b"\4" + b"\1" * 32),
    (family.Scheme.SECP256R1, bytes(33)),
]


@pytest.mark.parametrize(("scheme", "device"), DEVICES)
def test_a_device_key_that_is_none(on: Stage, scheme: family.Scheme, device: bytes) -> None:
    key = on.wallet.pubkey()
    calls = [
        family.register_self(wallet=key, scheme=scheme, device=device),
        family.attest_person(
            authority=on.office.authority.pubkey(),
            wallet=key,
            issuer=on.office.issuer,
            nullifier=Pubkey.new_unique(),
            scheme=scheme,
            device=device,
            valid_until=on.world.now + YEAR,
        ),
        family.announce_rebinding(
            authority=on.office.authority.pubkey(),
            wallet=key,
            issuer=on.office.issuer,
            person=on.ann.person,
            scheme=scheme,
            device=device,
        ),
        family.announce_device(
            wallet=on.lone.wallet.pubkey(), self_person=on.lone.person, scheme=scheme, device=device
        ),
    ]
    for call in calls:
        signers = {meta.pubkey for meta in call.accounts if meta.is_signer}
        known = [on.wallet, on.office.authority, on.lone.wallet]
        assert send(on, call, *(k for k in known if k.pubkey() in signers)) == "BAD_DEVICE_KEY"


def attest(on: Stage, nullifier: Pubkey, valid_until: int) -> str:
    call = family.attest_person(
        authority=on.office.authority.pubkey(),
        wallet=on.wallet.pubkey(),
        issuer=on.office.issuer,
        nullifier=nullifier,
        scheme=ED25519,
        device=on.phone,
        valid_until=valid_until,
    )
    return send(on, call, on.wallet, on.office.authority)


def test_attestations_name_somebody_and_last(on: Stage) -> None:
    later = on.world.now + 1
    assert attest(on, Pubkey.default(), later) == "BAD_NULLIFIER"
    assert attest(on, Pubkey.new_unique(), on.world.now) == "BAD_VALIDITY"
    assert attest(on, Pubkey.new_unique(), later) == ""


def renew(on: Stage, valid_until: int) -> str:
    call = family.renew_person(
        authority=on.office.authority.pubkey(),
        issuer=on.office.issuer,
        person=on.ann.person,
        valid_until=valid_until,
    )
    return send(on, call, on.office.authority)


def test_an_attestation_is_not_shortened(on: Stage) -> None:
    end = on.world.read(family.Person, on.ann.person).valid_until
    assert renew(on, end) == "BAD_VALIDITY"
    assert renew(on, end - 1) == "BAD_VALIDITY"
    on.world.at(end + 100)
    assert renew(on, end + 100) == "BAD_VALIDITY"
    assert renew(on, end + 101) == ""


@pytest.mark.parametrize("name", ["renew_person", "announce_rebinding", "consent"])
def test_a_revoked_person(on: Stage, name: str) -> None:
    done(on, "revoke_person")
    call = CALLS[name](on)
    assert send(on, call.instruction, *call.signers) == "REVOKED"


def test_a_revoked_person_does_not_move(on: Stage) -> None:
    on.moving()
    done(on, "revoke_person")
    on.world.wait(NOTICE)
    assert send(on, family.finish_rebinding(person=on.ann.person)) == "REVOKED"


@pytest.mark.parametrize("name", ["join_family", "remove_member", "renew_family"])
def test_a_revoked_family(on: Stage, name: str) -> None:
    done(on, "revoke_family")
    call = CALLS[name](on)
    assert send(on, call.instruction, *call.signers) == "REVOKED"


def test_what_has_run_out(on: Stage) -> None:
    join = CALLS["join_family"](on)
    bob = on.office.person()
    agree = family.consent(
        wallet=bob.wallet.pubkey(),
        issuer=on.office.issuer,
        person=bob.person,
        membership=consent_to(b"\1" * 32, b"\2" * 32),
    )
    on.world.at(on.world.now + YEAR)
    assert send(on, join.instruction, *join.signers) == "EXPIRED"
    assert send(on, agree, bob.wallet) == "EXPIRED"


def test_what_stands_for_nobody(on: Stage) -> None:
    nothing = on.home.put(5, bytes(32))
    assert send(on, nothing, on.office.authority, on.home.guardian) == "EMPTY_LEAF"
    beyond = on.home.put(5, b"\1" * 32)
    data = bytes(beyond.data)
    eighth = Instruction(beyond.program_id, data[:8] + b"\x08" + data[9:], beyond.accounts)
    assert send(on, eighth, on.office.authority, on.home.guardian) == "NO_SUCH_LEAF"
    agree = family.consent(
        wallet=on.ann.wallet.pubkey(),
        issuer=on.office.issuer,
        person=on.ann.person,
        membership=bytes(32),
    )
    assert send(on, agree, on.ann.wallet) == "EMPTY_LEAF"


def test_by_another_guardian(on: Stage) -> None:
    call = on.home.put(5, b"\1" * 32)
    forged = swapped(call, on.home.guardian.pubkey(), on.wallet.pubkey())
    assert send(on, forged, on.office.authority, on.wallet) == "NOT_GUARDIAN"


def test_by_another_help_desk(on: Stage) -> None:
    call = CALLS["shorten_rebinding"](on).instruction
    forged = swapped(call, on.office.help_desk.pubkey(), on.wallet.pubkey())
    assert send(on, forged, on.office.authority, on.wallet) == "NOT_HELP_DESK"


Wallet = Callable[[Stage], Instruction]
BY_WALLET: dict[str, Wallet] = {
    "consent": lambda on: CALLS["consent"](on).instruction,
    "leave_family": lambda on: CALLS["leave_family"](on).instruction,
}


@pytest.mark.parametrize("name", BY_WALLET)
def test_by_another_wallet(on: Stage, name: str) -> None:
    forged = swapped(BY_WALLET[name](on), on.ann.wallet.pubkey(), on.wallet.pubkey())
    assert send(on, forged, on.wallet) == "NOT_YOUR_PERSON"


def test_another_persons_phone(on: Stage) -> None:
    done(on, "announce_device")
    mallory = on.wallet
    for call in (on.announce_device(), on.cancel_device()):
        forged = swapped(call, on.lone.wallet.pubkey(), mallory.pubkey())
        assert send(on, forged, mallory) == "NOT_YOUR_PERSON"


def test_too_early(on: Stage) -> None:
    on.moving()
    on.world.wait(NOTICE - 1)
    assert send(on, family.finish_rebinding(person=on.ann.person)) == "NOTICE_RUNS"
    on.world.wait(1)
    assert send(on, family.finish_rebinding(person=on.ann.person)) == ""


def test_before_the_cool_down_is_over(on: Stage) -> None:
    agree = on.home.consent(on.ann)
    assert send(on, leaving(on.ann), on.ann.wallet) == ""
    on.world.wait(COOL_DOWN - 1)
    assert send(on, agree, on.ann.wallet) == "COOLING_DOWN"
    on.world.wait(1)
    assert send(on, agree, on.ann.wallet) == ""


def test_nothing_to_shorten(on: Stage) -> None:
    call = family.shorten_rebinding(
        authority=on.office.authority.pubkey(),
        help_desk=on.office.help_desk.pubkey(),
        issuer=on.office.issuer,
        person=on.ann.person,
    )
    assert send(on, call, on.office.authority, on.office.help_desk) == "NO_REBINDING"
