"""The way to the gateway: signed in as the gate, and known to be up or down."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from solders.keypair import Keypair

from conting_client._errors import GatewayRefused, GatewayUnavailable, TransactionChanged
from conting_client._wallet import Wallet
from conting_client.gate_api import GateClient
from conting_client.scanner.alarms import Alarm, Outside

T = TypeVar("T")
Call = Callable[[GateClient], Awaitable[T]]

_NO_SESSION: Final = frozenset({"not_signed_in", "session_expired"})
_NOT_NOW: Final = frozenset({429, 500, 502, 503, 504})
SKEW_SECONDS: Final = 2.0  # that the scanner's clock may differ from the gateway's


class Offline(Exception):  # noqa: N818 never leaves this package
    """The gateway gives no answer: out of reach, or without its own store or chain."""


class Connection:
    """Asks the gateway; tells the operator when that begins and ceases to work."""

    def __init__(self, key: Keypair, outside: Outside) -> None:
        self._wallet = Wallet(key)
        self._out = outside
        self._signed_in = False
        self._up: bool | None = None
        self._skewed = False
        self.skew: float | None = None
        """Seconds that the scanner's clock was ahead of the gateway's; None: never compared."""

    @property
    def has_gateway(self) -> bool:
        """Whether there is one to ask at all."""
        return self._out.gateway is not None

    @property
    def is_online(self) -> bool:
        """Whether the gateway answered last time."""
        return self._up is True

    @property
    def is_up(self) -> bool:
        """Whether the gateway may be asked: it answered last time, or never was asked."""
        return self.has_gateway and self._up is not False

    async def ask(self, call: Call[T]) -> T:
        """The gateway's answer. Raises Offline, and GatewayRefused for a refusal that stands."""
        try:
            found = await self._ask(call)
        except (GatewayUnavailable, TransactionChanged) as error:
            self._down(f"the gateway is out of reach: {error}")
            raise Offline from error
        except GatewayRefused as error:
            if error.status in _NOT_NOW:
                self._down(f"the gateway cannot answer now: {error.code}")
                raise Offline from error
            self._come_up()
            raise
        self._come_up()
        return found

    async def _ask(self, call: Call[T]) -> T:
        gateway = self._out.gateway
        if gateway is None:
            raise Offline
        if self._signed_in:
            try:
                return await call(gateway)
            except GatewayRefused as error:
                if error.code not in _NO_SESSION:
                    raise
        self._signed_in = False
        await gateway.sign_in(self._wallet)
        self._signed_in = True
        return await call(gateway)

    def _down(self, why: str) -> None:
        if self._up is not False:
            self._out.alarm(Alarm.OFFLINE, why)
        self._up = False

    def _come_up(self) -> None:
        if self._up is False:
            self._out.alarm(Alarm.ONLINE, "")
        self._up = True

    def compare_clocks(self, theirs: int, sent: float) -> None:
        """Raises the alarm once if the scanner's clock, from `sent` on, never said `theirs`."""
        behind, ahead = theirs - self._out.clock(), sent - (theirs + 1)
        self.skew = ahead if ahead > 0 else -max(behind, 0.0)
        if abs(self.skew) <= SKEW_SECONDS:
            self._skewed = False
        elif not self._skewed:
            self._skewed = True
            self._out.alarm(Alarm.CLOCK_SKEW, f"this scanner's clock is {words_of(self.skew)}")


def words_of(skew: float) -> str:
    """A scanner's clock, so many seconds ahead of the gateway's, in words."""
    return f"{abs(skew):.0f} seconds {'ahead of' if skew > 0 else 'behind'} the gateway's"
