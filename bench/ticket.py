"""What the instructions of the ticket program cost, each in a transaction of its own."""

from collections.abc import Iterator, Sequence
from functools import partial

from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from bench.chain import keypair
from tests.programs.ticket_chain import DOORS, OPENS, TicketChain, device_of, ed25519_instruction

_SEAT = 5
_NONCE = bytes(16)


def ticket_units(elf: bytes, program: Pubkey) -> Iterator[tuple[str, int]]:
    """The compute units (CU) of the instructions, in the order in which an event needs them.

    The transaction of `check_in` also holds the Ed25519 instruction, which costs none.
    """
    organiser, admission = keypair("organiser"), keypair("admission")
    arbiter = keypair("arbiter")
    chain = TicketChain(elf, program, organiser=organiser, admission=admission, arbiter=arbiter)
    buyer, scanner = keypair("buyer"), keypair("scanner")
    chain.register(buyer)
    chain.rich(scanner)
    organise = partial(_units, chain, organiser)
    yield "ticket-create-event", organise(chain.create_event())
    yield "ticket-add-section", organise(chain.add_section())
    yield "ticket-register-gate", organise(chain.register_gate(scanner.pubkey()))
    chain.at(OPENS)
    buy = chain.buy(buyer.pubkey(), _SEAT)
    yield "ticket-buy", _units(chain, buyer, buy, others=[admission])
    yield "ticket-refund", _units(chain, buyer, chain.refund(buyer.pubkey(), _SEAT))
    other = chain.buy(buyer.pubkey(), _SEAT + 1)
    chain.must(chain.send(buyer, other, others=[admission]))
    chain.at(DOORS)
    gate, expires = scanner.pubkey(), DOORS + 10
    message = chain.entry_message(
        _SEAT + 1, Pubkey.default(), session=0, nonce=_NONCE, expires=expires
    )
    proof = ed25519_instruction(device_of(buyer.pubkey()), message)
    entry = chain.check_in(gate, _SEAT + 1, nonce=_NONCE, expires=expires)
    yield "ticket-check-in", _units(chain, scanner, proof, entry)


def _units(
    chain: TicketChain, payer: Keypair, *instructions: Instruction, others: Sequence[Keypair] = ()
) -> int:
    return chain.must(chain.send(payer, *instructions, others=others)).compute_units_consumed()
