"""Why a fee is not paid for somebody: as the refusals in `conting_gateway.errors`."""

from conting_gateway.errors import GatewayError


class NotSponsoredError(GatewayError):
    """This gateway does not pay the network fee of this order; order without `sponsored`, and pay
    it yourself."""

    status = 409
    code = "not_sponsored"


class SponsorBudgetError(GatewayError):
    """What this gateway pays for one wallet, for this event or in all is spent for today; order
    without `sponsored`, or tomorrow (UTC)."""

    status = 429
    code = "sponsor_budget_spent"
    wait = 3600


class SponsorFailuresError(GatewayError):
    """Too many transactions that were paid for you have failed today; order without `sponsored`, or
    tomorrow (UTC)."""

    status = 429
    code = "sponsor_failures"
    wait = 3600


class SponsorLowError(GatewayError):
    """The account that fees are paid from is nearly empty; order without `sponsored`."""

    status = 503
    code = "sponsor_low"
    wait = 60


REFUSALS = (NotSponsoredError, SponsorBudgetError, SponsorFailuresError, SponsorLowError)
"""Of every order that is to be sponsored."""
