"""did:conting: documents of issuers, persons and families, made of their accounts on chain.

    did:conting:CHAIN:ADDRESS

CHAIN is the first 32 characters of the chain's genesis hash, as CAIP-2 names Solana's chains;
ADDRESS is the account. docs/family.md is the method's specification. Documents are those of DID
Core 1.0 with keys as Multikey, results those of DID Resolution 1.0.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final, Self

from solders.pubkey import Pubkey

from conting_client._errors import MalformedDid
from conting_client._readings import AccountInfo
from conting_client._rpc import Rpc
from conting_client.device_keys import DevicePublicKey
from conting_client.generated import family
from conting_client.generated.family import DecodeError, Family, Issuer, Person
from conting_client.history import History
from conting_client.multikey import multikey
from conting_client.persons import NOBODY, device_key_of

Json = dict[str, Any]
Subject = Issuer | Person | Family

METHOD: Final = "conting"
CHAIN_LENGTH: Final = 32  # characters of the genesis hash
LONGEST: Final = 2048  # characters of a DID that is looked at
ERRORS: Final = "https://www.w3.org/ns/did#"
CONTEXTS: Final = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")
OPTIONS: Final = frozenset({"expandRelativeUrls", "noCache"})
"""Resolution options that change nothing: nothing is kept here, and no DID URL is relative."""
NO_OPTIONS: Final[Mapping[str, str]] = MappingProxyType({})
DOCUMENT_TYPE: Final = "application/did"
RESULT_TYPE: Final = "application/did-resolution"

_DID: Final = re.compile(
    r"did:(?P<method>[a-z0-9]+):"
    r"(?P<id>(?:(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})*:)*(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})+)"
)
_CHAIN: Final = re.compile(rf"[1-9A-HJ-NP-Za-km-z]{{{CHAIN_LENGTH}}}")
_URI: Final = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
_YEAR_10000: Final = 253_402_300_800  # Unix seconds: datetime goes no further


@dataclass(frozen=True, slots=True)
class Did:
    """The DID of an account. `chain` is what CAIP-2 puts after `solana:`."""

    chain: str
    address: Pubkey

    def __str__(self) -> str:
        return f"did:{METHOD}:{self.chain}:{self.address}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The DID of a text. Raises MalformedDid."""
        method, chain, address = [*_split(text), ""][:3]
        if method != METHOD or not _CHAIN.fullmatch(chain):
            raise MalformedDid(f"this is no did:{METHOD}")
        try:
            return cls(chain, Pubkey.from_string(address))
        except ValueError:
            raise MalformedDid("a did:conting ends with the address of an account") from None


@dataclass(frozen=True, slots=True)
class Resolution:
    """A DID resolution result: a document, that the DID is deactivated, or an error.

    `error` is the last part of its type, such as NOT_FOUND.
    """

    document: Json | None = None
    metadata: Json = field(default_factory=dict)
    error: str | None = None
    detail: str = ""

    @property
    def deactivated(self) -> bool:
        """The issuer has ended it, for good."""
        return bool(self.metadata.get("deactivated"))

    def to_json(self) -> Json:
        """As DID Resolution has it."""
        about: Json = {}
        if self.error is not None:
            title = self.error.replace("_", " ").capitalize()
            problem = {"type": ERRORS + self.error, "title": title, "detail": self.detail}
            about = {"error": problem}
        elif self.document is not None:
            about = {"contentType": DOCUMENT_TYPE}
        return {
            "didDocument": self.document,
            "didResolutionMetadata": about,
            "didDocumentMetadata": self.metadata,
        }


async def chain_of(rpc: Rpc) -> str:
    """What the DIDs of a node's chain name it. Raises what `Rpc` raises."""
    return (await History(rpc).genesis())[:CHAIN_LENGTH]


async def resolve(rpc: Rpc, text: str, options: Mapping[str, str] = NO_OPTIONS) -> Resolution:
    """Resolves a DID from the chain of a node.

    Raises what `Rpc` raises; every other failure is a result.
    """
    did = check(text, options)
    return did if isinstance(did, Resolution) else await look_up(rpc, did, await chain_of(rpc))


def check(text: str, options: Mapping[str, str]) -> Did | Resolution:
    """The DID, or why it is not looked for, in the order of the specification's algorithm."""
    try:
        if _split(text)[0] != METHOD:
            return Resolution(error="METHOD_NOT_SUPPORTED", detail="only did:conting is resolved")
        did = Did.parse(text)
    except MalformedDid as error:
        return Resolution(error="INVALID_DID", detail=str(error))
    for name, value in options.items():
        if name not in OPTIONS:
            return Resolution(error="FEATURE_NOT_SUPPORTED", detail=f"there is no option {name!r}")
        if value not in {"true", "false"}:
            return Resolution(error="INVALID_OPTIONS", detail=f"{name} is true or false")
    return did


async def look_up(rpc: Rpc, did: Did, chain: str) -> Resolution:
    """Resolves a DID from a node, whose chain DIDs name `chain`. Raises what `Rpc` raises."""
    if did.chain != chain:
        detail = "this resolver reads another chain than the one that the DID names"
        return Resolution(error="FEATURE_NOT_SUPPORTED", detail=detail)
    subject = subject_of(await rpc.account(did.address))
    if subject is None:
        detail = "there is no issuer, person or family at this address"
        return Resolution(error="NOT_FOUND", detail=detail)
    return describe(did, subject)


def subject_of(found: AccountInfo | None) -> Subject | None:
    """Issuer, person or family of an account; None if it is none of them."""
    if found is None or found.owner != family.PROGRAM_ID:
        return None
    kinds: tuple[type[Subject], ...] = (Issuer, Person, Family)
    for kind in kinds:
        if found.data.startswith(kind.DISCRIMINATOR):
            try:
                return kind.decode(found.data)
            except DecodeError:
                return None
    return None


def describe(did: Did, subject: Subject) -> Resolution:
    """What the account of a DID says."""
    if isinstance(subject, Issuer):
        return _result(_issuer(did, subject))
    if subject.revoked:
        return Resolution(metadata={"deactivated": True})
    return _result(_person(did, subject) if isinstance(subject, Person) else _family(did, subject))


def _split(text: str) -> list[str]:
    """Method and the parts of the method's own identifier. Raises MalformedDid."""
    found = _DID.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        raise MalformedDid("this is no DID")
    return [found["method"], *found["id"].split(":")]


def _result(document: Json) -> Resolution:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return Resolution(document, {"versionId": sha256(text.encode()).hexdigest()[:32]})


def _issuer(did: Did, issuer: Issuer) -> Json:
    document = _document(
        did,
        keys=[issuer.authority, issuer.help_desk],
        authentication=[issuer.authority],
        assertionMethod=[issuer.authority],
        capabilityInvocation=[issuer.authority],
    )
    if _URI.fullmatch(issuer.uri):
        service = {"id": f"{did}#about", "type": "About", "serviceEndpoint": issuer.uri}
        document["service"] = [service]
    return document


def _person(did: Did, person: Person) -> Json:
    device = device_key_of(person)
    devices = [] if device is None else [device]
    is_attested = person.nullifier != NOBODY
    return _document(
        did,
        controller=Did(did.chain, person.issuer) if is_attested else None,
        keys=[person.wallet, *devices],
        expires=person.valid_until,
        authentication=[person.wallet, *devices],
        assertionMethod=[person.wallet],
    )


def _family(did: Did, kin: Family) -> Json:
    return _document(
        did,
        controller=Did(did.chain, kin.issuer),
        keys=[kin.guardian],
        expires=kin.valid_until,
        authentication=[kin.guardian],
    )


def _document(
    did: Did,
    *,
    keys: Sequence[DevicePublicKey],
    controller: Did | None = None,
    expires: int | None = None,
    **relations: Sequence[DevicePublicKey],
) -> Json:
    """A document without keys that are no point of their curve: nobody can sign with them."""
    names = {multikey(key): key for key in keys if _is_key(key)}
    methods = [_method(did, name, expires) for name in names]
    document: Json = {"@context": list(CONTEXTS), "id": str(did)}
    if controller is not None:
        document["controller"] = str(controller)
    if methods:
        document["verificationMethod"] = methods
    for relation, wanted in relations.items():
        ids = [f"{did}#{name}" for name, key in names.items() if key in wanted]
        if ids:
            document[relation] = ids
    return document


def _method(did: Did, name: str, expires: int | None) -> Json:
    method = {
        "id": f"{did}#{name}",
        "type": "Multikey",
        "controller": str(did),
        "publicKeyMultibase": name,
    }
    if expires is not None and 0 <= expires < _YEAR_10000:
        method["expires"] = f"{datetime.fromtimestamp(expires, UTC):%Y-%m-%dT%H:%M:%SZ}"
    return method


def _is_key(key: DevicePublicKey) -> bool:
    """A wallet may be a program's address, which nobody signs with outside the chain."""
    return not isinstance(key, Pubkey) or key.is_on_curve()
