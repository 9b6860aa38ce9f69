"""An issuer for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from conting_client import Rpc
from conting_localnet import LocalnetProcess

from tests.gateway.issuer.office import Office, open_office


@pytest.fixture
async def office(node: LocalnetProcess, tmp_path: Path) -> AsyncIterator[Office]:
    async with Rpc(node.rpc_url) as rpc, open_office(rpc, tmp_path) as office:
        yield office
