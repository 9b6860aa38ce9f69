"""Orders of every kind: the gateway builds, this client checks, the wallet signs, both follow.

Nothing is signed that does anything but what was asked for: the instruction is built here once
more, and only accounts that the wallet cannot know, and the program checks, are taken on trust.
"""

import asyncio
from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import Final, Protocol, TypeVar

from solders.instruction import Instruction
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

from conting_client import gateway_answers as answers
from conting_client._errors import TransactionChanged
from conting_client._http import patiently
from conting_client._purchase import require_only, require_sponsored, steps_of
from conting_client._transactions import from_base64, sign, signers_of, to_base64
from conting_client._wallet import Wallet
from conting_client.generated import raffle
from conting_client.generated import ticket as program
from conting_client.order_asks import Asked, Buyer
from conting_client.persons import register_self

T = TypeVar("T")
_FINAL: Final = frozenset({"done", "refused", "expired"})
_ORDER_POLL_SECONDS: Final = 1.0
_DISCRIMINATOR: Final = 8  # bytes
_TOLD: Final = frozenset({"admission", "purse", "till", "paid_by", "rent_to", "token", "old_token"})
"""Accounts that the program compares with what it knows: money goes nowhere else."""
_PAYS: Final = _TOLD - {"purse", "till"}
"""Of who pays: a gateway that chose the purse could have a price taken for lamports paid in a dear
token.
"""
_OPEN: Final[Mapping[str, frozenset[str]]] = {
    "buy": _PAYS,
    "buy_for": _PAYS,
    "join_group": _PAYS,
    "make_group": frozenset(),
    "accept_offer": _PAYS,
    "claim_seat": _TOLD | {"ticket", "mint"},
    "join_waiting": _TOLD | {"place"},
    "leave_waiting": _TOLD | {"place"},
    "redraw": frozenset({"last", "after"}),
    "offer_seat": frozenset({"place"}),
    "end_redraw": frozenset({"rent_to"}),
    "mint_entry": frozenset(),
    "list_entry": frozenset({"token", "escrow"}),
    "offer_swap": frozenset({"token", "escrow"}),
    "cancel_listing": frozenset({"escrow"}),
    "buy_entry": frozenset({"organiser"}),
    "accept_swap": frozenset({"wanted_token"}),
    "create_series": frozenset(),
    "create_raffle": frozenset(),
    "reveal_raffle": frozenset({"organiser"}),
    "draw_without_secret": frozenset(),
    "enter_raffle": frozenset({"rent_to", "token"}),
    "claim_prize": frozenset(),
}
"""Where it is not those: seat, place or nonce are the chain's, and these follow from them; or it is
the raffle program that compares.
"""
_NUMBER: Final[Mapping[str, int]] = {
    "claim_seat": 4,
    "join_waiting": 4,
    "list_entry": 8,
    "offer_swap": 8,
}
"""Kinds whose first argument only the chain knows (seat, place, nonce), and its bytes."""


class Ask(Protocol):
    """Sends one request and reads its answer, as GatewayClient does."""

    async def __call__(  # noqa: D102 that is what it does
        self,
        method: str,
        path: str,
        shape: type[T],
        body: Mapping[str, object] | None = None,
        *,
        headers: dict[str, str] | None = None,
    ) -> T: ...


class OrdersApi:
    """Orders of one session. Every method raises GatewayRefused and GatewayUnavailable; those that
    sign raise TransactionChanged, unsigned, if the gateway built anything else.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.sponsored = False
        """Set, the gateway is asked to pay the network fee of each order, purchases and refunds
        too; it refuses with a code that says why (docs/orders.md)."""

    async def order(self, order: str) -> answers.OrderView:
        """Where an order stands."""
        return await self._ask("GET", f"/v1/orders/{order}", answers.OrderView)

    async def place(self, who: Buyer, asked: Asked, *, key: str | None = None) -> answers.OrderView:
        """Has it built, checks it, signs it, and follows it to its end.

        The same `key` gives the same order, however often it is asked for.
        """
        sponsored = self.sponsored
        path = f"/v1/orders/{_names(asked.wanted)[0]}{'?sponsored=true' if sponsored else ''}"
        headers = {"idempotency-key": key or token_hex(16)}
        built = await self._ask("POST", path, answers.BuiltOrder, asked.body, headers=headers)
        transaction = from_base64(built.transaction)
        wanted = _completed((asked.wanted, *asked.then), transaction)
        first = None if who.device_key is None else register_self(who.key, who.device_key)
        require = require_sponsored if sponsored else require_only
        require(transaction, who.key, wanted, first=first)
        return await self._submit(who.wallet, built.order, transaction)

    async def receive(
        self,
        who: Buyer,
        order: answers.OrderView,
        *,
        ticket: Pubkey,
        program_id: Pubkey = program.PROGRAM_ID,
    ) -> answers.OrderView:
        """Signs a family transfer of `ticket` to who calls this, which its holder has ordered.

        `program_id` is the ticket program's. Raises TransactionChanged if anything else was built.
        """
        transaction = from_base64(order.transaction or "")
        if transaction.message.account_keys[0] == who.key:
            raise TransactionChanged("who gets a ticket does not pay the fee of this transaction")
        steps = steps_of(transaction)
        wanted = {"wallet": who.key, "person": who.account, "ticket": ticket}
        if [each.program_id for each in steps] != [program_id] or not _is_transfer(
            steps[0], wanted
        ):
            raise TransactionChanged("the transaction does not do just what was asked for")
        return await self._submit(who.wallet, order.order, transaction)

    async def _submit(
        self, wallet: Wallet, order: str, transaction: VersionedTransaction
    ) -> answers.OrderView:
        """Asks again while the gateway cannot answer: the chain takes what was signed once."""
        path = f"/v1/orders/{order}/submit"
        if wallet.key in signers_of(
            transaction
        ):  # a sponsored step for anybody asks for nobody else
            transaction = sign(transaction, wallet.keypair)
        body = {"transaction": to_base64(transaction)}
        found = await patiently(lambda: self._ask("POST", path, answers.OrderView, body))
        while found.state not in _FINAL and not found.awaits:
            await asyncio.sleep(_ORDER_POLL_SECONDS)
            found = await patiently(lambda: self.order(order))
        return found


def _names(instruction: Instruction) -> tuple[str, ...]:
    """The name of an instruction, and those of its accounts.

    The raffle program has one address; the ticket program may have others.
    """
    is_raffle = instruction.program_id == raffle.PROGRAM_ID
    table = raffle.INSTRUCTIONS if is_raffle else program.INSTRUCTIONS
    return table.get(bytes(instruction.data[:_DISCRIMINATOR]), ("",))


def _completed(
    wanted: Sequence[Instruction], transaction: VersionedTransaction
) -> list[Instruction]:
    """`wanted`, and what it leaves open as the transaction's last steps have it."""
    told = steps_of(transaction)[-len(wanted) :]
    if [*map(_shape, told)] != [*map(_shape, wanted)]:
        raise TransactionChanged("the transaction does not do just what was asked for")
    return [*map(_filled, wanted, told)]


def _filled(wanted: Instruction, told: Instruction) -> Instruction:
    kind, *names = _names(wanted)
    open_names = _OPEN.get(kind, _TOLD)
    accounts = [
        theirs if name in open_names else own
        for name, own, theirs in zip(names, wanted.accounts, told.accounts, strict=True)
    ]
    first, end = _DISCRIMINATOR, _DISCRIMINATOR + _NUMBER.get(kind, 0)
    data = bytes(wanted.data[:first]) + bytes(told.data[first:end]) + bytes(wanted.data[end:])
    return Instruction(wanted.program_id, data, accounts)


def _shape(instruction: Instruction) -> tuple[Pubkey, int, int]:
    return instruction.program_id, len(instruction.accounts), len(instruction.data)


def _is_transfer(step: Instruction, wanted: Mapping[str, Pubkey]) -> bool:
    kind, *names = _names(step)
    found = dict(zip(names, (each.pubkey for each in step.accounts), strict=False))
    named = {name: found.get(name) for name in wanted}
    return kind == "family_transfer" and named == wanted
