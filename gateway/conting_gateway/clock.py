"""What the gateway takes from outside: time and randomness, always as parameters."""

from collections.abc import Callable

Clock = Callable[[], float]
"""Unix seconds, as `time.time` gives them."""

Entropy = Callable[[int], bytes]
"""So many unpredictable bytes, as `secrets.token_bytes` gives them."""
