"""An issuer's HTTP API, as conting's development issuer has it: attest, re-bind, families.

    async with IssuerClient(url) as issuer:
        person = await issuer.attest(me, papers)

What the issuer built is signed only after it was found to do just what was asked for. The salts of
a family are in the `Proof`s, which the members keep.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Literal, Protocol, Self, TypeVar, runtime_checkable

import httpx2
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.signature import Signature

from conting_client import issuer_answers as answers
from conting_client._errors import TransactionChanged
from conting_client._http import ask, trusted
from conting_client._purchase import require_only
from conting_client._transactions import from_base64, sign, to_base64
from conting_client.device_keys import DevicePublicKey, P256Key, encode_device_key
from conting_client.families import WORD, Proof, Role
from conting_client.generated import family
from conting_client.generated.family import Scheme
from conting_client.issuing import statement
from conting_client.passkeys import Assertion

T = TypeVar("T")
_LEVELS: Final = 3


class Phone(Protocol):
    """A phone's key: Ed25519 (`Keypair`) or P-256 (`P256Secret`)."""

    def pubkey(self) -> DevicePublicKey:
        """The public half."""

    def sign_message(self, message: bytes) -> Signature:
        """Its signature, 64 bytes."""


@runtime_checkable
class Authenticator(Protocol):
    """A passkey, where the platform gives nothing better: it answers, and signs no text."""

    def pubkey(self) -> P256Key:
        """The public half."""

    def answer(self, challenge: bytes) -> Assertion:
        """What `navigator.credentials.get` gives for 32 bytes."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """Who asks an issuer: a wallet and a phone, which show in no representation."""

    wallet: Keypair = field(repr=False)
    phone: Phone | Authenticator = field(repr=False)

    @property
    def device(self) -> tuple[Scheme, bytes]:
        """The phone's key as an account has it."""
        kind, octets = encode_device_key(self.phone.pubkey())
        return Scheme(kind), octets


class IssuerClient:
    """One issuer. Every method raises GatewayRefused for a refusal and GatewayUnavailable without
    an answer; those that sign raise TransactionChanged, unsigned, if anything else was built.

    Each may be repeated: it gives what stands on chain. `timeout` is seconds for each answer.
    """

    def __init__(
        self, url: str, *, timeout: float = 30.0, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self._http = httpx2.AsyncClient(
            base_url=url, timeout=timeout, transport=transport, verify=trusted()
        )
        self._about: answers.IssuerView | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._http.aclose()

    async def about(self) -> answers.IssuerView:
        """Who attests here; asked for once."""
        if self._about is None:
            self._about = await ask(self._http, "GET", "/v1/issuer", answers.IssuerView)
        return self._about

    # Persons

    async def attest(self, who: Somebody, papers: str) -> Pubkey:
        """Has somebody attested; the person's account. The wallet pays its rent."""
        body = await self._by_both("attest_person", who)
        found = await self._post("/v1/persons", answers.Attested, **body, papers=papers)
        about, (scheme, device) = await self.about(), who.device
        person = family.person_address(issuer=about.issuer, nullifier=found.nullifier)
        if person != found.person:
            raise TransactionChanged("this is not the person of the nullifier")
        wanted = family.attest_person(
            authority=about.authority,
            wallet=who.wallet.pubkey(),
            issuer=about.issuer,
            nullifier=found.nullifier,
            scheme=scheme,
            device=device,
            valid_until=found.valid_until,
        )
        await self._sign(found.to_sign, who.wallet.pubkey(), wanted, who.wallet)
        return found.person

    async def renew(self, person: Pubkey, papers: str) -> int:
        """Has a person attested for longer; until when (Unix seconds)."""
        path = f"/v1/persons/{person}/renew"
        return (await self._post(path, answers.Renewed, papers=papers)).valid_until

    async def rebind(self, person: Pubkey, who: Somebody, papers: str) -> answers.Moving:
        """Announces that a person moves to this wallet and phone; they pay and sign."""
        body = await self._by_both("rebind_person", who, person=person)
        path = f"/v1/persons/{person}/rebind"
        found = await self._post(path, answers.Moving, **body, papers=papers)
        if found.to_sign is None:
            return found
        about, (scheme, device) = await self.about(), who.device
        wanted = family.announce_rebinding(
            authority=about.authority,
            wallet=who.wallet.pubkey(),
            issuer=about.issuer,
            person=person,
            scheme=scheme,
            device=device,
        )
        await self._sign(found.to_sign, who.wallet.pubkey(), wanted, who.wallet)
        body = await self._by_both("rebind_person", who, person=person)
        return await self._post(path, answers.Moving, **body, papers=papers)

    async def cancel_rebinding(self, person: Pubkey, papers: str) -> None:
        """Has an announced move called off."""
        await self._post(f"/v1/persons/{person}/rebind/cancel", answers.Done, papers=papers)

    async def finish_rebinding(self, person: Pubkey) -> None:
        """Has a move put in force whose notice has run out."""
        await self._post(f"/v1/persons/{person}/rebind/finish", answers.Done)

    # Families

    async def found_family(self, who: Somebody, person: Pubkey, guardian: Keypair) -> Pubkey:
        """Has a family founded for a person; `guardian` is a key made for it alone."""
        facts = {"person": person, "guardian": guardian.pubkey()}
        body = await self._by_pair("found_family", who.wallet, guardian, **facts)
        found = await self._post("/v1/families", answers.FamilyView, **body)
        about = await self.about()
        wanted = family.found_family(
            authority=about.authority,
            guardian=guardian.pubkey(),
            issuer=about.issuer,
            family_id=found.family_id,
            valid_until=found.valid_until,
        )
        await self._sign(found.to_sign, about.authority, wanted, guardian)
        return found.family

    async def renew_family(
        self, kin: Pubkey, who: Somebody, person: Pubkey, guardian: Keypair
    ) -> int:
        """Has a family attested for longer, by who founded it; until when (Unix seconds).

        `guardian` may be another key than before.
        """
        facts = {"family": kin, "person": person, "guardian": guardian.pubkey()}
        body = await self._by_pair("renew_family", who.wallet, guardian, **facts)
        del body["family"]
        found = await self._post(f"/v1/families/{kin}/renew", answers.FamilyView, **body)
        about = await self.about()
        wanted = family.renew_family(
            authority=about.authority,
            guardian=guardian.pubkey(),
            issuer=about.issuer,
            family=kin,
            valid_until=found.valid_until,
        )
        await self._sign(found.to_sign, about.authority, wanted, guardian)
        return found.valid_until

    async def join(
        self, kin: Pubkey, who: Somebody, person: Pubkey, role: Role, guardian: Keypair
    ) -> Proof:
        """Has a member taken in. It counts once the member has called `consent` with the proof."""
        facts = {"family": kin, "person": person, "role": int(role)}
        body = await self._by_pair("join_family", who.wallet, guardian, **facts)
        body |= {"role": int(role)}
        del body["family"]
        found = await self._post(f"/v1/families/{kin}/join", answers.Joined, **body)
        proof, about = _proof(found.proof, kin, person), await self.about()
        wanted = family.join_family(
            authority=about.authority,
            guardian=guardian.pubkey(),
            issuer=about.issuer,
            family=kin,
            index=proof.index,
            leaf=proof.leaf,
            siblings=proof.siblings,
        )
        await self._sign(found.to_sign, about.authority, wanted, guardian)
        return proof

    async def consent(self, who: Somebody, proof: Proof) -> None:
        """Agrees to a family, in a transaction that does not name it. The wallet pays the fee."""
        path = f"/v1/persons/{proof.person}/consent"
        found = await self._post(path, answers.Own, membership=b64encode(proof.consent).decode())
        wanted = family.consent(
            wallet=who.wallet.pubkey(),
            issuer=(await self.about()).issuer,
            person=proof.person,
            membership=proof.consent,
        )
        await self._sign(found.to_sign, who.wallet.pubkey(), wanted, who.wallet)

    async def proof(self, kin: Pubkey, who: Somebody, person: Pubkey) -> Proof:
        """A member's proof as the family is now: the one before is old after each change."""
        challenge, signatures = await self._signed(
            "prove_membership", {"wallet_signature": who.wallet}, family=kin, person=person
        )
        body = {"person": str(person), "challenge": challenge} | signatures
        found = await self._post(f"/v1/families/{kin}/proof", answers.ProofView, **body)
        return _proof(found, kin, person)

    async def leave(self, who: Somebody, person: Pubkey) -> None:
        """Leaves the family, alone and at once. The wallet pays the fee."""
        found = await self._post(f"/v1/persons/{person}/leave", answers.Own)
        wanted = family.leave_family(wallet=who.wallet.pubkey(), person=person)
        await self._sign(found.to_sign, who.wallet.pubkey(), wanted, who.wallet)

    async def remove(
        self, kin: Pubkey, person: Pubkey, by: Literal["member", "guardian"], key: Keypair
    ) -> None:
        """Has a member taken out of the tree: by the member's wallet, or by the guardian's key."""
        challenge, signatures = await self._signed(
            "remove_member", {"signature": key}, family=kin, person=person
        )
        body = {"person": str(person), "by": by, "challenge": challenge} | signatures
        await self._post(f"/v1/families/{kin}/remove", answers.Done, **body)

    # The help desk

    async def shorten_rebinding(self, person: Pubkey, desk: Keypair) -> None:
        """Ends the notice of a move: the person stands before the desk."""
        path = f"/v1/persons/{person}/rebind/shorten"
        found = await self._post(
            path, answers.Own, **await self._by_desk("shorten_rebinding", desk, person=person)
        )
        about = await self.about()
        wanted = family.shorten_rebinding(
            authority=about.authority,
            help_desk=desk.pubkey(),
            issuer=about.issuer,
            person=person,
        )
        await self._sign(found.to_sign, about.authority, wanted, desk)

    async def revoke_person(self, person: Pubkey, desk: Keypair) -> None:
        """Ends an attestation for good."""
        body = await self._by_desk("revoke_person", desk, person=person)
        await self._post(f"/v1/persons/{person}/revoke", answers.Done, **body)

    async def revoke_family(self, kin: Pubkey, desk: Keypair) -> None:
        """Ends a family for good."""
        body = await self._by_desk("revoke_family", desk, family=kin)
        await self._post(f"/v1/families/{kin}/revoke", answers.Done, **body)

    async def _by_both(self, action: str, who: Somebody, /, **facts: object) -> dict[str, object]:
        wallet, device = who.wallet.pubkey(), who.phone.pubkey()
        named: dict[str, object] = {**facts, "wallet": wallet, "device_key": device}
        challenge, signed = await self._statement(action, **named)
        body: dict[str, object] = {
            "wallet": str(wallet),
            "device_key": str(device),
            "challenge": challenge,
            "wallet_signature": str(who.wallet.sign_message(signed)),
        }
        if not isinstance(who.phone, Authenticator):
            return body | {"device_signature": str(who.phone.sign_message(signed))}
        made = who.phone.answer(sha256(signed).digest())
        told = {
            "authenticator_data": b64encode(made.authenticator_data).decode(),
            "client_data": b64encode(made.client_data).decode(),
        }
        return body | {"device_signature": str(made.signature), "device_assertion": told}

    async def _by_pair(
        self, action: str, wallet: Keypair, guardian: Keypair, /, **facts: object
    ) -> dict[str, object]:
        keys: dict[str, Phone] = {"wallet_signature": wallet, "guardian_signature": guardian}
        challenge, signatures = await self._signed(action, keys, **facts)
        named = {name: str(value) for name, value in facts.items()}
        return named | {"challenge": challenge} | signatures

    async def _by_desk(self, action: str, desk: Keypair, /, **facts: object) -> dict[str, object]:
        challenge, signatures = await self._signed(action, {"signature": desk}, **facts)
        return {"challenge": challenge} | signatures

    async def _signed(
        self, action: str, keys: Mapping[str, Phone], /, **facts: object
    ) -> tuple[str, dict[str, object]]:
        """A challenge, and signatures over the statement that ends with it, by their names."""
        challenge, signed = await self._statement(action, **facts)
        return challenge, {name: str(key.sign_message(signed)) for name, key in keys.items()}

    async def _statement(self, action: str, /, **facts: object) -> tuple[str, bytes]:
        """A challenge, and the statement that ends with it."""
        issuer = (await self.about()).issuer
        given = await self._post("/v1/challenges", answers.Challenge)
        return given.challenge, statement(action, issuer, given.challenge, **facts)

    async def _sign(
        self, built: answers.ToSign | None, payer: Pubkey, wanted: Instruction, signer: Keypair
    ) -> None:
        """Checks, signs and sends, unless it stands on chain already."""
        if built is None:
            return
        transaction = from_base64(built.transaction)
        require_only(transaction, payer, [wanted])
        text = to_base64(sign(transaction, signer))
        await self._post("/v1/transactions", answers.Sent, transaction=text)

    async def _post(self, path: str, shape: type[T], **body: object) -> T:
        return await ask(self._http, "POST", path, shape, body)


def _proof(found: answers.ProofView, kin: Pubkey, person: Pubkey) -> Proof:
    words = [found.salt, *found.siblings]
    if (found.family, found.person) != (kin, person) or [len(each) for each in words] != [WORD] * (
        _LEVELS + 1
    ):
        raise TransactionChanged("this proof is of another family or person")
    return Proof(
        found.family,
        found.person,
        found.index,
        found.role,
        found.joined_at,
        found.salt,
        tuple(found.siblings),
        found.version,
    )
