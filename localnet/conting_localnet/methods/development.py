"""Methods that no cluster has, for tests and demonstrations."""

from __future__ import annotations

from conting_localnet.errors import invalid_params
from conting_localnet.methods.responses import Method
from conting_localnet.node import Node
from conting_localnet.params import Params
from conting_localnet.wire import Json

_MAX_ADVANCE = 10 * 365 * 86_400  # seconds


def _advance_time(node: Node, params: Params) -> Json:
    """Move the chain's clock forward by `seconds`; returns the new slot and unix time."""
    seconds = params.config(0).number("seconds")
    if not 0 < seconds <= _MAX_ADVANCE:
        raise invalid_params(f"seconds must be more than 0 and at most {_MAX_ADVANCE}")
    node.advance_time(seconds)
    return {"slot": node.slot, "unixTimestamp": node.svm.get_clock().unix_timestamp}


METHODS: dict[str, Method] = {"localnet_advanceTime": _advance_time}
