"""What the issuer is asked and answers. Times are Unix seconds of the chain's clock."""

from typing import Annotated, Literal

from conting_client import Assertion
from conting_client.families import Role
from pydantic import BaseModel, Field, PlainSerializer, PlainValidator, WithJsonSchema
from solders.pubkey import Pubkey
from solders.signature import Signature

from conting_gateway.issuer.chain import Built
from conting_gateway.issuer.homes import Pair
from conting_gateway.issuer.persons import Holder, Proof
from conting_gateway.orders.schemas import Word
from conting_gateway.schemas import Address, Base64, DeviceKeyText

PAPERS = Field(
    min_length=8,
    max_length=400,
    description="What shows who somebody is: a development issuer takes any text. It is not kept",
)
CHALLENGE = Field(max_length=200, description="From POST /v1/challenges")


PROOF = Field(
    description="What the phone has proven itself by. A passkey is the lower class: it may have "
    "been copied to other devices, and the doors take it in the show lane only"
)


def _signature(value: object) -> Signature:
    if isinstance(value, Signature):
        return value
    try:
        return Signature.from_string(str(value))
    except ValueError as error:
        raise ValueError("has to be a signature of 64 bytes in base58") from error


SignatureText = Annotated[
    Signature,
    PlainValidator(_signature),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "minLength": 64, "maxLength": 88}),
]
"""64 bytes in base58, over the statement of docs/family.md; of P-256: r and s, s in its lower
half."""


class IssuerAnswer(BaseModel):
    """Who attests here, by which rules."""

    issuer: Address
    authority: Address
    help_desk: Address
    name: str
    uri: str
    notice: int = Field(description="Seconds from a re-binding's announcement to its effect")
    cool_down: int = Field(description="Seconds between leaving a family and joining another")


class ChallengeAnswer(BaseModel):
    """What statements end with."""

    challenge: str
    expires_at: int = Field(description="Unix seconds")


class ToSign(BaseModel):
    """A transaction that others have to sign, then to be sent to /v1/transactions."""

    transaction: str = Field(description="Base64; the issuer has signed where it has to")
    awaits: list[Address] = Field(description="Whose signatures are missing; the first pays")


class PasskeyAnswer(BaseModel):
    """What a passkey's assertion is about, as the browser gave it (WebAuthn)."""

    authenticator_data: Base64
    client_data: Base64 = Field(
        description="JSON; its challenge is the statement's SHA-256 in base64url without padding"
    )


class Asked(BaseModel):
    """Who asks, proven by wallet and phone."""

    wallet: Address
    device_key: DeviceKeyText
    challenge: str = CHALLENGE
    wallet_signature: SignatureText
    device_signature: SignatureText
    device_assertion: PasskeyAnswer | None = Field(
        default=None,
        description="Only where the device gives a page nothing but a passkey: then the signature "
        "is the passkey's, over these bytes (docs/family.md)",
    )

    def holder(self) -> Holder:
        """Wallet, phone and their signatures."""
        signature, told = self.device_signature, self.device_assertion
        made = (
            signature
            if told is None
            else Assertion(signature, told.authenticator_data, told.client_data)
        )
        return Holder(self.wallet, self.device_key, self.wallet_signature, made)


class AttestRequest(Asked):
    """Somebody who wants to be attested."""

    papers: str = PAPERS


class RebindRequest(Asked):
    """Somebody who wants to move to this wallet and phone."""

    papers: str = PAPERS


class PapersRequest(BaseModel):
    """Somebody who has papers, whatever became of wallet and phone."""

    papers: str = PAPERS


class AttestAnswer(BaseModel):
    """A person, or what makes it."""

    person: Address
    nullifier: Address = Field(description="A salted hash; it tells nothing of the papers")
    valid_until: int
    proof: Proof = PROOF
    to_sign: ToSign | None = Field(description="Null: the person stands on chain")


class RebindAnswer(BaseModel):
    """Where a re-binding stands."""

    progress: Literal["done", "announced", "to_sign"]
    takes_over_at: int | None = Field(description="Once it is announced")
    proof: Proof = PROOF
    to_sign: ToSign | None


class RenewAnswer(BaseModel):
    """Until when the issuer vouches."""

    valid_until: int


class OwnAnswer(BaseModel):
    """What only the person's wallet signs."""

    to_sign: ToSign | None = Field(description="Null: it is so already")


class ConsentRequest(BaseModel):
    """The salted hash that the member keeps of its leaf."""

    membership: Word


class DeskRequest(BaseModel):
    """The help desk, proven by its key."""

    challenge: str = CHALLENGE
    signature: SignatureText


class Paired(BaseModel):
    """A person's wallet and a family's guardian, together."""

    person: Address
    challenge: str = CHALLENGE
    wallet_signature: SignatureText
    guardian_signature: SignatureText

    def pair(self) -> Pair:
        """Their signatures."""
        return Pair(self.wallet_signature, self.guardian_signature)


class FoundRequest(Paired):
    """Who founds a family, and the key that was made for it."""

    guardian: Address


class FamilyAnswer(BaseModel):
    """A family, or what makes or renews it."""

    family: Address
    family_id: Address
    valid_until: int
    to_sign: ToSign | None = Field(description="Null: it is so already")


class JoinRequest(Paired):
    """Who joins as what: 1 guardian, 2 adult, 3 child."""

    role: Role


class ProofAnswer(BaseModel):
    """What the member keeps, and tells nobody but whom it shows the membership."""

    family: Address
    person: Address
    index: int
    role: int
    joined_at: int
    salt: Word
    siblings: list[Word]
    version: int = Field(description="Of the family: with the next change, ask for a new proof")


class JoinAnswer(BaseModel):
    """The proof, and what puts the member into the tree."""

    proof: ProofAnswer
    to_sign: ToSign | None = Field(description="Null: the tree has the member")


class ProveRequest(BaseModel):
    """A member, proven by its wallet."""

    person: Address
    challenge: str = CHALLENGE
    wallet_signature: SignatureText


class RemoveRequest(BaseModel):
    """A member who goes, or whom the guardian sends away."""

    person: Address
    by: Literal["member", "guardian"]
    challenge: str = CHALLENGE
    signature: SignatureText


class SendRequest(BaseModel):
    """A transaction that everybody has signed."""

    transaction: str = Field(max_length=2_000, description="Base64")


class SentAnswer(BaseModel):
    """It is confirmed."""

    signature: str


class DoneAnswer(BaseModel):
    """It is so on chain, whether this request or one before it did it."""

    done: Literal[True] = True


def to_sign(built: Built | None) -> ToSign | None:
    """As it is shown."""
    if built is None:
        return None
    awaits: list[Pubkey] = list(built.awaits)
    return ToSign(transaction=built.transaction, awaits=awaits)
