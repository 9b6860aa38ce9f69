"""Nonces and revoked sessions in Redis."""

from collections.abc import Mapping
from typing import cast

from conting_gateway.redis import Redis

REVOKED = "conting:auth:revoked"


class AuthStore:
    """Single-use nonces; a set of sessions that ended before their time."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def put_nonce(self, nonce: str, wallet: str, issued: int, seconds: int) -> None:
        """Keeps who asked for the nonce, and when, for so many seconds."""
        await self._redis.set(_nonce(nonce), f"{wallet} {issued}", ex=seconds)

    async def take_nonce(self, nonce: str) -> tuple[str, int] | None:
        """Who asked for the nonce and when; it is gone afterwards, whoever asks."""
        kept = await self._redis.getdel(_nonce(nonce))
        if kept is None:
            return None
        wallet, issued = str(kept).split()
        return wallet, int(issued)

    async def revoke(self, sessions: Mapping[str, int]) -> None:
        """Ends sessions; remembered until they would have ended anyway, at the times given."""
        await self._redis.zadd(REVOKED, sessions)

    async def revoked(self, now: int) -> dict[str, int]:
        """The sessions that have been ended and whose tokens have not yet expired at `now`."""
        await self._redis.zremrangebyscore(REVOKED, "-inf", now - 1)
        kept = await self._redis.zrange(REVOKED, 0, -1, withscores=True)
        pairs = cast("list[tuple[str, float]]", kept)
        return {session: int(expires) for session, expires in pairs}


def _nonce(nonce: str) -> str:
    return f"conting:auth:nonce:{nonce}"
