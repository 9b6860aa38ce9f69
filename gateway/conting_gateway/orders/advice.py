"""What to do next where the chain refuses an order and the program's sentence leaves it open."""

from collections.abc import Mapping
from typing import Final

EVENT: Final = "(GET /v1/events/{event})"
CASES: Final = "GET /v1/cases says where it stands"
DRAWS: Final = "GET /v1/my/draws tells"
SALE: Final = f"`sale_opens` says when {EVENT}"
LIMIT: Final = f"`limit` says how many {EVENT}; one that is given back makes room"
ENTERED: Final = "this person takes part already, and GET /v1/my/draws shows it"
ENTERING: Final = "groups enter until `target_slot` of the section's `draw` begins (GET /v1/events)"
FROZEN: Final = "GET /v1/my/cases says why, and until when to appeal"

NEXT: Final[Mapping[tuple[str, str], str]] = {
    ("accept_offer", "limit_reached"): LIMIT,
    ("accept_offer", "too_late"): "the seat goes on by `expire_offer`, then `offer_seat`",
    ("appeal", "case_not_open"): CASES,
    ("appeal", "too_late"): "who has not appealed by `appeal_until` has accepted; " + CASES,
    ("buy", "limit_reached"): LIMIT,
    ("buy", "not_on_sale"): "its seats are drawn: take part by `make_group`",
    ("buy", "sale_not_open"): SALE,
    ("buy_entry", "stale_nonce"): "GET /v1/listings has the new `nonce` and price",
    ("buy_for", "limit_reached"): LIMIT,
    ("buy_for", "not_on_sale"): "its seats are drawn, for who takes part by `make_group`",
    ("buy_for", "sale_not_open"): SALE,
    ("accept_swap", "stale_nonce"): "GET /v1/swaps has the new `nonce`, and what is `wanted`",
    ("claim_seat", "not_a_winner"): "the deposit comes back by `take_back`",
    ("claim_seat", "not_drawn"): "`target_slot` has to be over first; " + DRAWS,
    ("create_raffle", "not_empty"): "give the raffle another `number`",
    ("create_series", "not_empty"): "an event has one series (GET /v1/series)",
    ("close_group", "not_last"): "who is in it leaves by `leave_group` first",
    ("decide_void", "case_not_open"): CASES,
    ("enter_raffle", "closed"): "entries are taken until `closes`, and until `target_slot` begins",
    ("enter_raffle", "not_open"): "`opens` says when (GET /v1/raffles)",
    ("expire_offer", "too_early"): "whom it is offered to has until `offer_until`",
    ("family_transfer", "ticket_void"): FROZEN,
    ("finish_void", "case_not_open"): CASES,
    ("finish_void", "too_early"): "not before the arbiter has upheld the case, or `appeal_until` "
    "has passed without an appeal (GET /v1/cases)",
    ("join_group", "entered_already"): ENTERED,
    ("join_group", "sale_not_open"): SALE,
    ("join_group", "too_late"): ENTERING,
    ("join_waiting", "not_on_sale"): f"the list is open from `sale_opens` to `freeze` {EVENT}",
    ("join_waiting", "waiting_already"): "GET /v1/my/waiting shows the place",
    ("leave_group", "group_complete"): "if the draw is lost, the deposit comes back by `take_back`",
    ("list_entry", "bad_price"): "`price_cap` says up to which (GET /v1/series); 0: only swaps",
    ("make_group", "entered_already"): ENTERED,
    ("make_group", "not_empty"): "this person leads a group already: `join_group` takes part in "
    "it again, and `close_group` ends one that nobody is in",
    ("make_group", "sale_not_open"): SALE,
    ("make_group", "too_late"): ENTERING,
    ("mint_entry", "too_early"): "`nft_from` says from when on (GET /v1/my/entries)",
    ("offer_seat", "list_exhausted"): "order `end_redraw`",
    ("redraw", "drawn_already"): "order `offer_seat`",
    ("redraw", "too_early"): f"the seat cools for `cooling` slots after its refund {EVENT}",
    ("refund", "event_cancelled"): "order `refund_cancelled`, and the whole price comes back",
    ("refund", "refund_closed"): f"`refunds` and `freeze` say until when {EVENT}",
    ("refund", "ticket_void"): FROZEN,
    ("restore_ticket", "case_not_open"): CASES,
    ("restore_ticket", "too_early"): "not before `decide_until` (GET /v1/cases)",
    ("reveal_raffle", "too_early"): "`target_slot` has to be over (GET /v1/raffles)",
    ("draw_without_secret", "too_early"): "not before the time for the secret is over",
    ("reveal_raffle", "too_late"): "the bond is lost: anybody may order `draw_without_secret`",
    ("take_back", "still_in"): "a seat that was won is taken by `claim_seat`; " + DRAWS,
}
"""By kind of order and code."""


def advised(kind: str, code: str, detail: str) -> tuple[str, str]:
    """Code and sentence of a refusal, with what to do next."""
    next_step = NEXT.get((kind, code))
    return code, detail if next_step is None else f"{detail}: {next_step}"
