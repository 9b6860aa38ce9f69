"""What the gateway takes from outside: time and randomness, always as parameters."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], float]
"""Unix seconds, as `time.time` gives them."""

Entropy = Callable[[int], bytes]
"""So many unpredictable bytes, as `secrets.token_bytes` gives them."""


def in_words(moment: int) -> str:
    """Unix seconds for people; as they are, where no calendar has them."""
    try:
        return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return str(moment)
