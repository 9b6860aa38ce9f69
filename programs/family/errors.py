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
