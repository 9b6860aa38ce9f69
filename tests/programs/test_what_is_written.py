"""What each instruction writes, field by field: no field less, and none more.

The table is what the programs' text says, read as an auditor would. So a rule of an event, a
section, a series or a raffle never changes: no line names one.
"""

from typing import Final

import pytest

from tests.programs.changes import changes, snapshot
from tests.programs.every import EVERY

TICKET: Final = (
    "event section seat bump gate_group mint holder person paid_by price_paid rent_to token"
)
RULES: Final = """admission issuer arbiter payment sale_opens sale_closes freeze doors ends
dispute_until close_from refund_until refund_share limit max_hops sessions family_age appeal_window
offer_window cooling registration_window name uri"""
RAFFLE: Final = "winners opens closes claim_window commit bond target_slot name uri"
HOLDING: Final = "event person bump count rent_to"
DRAWN: Final = "state bond drawn_slot slot_hash draw_key winners claim_until"
WRITES: Final[dict[str, list[str]]] = {
    "family.announce_device": ["Person next_wallet next_device rebinds_at", "!RebindingAnnounced"],
    "family.announce_rebinding": [
        "Person next_wallet next_device rebinds_at",
        "!RebindingAnnounced",
    ],
    "family.attest_person": ["+Person issuer nullifier bump wallet device valid_until"],
    "family.cancel_device": ["Person next_wallet", "!RebindingCancelled"],
    "family.cancel_rebinding": ["Person next_wallet", "!RebindingCancelled"],
    "family.consent": ["Person membership member_since"],
    "family.finish_rebinding": ["Person wallet device next_wallet", "!RebindingFinished"],
    "family.found_family": ["+Family issuer id bump guardian root valid_until"],
    "family.join_family": ["Family size version root", "!FamilyChanged"],
    "family.leave_family": ["Person membership member_since left_at"],
    "family.register_issuer": [
        "+Issuer founder bump authority help_desk notice cool_down name uri"
    ],
    "family.register_self": ["+Person issuer bump wallet device valid_until"],
    "family.remove_member": ["Family size version root", "!FamilyChanged"],
    "family.renew_family": ["Family guardian valid_until"],
    "family.renew_person": ["Person valid_until"],
    "family.revoke_family": ["Family revoked", "!FamilyRevoked"],
    "family.revoke_person": ["Person revoked", "!PersonRevoked"],
    "family.shorten_rebinding": ["Person rebinds_at", "!RebindingShortened"],
    "family.update_issuer": ["Issuer authority help_desk notice cool_down", "!IssuerChanged"],
    "raffle.accept_swap": ["-Listing", "EntryToken hops", "EntryToken hops nonce", "!Swapped"],
    "raffle.burn_entry": ["EntryToken burned", "!EntryBurned"],
    "raffle.buy_entry": ["-Listing", "EntryToken hops", "!Sold"],
    "raffle.cancel_listing": ["-Listing", "!Withdrawn"],
    "raffle.claim_prize": ["RaffleEntry state place", "!PrizeMoved"],
    "raffle.close_entry_token": ["-EntryToken", "Series kept"],
    "raffle.close_raffle": ["-Raffle", "Series kept"],
    "raffle.close_raffle_entry": ["-RaffleEntry", "Raffle kept"],
    "raffle.close_series": ["-Series"],
    "raffle.create_raffle": [
        f"+Raffle series number bump organiser {RAFFLE}",
        "Series kept",
        "!RaffleOpened",
    ],
    "raffle.create_series": [
        "+Series event bump organiser closes close_from price_cap fee max_hops name uri"
    ],
    "raffle.draw_without_secret": [
        "Raffle state claim_until drawn_slot slot_hash draw_key",
        "!RaffleDrawn",
    ],
    "raffle.enter_raffle": [
        "+RaffleEntry raffle mint bump index entrant",
        "Raffle root entries kept",
        "EntryToken burned",
        "!RaffleEntered",
        "!EntryBurned",
    ],
    "raffle.list_entry": [
        "+Listing mint bump series seller escrow price nonce",
        "EntryToken nonce",
        "!Listed",
    ],
    "raffle.mark_delivered": ["RaffleEntry state", "!PrizeMoved"],
    "raffle.mint_entry": [
        "+EntryToken entry bump series mint number rent_to",
        "Series minted kept",
        "!EntryMinted",
    ],
    "raffle.offer_swap": [
        "+Listing mint bump series seller escrow wanted nonce",
        "EntryToken nonce",
        "!Listed",
    ],
    "raffle.reveal_raffle": [
        "Raffle state claim_until secret drawn_slot slot_hash draw_key",
        "!RaffleDrawn",
    ],
    "ticket.accept_offer": [
        f"+Holding {HOLDING}",
        "Ticket state holder person paid_by attempt offered_to token",
        "Vault refundable",
        "Section sold",
        "-Redraw",
    ],
    "ticket.add_section": [
        "+Section event index bump mode gate_group seats price open_from name",
        "Event sections",
    ],
    "ticket.appeal": ["Case state statement", "!CaseAppealed"],
    "ticket.burn_ticket": ["-Ticket", "Section kept"],
    "ticket.buy": [
        f"+Holding {HOLDING}",
        f"+Ticket {TICKET}",
        "Vault refundable",
        "Section sold kept",
    ],
    "ticket.buy_for": [
        f"+Holding {HOLDING}",
        f"+Ticket {TICKET}",
        "+Helping event helper bump principals rent_to",
        "Grant count",
        "Vault refundable",
        "Section sold kept",
    ],
    "ticket.cancel_event": ["Event cancelled", "!EventCancelled"],
    "ticket.check_in": [
        "+Entry ticket session bump event gate holder person nonce entered_at slot rent_to expires",
        "Ticket state",
    ],
    "ticket.claim_seat": [
        "-Bid",
        f"+Ticket {TICKET}",
        "Vault refundable deposits",
        "Section sold kept",
        "Draw kept",
        "Group joined",
    ],
    "ticket.close_case": ["-Case"],
    "ticket.close_draw": ["-Draw", "Section kept"],
    "ticket.close_entry": ["-Entry"],
    "ticket.close_event": ["-Event", "-Vault"],
    "ticket.close_gate": ["-Gate"],
    "ticket.close_group": ["-Group", "Draw kept"],
    "ticket.close_helping": ["-Helping"],
    "ticket.close_holding": ["-Holding"],
    "ticket.close_place": ["-Place", "Section kept"],
    "ticket.close_redraw": ["-Redraw"],
    "ticket.close_section": ["-Section", "Event sections"],
    "ticket.close_ticket": ["-Ticket", "Section kept"],
    "ticket.close_waiting": ["-Waiting", "Section kept"],
    "ticket.create_event": [
        "+Numbers organiser bump free_from",
        f"+Event organiser number bump {RULES}",
        "+Vault event bump",
    ],
    "ticket.decide_void": ["Case state", "Event open_cases", "Ticket state", "!CaseClosed"],
    "ticket.draw_without_secret": [f"Draw {DRAWN}", "Section open_from", "!SeatsDrawn"],
    "ticket.end_redraw": ["Ticket draw_slot attempt", "-Redraw"],
    "ticket.expire_offer": ["Ticket state offered_to"],
    "ticket.family_transfer": [
        f"+Holding {HOLDING}",
        "Holding count",
        "Ticket hops holder person",
    ],
    "ticket.finish_void": [
        "Case state",
        "Event open_cases",
        "Holding count",
        "Section sold",
        "Ticket state holder person",
        "Vault refundable",
        "!CaseClosed",
    ],
    "ticket.follow_person": ["Ticket holder token"],
    "ticket.grant_help": [
        "+Grant event owner helper bump count max_price sections expires rent_to"
    ],
    "ticket.join_group": [
        "+Bid draw person bump group member deposit paid_by",
        f"+Holding {HOLDING}",
        "Vault deposits",
        "Draw groups entries root kept",
        "Group joined complete index number",
        "!GroupEntered",
    ],
    "ticket.join_waiting": [
        "+Place section index bump person joined_slot root active rent_to",
        "+Waiting section person bump index rent_to",
        "Section kept waiting waiting_active waiting_since waiting_root",
    ],
    "ticket.leave_group": ["-Bid", "Vault deposits", "Holding count", "Draw kept", "Group joined"],
    "ticket.leave_waiting": ["-Waiting", "Place active", "Section kept waiting_active"],
    "ticket.make_group": ["+Group draw leader bump size members rent_to", "Draw kept"],
    "ticket.offer_seat": [
        "Ticket state attempt offered_to offer_until",
        "Place active",
        "Section waiting_active",
        "!SeatOffered",
    ],
    "ticket.open_draw": [
        "+Draw section bump event commit bond target_slot claim_window",
        "Section kept",
    ],
    "ticket.open_till": ["Vault till"],
    "ticket.open_void": [
        "+Case event ticket person bump rule evidence appeal_until decide_until",
        "Event open_cases",
        "Ticket state",
        "!CaseOpened",
    ],
    "ticket.redraw": [
        "+Redraw ticket bump event fixed_slot drawn_slot slot_hash count draw_key rent_to",
        "!SeatRedrawn",
    ],
    "ticket.refund": [
        "Vault refundable",
        "Holding count",
        "Section sold",
        "Ticket state holder person returned_by draw_slot",
    ],
    "ticket.refund_cancelled": [
        "Vault refundable",
        "Holding count",
        "Section sold",
        "Ticket state holder person",
    ],
    "ticket.register_gate": ["+Gate event key bump group role active"],
    "ticket.restore_ticket": ["Case state", "Event open_cases", "Ticket state", "!CaseClosed"],
    "ticket.reveal": [f"Draw {DRAWN} secret", "Section open_from", "!SeatsDrawn"],
    "ticket.revoke_gate": ["Gate active"],
    "ticket.revoke_grant": ["-Grant"],
    "ticket.rotate_admission": ["Event admission", "!AdmissionRotated"],
    "ticket.take_back": ["-Bid", "Vault deposits", "Holding count", "Draw kept", "Group joined"],
    "ticket.undo_entry": ["Entry undone", "!EntryUndone"],
    "ticket.wait_longer": ["Ticket draw_slot"],
    "ticket.withdraw": ["Vault refundable", "!Withdrawn"],
}
"""`Class field …` of each account that is written, `+Class` of a new one, `-Class` of one that is
closed, `!Event` of what the log tells."""
AS_BEFORE: Final[dict[str, str]] = {
    "ticket.create_event": "issuer payment",  # of no issuer, in lamports
    "ticket.add_section": "index mode open_from",  # the first; first come
    "ticket.register_gate": "role",  # a scanner's
    "ticket.check_in": "session nonce",  # the first session; an answer of zeros
    "ticket.join_waiting": "waiting_since",  # the list is not empty
    "ticket.join_group": "index number",  # the first group
    "ticket.claim_seat": "seat",  # the first
    "raffle.create_raffle": "number",
    "raffle.mint_entry": "number",
    "raffle.enter_raffle": "index",
    "raffle.claim_prize": "place",
    "family.update_issuer": "notice cool_down",  # keys only
    "family.renew_family": "guardian",  # the same
}
"""Fields that are zero in the scene, or what they were: other tests write them."""
QUICK: Final = frozenset({"ticket.refund", "ticket.buy", "raffle.buy_entry", "family.consent"})
"""The others are tried in CI."""


def named(lines: list[str]) -> list[list[str]]:
    return sorted([head, *sorted(fields)] for head, *fields in map(str.split, lines))


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in QUICK else pytest.mark.slow) for n in EVERY]
)
def test_what_an_instruction_writes(name: str) -> None:
    moment = EVERY[name]()
    before = snapshot(moment.world)
    outcome = moment.world.must(moment.send(*moment.before, moment.instruction))
    absent = AS_BEFORE.get(name, "").split()
    expected = [" ".join(f for f in line.split() if f not in absent) for line in WRITES[name]]
    assert named(changes(before, snapshot(moment.world), outcome)) == named(expected)


def test_every_instruction_stands_in_the_table() -> None:
    assert WRITES.keys() == EVERY.keys()
