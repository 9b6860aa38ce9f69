"""A gateway process that pays fees: a fan who has spent all lamports gives a ticket back."""

import json
from pathlib import Path

import pytest
from conting_client import Wallet, save_keypair
from conting_gateway.redis import EmbeddedRedis
from conting_localnet import LocalnetProcess
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from tests.e2e.house import GatewayKeys, gateway_process
from tests.e2e.people import PRICE, SOL, Town, town_at

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

FEE = 5_000
"""Lamports for each signature."""


async def lamports(town: Town, key: Pubkey) -> int:
    found = await town.rpc.account(key)
    return 0 if found is None else found.lamports


async def test_a_fan_who_has_spent_everything_gives_a_ticket_back(
    town: Town, node: LocalnetProcess, redis: EmbeddedRedis, keys: GatewayKeys, tmp_path: Path
) -> None:
    show, sponsor, fan = await town.announce(), Keypair(), await town.newcomer()
    await town.advance_to(show.opens)
    await town.sell(show, {11: fan})
    await town.rpc.airdrop(sponsor.pubkey(), SOL)
    save_keypair(sponsor, tmp_path / "sponsor.json")
    rest = await lamports(town, fan.wallet.key) - FEE
    gift = TransferParams(
        from_pubkey=fan.wallet.key, to_pubkey=Wallet.generate().key, lamports=rest
    )
    await town.send([transfer(gift)], fan.wallet.keypair)
    assert await lamports(town, fan.wallet.key) == 0
    with gateway_process(
        keys,
        node.rpc_url,
        redis.url,
        SPONSOR_KEY=str(tmp_path / "sponsor.json"),
        SPONSOR_ORGANISERS=json.dumps([str(show.organiser.key)]),
    ) as process:
        async with town_at(node.rpc_url, keys, process.url) as there:
            owner = there.person(fan.wallet)
            await owner.sign_in()
            (held,) = await owner.gateway.tickets(fan.wallet.key)
            owner.gateway.orders.sponsored = True
            assert (await owner.gateway.give_back(fan.wallet, held)).state == "done"
            metrics = (await owner.http.get("/metrics")).text
    assert await lamports(town, fan.wallet.key) > PRICE  # and the rent of the NFT
    assert await lamports(town, sponsor.pubkey()) == SOL - 2 * FEE
    assert f"conting_sponsored_lamports_total {2 * FEE:.1f}" in metrics
