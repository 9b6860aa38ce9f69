"""The transactions of orders: built, tried out, co-signed, sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from conting_client import (
    DevicePublicKey,
    Landed,
    Rpc,
    build,
    from_base64,
    register_self,
    sign,
    to_base64,
)
from conting_client.generated import ticket as program
from solders.compute_budget import set_compute_unit_limit
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

UNITS = 600_000
"""Compute units asked for: a purchase makes five accounts and an NFT, above the default 200,000."""
FOLLOW_SECONDS = 20.0  # less than clients wait for an answer; they ask for the order after it


@dataclass(frozen=True, slots=True)
class Built:
    """A transaction in base64, and the block height after which it cannot land."""

    transaction: str
    last_block: int


@dataclass(frozen=True, slots=True)
class Purchase:
    """What is bought by whom, and what was agreed to. `max_price` in lamports."""

    buyer: Pubkey
    event: Pubkey
    section: Pubkey
    seat: int
    max_price: int
    person: Pubkey
    registers: DevicePublicKey | None
    """The device key of a wallet that becomes a person by this purchase."""


class OrderChain:
    """Builds for one ticket program and signs as the admission authority of its events."""

    def __init__(self, rpc: Rpc, program_id: Pubkey, admission: Keypair) -> None:
        self._rpc = rpc
        self._program_id = program_id
        self._admission = admission

    @property
    def authority(self) -> Pubkey:
        """The admission authority that purchases are signed with."""
        return self._admission.pubkey()

    async def build_purchase(self, purchase: Purchase) -> Built:
        """A purchase, tried out and co-signed; the buyer's signature is still missing.

        Raises ChainError if the chain would refuse it.
        """
        order = program.buy(
            admission=self.authority,
            wallet=purchase.buyer,
            person=purchase.person,
            event=purchase.event,
            section=purchase.section,
            seat=purchase.seat,
            max_price=purchase.max_price,
            program_id=self._program_id,
        )
        steps = [order]
        if purchase.registers is not None:
            steps.insert(0, register_self(purchase.buyer, purchase.registers))
        return await self._build(purchase.buyer, steps, self._admission)

    async def build_refund(self, ticket: program.Ticket, address: Pubkey) -> Built:
        """A refund, tried out; the holder's signature is missing. Raises ChainError."""
        here = self._program_id
        mint = program.mint_address(ticket=address, program_id=here)
        order = program.refund(
            holder=ticket.holder,
            paid_by=ticket.paid_by,
            person=ticket.person,
            event=ticket.event,
            section=ticket.section,
            holding=program.holding_address(
                event=ticket.event, person=ticket.person, program_id=here
            ),
            ticket=address,
            token=program.token_address(mint=mint, wallet=ticket.holder, program_id=here),
            program_id=here,
        )
        return await self._build(ticket.holder, [order])

    async def send(self, transaction: VersionedTransaction) -> Landed:
        """Sends and follows to confirmed.

        Raises ChainError, TransactionExpired, OutcomeUnknown, RpcUnavailable.
        """
        return await self._rpc.send(transaction, within=FOLLOW_SECONDS)

    async def can_land(self, transaction: str) -> bool:
        """Whether a transaction that has not landed still may."""
        blockhash = from_base64(transaction).message.recent_blockhash
        return await self._rpc.is_valid(blockhash)

    async def _build(self, payer: Pubkey, steps: Sequence[Instruction], *signers: Keypair) -> Built:
        recent = await self._rpc.latest_blockhash()
        limit = set_compute_unit_limit(UNITS)
        transaction = build(payer, [limit, *steps], recent.hash)
        await self._rpc.simulate(transaction)
        signed = sign(transaction, *signers)
        return Built(to_base64(signed), recent.last_valid_block_height)
