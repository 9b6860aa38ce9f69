"""Pays the network fee of orders, and the rent of a new person; docs/decisions/0019.

It signs as the payer of transactions that this gateway has built, once all others have signed and
the transaction would succeed, and after the budgets have been charged. Its signature leaves the
gateway only inside a transaction that is sent.
"""

import hmac
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from typing import Final

from conting_client import Rpc
from conting_client.generated import family
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.system_program import TransferParams, transfer

from conting_gateway.catalog.service import Catalog
from conting_gateway.errors import GatewayError, KeysEndedError, UnknownEventError
from conting_gateway.keys import KeyRing
from conting_gateway.sponsoring.errors import (
    NotSponsoredError,
    SponsorBudgetError,
    SponsorFailuresError,
    SponsorLowError,
)
from conting_gateway.sponsoring.store import BudgetStore, Payment

FEE: Final = 5_000
"""Lamports for each signature: Solana's base fee; orders set no price for their compute units."""
PERSON_BYTES: Final = 270
"""Of a Person account, which is never closed: its rent comes back to nobody."""
_MARK: Final = 8  # bytes of an instruction's data that name it


@dataclass(frozen=True, slots=True)
class Offer:
    """Who would pay for an order, how much (lamports), and the steps that it then has."""

    payer: Pubkey
    lamports: int
    steps: Sequence[Instruction]


@dataclass(frozen=True, slots=True)
class Bill:
    """A transaction that is to be paid for: what it costs (lamports), whom, and for whom."""

    payer: Pubkey
    lamports: int
    seal: str
    """Shows that this gateway has built it, whatever was kept in Redis since."""
    wallet: Pubkey
    event: Pubkey
    message: bytes

    @property
    def payment(self) -> Payment:
        """As budgets count it."""
        name = sha256(self.message).hexdigest()
        return Payment(name, self.wallet, self.event, self.lamports)


@dataclass(slots=True)
class Numbers:
    """What this process has done since it started."""

    signed: int = 0
    lamports: int = 0
    """Of budgets, spent."""
    failed: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    balance: int | None = None
    """Of the sponsor's account, when it was last read."""


class Sponsor:
    """The payer of fees; off without a key."""

    def __init__(
        self,
        store: BudgetStore,
        catalog: Catalog,
        rpc: Rpc,
        ring: KeyRing | None,
        *,
        organisers: frozenset[Pubkey],
        floor: int,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._rpc = rpc
        self._ring = ring
        self._organisers = organisers
        self._floor = floor
        self.numbers = Numbers()

    async def offer(self, event: Pubkey, caller: Pubkey, steps: Sequence[Instruction]) -> Offer:
        """What would be paid for an order of these steps. Raises `errors.REFUSALS`.

        Nothing is spent yet.
        """
        payer = await self._payer(event)
        if any(meta.pubkey == payer for step in steps for meta in step.accounts):
            raise self._refused(NotSponsoredError())  # its signature is for the fee alone
        rent = await self._rpc.rent(PERSON_BYTES) if any(map(_makes_person, steps)) else 0
        signers = {meta.pubkey for step in steps for meta in step.accounts if meta.is_signer}
        cost = FEE * len(signers | {payer}) + rent
        await self._require_balance(payer, cost)
        await self._spend(Payment("", caller, event, cost), ask_only=True)
        gift = TransferParams(from_pubkey=payer, to_pubkey=caller, lamports=rent)
        return Offer(payer, cost, [transfer(gift), *steps] if rent else steps)

    def seal(self, offer: Offer, message: bytes) -> str:
        """What `pay` asks for: that this message was built for this offer, here or at a replica.

        Raises NotSponsoredError.
        """
        return _seal(self._key(offer.payer), offer.lamports, message)

    async def pay(self, bill: Bill) -> Signature:
        """The payer's signature of a transaction, after its cost was spent.

        Raises `errors.REFUSALS`.
        """
        key = self._key(bill.payer)
        if not compare_digest(_seal(key, bill.lamports, bill.message), bill.seal):
            raise self._refused(NotSponsoredError())
        await self._require_balance(bill.payer, bill.lamports)
        await self._spend(bill.payment)
        return key.sign_message(bill.message)

    async def count_failure(self, bill: Bill) -> None:
        """To be told when the chain has run a transaction that was paid for, and it failed."""
        if await self._store.fail(bill.payment):
            self.numbers.failed += 1

    def _key(self, payer: Pubkey) -> Keypair:
        key = None if self._ring is None else self._ring.holding(payer)
        if key is None:
            raise self._refused(NotSponsoredError())  # it has ended, or was taken away
        return key

    async def _payer(self, event: Pubkey) -> Pubkey:
        """Who pays for orders of this event now."""
        if self._ring is None:
            raise self._refused(NotSponsoredError())
        try:
            organiser = (await self._catalog.event(event)).organiser
            payer = self._ring.signer.pubkey()
        except (UnknownEventError, KeysEndedError):  # closed; or all keys have ended
            raise self._refused(NotSponsoredError()) from None
        if organiser not in self._organisers:
            raise self._refused(NotSponsoredError())
        return payer

    async def _require_balance(self, payer: Pubkey, cost: int) -> None:
        found = await self._rpc.account(payer)
        self.numbers.balance = 0 if found is None else found.lamports
        if self.numbers.balance < self._floor + cost:
            raise self._refused(SponsorLowError())

    async def _spend(self, payment: Payment, *, ask_only: bool = False) -> None:
        answer, left = await self._store.spend(payment, ask_only=ask_only)
        if answer == "failures":
            raise self._refused(SponsorFailuresError(retry_after=left))
        if answer == "spent":
            raise self._refused(SponsorBudgetError(retry_after=left))
        if answer == "yes" and not ask_only:
            self.numbers.signed += 1
            self.numbers.lamports += payment.lamports

    def _refused(self, error: GatewayError) -> GatewayError:
        self.numbers.refused[error.code] += 1
        return error


def _seal(key: Keypair, lamports: int, message: bytes) -> str:
    secret = sha256(b"conting sponsor seal" + key.secret()).digest()
    return hmac.digest(secret, lamports.to_bytes(8, "big") + message, "sha256").hex()


def _makes_person(step: Instruction) -> bool:
    named = family.INSTRUCTIONS.get(bytes(step.data[:_MARK]), ("",))
    return step.program_id == family.PROGRAM_ID and named[0] == "register_self"
