"""The methods of the HTTP side, by name."""

from conting_localnet.methods import cluster, development, history, holdings, sending, state
from conting_localnet.methods.responses import Method

METHODS: dict[str, Method] = {
    **cluster.METHODS,
    **development.METHODS,
    **history.METHODS,
    **holdings.METHODS,
    **sending.METHODS,
    **state.METHODS,
}
