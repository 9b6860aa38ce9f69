"""Spent nonces and admissions in Redis."""

import json
from dataclasses import asdict, dataclass

from solders.pubkey import Pubkey

from conting_gateway.gate.lua import SPEND
from conting_gateway.redis import Redis, Script


@dataclass(frozen=True, slots=True)
class Record:
    """A verdict as it is kept. `at` and `when` are Unix seconds; `where` and `gate`, gate keys.

    `reason` is empty if it admits; `digest` names the very bytes of the pass.
    """

    gate: str
    at: int
    reason: str
    digest: str
    where: str | None = None
    when: int | None = None


class GateStore:
    """First come, first kept. Times in seconds."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._spend = Script(redis, SPEND)

    async def kept(self, event: Pubkey, nonce: bytes) -> Record | None:
        """The verdict that was given on a pass."""
        text = await self._redis.get(_nonce(event, nonce))
        return None if text is None else Record(**json.loads(text))

    async def spend(
        self,
        event: Pubkey,
        nonce: bytes,
        admission: tuple[Pubkey, int],
        record: Record,
        *,
        keep_nonce: int,
        keep_admission: int,
    ) -> tuple[bool, Record]:
        """Keeps a verdict unless there is one; whether it was kept, and the one that now is.

        `admission` is the ticket and the session that it would admit.
        """
        ticket, session = admission
        keys = [_nonce(event, nonce), f"conting:{{{event}}}:in:{ticket}:{session}"]
        text = json.dumps(
            {name: value for name, value in asdict(record).items() if value is not None}
        )
        args: list[str | int] = [text, keep_nonce * 1000, keep_admission * 1000]
        first, kept = await self._spend(keys, *args)
        return bool(first), Record(**json.loads(kept))


def _nonce(event: Pubkey, nonce: bytes) -> str:
    return f"conting:{{{event}}}:nonce:{nonce.hex()}"
