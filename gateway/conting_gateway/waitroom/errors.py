"""What waiting rooms refuse."""

from conting_gateway.errors import GatewayError


class NotServedError(GatewayError):
    """This gateway opens waiting rooms for organisers whom its operator has named, no others."""

    status = 403
    code = "not_served"


class NoQueueError(GatewayError):
    """The organiser has not opened a waiting room for this event."""

    status = 404
    code = "no_queue"


class QueueFixedError(GatewayError):
    """The beacon slot was published and can no longer change; rate and capacity can."""

    status = 409
    code = "queue_fixed"


class BeaconPassedError(GatewayError):
    """The beacon has to be a slot that is still to come."""

    status = 422
    code = "beacon_passed"


class QueueBusyError(GatewayError):
    """More people are joining than can be written at once; join again in a moment."""

    status = 503
    code = "queue_busy"
    wait = 1


class SoldOutError(GatewayError):
    """Nothing is sold here any more: every seat is, the sale is closed or the event cancelled."""

    status = 409
    code = "sold_out"


class BadTicketError(GatewayError):
    """This is not a place in this waiting room that the gateway gave to you; join first."""

    status = 403
    code = "bad_ticket"


class NotYetAdmittedError(GatewayError):
    """It is not your turn yet; ask for the status."""

    status = 409
    code = "not_yet_admitted"
    wait = 2
