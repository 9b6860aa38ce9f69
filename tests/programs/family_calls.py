"""For each instruction of family: a chain on which it is allowed, and the call."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from conting_client.generated import family
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.programs.people import (
    COOL_DOWN,
    NOTICE,
    YEAR,
    Household,
    Human,
    Office,
    consent_to,
    device_bytes,
    household,
    leaf_of,
    office,
    self_attested,
)
from tests.programs.tampering import Call
from tests.programs.world import World

ED25519 = family.Scheme.ED25519
ID = Pubkey(b"\7" * 32)


@dataclass(frozen=True)
class Stage:
    """A chain with people on it, who come when they are first spoken of."""

    world: World

    @cached_property
    def office(self) -> Office:
        return office(self.world)

    @cached_property
    def ann(self) -> Human:
        return self.office.person()

    @cached_property
    def lone(self) -> Human:
        """Attested by nobody else."""
        return self_attested(self.world)

    @cached_property
    def home(self) -> Household:
        return household(self.office, self.ann)

    @cached_property
    def phone(self) -> bytes:
        """A device that nobody has yet."""
        return device_bytes(self.world.actor(0).pubkey())

    @cached_property
    def wallet(self) -> Keypair:
        """A wallet that is nobody's yet."""
        return self.world.actor()

    def moving(self, human: Human | None = None) -> Pubkey:
        """A person whose move to `wallet` is announced."""
        human = human or self.ann
        announcement = self.announce(human)
        self.world.must(self.world.send(announcement, by=[self.wallet, self.office.authority]))
        return human.person

    def announce(self, human: Human) -> Instruction:
        return family.announce_rebinding(
            authority=self.office.authority.pubkey(),
            wallet=self.wallet.pubkey(),
            issuer=self.office.issuer,
            person=human.person,
            scheme=ED25519,
            device=self.phone,
        )

    def announce_device(self) -> Instruction:
        return family.announce_device(
            wallet=self.lone.wallet.pubkey(),
            self_person=self.lone.person,
            scheme=ED25519,
            device=self.phone,
        )

    def cancel_device(self) -> Instruction:
        return family.cancel_device(wallet=self.lone.wallet.pubkey(), self_person=self.lone.person)


def _register_issuer(stage: Stage) -> Call:
    call = family.register_issuer(
        founder=stage.wallet.pubkey(),
        help_desk=Pubkey.new_unique(),
        notice=NOTICE,
        cool_down=COOL_DOWN,
        name="n",
        uri="u",
    )
    return Call(call, (stage.wallet,))


def _update_issuer(stage: Stage) -> Call:
    call = family.update_issuer(
        authority=stage.office.authority.pubkey(),
        successor=stage.wallet.pubkey(),
        issuer=stage.office.issuer,
        help_desk=Pubkey.new_unique(),
        notice=NOTICE,
        cool_down=COOL_DOWN,
    )
    return Call(call, (stage.office.authority, stage.wallet))


def _attest_person(stage: Stage) -> Call:
    device = Pubkey.new_unique()
    call = stage.office.attest(stage.wallet, device, stage.office.nullifier_of("bob"))
    return Call(call, (stage.wallet, stage.office.authority))


def _register_self(stage: Stage) -> Call:
    call = family.register_self(wallet=stage.wallet.pubkey(), scheme=ED25519, device=stage.phone)
    return Call(call, (stage.wallet,))


def _renew_person(stage: Stage) -> Call:
    call = family.renew_person(
        authority=stage.office.authority.pubkey(),
        issuer=stage.office.issuer,
        person=stage.ann.person,
        valid_until=stage.world.now + 2 * YEAR,
    )
    return Call(call, (stage.office.authority,))


def _revoke_person(stage: Stage) -> Call:
    call = family.revoke_person(
        authority=stage.office.authority.pubkey(),
        issuer=stage.office.issuer,
        person=stage.ann.person,
    )
    return Call(call, (stage.office.authority,))


def _announce_rebinding(stage: Stage) -> Call:
    return Call(stage.announce(stage.ann), (stage.wallet, stage.office.authority))


def _announce_device(stage: Stage) -> Call:
    return Call(stage.announce_device(), (stage.lone.wallet,))


def _shorten_rebinding(stage: Stage) -> Call:
    call = family.shorten_rebinding(
        authority=stage.office.authority.pubkey(),
        help_desk=stage.office.help_desk.pubkey(),
        issuer=stage.office.issuer,
        person=stage.moving(),
    )
    return Call(call, (stage.office.authority, stage.office.help_desk))


def _cancel_rebinding(stage: Stage) -> Call:
    call = family.cancel_rebinding(
        authority=stage.office.authority.pubkey(),
        issuer=stage.office.issuer,
        person=stage.moving(),
    )
    return Call(call, (stage.office.authority,))


def _cancel_device(stage: Stage) -> Call:
    stage.world.must(stage.world.send(stage.announce_device(), by=stage.lone.wallet))
    return Call(stage.cancel_device(), (stage.lone.wallet,))


def _finish_rebinding(stage: Stage) -> Call:
    person = stage.moving()
    stage.world.wait(NOTICE)
    return Call(family.finish_rebinding(person=person), ())


def _found_family(stage: Stage) -> Call:
    call = family.found_family(
        authority=stage.office.authority.pubkey(),
        guardian=stage.wallet.pubkey(),
        issuer=stage.office.issuer,
        family_id=ID,
        valid_until=stage.world.now + YEAR,
    )
    return Call(call, (stage.office.authority, stage.wallet))


def _join_family(stage: Stage) -> Call:
    leaf = leaf_of(stage.home.family, Pubkey.new_unique(), 1, stage.world.now, bytes(32))
    return Call(stage.home.put(3, leaf), (stage.office.authority, stage.home.guardian))


def _remove_member(stage: Stage) -> Call:
    return Call(stage.home.removal(stage.ann), (stage.office.authority,))


def _renew_family(stage: Stage) -> Call:
    call = family.renew_family(
        authority=stage.office.authority.pubkey(),
        guardian=stage.home.guardian.pubkey(),
        issuer=stage.office.issuer,
        family=stage.home.family,
        valid_until=stage.world.now + 2 * YEAR,
    )
    return Call(call, (stage.office.authority, stage.home.guardian))


def _revoke_family(stage: Stage) -> Call:
    call = family.revoke_family(
        authority=stage.office.authority.pubkey(),
        issuer=stage.office.issuer,
        family=stage.home.family,
    )
    return Call(call, (stage.office.authority,))


def _consent(stage: Stage) -> Call:
    call = family.consent(
        wallet=stage.ann.wallet.pubkey(),
        issuer=stage.office.issuer,
        person=stage.ann.person,
        membership=consent_to(b"\1" * 32, b"\2" * 32),
    )
    return Call(call, (stage.ann.wallet,))


def leaving(human: Human) -> Instruction:
    """Leaves whatever family the person is of."""
    return family.leave_family(wallet=human.wallet.pubkey(), person=human.person)


def _leave_family(stage: Stage) -> Call:
    assert stage.home.members
    return Call(leaving(stage.ann), (stage.ann.wallet,))


CALLS: dict[str, Callable[[Stage], Call]] = {
    each.__name__.removeprefix("_"): each
    for each in (
        _register_issuer,
        _update_issuer,
        _attest_person,
        _register_self,
        _renew_person,
        _revoke_person,
        _announce_rebinding,
        _announce_device,
        _shorten_rebinding,
        _cancel_rebinding,
        _cancel_device,
        _finish_rebinding,
        _found_family,
        _join_family,
        _remove_member,
        _renew_family,
        _revoke_family,
        _consent,
        _leave_family,
    )
}
"""By name of the instruction; each makes what it needs on the stage's chain."""
