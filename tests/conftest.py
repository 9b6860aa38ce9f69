"""What `make test` leaves to CI, and which Redis the tests run on."""

import signal
from functools import cache
from typing import TYPE_CHECKING

import httpcore2
import pytest
from hypothesis import settings

settings.register_profile("ours", deadline=None)  # a machine under load is no fault
settings.load_profile("ours")

if TYPE_CHECKING:
    from tests.cluster import StartRedis

# Each client of HTTP reads the machine's certificate authorities anew, a tenth of a second each
# time; the servers here are on loopback and have no certificate.
httpcore2.default_ssl_context = cache(httpcore2.default_ssl_context)


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As a shell starts what runs behind it. The processes that tests start would not hear Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--redis`: what the tests that need a Redis get."""
    parser.addoption(
        "--redis",
        choices=("single", "cluster", "failover"),
        default="single",
        help="one Redis; a cluster of six; one whose masters change places all the time",
    )


@pytest.fixture(scope="session")
def start_redis(pytestconfig: pytest.Config) -> "StartRedis":
    """Starts the Redis of this run, with its files in a folder."""
    from tests.cluster import STARTS  # noqa: PLC0415 most tests need no Redis

    return STARTS[pytestconfig.getoption("redis")]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks the cases for SBPF v0 slow: they repeat those for v3 with the other linker.

    On a cluster only those run that are given one: the others have no other answer there.
    """
    if config.getoption("redis") != "single":
        given = [item for item in items if "start_redis" in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=[item for item in items if item not in given])
        items[:] = given
    for item in items:
        if "v0" in item.nodeid.partition("[")[2].rstrip("]").split("-"):
            item.add_marker(pytest.mark.slow)
