"""The issuer's refusals, beside those that all applications share."""

import inspect

from conting_gateway.errors import GatewayError, Problem
from conting_gateway.orders.errors import ChainRefusedError


class FamilyRefusedError(ChainRefusedError):
    """The family program refused; the code is the program's own name for the reason."""

    note = (
        "`error` is never chain_refused, but the program's own name for the reason, in lower case: "
        "docs/programs.md lists them under “Errors of family”."
    )

    @classmethod
    def example(cls) -> Problem:
        """What the description of a route shows."""
        return Problem(error="member_already", detail=inspect.cleandoc(cls.__doc__ or ""))


class BadChallengeError(GatewayError):
    """The challenge is not this issuer's, or older than five minutes; ask for a new one."""

    status = 401
    code = "bad_challenge"


class NotProvenError(GatewayError):
    """A signature over the statement is missing, or is not this key's."""

    status = 401
    code = "not_proven"


class WrongPapersError(GatewayError):
    """These papers are not this person's."""

    status = 403
    code = "wrong_papers"


class OtherPersonsError(GatewayError):
    """This issuer does not vouch for this person or family, or it is another wallet's."""

    status = 404
    code = "unknown_person"


class NoFamilyError(GatewayError):
    """This issuer vouches for no such family."""

    status = 404
    code = "unknown_family"


class NotMemberError(GatewayError):
    """The family's tree does not have this person."""

    status = 404
    code = "not_a_member"


class AttestedAlreadyError(GatewayError):
    """The person of these papers has another wallet or phone: have it re-bound."""

    status = 409
    code = "attested_already"


class EndedError(GatewayError):
    """This person was revoked, for good; the help desk knows why."""

    status = 409
    code = "revoked"


class FamilyExistsError(GatewayError):
    """This person has founded a family already, with another guardian's key: have it renewed."""

    status = 409
    code = "family_exists"


class GuardianNotOwnError(GatewayError):
    """The guardian's key has to be made for the family: a wallet would tell whose family it is."""

    status = 422
    code = "guardian_not_own"


class NoticeRunsError(GatewayError):
    """The notice of this re-binding has not run out."""

    status = 409
    code = "notice_runs"


class TooOldError(GatewayError):
    """The transaction is too old for the chain, or the family has changed; ask again."""

    status = 409
    code = "transaction_expired"


class NotOursError(GatewayError):
    """This is no transaction of this issuer, or a signature is missing or wrong."""

    status = 422
    code = "not_ours"


class OutcomeOpenError(GatewayError):
    """Nobody knows yet whether the transaction has landed; send the same request again."""

    status = 503
    code = "outcome_unknown"
    wait = 2
