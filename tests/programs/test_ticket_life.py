"""The ticket program's instructions as they are meant to be used, and what they leave."""

import struct

from conting_compiler.driver import Compiled
from solders.pubkey import Pubkey
from solders.transaction_metadata import TransactionMetadata

from tests.programs.ticket_chain import (
    DAY,
    DOORS,
    LADDER_SHARE,
    LADDER_UNTIL,
    OPENS,
    PRICE,
    TOKEN_2022,
    WINDOWS,
    TicketChain,
    borsh,
    device_of,
    ed25519_instruction,
)

NO_KEY = bytes(32)
E_FLAGS = 0x30  # offset in an ELF header: the version of SBPF
MOST_BYTES = {3: 60_000, 0: 63_000}
ISSUED, COOLING, USED = 0, 1, 3
REGISTRATION_SLOTS = WINDOWS[4]


def sold_count(chain: TicketChain) -> int:
    data = bytes(chain.account(chain.section()).data)
    return int(struct.unpack_from("<I", data, 8 + 32 + 2 + 1 + 1 + 1 + 4)[0])


def held(chain: TicketChain, wallet: Pubkey) -> int:
    return bytes(chain.account(chain.holding(wallet)).data)[8 + 32 + 32 + 1]


def ticket_fields(chain: TicketChain, seat: int) -> tuple[object, ...]:
    """event, section, seat, bump, state, gate_group, hops, mint, holder, person, paid_by, price,
    rent_to, returned_by, draw_slot, attempt, offered_to, offer_until, token.
    """
    data = bytes(chain.account(chain.ticket(seat)).data)
    return struct.unpack("<32s32sI4B32s32s32s32sQ32s32sQI32sq32s", data[8:])


def token_fields(chain: TicketChain, key: Pubkey) -> tuple[bytes, bytes, int, int]:
    """mint, owner, amount, state (1 thawed, 2 frozen)."""
    account = chain.account(key)
    assert account.owner == TOKEN_2022
    mint, owner, amount = struct.unpack_from("<32s32sQ", account.data)
    return mint, owner, amount, account.data[108]


def test_create_event(chain: TicketChain) -> None:
    chain.must(chain.send(chain.organiser, chain.create_event()))
    seeds = [b"event", bytes(chain.organiser.pubkey()), struct.pack("<Q", chain.number)]
    event = chain.account(chain.event)
    head = bytes(chain.organiser.pubkey()) + struct.pack("<QB", chain.number, chain.bump(*seeds))
    assert event.data[8:49] == head
    keys = bytes(chain.admission.pubkey()), NO_KEY, bytes(chain.arbiter.pubkey()), NO_KEY
    times = struct.pack("<7q", 1000, 2000, 3000, 4000, 5000, 5000 + DAY, 5000 + 2 * DAY)
    ladder = struct.pack("<3q3H", *LADDER_UNTIL, *LADDER_SHARE)
    counts = struct.pack("<BBHH", 2, 1, 2, 0)
    windows = struct.pack("<3q2Q", 14 * DAY, 2 * DAY, 3_600, 1_500, 4_500)
    standing = struct.pack("<BI", 0, 0)
    texts = borsh("Night of the Whales") + borsh("https://tickets.example/whales")
    assert event.data[49:] == b"".join(keys) + times + ladder + counts + windows + standing + texts
    for account in (event, chain.account(chain.vault)):
        assert account.owner == chain.program
        assert account.lamports == chain.svm.minimum_balance_for_rent_exemption(len(account.data))


def test_sections_count_up(chain: TicketChain) -> None:
    chain.must(chain.send(chain.organiser, chain.create_event()))
    for index in range(3):
        chain.must(chain.send(chain.organiser, chain.add_section(index)))
    sections = bytes(chain.account(chain.event).data)[49 + 4 * 32 + 10 * 8 + 6 + 4 :][:2]
    assert struct.unpack("<H", sections) == (3,)


def test_buy(chain: TicketChain) -> None:
    chain.opened()
    vault = chain.account(chain.vault).lamports
    buyer, _ = chain.sold(seat=5)
    key = buyer.pubkey()
    assert chain.account(chain.vault).lamports == vault + PRICE
    assert sold_count(chain) == 1
    assert held(chain, key) == 1
    bump = chain.bump(b"ticket", bytes(chain.section()), struct.pack("<I", 5))
    assert ticket_fields(chain, 5) == (
        bytes(chain.event), bytes(chain.section()), 5, bump, ISSUED, 3, 0,
        bytes(chain.mint(5)), bytes(key), bytes(chain.person_of(key)), bytes(key), PRICE,
        bytes(key), NO_KEY, 0, 0, NO_KEY, 0, bytes(chain.token(5, key)),
    )  # fmt: skip
    assert token_fields(chain, chain.token(5, key)) == (bytes(chain.mint(5)), bytes(key), 1, 2)


def extensions(data: bytes) -> dict[int, bytes]:
    """Type-length-value entries of a Token-2022 mint."""
    assert data[165] == 1
    found, at = {}, 166
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, at)
        found[kind] = data[at + 4 : at + 4 + size]
        at += 4 + size
    return found


def test_the_nft(chain: TicketChain) -> None:
    chain.opened()
    chain.sold(seat=5)
    mint = chain.account(chain.mint(5))
    data, event, key = bytes(mint.data), bytes(chain.event), bytes(chain.mint(5))
    no_authority = bytes(36)
    assert data[:36] == no_authority  # nobody can mint another
    assert struct.unpack_from("<QBB", data, 36) == (1, 0, 1)
    assert data[46:82] == b"\1\0\0\0" + event
    found = extensions(data)
    assert found[3] == event  # MintCloseAuthority
    assert found[6] == b"\2"  # DefaultAccountState: frozen
    assert found[12] == event  # PermanentDelegate
    assert found[18] == NO_KEY + key  # MetadataPointer
    name, uri = "Night of the Whales Floor 5", "https://tickets.example/whales/0/5.json"
    status = struct.pack("<I", 1) + borsh("status") + borsh("valid")
    assert found[19] == event + key + borsh(name) + borsh("CONTING") + borsh(uri) + status
    assert sorted(found) == [3, 6, 12, 18, 19]
    assert mint.lamports == chain.svm.minimum_balance_for_rent_exemption(len(data))


def test_two_tickets_of_one_person(chain: TicketChain) -> None:
    chain.opened()
    buyer, _ = chain.sold(seat=5)
    again = chain.buy(buyer.pubkey(), 6)
    chain.must(chain.send(buyer, again, others=[chain.admission]))
    assert held(chain, buyer.pubkey()) == 2


def test_refund_at_every_step(chain: TicketChain) -> None:
    chain.opened()
    times = (OPENS, *LADDER_UNTIL)
    for seat, (time, share) in enumerate(zip(times, (*LADDER_SHARE, 0), strict=True)):
        chain.at(OPENS)
        buyer, _ = chain.sold(seat)
        vault = chain.account(chain.vault).lamports
        chain.at(time)
        chain.must(chain.send(buyer, chain.refund(buyer.pubkey(), seat)))
        back = PRICE * share // 10_000
        assert chain.account(chain.vault).lamports == vault - back
        assert held(chain, buyer.pubkey()) == 0
        assert not chain.exists(chain.token(seat, buyer.pubkey()))
        assert not chain.exists(chain.mint(seat))
        state, holder = ticket_fields(chain, seat)[4], ticket_fields(chain, seat)[8]
        assert (state, holder) == (COOLING, NO_KEY)
        assert ticket_fields(chain, seat)[9] == NO_KEY
        returned_by, draw_slot = ticket_fields(chain, seat)[13:15]
        assert returned_by == bytes(chain.person_of(buyer.pubkey()))
        assert draw_slot == chain.svm.get_clock().slot + REGISTRATION_SLOTS  # nobody waits
    assert sold_count(chain) == 0


def test_check_in(chain: TicketChain) -> None:
    chain.opened()
    buyer, device = chain.sold(seat=5)
    gate = chain.person()
    chain.must(chain.send(chain.organiser, chain.register_gate(gate.pubkey())))
    chain.at(DOORS + 3)
    for session, bound in ((0, False), (1, True)):
        nonce, met = bytes(range(16)), gate.pubkey() if bound else Pubkey.default()
        message = chain.entry_message(5, met, session=session, nonce=nonce, expires=DOORS + 10)
        enter = chain.check_in(gate.pubkey(), 5, session=session, nonce=nonce, gate_bound=bound)
        chain.must(chain.send(gate, ed25519_instruction(device, message), enter))
        data = bytes(chain.account(chain.entry(5, session)).data)
        bump = chain.bump(b"entry", bytes(chain.ticket(5)), struct.pack("<H", session))
        assert struct.unpack("<32sHB32s32s32s32s16sqQ?32sqq", data[8:]) == (
            bytes(chain.ticket(5)), session, bump, bytes(chain.event), bytes(gate.pubkey()),
            bytes(buyer.pubkey()), bytes(chain.person_of(buyer.pubkey())), nonce, DOORS + 3,
            chain.svm.get_clock().slot, False, bytes(gate.pubkey()), DOORS + 10, 0,
        )  # fmt: skip
    assert ticket_fields(chain, 5)[4] == USED
    shown = extensions(bytes(chain.account(chain.mint(5)).data))[19]
    assert shown.endswith(borsh("status") + borsh("used"))


def used(outcome: TransactionMetadata) -> int:
    return int(outcome.compute_units_consumed())


def test_costs_stay_low(chain: TicketChain, ticket_program: Compiled) -> None:
    """The plan's limits: compute units of a whole transaction, bump search included; bytes."""
    assert len(ticket_program.elf) < MOST_BYTES[ticket_program.elf[E_FLAGS]]
    chain.opened()
    buyer, gate = chain.person(), chain.person()
    device = device_of(buyer.pubkey())
    bought = chain.send(buyer, chain.buy(buyer.pubkey(), 5), others=[chain.admission])
    returned = chain.send(buyer, chain.refund(buyer.pubkey(), 5))
    again = chain.buy(buyer.pubkey(), 6)
    chain.must(chain.send(buyer, again, others=[chain.admission]))
    chain.must(chain.send(chain.organiser, chain.register_gate(gate.pubkey())))
    chain.at(DOORS)
    message = chain.entry_message(
        6, Pubkey.default(), session=0, nonce=bytes(16), expires=DOORS + 10
    )
    proof = ed25519_instruction(device, message)
    entered = chain.send(gate, proof, chain.check_in(gate.pubkey(), 6))
    assert used(chain.must(bought)) < 60_000
    assert used(chain.must(returned)) < 25_000
    assert used(chain.must(entered)) < 15_000
