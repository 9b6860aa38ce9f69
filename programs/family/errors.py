"""Why the family program refuses. Numbered from 6000 in this order; append only."""

from seahorse.prelude import Errors


class FamilyError(Errors):
    """Each message says what was wrong in the words of the person it stops."""

    NOT_ISSUER = "only the issuer's authority may do this"
    BAD_NOTICE = "the notice of a re-binding is between one hour and thirty days"
    BAD_COOL_DOWN = "the cool-down between two families is between one day and one year"
    TEXT_TOO_LONG = "a name or address is longer than this program allows"
    NOT_A_PERSON = "a person's wallet is a key that somebody holds, not a program's address"
    BAD_DEVICE_KEY = "these bytes are no public key of the device's scheme"
    BAD_HELP_DESK = "the help desk needs a key of its own, beside the authority's"
    NOT_HELP_DESK = "only the issuer's help desk may do this"
    OTHER_ISSUER = "another issuer vouches for this person or family"
    BAD_NULLIFIER = "a nullifier or id of zeros names nobody"
    BAD_VALIDITY = "the new end has to be in the future, and later than the old one"
    REVOKED = "this person or family was revoked, for good"
    EXPIRED = "the attestation of this person or family has run out"
    NOT_YOUR_PERSON = "this person has another wallet"
    NOT_SELF_ATTESTED = "an issuer vouches for this person, and only it re-binds"
    REBINDING_PENDING = "another re-binding was announced already"
    NO_REBINDING = "no re-binding was announced"
    NOTICE_RUNS = "the notice of this re-binding has not run out"
    NOT_GUARDIAN = "the guardian of this family has another key"
    FAMILY_FULL = "a family has at most six members"
    NO_SUCH_LEAF = "a family's tree has eight leaves"
    EMPTY_LEAF = "zeros stand for no member"
    BAD_PROOF = "this is not what stands in the family's tree"
    MEMBER_ALREADY = "this person has agreed to a family already, and has to leave it first"
    NOT_A_MEMBER = "this person has agreed to no family"
    COOLING_DOWN = "this person left a family too short a time ago"
