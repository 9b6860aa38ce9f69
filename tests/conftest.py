"""What `make test` leaves to CI: the second version of SBPF, beside the files marked slow."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the cases for SBPF v0 slow: they repeat those for v3 with the other linker."""
    for item in items:
        if "v0" in item.nodeid.partition("[")[2].rstrip("]").split("-"):
            item.add_marker(pytest.mark.slow)
