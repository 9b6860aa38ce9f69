"""Refusals of the read model, beside those that all domains share."""

from conting_gateway.errors import GatewayError


class ReadModelLoadingError(GatewayError):
    """The gateway is still reading the chain; ask again in a moment."""

    status = 503
    code = "read_model_loading"
    wait = 1


class NotFreshError(GatewayError):
    """The gateway has not heard of this slot yet; ask again in a moment."""

    status = 503
    code = "not_fresh"
    wait = 1


class UnknownRaffleError(GatewayError):
    """There is no such raffle on chain."""

    status = 404
    code = "unknown_raffle"


class NoSuchPersonError(GatewayError):
    """There is no such person on chain."""

    status = 404
    code = "unknown_person"


class UnknownFamilyError(GatewayError):
    """There is no such family on chain."""

    status = 404
    code = "unknown_family"


class UnknownIssuerError(GatewayError):
    """There is no such issuer on chain."""

    status = 404
    code = "unknown_issuer"
