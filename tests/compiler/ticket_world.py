"""People, addresses and a model chain for playing the ticket program under CPython."""

import hashlib
import struct
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

from seahorse.addresses import find_program_address
from seahorse.loading import load
from seahorse.model import Chain
from seahorse.prelude import Pubkey

PROGRAMS = Path(__file__).parent / "samples"
PROGRAM = load(PROGRAMS / "ticket")
SOL = 10**9
PRICE = 2 * SOL + 1
OPENS, CLOSES, FREEZE, DOORS, ENDS = 100, 200, 300, 400, 500


def rent(size: int) -> int:
    return (128 + size) * 6_960


def person(name: str) -> Pubkey:
    """A key on the curve, as a real person's is."""
    digest = hashlib.sha256(name.encode()).digest()
    while not Pubkey.of(digest).is_on_curve():
        digest = hashlib.sha256(digest).digest()
    return Pubkey.of(digest)


def pda(*parts: str | bytes | Pubkey) -> Pubkey:
    raw = [part.encode() if isinstance(part, str) else bytes(part) for part in parts]
    return Pubkey.of(find_program_address(raw, bytes(PROGRAM.address))[0])


ORGANISER, ADMISSION, ANNA, BEN, GATE, DEVICE = (
    person(name) for name in ("organiser", "admission", "anna", "ben", "gate", "device")
)
EVENT = pda("event", ORGANISER, struct.pack("<Q", 7))
VAULT = pda("vault", EVENT)
SECTION = pda("section", EVENT, struct.pack("<H", 0))


@dataclass
class World:
    """A chain with the program on it, and people with money."""

    chain: Chain = field(default_factory=Chain)

    def __post_init__(self) -> None:
        self.program = self.chain.deploy(PROGRAM)
        for each in (ORGANISER, ANNA, BEN, GATE):
            self.chain.airdrop(each, 100 * SOL)

    def at(self, seconds: int) -> "World":
        self.chain.clock.unix_timestamp = seconds
        return self

    def create_event(self, **changes: object) -> None:
        arguments: dict[str, object] = {
            "number": 7,
            "admission": ADMISSION,
            "sale_opens": OPENS,
            "sale_closes": CLOSES,
            "freeze": FREEZE,
            "doors": DOORS,
            "ends": ENDS,
            "refund_until": [150, 250, 290],
            "refund_share": [10_000, 5_000, 2_500],
            "limit": 2,
            "sessions": 2,
            "name": "Gala",
            "uri": "https://x.example",
        }
        self.chain.run(
            self.program,
            "create_event",
            {"organiser": ORGANISER, "event": EVENT, "vault": VAULT},
            arguments | changes,
            signers=[ORGANISER],
        )

    def add_section(self, **changes: object) -> None:
        arguments: dict[str, object] = {
            "index": 0,
            "seats": 3,
            "price": PRICE,
            "gate_group": 1,
            "name": "Stalls",
        }
        self.chain.run(
            self.program,
            "add_section",
            {"organiser": ORGANISER, "event": EVENT, "section": SECTION},
            arguments | changes,
            signers=[ORGANISER],
        )

    def register_gate(self) -> None:
        self.chain.run(
            self.program,
            "register_gate",
            {"organiser": ORGANISER, "event": EVENT, "gate": gate_account()},
            {"key": GATE, "group": 1},
            signers=[ORGANISER],
        )

    def buy(self, buyer: Pubkey = ANNA, seat: int = 0, max_price: int = PRICE) -> None:
        of = seat_addresses(buyer, seat)
        accounts = {
            "admission": ADMISSION,
            "buyer": buyer,
            "event": EVENT,
            "section": SECTION,
            "vault": VAULT,
            "holding": of.holding,
            "ticket": of.ticket,
            "mint": of.mint,
            "token": of.token,
        }
        arguments = {"seat": seat, "max_price": max_price, "device_key": DEVICE}
        signers = (ADMISSION, buyer)
        self.chain.run(self.program, "buy", accounts, arguments, signers=signers)

    def refund(self, holder: Pubkey = ANNA, seat: int = 0) -> None:
        of = seat_addresses(holder, seat)
        accounts = {
            "holder": holder,
            "paid_by": holder,
            "event": EVENT,
            "section": SECTION,
            "vault": VAULT,
            "holding": of.holding,
            "ticket": of.ticket,
            "mint": of.mint,
            "token": of.token,
            "custody": pda("custody", of.mint),
        }
        self.chain.run(self.program, "refund", accounts, signers=[holder])

    def check_in(self, session: int = 0, key: Pubkey = DEVICE, message: bytes = b"") -> None:
        of = seat_addresses(ANNA, 0)
        nonce, expires = bytes(range(16)), 450
        signed = message or entry_message(of.ticket, nonce, session, expires)
        self.chain.run(
            self.program,
            "check_in",
            {
                "gate_key": GATE,
                "event": EVENT,
                "gate": gate_account(),
                "ticket": of.ticket,
                "entry": pda("entry", of.ticket, struct.pack("<H", session)),
            },
            {"session": session, "nonce": nonce, "expires": expires, "gate_bound": True},
            signers=[GATE],
            proofs=[(key, signed)],
        )


def gate_account() -> Pubkey:
    return pda("gate", EVENT, GATE)


def entry_message(ticket: Pubkey, nonce: bytes, session: int, expires: int) -> bytes:
    """Contract 5: the entry message."""
    ends = struct.pack("<Hq", session, expires)
    return b"conting:entry:v1" + bytes(EVENT) + bytes(ticket) + bytes(GATE) + nonce + ends


def seat_addresses(buyer: Pubkey, seat: int) -> SimpleNamespace:
    ticket = pda("ticket", SECTION, struct.pack("<I", seat))
    mint = pda("mint", ticket)
    return SimpleNamespace(
        holding=pda("holding", EVENT, buyer),
        ticket=ticket,
        mint=mint,
        token=pda("token", mint, buyer),
    )
