"""Families: founded, joined, proven, left, renewed, revoked. Only roots are published."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from conting_client.families import NO_LEAF, Proof, Role, Tree
from conting_client.generated import family
from conting_client.generated.family import ErrorCode, Family, Person
from solders.pubkey import Pubkey
from solders.signature import Signature

from conting_gateway.issuer.chain import Built
from conting_gateway.issuer.desk import Desk
from conting_gateway.issuer.errors import (
    EndedError,
    FamilyExistsError,
    FamilyRefusedError,
    GuardianNotOwnError,
    NoFamilyError,
    NotMemberError,
)
from conting_gateway.issuer.proofs import Signatures

HOUR: Final = 3_600
MOST_FAMILIES: Final = 20  # that one person founds, one after another was revoked
Remover = Literal["member", "guardian"]


@dataclass(frozen=True, slots=True)
class Founded:
    """A family, or what makes or renews it once the guardian has signed."""

    family: Pubkey
    family_id: Pubkey
    valid_until: int
    built: Built | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Signatures of a person's wallet and of the guardian's key over the same statement."""

    wallet: Signature
    guardian: Signature


class FamilyDesk(Desk):
    """What is done about families. Each step finds what the one before it did."""

    async def found(self, address: Pubkey, guardian: Pubkey, challenge: str, pair: Pair) -> Founded:
        """A family that a person asks for, with a guardian's key made for it; one at a time.

        Raises BadChallengeError, NotProvenError, OtherPersonsError, EndedError, FamilyExistsError.
        """
        person = await self._person(address)
        signatures = _signed(person.wallet, guardian, pair)
        facts = {"person": address, "guardian": guardian}
        self._proofs.require("found_family", challenge, signatures, **facts)
        for number in range(MOST_FAMILIES):
            family_id = self._keys.family_id(address, number)
            kin = family.family_address(issuer=self._keys.issuer, family_id=family_id)
            found = await self._chain.family(kin)
            if found is None:
                return await self._found(kin, family_id, guardian)
            if not found.revoked and found.guardian != guardian:
                raise FamilyExistsError
            if not found.revoked:
                return Founded(kin, family_id, found.valid_until, None)
        raise EndedError

    async def renew(
        self, kin: Pubkey, address: Pubkey, guardian: Pubkey, challenge: str, pair: Pair
    ) -> Founded:
        """Attests the family for longer; its founder may name another guardian's key.

        Raises BadChallengeError, NotProvenError, OtherPersonsError, EndedError, NoFamilyError.
        """
        person = await self._person(address)
        signatures = _signed(person.wallet, guardian, pair)
        facts = {"family": kin, "person": address, "guardian": guardian}
        self._proofs.require("renew_family", challenge, signatures, **facts)
        found = await self._family(kin)
        numbers = range(MOST_FAMILIES)
        if found.id not in {self._keys.family_id(address, number) for number in numbers}:
            raise NoFamilyError
        now = await self._chain.now()
        if found.guardian == guardian and found.valid_until - now > self._valid_for // 2:
            return Founded(kin, found.id, found.valid_until, None)
        valid_until = max(now + self._valid_for, found.valid_until + 1)
        call = family.renew_family(
            authority=self._authority,
            guardian=guardian,
            issuer=self._keys.issuer,
            family=kin,
            valid_until=valid_until,
        )
        return Founded(kin, found.id, valid_until, await self._chain.build(self._authority, call))

    async def welcome(
        self, kin: Pubkey, address: Pubkey, role: Role, challenge: str, pair: Pair
    ) -> tuple[Proof, Built | None]:
        """What proves the membership, and what makes it once the guardian has signed.

        The member has the salt before the chain has the leaf: nothing is lost by a crash between.
        Raises BadChallengeError, NotProvenError, OtherPersonsError, EndedError, NoFamilyError.
        """
        person, found = await self._person(address), await self._family(kin)
        signatures = _signed(person.wallet, found.guardian, pair)
        facts = {"family": kin, "person": address, "role": int(role)}
        self._proofs.require("join_family", challenge, signatures, **facts)
        tree = await self._chain.tree(kin)
        known = self._find(tree, kin, address)
        if known is not None:
            return known, None
        now = await self._chain.now()
        await self._require_free(person, now)
        proof = self._new(tree, kin, address, role, now)
        call = family.join_family(
            authority=self._authority,
            guardian=found.guardian,
            issuer=self._keys.issuer,
            family=kin,
            index=proof.index,
            leaf=proof.leaf,
            siblings=proof.siblings,
        )
        return proof, await self._chain.build(self._authority, call)

    async def prove(self, kin: Pubkey, address: Pubkey, challenge: str, wallet: Signature) -> Proof:
        """The proof as the family is now, for the member.

        Raises BadChallengeError, NotProvenError, OtherPersonsError, NoFamilyError, NotMemberError.
        """
        person = await self._known(address)
        facts = {"family": kin, "person": address}
        self._proofs.require("prove_membership", challenge, {person.wallet: wallet}, **facts)
        await self._family(kin)
        proof = self._find(await self._chain.tree(kin), kin, address)
        if proof is None:
            raise NotMemberError
        return proof

    async def remove(
        self, kin: Pubkey, address: Pubkey, by: Remover, challenge: str, signature: Signature
    ) -> None:
        """Takes a member out, for the member or for the guardian.

        Raises BadChallengeError, NotProvenError, OtherPersonsError, NoFamilyError.
        """
        person, found = await self._known(address), await self._family(kin)
        key = person.wallet if by == "member" else found.guardian
        facts = {"family": kin, "person": address}
        self._proofs.require("remove_member", challenge, {key: signature}, **facts)
        proof = self._find(await self._chain.tree(kin), kin, address)
        if proof is None:
            return
        call = family.remove_member(
            authority=self._authority,
            issuer=self._keys.issuer,
            family=kin,
            index=proof.index,
            leaf=proof.leaf,
            siblings=proof.siblings,
        )
        await self._chain.carry_out(call)

    async def revoke(self, kin: Pubkey, challenge: str, desk: Signature) -> None:
        """Ends a family, for good. Raises BadChallengeError, NotProvenError, NoFamilyError."""
        self._require_desk("revoke_family", challenge, desk, family=kin)
        if (await self._family(kin)).revoked:
            return
        call = family.revoke_family(authority=self._authority, issuer=self._keys.issuer, family=kin)
        await self._chain.carry_out(call)

    async def _found(self, kin: Pubkey, family_id: Pubkey, guardian: Pubkey) -> Founded:
        valid_until = await self._chain.now() + self._valid_for
        call = family.found_family(
            authority=self._authority,
            guardian=guardian,
            issuer=self._keys.issuer,
            family_id=family_id,
            valid_until=valid_until,
        )
        built = await self._chain.build(self._authority, call)
        return Founded(kin, family_id, valid_until, built)

    async def _require_free(self, person: Person, now: int) -> None:
        """What `consent` would refuse is refused before the leaf is in the tree."""
        if bytes(person.membership) != NO_LEAF:
            raise _refused(ErrorCode.MEMBER_ALREADY)
        issuer = await self._chain.issuer(self._keys.issuer)
        if issuer is not None and now < person.left_at + issuer.cool_down:
            raise _refused(ErrorCode.COOLING_DOWN)

    def _new(self, tree: Tree, kin: Pubkey, address: Pubkey, role: Role, now: int) -> Proof:
        index = tree.leaves.index(NO_LEAF)
        version = tree.version + 1
        salt = self._keys.salt(kin, address, version)
        joined_at = now // HOUR * HOUR  # found again from the time of the block
        siblings = tree.siblings(index)
        return Proof(kin, address, index, role, joined_at, salt, siblings, version)

    def _find(self, tree: Tree, kin: Pubkey, address: Pubkey) -> Proof | None:
        """The member's proof, by making anew what was put into the tree."""
        for index, leaf in enumerate(tree.leaves):
            version, time = tree.since[index]
            if leaf == NO_LEAF or time is None:
                continue
            salt = self._keys.salt(kin, address, version)
            siblings = tree.siblings(index)
            for role, joined_at in _guesses(time):
                proof = Proof(kin, address, index, role, joined_at, salt, siblings, tree.version)
                if proof.leaf == leaf:
                    return proof
        return None

    async def _person(self, address: Pubkey) -> Person:
        person = await self._known(address)
        if person.revoked:
            raise EndedError
        return person

    async def _family(self, kin: Pubkey) -> Family:
        found = await self._chain.family(kin)
        if found is None or found.issuer != self._keys.issuer:
            raise NoFamilyError
        return found


def _signed(wallet: Pubkey, guardian: Pubkey, pair: Pair) -> Signatures:
    if wallet == guardian:
        raise GuardianNotOwnError
    return {wallet: pair.wallet, guardian: pair.guardian}


def _guesses(time: int) -> Iterator[tuple[Role, int]]:
    """Roles, and the hours in which a leaf that landed at `time` may have been made."""
    hour = time // HOUR * HOUR
    for joined_at in (hour, hour - HOUR, hour + HOUR):
        for role in Role:
            yield role, joined_at


def _refused(error: ErrorCode) -> FamilyRefusedError:
    return FamilyRefusedError(error.name.lower(), error.message)
