"""What is closed and made anew within one slot is told apart by no slot."""

import httpx2
import pytest
from conting_client import Wallet, build, sign, to_base64
from conting_client.generated import ticket as program
from solders.instruction import Instruction

from tests.gateway.chain import Chain
from tests.gateway.orders.folk import fan
from tests.gateway.readmodel.asking import ask, settled
from tests.gateway.support import Gateway
from tests.gateway.waitroom.rooms import until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

TRIES = 100


async def in_one_slot(chain: Chain, who: Wallet, first: Instruction, second: Instruction) -> int:
    """Sends two transactions, one right after the other; the slot that both have landed in.

    0 if they landed in two.
    """
    recent = await chain.rpc.latest_blockhash()
    sent = [sign(build(who.key, [step], recent.hash), who.keypair) for step in (first, second)]
    config = {"encoding": "base64", "skipPreflight": True}
    async with httpx2.AsyncClient() as http:
        for each in sent:
            params = [to_base64(each), config]
            asked = {"jsonrpc": "2.0", "id": 1, "method": "sendTransaction", "params": params}
            assert "error" not in (await http.post(chain.rpc.url, json=asked)).json()
    landed = [await chain.rpc.send(each) for each in sent]
    return landed[0].slot if landed[0].slot == landed[1].slot else 0


async def test_what_was_closed_and_made_anew_within_a_slot_is_listed(
    gateway: Gateway, chain: Chain
) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    owner, helper = await fan(chain), await fan(chain)
    grant = program.grant_address(event=show.address, person=owner.person, helper=helper.person)
    me = owner.wallet
    give = program.grant_help(
        owner=me.key,
        person=owner.person,
        event=show.address,
        helper=helper.person,
        max_price=1,
        sections=1,
        count=1,
        expires=show.doors,
    )
    take = program.revoke_grant(owner=me.key, person=owner.person, grant=grant, rent_to=me.key)
    await chain.send(give, me)
    for _ in range(TRIES):
        if slot := await in_one_slot(chain, me, take, give):
            break
    assert slot, "they never landed in one slot"

    async def told() -> bool:
        found = await ask(gateway, "/v1/feed?limit=500")
        return [each["slot"] for each in found["happenings"]].count(slot) == 2

    await until(told)  # by the feed's listener, who ends the grant a second time
    (mine,) = (await settled(gateway, chain, "/v1/my/grants", who=me))["grants"]
    assert mine["grant"] == str(grant)
    await chain.send(take, me)
    assert not (await settled(gateway, chain, "/v1/my/grants", who=me))["grants"]
