"""What transactions of the three programs mean: sold, refunded, entered, offered and the like.

Read from the instructions themselves, by the tables of the generated clients.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from conting_client.generated import family, raffle, ticket
from conting_client.history import Call, Transaction
from solders.pubkey import Pubkey

MARK: Final = 8  # bytes of an instruction's data that name it
KINDS: Final[Mapping[tuple[str, str], str]] = {
    ("ticket", "accept_offer"): "sold",
    ("ticket", "buy"): "sold",
    ("ticket", "buy_for"): "sold",
    ("ticket", "cancel_event"): "event_cancelled",
    ("ticket", "check_in"): "entered",
    ("ticket", "claim_seat"): "sold",
    ("ticket", "create_event"): "event_made",
    ("ticket", "draw_without_secret"): "drawn",
    ("ticket", "expire_offer"): "offer_expired",
    ("ticket", "family_transfer"): "transferred",
    ("ticket", "finish_void"): "refunded",
    ("ticket", "grant_help"): "help_granted",
    ("ticket", "join_group"): "draw_entered",
    ("ticket", "join_waiting"): "waiting_begun",
    ("ticket", "leave_group"): "draw_left",
    ("ticket", "leave_waiting"): "waiting_ended",
    ("ticket", "offer_seat"): "offered",
    ("ticket", "open_void"): "void_opened",
    ("ticket", "refund"): "refunded",
    ("ticket", "refund_cancelled"): "refunded",
    ("ticket", "reveal"): "drawn",
    ("ticket", "take_back"): "deposit_returned",
    ("ticket", "undo_entry"): "entry_undone",
    ("family", "announce_device"): "device_announced",
    ("family", "announce_rebinding"): "rebinding_announced",
    ("family", "attest_person"): "person_attested",
    ("family", "cancel_device"): "device_cancelled",
    ("family", "cancel_rebinding"): "rebinding_cancelled",
    ("family", "consent"): "family_consented",
    ("family", "finish_rebinding"): "rebinding_finished",
    ("family", "found_family"): "family_founded",
    ("family", "join_family"): "family_changed",
    ("family", "leave_family"): "family_left",
    ("family", "register_issuer"): "issuer_made",
    ("family", "register_self"): "person_made",
    ("family", "remove_member"): "family_changed",
    ("family", "revoke_family"): "family_revoked",
    ("family", "revoke_person"): "person_revoked",
    ("family", "shorten_rebinding"): "rebinding_shortened",
    ("raffle", "accept_swap"): "swapped",
    ("raffle", "buy_entry"): "entry_sold",
    ("raffle", "cancel_listing"): "listing_ended",
    ("raffle", "claim_prize"): "prize_claimed",
    ("raffle", "create_raffle"): "raffle_made",
    ("raffle", "draw_without_secret"): "raffle_drawn",
    ("raffle", "enter_raffle"): "raffle_entered",
    ("raffle", "list_entry"): "entry_listed",
    ("raffle", "mint_entry"): "entry_minted",
    ("raffle", "offer_swap"): "swap_offered",
    ("raffle", "reveal_raffle"): "raffle_drawn",
}
"""By program and instruction. Instructions that are not here are told by their own name."""
PAID: Final = frozenset({
    "accept_offer", "buy", "buy_for", "finish_void", "join_group", "leave_group", "refund",
    "refund_cancelled", "take_back",
})  # fmt: skip
"""Instructions that move money into or out of an event's vault."""
WHOSE: Final = (
    "person", "sender_person", "self_person", "owner", "helper", "wallet", "payer", "paid_by",
    "holder", "sender", "buyer", "seller", "taker", "entrant", "winner",
)  # fmt: skip
"""Accounts by whose histories it is found: persons and wallets."""
_LEFT_OUT: Final = frozenset({
    "vault", "holding", "sender_holding", "token", "old_token", "entry_token_account", "purse",
    "till", "escrow", "rent_to", "system_program", "token_program", "token_2022_program",
    "associated_token_program", "instructions", "clock", "slot_hashes", "rent", "incinerator",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Happening:
    """One instruction that was carried out. `id` names it for good: signature and index.

    `amount`: what the vault got or gave, in the smallest units of the event's payment; None where
    nothing was paid, or one transaction paid more than once.
    """

    id: str
    kind: str
    program: str
    instruction: str
    slot: int
    time: int | None
    accounts: Mapping[str, str]
    amount: int | None = None

    @property
    def whose(self) -> list[str]:
        """The persons and wallets whose it is."""
        found = (self.accounts.get(name) for name in WHOSE)
        return list(dict.fromkeys(each for each in found if each is not None))


class Reader:
    """Reads the transactions of one ticket program, and of family and raffle."""

    def __init__(self, ticket_program: Pubkey) -> None:
        tables = (
            (ticket_program, "ticket", ticket.INSTRUCTIONS),
            (family.PROGRAM_ID, "family", family.INSTRUCTIONS),
            (raffle.PROGRAM_ID, "raffle", raffle.INSTRUCTIONS),
        )
        self._programs = {program: (name, table) for program, name, table in tables}

    def read(self, transaction: Transaction, program: Pubkey) -> list[Happening]:
        """What a program did in a transaction."""
        return list(self._each(transaction, program))

    def _each(self, transaction: Transaction, program: Pubkey) -> Iterator[Happening]:
        past = transaction.past
        for call in transaction.calls:
            if call.program != program:
                continue
            owner, table = self._programs[program]
            named = table.get(call.data[:MARK])
            if named is None:
                continue  # a newer program than these clients
            instruction, *names = named
            accounts = dict(zip(names, call.accounts, strict=False))
            yield Happening(
                id=f"{past.signature}:{call.index}",
                kind=KINDS.get((owner, instruction), instruction),
                program=owner,
                instruction=instruction,
                slot=past.slot,
                time=past.time,
                accounts={
                    name: str(key)
                    for name, key in accounts.items()
                    if name not in _LEFT_OUT and key != program
                },
                amount=_paid(transaction, call, accounts) if instruction in PAID else None,
            )


def _paid(transaction: Transaction, call: Call, accounts: Mapping[str, Pubkey]) -> int | None:
    vault, till = accounts["vault"], accounts.get("till")
    others = [each for each in transaction.calls if each is not call and vault in each.accounts]
    if any(each.program == call.program for each in others):
        return None
    if till is not None and till != call.program:  # the program's own id stands for none
        return abs(transaction.tokens.get(till, 0))
    before, after = transaction.lamports[vault]
    return abs(after - before)
