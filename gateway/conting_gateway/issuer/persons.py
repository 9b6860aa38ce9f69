"""Persons: attested, renewed, re-bound, clawed back, revoked."""

from dataclasses import dataclass
from typing import Final, Literal

from conting_client import Assertion, DevicePublicKey
from conting_client.device_keys import encode_device_key
from conting_client.generated import family
from conting_client.generated.family import Person, Scheme
from conting_client.persons import NOBODY
from solders.pubkey import Pubkey
from solders.signature import Signature

from conting_gateway.issuer.chain import Built
from conting_gateway.issuer.desk import Desk
from conting_gateway.issuer.errors import (
    AttestedAlreadyError,
    EndedError,
    NoticeRunsError,
    WrongPapersError,
)
from conting_gateway.issuer.proofs import Signatures

Progress = Literal["done", "announced", "to_sign"]
Proof = Literal["device", "passkey"]
NO_BYTES: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class Holder:
    """A wallet and a phone, and their signatures over what is asked."""

    wallet: Pubkey
    device: DevicePublicKey
    wallet_signature: Signature
    device_signature: Signature | Assertion

    @property
    def proof(self) -> Proof:
        """What the phone has shown: that it has the key, or a passkey, which may be copied."""
        return "passkey" if isinstance(self.device_signature, Assertion) else "device"

    @property
    def signatures(self) -> Signatures:
        """By key."""
        return {self.wallet: self.wallet_signature, self.device: self.device_signature}

    @property
    def scheme(self) -> Scheme:
        """The kind of the phone's key."""
        return Scheme(encode_device_key(self.device)[0])

    @property
    def octets(self) -> bytes:
        """The phone's key as an account has it."""
        return encode_device_key(self.device)[1]

    def is_of(self, person: Person) -> bool:
        """The person has just this wallet and phone."""
        now = (person.wallet, person.scheme, bytes(person.device))
        return now == (self.wallet, self.scheme, self.octets)

    def is_next_of(self, person: Person) -> bool:
        """The person is to have just this wallet and phone."""
        then = (person.next_wallet, person.next_scheme, bytes(person.next_device))
        return then == (self.wallet, self.scheme, self.octets)


@dataclass(frozen=True, slots=True)
class Attested:
    """A person, or what makes it once the wallet has signed."""

    person: Pubkey
    nullifier: Pubkey
    valid_until: int
    built: Built | None


@dataclass(frozen=True, slots=True)
class Moving:
    """Where a re-binding stands. `takes_over_at` in Unix seconds, once it is announced."""

    progress: Progress
    takes_over_at: int | None = None
    built: Built | None = None


class PersonDesk(Desk):
    """What is done about persons. Each step finds what the one before it did."""

    async def attest(self, papers: str, who: Holder, challenge: str) -> Attested:
        """One person for these papers, whatever wallet brings them.

        Raises BadChallengeError, NotProvenError, AttestedAlreadyError, EndedError.
        """
        facts = {"wallet": who.wallet, "device_key": who.device}
        self._proofs.require("attest_person", challenge, who.signatures, **facts)
        nullifier = self._keys.nullifier(papers)
        address = family.person_address(issuer=self._keys.issuer, nullifier=nullifier)
        person = await self._chain.person(address)
        if person is not None:
            _require_live(person)
            if not who.is_of(person):
                raise AttestedAlreadyError
            return Attested(address, nullifier, person.valid_until, None)
        valid_until = await self._chain.now() + self._valid_for
        call = family.attest_person(
            authority=self._authority,
            wallet=who.wallet,
            issuer=self._keys.issuer,
            nullifier=nullifier,
            scheme=who.scheme,
            device=who.octets,
            valid_until=valid_until,
        )
        built = await self._chain.build(who.wallet, call)
        return Attested(address, nullifier, valid_until, built)

    async def renew(self, address: Pubkey, papers: str) -> int:
        """Vouches for longer, in the second half of the time; until when (Unix seconds).

        Raises OtherPersonsError, WrongPapersError, EndedError.
        """
        person = await self._with_papers(address, papers)
        _require_live(person)
        now = await self._chain.now()
        if person.valid_until - now > self._valid_for // 2:
            return person.valid_until
        valid_until = max(now + self._valid_for, person.valid_until + 1)
        call = family.renew_person(
            authority=self._authority,
            issuer=self._keys.issuer,
            person=address,
            valid_until=valid_until,
        )
        await self._chain.carry_out(call)
        return valid_until

    async def rebind(self, address: Pubkey, papers: str, who: Holder, challenge: str) -> Moving:
        """Announces that the person of these papers moves to another wallet or phone.

        The old wallet is not asked. Raises BadChallengeError, NotProvenError, OtherPersonsError,
        WrongPapersError, EndedError.
        """
        facts = {"person": address, "wallet": who.wallet, "device_key": who.device}
        self._proofs.require("rebind_person", challenge, who.signatures, **facts)
        person = await self._with_papers(address, papers)
        _require_live(person)
        if person.next_wallet == NOBODY and who.is_of(person):
            return Moving("done")
        if who.is_next_of(person):
            return Moving("announced", person.rebinds_at)
        call = family.announce_rebinding(
            authority=self._authority,
            wallet=who.wallet,
            issuer=self._keys.issuer,
            person=address,
            scheme=who.scheme,
            device=who.octets,
        )
        return Moving("to_sign", built=await self._chain.build(who.wallet, call))

    async def cancel(self, address: Pubkey, papers: str) -> None:
        """Calls a move off, for the person who has the papers: the wallet is not asked.

        Raises OtherPersonsError, WrongPapersError.
        """
        person = await self._with_papers(address, papers)
        if person.next_wallet == NOBODY:
            return
        call = family.cancel_rebinding(
            authority=self._authority, issuer=self._keys.issuer, person=address
        )
        await self._chain.carry_out(call)

    async def finish(self, address: Pubkey) -> None:
        """Puts an announced move in force, whoever asks. Raises OtherPersonsError, NoticeRunsError.

        Raises EndedError.
        """
        person = await self._known(address)
        if person.next_wallet == NOBODY:
            return
        _require_live(person)
        missing = person.rebinds_at - await self._chain.now()
        if missing > 0:
            raise NoticeRunsError(retry_after=missing)
        await self._chain.carry_out(family.finish_rebinding(person=address))

    async def shorten(self, address: Pubkey, challenge: str, desk: Signature) -> Built:
        """Ends the notice now: the person stands at the help desk, which signs too.

        Raises BadChallengeError, NotProvenError, OtherPersonsError.
        """
        help_desk = self._require_desk("shorten_rebinding", challenge, desk, person=address)
        await self._known(address)
        call = family.shorten_rebinding(
            authority=self._authority,
            help_desk=help_desk,
            issuer=self._keys.issuer,
            person=address,
        )
        return await self._chain.build(self._authority, call)

    async def revoke(self, address: Pubkey, challenge: str, desk: Signature) -> None:
        """Ends the attestation, for good.

        Raises BadChallengeError, NotProvenError, OtherPersonsError.
        """
        self._require_desk("revoke_person", challenge, desk, person=address)
        if (await self._known(address)).revoked:
            return
        call = family.revoke_person(
            authority=self._authority, issuer=self._keys.issuer, person=address
        )
        await self._chain.carry_out(call)

    async def consent(self, address: Pubkey, membership: bytes) -> Built | None:
        """The person's own agreement to a family, for its wallet to sign; None if it stands.

        It names no family, and the issuer signs nothing. Raises OtherPersonsError.
        """
        person = await self._known(address)
        if bytes(person.membership) == membership:
            return None
        call = family.consent(
            wallet=person.wallet, issuer=self._keys.issuer, person=address, membership=membership
        )
        return await self._chain.build(person.wallet, call)

    async def leave(self, address: Pubkey) -> Built | None:
        """The person's own leaving, for its wallet to sign; None if it is of no family.

        Raises OtherPersonsError.
        """
        person = await self._known(address)
        if bytes(person.membership) == NO_BYTES:
            return None
        call = family.leave_family(wallet=person.wallet, person=address)
        return await self._chain.build(person.wallet, call)

    async def _with_papers(self, address: Pubkey, papers: str) -> Person:
        person = await self._known(address)
        if person.nullifier != self._keys.nullifier(papers):
            raise WrongPapersError
        return person


def _require_live(person: Person) -> None:
    if person.revoked:
        raise EndedError
