"""What is wrong with one event's room stops no other one."""

import pytest
from conting_gateway.redis import Redis
from conting_gateway.waitroom.store import room_keys

from tests.gateway.fastlane.servers import make_room
from tests.gateway.support import Gateway
from tests.gateway.waitroom.rooms import until

pytestmark = pytest.mark.anyio


async def test_a_room_whose_key_nobody_can_read_stops_no_other_room(
    desk: Gateway, redis: Redis
) -> None:
    """As when one master of a cluster is away: the others' events go on."""
    broken, other = await make_room(desk, redis), await make_room(desk, redis)
    await redis.delete(room_keys(broken)[0])
    await redis.set(room_keys(broken)[0], "no hash")
    views, began = desk.services.waitroom._rooms._views, desk.now()
    assert list(views) == [str(broken), str(other)]  # in which they are asked for

    async def is_followed() -> bool:
        return views[str(other)].seen > began + 1

    await until(is_followed)
