"""What somebody who has to act next finds in the lists: terms, times, and the numbers to name."""

import pytest
from conting_client.generated import raffle
from conting_client.generated import ticket as program
from solders.pubkey import Pubkey

from tests.gateway.chain import Chain, Show
from tests.gateway.orders.folk import draw, fan, on_sale, open_lots, ordered, sell
from tests.gateway.orders.test_cases import STATEMENT, WORD, accused, case_of, show_of
from tests.gateway.orders.test_lots import enter_alone, section_of
from tests.gateway.orders.test_prizes import hall
from tests.gateway.readmodel.asking import settled
from tests.gateway.support import Gateway, Json
from tests.programs.raffles import SETTLED

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_whoever_a_case_concerns_reads_what_it_is_about_and_until_when(
    gateway: Gateway, chain: Chain
) -> None:
    show = await show_of(gateway, chain)
    ann, ticket = await accused(gateway, chain, show, 0)
    (case,) = (await settled(gateway, chain, "/v1/my/cases", who=ann.wallet))["cases"]
    assert (case["ticket"], case["person"]) == (str(ticket), str(ann.person))
    assert (case["state"], case["rule"], case["evidence"]) == ("open", 7, WORD.hex())
    assert case["statement"] is None
    done = await ordered(gateway, "appeal", ann, ticket=ticket, **STATEMENT)
    kept = await case_of(chain, done)
    path = f"/v1/cases?event={show.address}"
    (case,) = (await settled(gateway, chain, path))["cases"]
    assert (case["state"], case["statement"]) == ("appealed", WORD[::-1].hex())
    assert case["appeal_until"] == kept.appeal_until
    assert case["decide_until"] == kept.decide_until > kept.appeal_until
    ben, other = await accused(gateway, chain, show, 1)
    assert len((await settled(gateway, chain, path))["cases"]) == 2
    (theirs,) = (await settled(gateway, chain, f"/v1/cases?ticket={other}"))["cases"]
    assert theirs["person"] == str(ben.person)
    await ordered(gateway, "decide_void", show.organiser, ticket=ticket, upheld=False)
    (case,) = (await settled(gateway, chain, "/v1/my/cases", who=ann.wallet))["cases"]
    assert case["state"] == "dismissed"
    assert (await settled(gateway, chain, f"/v1/cases?event={ticket}"))["cases"] == []


async def listed(gateway: Gateway, chain: Chain, show: Show) -> Json:
    path = f"/v1/events?on_sale=false&organiser={show.organiser.key}"
    (found,) = (await settled(gateway, chain, path))["events"]
    event: Json = found
    return event


async def test_a_draw_tells_until_when_and_for_how_long(gateway: Gateway, chain: Chain) -> None:
    show, who = await open_lots(gateway, chain), await fan(chain)
    key = program.draw_address(section=show.section)
    info = await chain.rpc.account(key)
    assert info is not None
    terms = program.Draw.decode(info.data)
    (section,) = (await listed(gateway, chain, show))["sections"]
    assert section["mode"] == "draw"
    assert section["open_from"] is None  # until the draw has left seats over
    told = section["draw"]
    assert (told["draw"], told["state"], told["entries"]) == (str(key), "open", 0)
    assert (told["target_slot"], told["claim_window"]) == (terms.target_slot, terms.claim_window)
    assert (told["commit"], told["claim_until"]) == (terms.commit.hex(), None)
    await enter_alone(gateway, show, who)
    (mine,) = (await settled(gateway, chain, "/v1/my/draws", who=who.wallet))["draws"]
    assert (mine["section_index"], mine["target_slot"]) == (0, terms.target_slot)
    assert mine["claim_until"] is None
    await draw(chain, show)
    (section,) = (await listed(gateway, chain, show))["sections"]
    assert (section["draw"]["state"], section["draw"]["entries"]) == ("drawn", 1)
    (mine,) = (await settled(gateway, chain, "/v1/my/draws", who=who.wallet))["draws"]
    assert mine["claim_until"] == section["draw"]["claim_until"] > 0
    await ordered(gateway, "claim_seat", who, event=show.address, section=mine["section_index"])


async def test_a_ticket_and_a_waiting_place_tell_what_orders_name(
    gateway: Gateway, chain: Chain
) -> None:
    show = await on_sale(gateway, chain)
    holder, waiter = await fan(chain), await fan(chain)
    await sell(gateway, chain, show, holder, 3)
    (ticket,) = (await settled(gateway, chain, "/v1/my/tickets", who=holder.wallet))["tickets"]
    assert (ticket["section_index"], ticket["seat"], ticket["offer_until"]) == (0, 3, None)
    await ordered(gateway, "join_waiting", waiter, **section_of(show))
    (place,) = (await settled(gateway, chain, "/v1/my/waiting", who=waiter.wallet))["places"]
    assert place["event"] == str(show.address)
    leaving = {"event": place["event"], "section": place["section_index"]}
    await ordered(gateway, "leave_waiting", waiter, **leaving)


async def test_entries_tell_when_their_nft_can_be_made_and_by_which_rules_it_is_sold(
    gateway: Gateway, chain: Chain
) -> None:
    house = await hall(gateway, chain, 1)
    show, (who, *_) = house.show, house.fans
    (entry,) = (await settled(gateway, chain, "/v1/my/entries", who=who.wallet))["entries"]
    assert entry["nft_from"] == entry["entered_at"] + SETTLED
    (series,) = (await settled(gateway, chain, f"/v1/series?event={show.address}"))["series"]
    key = raffle.series_address(event=show.address)
    info = await chain.rpc.account(key)
    assert info is not None
    kept = raffle.Series.decode(info.data)
    assert Pubkey.from_string(series["series"]) == key
    for name in ("closes", "price_cap", "fee", "max_hops", "minted"):
        assert series[name] == getattr(kept, name), name
    assert series["name"] == "First Light"
