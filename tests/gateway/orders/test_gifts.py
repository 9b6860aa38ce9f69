"""Booking for somebody else, passing on within a family, following a re-bound person."""

from dataclasses import dataclass

import pytest
from conting_client import Wallet
from conting_client.generated import ticket as program
from conting_client.tickets import Tickets
from solders.pubkey import Pubkey

from tests.gateway.chain import HOUR, PRICE, Chain, Show
from tests.gateway.orders import shop
from tests.gateway.orders.folk import (
    Fan,
    Home,
    fan,
    home,
    on_sale,
    ordered,
    place,
    post,
    refusal,
    sell,
)
from tests.gateway.orders.shop import signed
from tests.gateway.support import Gateway, Json
from tests.gateway.waitroom.rooms import visit

pytestmark = pytest.mark.anyio


async def grant_of(chain: Chain, show: Show, helper: Fan, **changes: object) -> Json:
    usual: Json = {
        "event": str(show.address),
        "helper": str(helper.person),
        "max_price": PRICE,
        "sections": [0],
        "count": 2,
        "expires": await chain.rpc.chain_time() + 4 * HOUR,
    }
    return usual | changes


def help_of(show: Show, owner: Fan, admission: str, seat: int, **changes: object) -> Json:
    usual: Json = {
        "event": str(show.address),
        "section": 0,
        "seat": seat,
        "person": str(owner.person),
        "max_price": PRICE,
        "admission_pass": admission,
    }
    return usual | changes


@pytest.mark.slow
async def test_a_helper_books_for_who_allowed_it(gateway: Gateway, chain: Chain) -> None:
    show = await shop.on_sale(gateway, chain)
    owner, helper = await fan(chain), await fan(chain)
    granted = await ordered(gateway, "grant_help", owner, **await grant_of(chain, show, helper))
    grant = program.grant_address(event=show.address, person=owner.person, helper=helper.person)
    assert granted["account"] == str(grant)
    admission = await visit(gateway, show, helper.wallet)
    await shop.hold(gateway, show, helper.wallet, 5, admission)
    done = await ordered(gateway, "buy_for", helper, **help_of(show, owner, admission, 5))
    assert (done["section"], done["seat"], done["price"]) == (0, 5, PRICE)
    sold = await Tickets(chain.rpc).ticket(show.ticket(5))
    assert sold is not None
    assert (sold.data.person, sold.data.holder) == (owner.person, owner.wallet.key)
    assert sold.data.paid_by == helper.wallet.key
    # One pass buys one seat, whoever it is for; the hold is over with it.
    path = f"{shop.holds(show)}/0/5"
    assert await gateway.refused("DELETE", path, who=helper.wallet) == "not_held"
    again = help_of(show, owner, admission, 5)
    assert await refusal(gateway, "buy_for", helper, **again) == "pass_spent"
    ends = {"event": show.address, "helper": helper.person}
    assert (await ordered(gateway, "revoke_grant", owner, **ends))["account"] == str(grant)
    assert await refusal(gateway, "revoke_grant", owner, **ends) == "unknown_grant"


@pytest.mark.attack
@pytest.mark.slow
async def test_nobody_books_without_leave_or_beyond_it(gateway: Gateway, chain: Chain) -> None:
    show = await shop.on_sale(gateway, chain)
    owner, helper, thief = await fan(chain), await fan(chain), await fan(chain)
    admission = await visit(gateway, show, helper.wallet)
    asked = help_of(show, owner, admission, 5)
    assert await refusal(gateway, "buy_for", helper, **asked) == "not_held"
    await shop.hold(gateway, show, helper.wallet, 5, admission)
    assert await refusal(gateway, "buy_for", helper, **asked) == "unknown_grant"
    assert await refusal(gateway, "buy_for", thief, **asked) == "not_admitted"
    dear = asked | {"max_price": PRICE - 1}
    assert await refusal(gateway, "buy_for", helper, **dear) == "price_above_limit"
    small = await grant_of(chain, show, helper, max_price=PRICE - 1)
    await ordered(gateway, "grant_help", owner, **small)
    assert await refusal(gateway, "buy_for", helper, **asked) == "not_granted"
    ends = {"event": show.address, "helper": helper.person, "person": owner.person}
    assert await refusal(gateway, "revoke_grant", thief, **ends) == "not_yours"


@pytest.mark.slow
async def test_grants_that_make_no_sense(gateway: Gateway, chain: Chain) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    owner, helper = await fan(chain), await fan(chain)
    usual = await grant_of(chain, show, helper)
    nobody = usual | {"helper": str(Wallet.generate().key)}
    assert await refusal(gateway, "grant_help", owner, **nobody) == "unknown_person"
    assert await refusal(gateway, "grant_help", Wallet.generate(), **usual) == "unknown_person"
    elsewhere = usual | {"event": str(Wallet.generate().key)}
    assert await refusal(gateway, "grant_help", owner, **elsewhere) == "unknown_event"
    assert await refusal(gateway, "grant_help", owner, **(usual | {"expires": 1})) == (
        "grant_expired"
    )
    own = usual | {"helper": str(owner.person)}
    assert await refusal(gateway, "grant_help", owner, **own) == "wrong_person"
    changes: list[Json] = [{"sections": [64]}, {"sections": []}, {"count": 0}, {"count": 256}]
    for change in changes:
        assert await refusal(gateway, "grant_help", owner, **(usual | change)) == "invalid_request"


@pytest.mark.slow
async def test_who_has_a_grant_already_is_told_to_revoke_it_first(
    gateway: Gateway, chain: Chain
) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    owner, helper = await fan(chain), await fan(chain)
    asked = await grant_of(chain, show, helper)
    await ordered(gateway, "grant_help", owner, **asked)
    again = await gateway.call(
        "POST", "/v1/orders/grant_help", who=owner.wallet, body=asked | {"count": 3}
    )
    assert (again.status_code, again.json()["error"]) == (409, "granted_already")
    assert "revoke_grant" in again.json()["detail"]
    await ordered(gateway, "revoke_grant", owner, event=show.address, helper=helper.person)
    await ordered(gateway, "grant_help", owner, **(asked | {"count": 3}))


@dataclass(frozen=True)
class Kin:
    """A show with a sold seat, whose holder is of a family with one other, and a stranger."""

    show: Show
    house: Home
    ann: Fan
    ben: Fan
    cid: Fan
    ticket: Pubkey

    @property
    def asked(self) -> Json:
        """The ticket, from the first to the second."""
        return {
            "ticket": str(self.ticket),
            "to": str(self.ben.person),
            "family": str(self.house.address),
            "sender_shows": self.house.shows(self.ann),
            "shows": self.house.shows(self.ben),
        }


async def kin(gateway: Gateway, chain: Chain) -> Kin:
    office = await post(chain)
    ann, ben, cid = [await office.attest() for _ in range(3)]
    house = await home(office, ann, ben)
    await chain.advance_to(await chain.rpc.chain_time() + 25 * HOUR)
    show = await on_sale(gateway, chain, issuer=office.issuer, family_age=24 * HOUR)
    return Kin(show, house, ann, ben, cid, await sell(gateway, chain, show, ann, 0))


@pytest.mark.slow
async def test_a_ticket_passes_on_within_a_family(gateway: Gateway, chain: Chain) -> None:
    here = await kin(gateway, chain)
    ann, ben = here.ann.wallet, here.ben.wallet
    built = await place(gateway, "family_transfer", ann, **here.asked)
    assert built["awaits"] == [str(ann.key), str(ben.key)]
    path = f"/v1/orders/{built['order']}"
    submit = path + "/submit"
    assert await gateway.refused("GET", path, who=here.cid.wallet) == "unknown_order"
    seen = await gateway.ok("GET", path, who=ben)
    assert (seen["transaction"], seen["state"]) == (built["transaction"], "built")
    by_ann, by_ben = signed(built, ann), signed(built, ben)
    assert await gateway.refused("POST", submit, who=ben, body=by_ann) == "not_signed"
    assert (await gateway.ok("GET", path, who=ben))["awaits"] == built["awaits"]
    half = await gateway.ok("POST", submit, who=ben, body=by_ben)
    assert (half["state"], half["awaits"]) == ("built", [str(ann.key)])
    unsigned = {"transaction": built["transaction"]}
    assert await gateway.ok("POST", submit, who=ben, body=unsigned) == half
    done = await gateway.ok("POST", submit, who=ann, body=by_ann)
    assert (done["state"], done["seat"]) == ("done", 0)
    assert (await gateway.ok("POST", submit, who=ben, body=by_ben))["state"] == "done"
    passed = await Tickets(chain.rpc).ticket(here.ticket)
    assert passed is not None
    assert (passed.data.person, passed.data.holder) == (here.ben.person, ben.key)
    assert await refusal(gateway, "family_transfer", ann, **here.asked) == "not_yours"


@pytest.mark.slow
async def test_a_refund_that_was_only_ordered_is_not_done_by_a_transfer(
    gateway: Gateway, chain: Chain
) -> None:
    here = await kin(gateway, chain)
    ann, ben = here.ann.wallet, here.ben.wallet
    refund = await place(gateway, "refund", ann, ticket=str(here.ticket))
    built = await place(gateway, "family_transfer", ann, **here.asked)
    submit = f"/v1/orders/{built['order']}/submit"
    done = await gateway.ok("POST", submit, who=ann, body=signed(built, ann, ben))
    assert done["state"] == "done"
    path = f"/v1/orders/{refund['order']}"
    assert (await gateway.ok("GET", path, who=ann))["state"] == "built"
    body = signed(refund, ann)
    code = await gateway.refused("POST", path + "/submit", who=ann, body=body)
    assert code in {"wrong_person", "not_your_ticket"}


@pytest.mark.attack
@pytest.mark.slow
async def test_a_ticket_passes_on_to_nobody_else(gateway: Gateway, chain: Chain) -> None:
    here = await kin(gateway, chain)
    right = here.asked
    assert await refusal(gateway, "family_transfer", here.ben, **right) == "not_yours"
    to_stranger = right | {"to": str(here.cid.person)}
    assert await refusal(gateway, "family_transfer", here.ann, **to_stranger) == "not_family"
    turned = right | {"shows": right["sender_shows"]}
    assert await refusal(gateway, "family_transfer", here.ann, **turned) == "not_family"
    older = right | {"shows": right["shows"] | {"joined_at": here.house.since - 1}}
    assert await refusal(gateway, "family_transfer", here.ann, **older) == "not_family"
    short = right | {"shows": right["shows"] | {"salt": "AAAA"}}
    assert await refusal(gateway, "family_transfer", here.ann, **short) == "invalid_request"
    nobody = right | {"to": str(Wallet.generate().key)}
    assert await refusal(gateway, "family_transfer", here.ann, **nobody) == "unknown_person"
    nothing = right | {"ticket": str(here.show.ticket(9))}
    assert await refusal(gateway, "family_transfer", here.ann, **nothing) == "unknown_ticket"
    for no_family in (Wallet.generate().key, here.show.address, here.ben.person):
        elsewhere = right | {"family": str(no_family)}
        assert await refusal(gateway, "family_transfer", here.ann, **elsewhere) == "unknown_family"
    to_self = right | {"to": str(here.ann.person), "shows": right["sender_shows"]}
    assert await refusal(gateway, "family_transfer", here.ann, **to_self) == "not_moved"


@pytest.mark.slow
async def test_the_ticket_follows_its_person_to_another_wallet(
    gateway: Gateway, chain: Chain
) -> None:
    office = await post(chain)
    ann = await office.attest()
    show = await on_sale(gateway, chain, issuer=office.issuer)
    ticket = await sell(gateway, chain, show, ann, 0)
    assert await refusal(gateway, "follow_person", ann, ticket=ticket) == "not_moved"
    moved = await office.rebind(ann)
    assert await refusal(gateway, "refund", moved, ticket=ticket) == "not_yours"
    assert await refusal(gateway, "follow_person", ann, ticket=ticket) == "not_yours"
    await ordered(gateway, "follow_person", moved, ticket=ticket)
    found = await Tickets(chain.rpc).ticket(ticket)
    assert found is not None
    assert (found.data.holder, found.data.person) == (moved.wallet.key, ann.person)
