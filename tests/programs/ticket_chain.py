"""The ticket program in LiteSVM: addresses and instructions written out by hand."""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from solders.account import Account
from solders.clock import Clock
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction
from solders.transaction_metadata import FailedTransactionMetadata, TransactionMetadata

from tests.compiled import compiled

SYSTEM = Pubkey.default()
TOKEN = Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
TOKEN_2022 = Pubkey.from_string("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
INSTRUCTIONS_SYSVAR = Pubkey.from_string("Sysvar1nstructions1111111111111111111111111")
ED25519 = Pubkey.from_string("Ed25519SigVerify111111111111111111111111111")
OPENS, CLOSES, FREEZE, DOORS, ENDS = 1_000, 2_000, 3_000, 4_000, 5_000
DAY = 86_400
DISPUTE, CLOSE = ENDS + DAY, ENDS + 2 * DAY
WINDOWS = (14 * DAY, 2 * DAY, 3_600, 1_500, 4_500)
"""Family age, appeal and offer in seconds; cooling and registration in slots."""
LADDER_UNTIL, LADDER_SHARE = (1_500, 2_000, 2_500), (10_000, 5_000, 1_000)
PRICE = 250_000_000
Outcome = TransactionMetadata | FailedTransactionMetadata


def borsh(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<I", len(raw)) + raw


def reads(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, is_signer=False, is_writable=False)


def writes(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, is_signer=False, is_writable=True)


def pays(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, is_signer=True, is_writable=True)


def signs(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, is_signer=True, is_writable=False)


def code_of(outcome: Outcome) -> int:
    """0, or the program's error; anything else that failed raises."""
    if isinstance(outcome, TransactionMetadata):
        return 0
    code = getattr(getattr(outcome.err(), "err", None), "code", None)
    if code is None:
        raise AssertionError(f"{outcome.err()}\n" + "\n".join(outcome.meta().logs()))
    return int(code)


def device_of(wallet: Pubkey) -> Keypair:
    """The key in the phone of the person with this wallet."""
    return Keypair.from_seed(hashlib.sha256(b"device" + bytes(wallet)).digest())


def ed25519_instruction(key: Keypair, message: bytes) -> Instruction:
    """As every client builds it: one signature, everything in its own data."""
    start = 16
    offsets = (start, 0xFFFF, start + 64, 0xFFFF, start + 96, len(message), 0xFFFF)
    data = struct.pack("<BB7H", 1, 0, *offsets)
    data += bytes(key.sign_message(message)) + bytes(key.pubkey()) + message
    return Instruction(ED25519, data, [])


@dataclass
class TicketChain:
    """One chain with the program, an organiser's event with one section, and people with money."""

    elf: bytes
    program: Pubkey = field(default_factory=Pubkey.new_unique)
    svm: LiteSVM = field(default_factory=LiteSVM)
    organiser: Keypair = field(default_factory=Keypair)
    admission: Keypair = field(default_factory=Keypair)
    arbiter: Keypair = field(default_factory=Keypair)
    number: int = 7

    def __post_init__(self) -> None:
        self.svm.add_program(self.program, self.elf)
        self.svm.add_program(self.family, compiled("family").elf)
        self.rich(self.organiser)
        self.at(OPENS - 100)

    # --- the chain

    def rich(self, *people: Keypair) -> None:
        for person in people:
            self.svm.airdrop(person.pubkey(), 10**12)

    def person(self) -> Keypair:
        """Somebody with money, who has registered with a phone."""
        person = Keypair()
        self.register(person)
        return person

    def register(self, *people: Keypair) -> None:
        self.rich(*people)
        for each in people:
            self.must(self.send(each, self.register_self(each.pubkey())))

    def at(self, time: int) -> None:
        clock = self.svm.get_clock()
        self.svm.set_clock(Clock(clock.slot, clock.epoch_start_timestamp, clock.epoch, 0, time))

    def send(
        self, payer: Keypair, *instructions: Instruction, others: Sequence[Keypair] = ()
    ) -> Outcome:
        self.svm.expire_blockhash()
        message = Message(list(instructions), payer.pubkey())
        signers = [payer, *(k for k in others if k.pubkey() != payer.pubkey())]
        return self.svm.send_transaction(Transaction(signers, message, self.svm.latest_blockhash()))

    def account(self, key: Pubkey) -> Account:
        found = self.svm.get_account(key)
        assert found is not None
        return found

    def exists(self, key: Pubkey) -> bool:
        found = self.svm.get_account(key)
        return found is not None and (found.lamports > 0 or len(found.data) > 0)

    # --- addresses

    @property
    def family(self) -> Pubkey:
        return Pubkey(compiled("family").program.address)

    def person_of(self, wallet: Pubkey) -> Pubkey:
        seeds = [b"person", bytes(wallet), bytes(32)]
        return Pubkey.find_program_address(seeds, self.family)[0]

    def find(self, *seeds: bytes) -> Pubkey:
        return Pubkey.find_program_address(list(seeds), self.program)[0]

    def bump(self, *seeds: bytes) -> int:
        return Pubkey.find_program_address(list(seeds), self.program)[1]

    @property
    def event(self) -> Pubkey:
        return self.find(b"event", bytes(self.organiser.pubkey()), struct.pack("<Q", self.number))

    @property
    def vault(self) -> Pubkey:
        return self.find(b"vault", bytes(self.event))

    def section(self, index: int = 0) -> Pubkey:
        return self.find(b"section", bytes(self.event), struct.pack("<H", index))

    def person_with(self, seat: int) -> Pubkey:
        """Whose ticket it is, as the ticket itself says."""
        start = 8 + 32 + 32 + 4 + 4 + 32 + 32
        return Pubkey(bytes(self.account(self.ticket(seat)).data)[start : start + 32])

    def holding(self, wallet: Pubkey) -> Pubkey:
        return self.find(b"holding", bytes(self.event), bytes(self.person_of(wallet)))

    def ticket(self, seat: int, section: int = 0) -> Pubkey:
        return self.find(b"ticket", bytes(self.section(section)), struct.pack("<I", seat))

    def mint(self, seat: int) -> Pubkey:
        return self.find(b"mint", bytes(self.ticket(seat)))

    def token(self, seat: int, buyer: Pubkey) -> Pubkey:
        return self.find(b"token", bytes(self.mint(seat)), bytes(buyer))

    def gate(self, key: Pubkey) -> Pubkey:
        return self.find(b"gate", bytes(self.event), bytes(key))

    def entry(self, seat: int, session: int) -> Pubkey:
        return self.find(b"entry", bytes(self.ticket(seat)), struct.pack("<H", session))

    # --- instructions

    def call(self, name: str, data: bytes, *accounts: AccountMeta) -> Instruction:
        discriminator = hashlib.sha256(f"global:{name}".encode()).digest()[:8]
        return Instruction(self.program, discriminator + data, list(accounts))

    def register_self(self, wallet: Pubkey) -> Instruction:
        device = bytes(device_of(wallet).pubkey()) + b"\0"
        return Instruction(
            self.family,
            hashlib.sha256(b"global:register_self").digest()[:8] + b"\0" + device,
            [pays(wallet), writes(self.person_of(wallet)), reads(SYSTEM)],
        )

    def create_event(
        self,
        *,
        times: tuple[int, int, int, int, int] = (OPENS, CLOSES, FREEZE, DOORS, ENDS),
        ends: tuple[int, int] = (DISPUTE, CLOSE),
        limit: int = 2,
        hops: int = 1,
        sessions: int = 2,
        windows: tuple[int, int, int, int, int] = WINDOWS,
        name: str = "Night of the Whales",
        uri: str = "https://tickets.example/whales",
        share: tuple[int, int, int] = LADDER_SHARE,
        until: tuple[int, int, int] = LADDER_UNTIL,
    ) -> Instruction:
        keys = bytes(self.admission.pubkey()), bytes(32), bytes(self.arbiter.pubkey()), bytes(32)
        data = struct.pack("<Q32s32s32s32s7q3q3HBBH3q2Q", self.number, *keys, *times, *ends,
                           *until, *share, limit, hops, sessions, *windows)  # fmt: skip
        return self.call(
            "create_event",
            data + borsh(name) + borsh(uri),
            pays(self.organiser.pubkey()),
            writes(self.find(b"numbers", bytes(self.organiser.pubkey()))),
            writes(self.event),
            writes(self.vault),
            reads(SYSTEM),
        )

    def add_section(
        self, index: int = 0, *, seats: int = 100, price: int = PRICE, mode: int = 0
    ) -> Instruction:
        return self.call(
            "add_section",
            struct.pack("<HIQBB", index, seats, price, 3, mode) + borsh("Floor"),
            pays(self.organiser.pubkey()),
            writes(self.event),
            writes(self.section(index)),
            reads(SYSTEM),
        )

    def register_gate(self, key: Pubkey, role: int = 0) -> Instruction:
        return self.call(
            "register_gate",
            bytes(key) + bytes([3, role]),
            pays(self.organiser.pubkey()),
            reads(self.event),
            writes(self.gate(key)),
            reads(SYSTEM),
        )

    def buy(
        self, buyer: Pubkey, seat: int, *, max_price: int = PRICE, **other: Pubkey
    ) -> Instruction:
        """`other` puts another account in the place of that name."""
        keys = {
            "admission": self.admission.pubkey(),
            "wallet": buyer,
            "person": self.person_of(buyer),
            "event": self.event,
            "section": self.section(),
            "vault": self.vault,
            "holding": self.holding(buyer),
            "ticket": self.ticket(seat),
            "mint": self.mint(seat),
            "token": self.token(seat, buyer),
        } | other
        roles = [signs, pays, reads, reads, *[writes] * 6]
        accounts = [role(key) for role, key in zip(roles, keys.values(), strict=True)]
        data = struct.pack("<IQ", seat, max_price)
        nothing = reads(self.program)  # no purse and no till: the event is paid in lamports
        programs = reads(SYSTEM), reads(TOKEN), reads(TOKEN_2022)
        return self.call("buy", data, *accounts, nothing, nothing, *programs)

    def refund(self, holder: Pubkey, seat: int, **other: Pubkey) -> Instruction:
        keys = {
            "holder": holder,
            "paid_by": holder,
            "person": self.person_of(holder),
            "event": self.event,
            "section": self.section(),
            "vault": self.vault,
            "holding": self.holding(holder),
            "ticket": self.ticket(seat),
            "mint": self.mint(seat),
            "token": self.token(seat, holder),
        } | other
        roles = [pays, writes, reads, reads, *[writes] * 6]
        accounts = [role(key) for role, key in zip(roles, keys.values(), strict=True)]
        nothing = reads(self.program)
        programs = reads(TOKEN), reads(TOKEN_2022)
        return self.call("refund", b"", *accounts, nothing, nothing, *programs)

    def entry_message(
        self, seat: int, gate: Pubkey, *, session: int, nonce: bytes, expires: int
    ) -> bytes:
        return (
            b"conting:entry:v1"
            + bytes(self.event)
            + bytes(self.ticket(seat))
            + bytes(gate)
            + nonce
            + struct.pack("<Hq", session, expires)
        )

    def check_in(
        self,
        scanner: Pubkey,
        seat: int,
        *,
        session: int = 0,
        nonce: bytes = bytes(16),
        expires: int = DOORS + 10,
        gate_bound: bool = False,
        **other: Pubkey,
    ) -> Instruction:
        keys = {
            "gate_key": scanner,
            "event": self.event,
            "gate": self.gate(scanner),
            "ticket": self.ticket(seat),
            "person": self.person_with(seat),
            "mint": self.mint(seat) if self.exists(self.mint(seat)) else self.program,
            "entry": self.entry(seat, session),
            "instructions": INSTRUCTIONS_SYSVAR,
        } | other
        roles = [pays, reads, reads, writes, reads, writes, writes, reads]
        accounts = [role(key) for role, key in zip(roles, keys.values(), strict=True)]
        data = struct.pack("<H16sqB", session, nonce, expires, gate_bound)
        return self.call("check_in", data, *accounts, reads(SYSTEM), reads(TOKEN_2022))

    # --- what most tests start from

    def opened(self, **event: object) -> "TicketChain":
        """The event with its first section exists, and its sale is open."""
        self.must(self.send(self.organiser, self.create_event(**event)))  # type: ignore[arg-type]
        self.must(self.send(self.organiser, self.add_section()))
        self.at(OPENS)
        return self

    def sold(self, seat: int = 5) -> tuple[Keypair, Keypair]:
        """A buyer who has the seat's ticket, and the key in the buyer's phone."""
        buyer = self.person()
        outcome = self.send(buyer, self.buy(buyer.pubkey(), seat), others=[self.admission])
        self.must(outcome)
        return buyer, device_of(buyer.pubkey())

    @staticmethod
    def must(outcome: Outcome) -> TransactionMetadata:
        assert isinstance(outcome, TransactionMetadata), outcome
        return outcome
