"""Family as it is meant to be used: what each instruction leaves on the chain and in the log."""

from conting_client.generated import family
from solders.pubkey import Pubkey

from tests.programs.family_calls import CALLS, ID, Stage, leaving
from tests.programs.people import (
    COOL_DOWN,
    NO_LEAF,
    NOTICE,
    YEAR,
    consent_to,
    device_bytes,
    household,
    root_of,
)
from tests.programs.world import START, Outcome, World, told

FOR_EVER = 2**63 - 1
NOBODY = Pubkey.default()


def stage() -> Stage:
    return Stage(World())


def run(stage: Stage, name: str) -> Outcome:
    call = CALLS[name](stage)
    return stage.world.must(
        stage.world.send(call.instruction, by=[stage.world.actor(), *call.signers])
    )


def person_of(stage: Stage, key: Pubkey) -> family.Person:
    return stage.world.read(family.Person, key)


def test_issuer() -> None:
    on = stage()
    office = on.office
    made = on.world.read(family.Issuer, office.issuer)
    assert (made.founder, made.authority) == (office.authority.pubkey(),) * 2
    assert made.help_desk == office.help_desk.pubkey()
    assert (made.notice, made.cool_down) == (NOTICE, COOL_DOWN)
    assert (made.name, made.uri) == ("Whale Harbour Post", "https://post.example/did.json")


def test_update_issuer() -> None:
    on = stage()
    desk = on.world.actor(0).pubkey()
    call = family.update_issuer(
        authority=on.office.authority.pubkey(),
        successor=on.wallet.pubkey(),
        issuer=on.office.issuer,
        help_desk=desk,
        notice=3_600,
        cool_down=86_400,
    )
    outcome = on.world.must(on.world.send(call, by=[on.office.authority, on.wallet]))
    event = told(outcome, family.IssuerChanged)
    assert (event.issuer, event.authority) == (on.office.issuer, on.wallet.pubkey())
    assert (event.help_desk, event.notice, event.cool_down) == (desk, 3_600, 86_400)
    now = on.world.read(family.Issuer, on.office.issuer)
    assert now.founder == on.office.authority.pubkey()
    assert (now.authority, now.help_desk) == (on.wallet.pubkey(), desk)
    assert (now.notice, now.cool_down) == (3_600, 86_400)


def test_an_authority_may_stay_while_rules_change() -> None:
    on = stage()
    key = on.office.authority.pubkey()
    call = family.update_issuer(
        authority=key,
        successor=key,
        issuer=on.office.issuer,
        help_desk=on.office.help_desk.pubkey(),
        notice=30 * 86_400,
        cool_down=365 * 86_400,
    )
    on.world.must(on.world.send(call, by=on.office.authority))


def test_attested_person() -> None:
    on = stage()
    known = person_of(on, on.ann.person)
    assert known.issuer == on.office.issuer
    assert known.nullifier == on.office.nullifier_of(str(on.ann.device.pubkey()))
    assert known.wallet == on.ann.wallet.pubkey()
    assert known.scheme == family.Scheme.ED25519
    assert known.device == device_bytes(on.ann.device.pubkey())
    assert known.valid_until == START + YEAR
    assert not known.revoked
    assert (known.membership, known.member_since, known.left_at) == (NO_LEAF, 0, 0)
    assert known.next_wallet == NOBODY


def test_self_attested_person() -> None:
    on = stage()
    known = person_of(on, on.lone.person)
    key = on.lone.wallet.pubkey()
    assert on.lone.person == family.self_person_address(wallet=key)
    assert (known.issuer, known.nullifier, known.wallet) == (key, NOBODY, key)
    assert known.device == device_bytes(on.lone.device.pubkey())
    assert known.valid_until == FOR_EVER


def test_passkeys() -> None:
    on = stage()
    for sign in (2, 3):
        wallet, key = on.world.actor(), bytes([sign]) + b"\x11" * 32
        call = family.register_self(
            wallet=wallet.pubkey(), scheme=family.Scheme.SECP256R1, device=key
        )
        on.world.must(on.world.send(call, by=wallet))
        known = person_of(on, family.self_person_address(wallet=wallet.pubkey()))
        assert (known.scheme, known.device) == (family.Scheme.SECP256R1, key)


def test_renew_and_revoke_person() -> None:
    on = stage()
    run(on, "renew_person")
    assert person_of(on, on.ann.person).valid_until == START + 2 * YEAR
    event = told(run(on, "revoke_person"), family.PersonRevoked)
    assert event.person == on.ann.person
    assert person_of(on, on.ann.person).revoked


def test_a_person_is_clawed_back() -> None:
    on = stage()
    announced = told(run(on, "announce_rebinding"), family.RebindingAnnounced)
    old, new = on.ann.wallet.pubkey(), on.wallet.pubkey()
    assert (announced.person, announced.wallet) == (on.ann.person, old)
    assert (announced.next_wallet, announced.rebinds_at) == (new, START + NOTICE)
    waiting = person_of(on, on.ann.person)
    assert (waiting.wallet, waiting.next_wallet) == (old, new)
    assert waiting.device == device_bytes(on.ann.device.pubkey())
    on.world.wait(NOTICE)
    call = family.finish_rebinding(person=on.ann.person)
    finished = told(
        on.world.must(on.world.send(call, by=on.world.actor())), family.RebindingFinished
    )
    assert (finished.person, finished.old_wallet, finished.wallet) == (on.ann.person, old, new)
    moved = person_of(on, on.ann.person)
    assert (moved.wallet, moved.next_wallet) == (new, NOBODY)
    assert moved.device == on.phone
    assert moved.nullifier == waiting.nullifier


def test_the_help_desk_shortens() -> None:
    on = stage()
    event = told(run(on, "shorten_rebinding"), family.RebindingShortened)
    assert event.person == on.ann.person
    on.world.must(on.world.send(family.finish_rebinding(person=on.ann.person), by=on.world.actor()))
    assert person_of(on, on.ann.person).wallet == on.wallet.pubkey()


def test_shortening_what_is_due_does_not_prolong_it() -> None:
    on = stage()
    on.moving()
    on.world.wait(NOTICE)
    due = person_of(on, on.ann.person).rebinds_at
    on.world.wait(60)
    call = family.shorten_rebinding(
        authority=on.office.authority.pubkey(),
        help_desk=on.office.help_desk.pubkey(),
        issuer=on.office.issuer,
        person=on.ann.person,
    )
    on.world.must(on.world.send(call, by=[on.office.authority, on.office.help_desk]))
    assert person_of(on, on.ann.person).rebinds_at == due


def test_cancelled_and_announced_anew() -> None:
    on = stage()
    event = told(run(on, "cancel_rebinding"), family.RebindingCancelled)
    assert event.person == on.ann.person
    assert person_of(on, on.ann.person).next_wallet == NOBODY
    on.world.wait(100)
    on.moving()
    assert person_of(on, on.ann.person).rebinds_at == START + 100 + NOTICE


def test_only_the_phone_changes() -> None:
    on = stage()
    call = family.announce_rebinding(
        authority=on.office.authority.pubkey(),
        wallet=on.ann.wallet.pubkey(),
        issuer=on.office.issuer,
        person=on.ann.person,
        scheme=family.Scheme.ED25519,
        device=on.phone,
    )
    on.world.must(on.world.send(call, by=[on.ann.wallet, on.office.authority]))
    on.world.wait(NOTICE)
    on.world.must(on.world.send(family.finish_rebinding(person=on.ann.person), by=on.world.actor()))
    known = person_of(on, on.ann.person)
    assert (known.wallet, known.device) == (on.ann.wallet.pubkey(), on.phone)


def test_a_self_attested_person_changes_its_phone() -> None:
    on = stage()
    announced = told(run(on, "announce_device"), family.RebindingAnnounced)
    assert announced.next_wallet == on.lone.wallet.pubkey()
    assert announced.rebinds_at == START + 86_400
    run_cancel = on.world.send(on.cancel_device(), by=on.lone.wallet)
    assert told(on.world.must(run_cancel), family.RebindingCancelled).person == on.lone.person
    on.world.must(on.world.send(on.announce_device(), by=on.lone.wallet))
    on.world.wait(86_400)
    call = family.finish_rebinding(person=on.lone.person)
    on.world.must(on.world.send(call, by=on.world.actor()))
    known = person_of(on, on.lone.person)
    assert (known.wallet, known.device) == (on.lone.wallet.pubkey(), on.phone)


def test_found_family() -> None:
    on = stage()
    run(on, "found_family")
    made = on.world.read(
        family.Family, family.family_address(issuer=on.office.issuer, family_id=ID)
    )
    assert (made.issuer, made.id, made.guardian) == (on.office.issuer, ID, on.wallet.pubkey())
    assert (made.size, made.version, made.revoked) == (0, 0, False)
    assert made.root == root_of([NO_LEAF] * 8)
    assert made.valid_until == START + YEAR


def test_six_members_and_out_again() -> None:
    on = stage()
    members = [on.office.person() for _ in range(6)]
    home = household(on.office, *members)
    full = on.world.read(family.Family, home.family)
    assert (full.size, full.version, full.root) == (6, 6, root_of(home.leaves))
    for left, human in enumerate(members[::-1]):
        outcome = on.world.must(on.world.send(home.removal(human), by=on.office.authority))
        index = home.members[human.person].index
        home.leaves[index] = NO_LEAF
        event = told(outcome, family.FamilyChanged)
        assert (event.family, event.version) == (home.family, 7 + left)
        assert (event.index, event.leaf) == (index, NO_LEAF)
        now = on.world.read(family.Family, home.family)
        assert (now.size, now.root) == (5 - left, root_of(home.leaves))


def test_joining_is_told_as_a_hash() -> None:
    on = stage()
    leaf = b"\5" * 32
    outcome = on.world.send(on.home.put(6, leaf), by=[on.office.authority, on.home.guardian])
    event = told(on.world.must(outcome), family.FamilyChanged)
    assert (event.family, event.version, event.index) == (on.home.family, 2, 6)
    assert event.leaf == leaf


def test_consent_and_leaving() -> None:
    on = stage()
    home = on.home
    known = person_of(on, on.ann.person)
    salt = home.members[on.ann.person].salt
    assert known.membership == consent_to(home.leaf(on.ann), salt)
    assert known.member_since == START
    on.world.wait(500)
    on.world.must(on.world.send(leaving(on.ann), by=on.ann.wallet))
    gone = person_of(on, on.ann.person)
    assert (gone.membership, gone.member_since, gone.left_at) == (NO_LEAF, 0, START + 500)
    on.world.wait(COOL_DOWN)
    on.world.must(on.world.send(home.consent(on.ann), by=on.ann.wallet))
    assert person_of(on, on.ann.person).member_since == START + 500 + COOL_DOWN


def test_renew_and_revoke_family() -> None:
    on = stage()
    run(on, "renew_family")
    renewed = on.world.read(family.Family, on.home.family)
    assert (renewed.valid_until, renewed.guardian) == (START + 2 * YEAR, on.home.guardian.pubkey())
    assert told(run(on, "revoke_family"), family.FamilyRevoked).family == on.home.family
    assert on.world.read(family.Family, on.home.family).revoked


def test_a_lost_guardian_key_is_replaced() -> None:
    on = stage()
    call = family.renew_family(
        authority=on.office.authority.pubkey(),
        guardian=on.wallet.pubkey(),
        issuer=on.office.issuer,
        family=on.home.family,
        valid_until=on.world.now + 2 * YEAR,
    )
    on.world.must(on.world.send(call, by=[on.office.authority, on.wallet]))
    assert on.world.read(family.Family, on.home.family).guardian == on.wallet.pubkey()
