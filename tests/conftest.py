"""What `make test` leaves to CI: the second version of SBPF, beside the files marked slow."""

from functools import cache

import httpcore2
import pytest
from hypothesis import settings

settings.register_profile("ours", deadline=None)  # a machine under load is no fault
settings.load_profile("ours")

# Each client of HTTP reads the machine's certificate authorities anew, a tenth of a second each
# time; the servers here are on loopback and have no certificate.
httpcore2.default_ssl_context = cache(httpcore2.default_ssl_context)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the cases for SBPF v0 slow: they repeat those for v3 with the other linker."""
    for item in items:
        if "v0" in item.nodeid.partition("[")[2].rstrip("]").split("-"):
            item.add_marker(pytest.mark.slow)
