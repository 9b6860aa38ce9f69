"""A family whose issuer publishes a root and keeps nothing; its members have the salts."""

from dataclasses import dataclass, replace

import pytest
from conting_client import Rpc, TransactionChanged
from conting_client.families import Proof, Role, read_tree, root_of
from conting_client.issuer_api import Somebody
from conting_localnet import LocalnetProcess
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.gateway.chain import Chain
from tests.gateway.issuer.office import Office, open_office
from tests.gateway.issuer.test_persons import refused
from tests.programs.people import DAY

pytestmark = pytest.mark.anyio


@dataclass
class Household:
    """A family of one, who founded it."""

    office: Office
    kin: Pubkey
    guardian: Keypair
    ann: Somebody
    person: Pubkey
    proof: Proof

    async def welcome(self, role: Role = Role.CHILD) -> tuple[Somebody, Pubkey, Proof]:
        """Somebody new of the family."""
        who, person = await self.office.attested()
        proof = await self.office.client.join(self.kin, who, person, role, self.guardian)
        await self.office.client.consent(who, proof)
        return who, person, proof


async def household(office: Office) -> Household:
    ann, person = await office.attested()
    guardian = Keypair()
    kin = await office.client.found_family(ann, person, guardian)
    proof = await office.client.join(kin, ann, person, Role.GUARDIAN, guardian)
    await office.client.consent(ann, proof)
    return Household(office, kin, guardian, ann, person, proof)


async def test_members_have_proofs_that_lead_to_the_root(office: Office) -> None:
    home = await household(office)
    kin = await office.family(home.kin)
    assert (kin.size, kin.guardian, kin.issuer) == (1, home.guardian.pubkey(), office.keys.issuer)
    assert home.proof.shows(kin.root)
    assert bytes((await office.person(home.person)).membership) == home.proof.consent

    child, person, proof = await home.welcome()
    kin = await office.family(home.kin)
    assert (kin.size, kin.version) == (2, 2)
    assert proof.shows(kin.root)
    assert not home.proof.shows(kin.root)  # its siblings are those of the version before
    newer = await office.client.proof(home.kin, home.ann, home.person)
    assert newer.shows(kin.root)
    assert newer == replace(home.proof, siblings=newer.siblings, version=2)
    # Asked again, whatever became of the answer: the same.
    again = await office.client.join(home.kin, child, person, Role.CHILD, home.guardian)
    assert again == proof
    await office.client.consent(child, proof)
    assert await office.family(home.kin) == kin


@pytest.mark.slow
async def test_one_family_of_a_person_and_another_guardian_when_the_key_is_lost(
    office: Office,
) -> None:
    home = await household(office)
    again = await office.client.found_family(home.ann, home.person, home.guardian)
    assert again == home.kin
    new = Keypair()
    with refused("family_exists"):
        await office.client.found_family(home.ann, home.person, new)
    before = (await office.family(home.kin)).valid_until
    until = await office.client.renew_family(home.kin, home.ann, home.person, new)
    kin = await office.family(home.kin)
    assert (kin.guardian, kin.valid_until) == (new.pubkey(), until)
    assert until > before
    with refused("not_proven"):
        await home.welcome()  # by the old key
    other, stranger = await office.attested()
    with refused("unknown_family"):
        await office.client.renew_family(home.kin, other, stranger, Keypair())
    with refused("guardian_not_own"):
        await office.client.found_family(other, stranger, other.wallet)
    await office.client.revoke_family(home.kin, office.keys.help_desk)
    await office.client.revoke_family(home.kin, office.keys.help_desk)
    assert (await office.family(home.kin)).revoked
    assert await office.client.found_family(home.ann, home.person, Keypair()) != home.kin


@pytest.mark.attack
@pytest.mark.slow
async def test_nobody_joins_without_the_guardian_or_without_wanting_to(office: Office) -> None:
    home = await household(office)
    who, person = await office.attested()
    client, kin = office.client, home.kin
    with refused("not_proven"):
        await client.join(kin, who, person, Role.CHILD, Keypair())
    unwilling = Somebody(Keypair(), who.phone)
    with refused("not_proven"):
        await client.join(kin, unwilling, person, Role.CHILD, home.guardian)
    with refused("not_a_member"):
        await client.proof(kin, who, person)
    with refused("not_proven"):
        await client.proof(kin, who, home.person)  # somebody else's salt
    with refused("unknown_family"):
        await client.join(Keypair().pubkey(), who, person, Role.CHILD, home.guardian)
    with refused("unknown_person"):
        await client.join(kin, who, Keypair().pubkey(), Role.CHILD, home.guardian)
    assert (await office.family(kin)).size == 1


@pytest.mark.slow
async def test_leaving_and_the_cool_down_before_another_family(
    office: Office, chain: Chain
) -> None:
    home = await household(office)
    child, person, proof = await home.welcome()
    other = await household(office)
    with refused("member_already"):
        await office.client.join(other.kin, child, person, Role.CHILD, other.guardian)
    await office.client.leave(child, person)
    await office.client.leave(child, person)
    await office.client.remove(home.kin, person, "member", child.wallet)
    await office.client.remove(home.kin, person, "member", child.wallet)
    assert (await office.family(home.kin)).size == 1
    with refused("not_a_member"):
        await office.client.proof(home.kin, child, person)
    with refused("cooling_down"):
        await office.client.join(other.kin, child, person, Role.CHILD, other.guardian)
    await chain.advance_to((await office.person(person)).left_at + DAY)
    moved = await office.client.join(other.kin, child, person, Role.CHILD, other.guardian)
    await office.client.consent(child, moved)
    assert moved.shows((await office.family(other.kin)).root)
    assert moved.salt != proof.salt


@pytest.mark.slow
async def test_the_guardian_sends_somebody_away_and_takes_them_back(office: Office) -> None:
    home = await household(office)
    _, person, proof = await home.welcome()
    with refused("not_proven"):
        await office.client.remove(home.kin, person, "guardian", Keypair())
    await office.client.remove(home.kin, person, "guardian", home.guardian)
    kin = await office.family(home.kin)
    assert (kin.size, kin.version) == (1, 3)
    assert not proof.shows(kin.root)
    tree = await read_tree(office.rpc, home.kin)
    assert root_of(0, tree.leaves[0], tree.siblings(0)) == kin.root


@pytest.mark.slow
async def test_proofs_are_found_again_by_an_issuer_that_lost_everything_but_its_keys(
    office: Office, node: LocalnetProcess
) -> None:
    home = await household(office)
    child, person, proof = await home.welcome(Role.ADULT)
    async with Rpc(node.rpc_url) as rpc, open_office(rpc, office.folder) as reborn:
        assert await reborn.client.proof(home.kin, child, person) == proof
        again = await reborn.client.join(home.kin, child, person, Role.CHILD, home.guardian)
        assert again == proof


@pytest.mark.slow
async def test_six_are_a_family_and_a_seventh_is_refused(office: Office) -> None:
    home = await household(office)
    for _ in range(5):
        await home.welcome()
    assert (await office.family(home.kin)).size == 6
    with refused("family_full"):
        await home.welcome()
    kin = await office.family(home.kin)
    assert (await office.client.proof(home.kin, home.ann, home.person)).shows(kin.root)


@pytest.mark.attack
@pytest.mark.slow
async def test_consent_is_signed_for_the_own_family_only(office: Office) -> None:
    home = await household(office)
    who, person = await office.attested()
    proof = await office.client.join(home.kin, who, person, Role.CHILD, home.guardian)
    other, _ = await office.attested()
    with pytest.raises(TransactionChanged):
        await office.client.consent(other, proof)  # the transaction is another wallet's
    assert bytes((await office.person(person)).membership) == bytes(32)
