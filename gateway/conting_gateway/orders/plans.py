"""What an order does, as its kind plans it: steps on chain, signers, what shows that it is done."""

from collections.abc import Sequence
from dataclasses import dataclass

from conting_client import DevicePublicKey, register_self, self_person_address
from conting_client.generated import ticket as program
from conting_client.generated.family import Person
from conting_client.generated.ticket import Event, Section, Ticket
from conting_client.money import SOL, Money, is_sol, till_of
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from conting_gateway.catalog.service import Catalog
from conting_gateway.errors import (
    NotAdmittedError,
    NotYoursError,
    WrongAuthorityError,
)
from conting_gateway.orders import purses
from conting_gateway.orders.chain import Mark, OrderChain
from conting_gateway.orders.errors import (
    PriceAboveLimitError,
    UnknownPersonError,
)
from conting_gateway.orders.hold_store import Seat
from conting_gateway.orders.holds import Holds
from conting_gateway.orders.store import Subject, Visit
from conting_gateway.waitroom.service import Waitroom


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One order, not yet a transaction.

    `price` in the smallest units of `payment`: what the caller pays, or what comes back now.
    """

    steps: Sequence[Instruction]
    subject: Subject
    mark: Mark
    price: int = 0
    payment: Pubkey = SOL
    """The mint that the price is in; stands for lamports else."""
    authority: Pubkey | None = None
    """The admission authority, where the program asks for its signature."""
    beside: tuple[Pubkey, ...] = ()
    """Wallets that have to sign beside the caller's."""
    visit: Visit | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """What plans are made with. Money and signatures depend on it: accounts are read anew."""

    chain: OrderChain
    catalog: Catalog
    waitroom: Waitroom
    holds: Holds

    @property
    def here(self) -> Pubkey:
        """The ticket program."""
        return self.chain.program_id

    async def sells(self, event: Pubkey) -> Event:
        """An event whose admission authority this is, now. Raises WrongAuthorityError."""
        found = await self.catalog.fresh_event(event)
        if not self.chain.is_authority(found.admission):
            raise WrongAuthorityError
        return found

    async def price(self, event: Pubkey, section: int, max_price: int) -> int:
        """The price on chain. Raises PriceAboveLimitError."""
        price = (await self.catalog.section(event, section)).price
        if price > max_price:
            raise PriceAboveLimitError
        return price

    async def visit(
        self, caller: Pubkey, seat: Seat, admission_pass: str, person: Pubkey | None
    ) -> tuple[Visit, Pubkey | None]:
        """The turn that buys a held seat, and the person whose turn it is.

        `person`, as the caller has it, where places are wallets'. Raises NotAdmittedError,
        PassSpentError, NotHeldError.
        """
        admission = await self.waitroom.check_pass(caller, seat.event, admission_pass)
        guest = admission.guest
        if guest != str(caller):
            if person is not None and guest != str(person):
                raise NotAdmittedError
            person = Pubkey.from_string(guest)
        await self.holds.require(guest, seat)
        return Visit(admission.number, admission.place, guest), person

    async def person(self, address: Pubkey) -> Person:
        """A person. Raises UnknownPersonError."""
        found = await self.chain.person(address)
        if found is None:
            raise UnknownPersonError
        return found

    async def own(self, caller: Pubkey, address: Pubkey) -> Person:
        """A person whose wallet is the caller's. Raises UnknownPersonError, NotYoursError."""
        found = await self.person(address)
        if found.wallet != caller:
            raise NotYoursError
        return found

    async def caller(
        self, caller: Pubkey, person: Pubkey | None, device_key: DevicePublicKey | None = None
    ) -> tuple[Pubkey, list[Instruction]]:
        """The caller's person account, and what makes it if this is the wallet's first order.

        Raises UnknownPersonError.
        """
        address = person or self_person_address(caller)
        if await self.chain.person(address) is not None:
            return address, []
        if person is not None or device_key is None:
            raise UnknownPersonError
        return address, [register_self(caller, device_key)]

    async def held(self, caller: Pubkey, address: Pubkey) -> Ticket:
        """A ticket that lies in the caller's wallet. Raises UnknownTicketError, NotYoursError."""
        ticket = await self.catalog.fresh_ticket(address)
        if ticket.holder != caller:
            raise NotYoursError
        return ticket

    async def section_of(self, ticket: Ticket) -> Section:
        """The section that a ticket is of."""
        return await self.catalog.section_of(ticket)

    def section(self, event: Pubkey, index: int) -> Pubkey:
        """Where a section is."""
        return program.section_address(event=event, index=index, program_id=self.here)

    def holding(self, event: Pubkey, person: Pubkey) -> Pubkey:
        """Where the number of a person's tickets is."""
        return program.holding_address(event=event, person=person, program_id=self.here)

    def till(self, event_key: Pubkey, event: Event) -> Pubkey | None:
        """Where the money of an event goes that is paid in tokens; None for lamports."""
        return None if is_sol(event.payment) else till_of(event_key, self.here)

    async def money(self, key: Pubkey, event: Event, payer: Pubkey, price: int) -> Money:
        """The token accounts that a price is paid from and into; none for lamports.

        Raises NoTillError, NoTokenAccountError, TokenAccountFrozenError, NotEnoughTokensError.
        """
        till = self.till(key, event)
        purse = await purses.paying(self.chain, event, till, payer, price)
        return Money(purse=purse, till=till)

    async def paid(self, event: Event, wallet: Pubkey) -> Pubkey | None:
        """The token account that money goes back into; None for lamports.

        Raises NoTokenAccountError, TokenAccountFrozenError.
        """
        return await purses.paid(self.chain, event, wallet)
