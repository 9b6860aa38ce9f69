"""The ticket program on a real node: compiled from its source, and used as an organiser would."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

import httpx2
from conting_client import (
    DevicePublicKey,
    Rpc,
    TransactionExpired,
    Wallet,
    build,
    register_self,
    self_person_address,
    sign,
    usual_rules,
)
from conting_client.generated import family, raffle
from conting_client.generated import ticket as program
from conting_client.rules import Changes
from conting_localnet import GenesisProgram
from solders.compute_budget import set_compute_unit_limit
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from tests.compiled import elf

SOL = 10**9
HOUR = 3600
SLOT_SECONDS = 0.04
PRICE = 250_000_000  # lamports
PROGRAM_IDS = {
    "family": family.PROGRAM_ID,
    "ticket": program.PROGRAM_ID,
    "raffle": raffle.PROGRAM_ID,
}
NUMBERS = itertools.count(1)


def compiled_programs(directory: Path) -> list[GenesisProgram]:
    """The three programs."""
    programs = []
    for name, key in PROGRAM_IDS.items():
        path = directory / f"{name}.so"
        path.write_bytes(elf(name, "v3"))
        programs.append(GenesisProgram(key, path))
    return programs


@dataclass(frozen=True)
class Show:
    """An event on chain, and who runs it."""

    address: Pubkey
    organiser: Wallet
    opens: int
    doors: int

    @property
    def section(self) -> Pubkey:
        return program.section_address(event=self.address, index=0)

    def ticket(self, seat: int) -> Pubkey:
        return program.ticket_address(section=self.section, seat=seat)


class Chain:
    """What organisers and fans do on chain without the gateway."""

    def __init__(self, rpc: Rpc) -> None:
        self.rpc = rpc

    async def fund(self, sol: int = 10) -> Wallet:
        wallet = Wallet.generate()
        await self.rpc.airdrop(wallet.key, sol * SOL)
        return wallet

    async def send(self, instruction: Instruction, *signers: Wallet) -> None:
        await self.send_all([instruction], *signers)

    async def send_all(self, instructions: Sequence[Instruction], *signers: Wallet) -> None:
        await self.send_in_order([set_compute_unit_limit(1_400_000), *instructions], *signers)

    async def send_in_order(self, instructions: Sequence[Instruction], *signers: Wallet) -> None:
        """Just these, one right after the other: a proof and what it proves."""
        try:
            await self._send(instructions, signers)
        except TransactionExpired:  # on a machine that is too busy: it never landed
            await self._send(instructions, signers)

    async def _send(self, instructions: Sequence[Instruction], signers: Sequence[Wallet]) -> None:
        recent = await self.rpc.latest_blockhash()
        transaction = build(signers[0].key, instructions, recent.hash)
        await self.rpc.send(sign(transaction, *(signer.keypair for signer in signers)))

    async def advance_to(self, moment: int) -> None:
        """Moves the chain's clock to a moment (Unix seconds), if it is not there yet."""
        missing = moment - await self.rpc.chain_time()
        if missing <= 0:
            return
        await self._advance(missing)
        await asyncio.sleep(0.5)  # gateways keep the chain's clock for 0.4 seconds

    async def advance_to_slot(self, slot: int) -> None:
        """Moves the chain's clock until this slot is confirmed."""
        while (missing := slot - await self.rpc.slot()) > 0:
            await self._advance(missing * SLOT_SECONDS)
            await asyncio.sleep(SLOT_SECONDS)

    async def _advance(self, seconds: float) -> None:
        request = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "localnet_advanceTime",
            "params": [{"seconds": seconds}],
        }
        async with httpx2.AsyncClient() as http:
            answer = (await http.post(self.rpc.url, json=request)).json()
        assert "error" not in answer, answer

    async def make_show(
        self,
        admission: Pubkey,
        *,
        seats: int = 20,
        doors_after: int = 3 * HOUR,
        lasts: int = 4 * HOUR,
        mode: program.SaleMode = program.SaleMode.FIRST_COME,
        organiser: Wallet | None = None,
        **changes: Unpack[Changes],
    ) -> Show:
        """An event that goes on sale in an hour, with one section.

        `doors_after`: seconds from the opening of the sale to the doors'; `lasts`: from these on.
        `changes` of the rules that are usual here.
        """
        organiser = organiser or await self.fund()
        opens = await self.rpc.chain_time() + HOUR
        doors = opens + doors_after
        number = next(NUMBERS)
        usual: Changes = {
            "refund_until": (opens + HOUR, opens + 2 * HOUR, opens + 2 * HOUR),
            "refund_share": (10_000, 5_000, 0),
        }
        event = program.event_address(organiser=organiser.key, number=number)
        create = program.create_event(
            organiser=organiser.key,
            number=number,
            rules=usual_rules(
                admission=admission,
                arbiter=organiser.key,
                times={
                    "sale_opens": opens,
                    "sale_closes": opens + HOUR,
                    "freeze": opens + 2 * HOUR,
                    "doors": doors,
                    "ends": doors + lasts,
                },
                **(usual | changes),
            ),
            name="First Light",
            uri="https://tickets.example/first-light",
        )
        await self.send(create, organiser)
        section = program.add_section(
            organiser=organiser.key,
            event=event,
            index=0,
            seats=seats,
            price=PRICE,
            gate_group=1,
            mode=mode,
            name="A",
        )
        await self.send(section, organiser)
        return Show(event, organiser, opens, doors)

    async def register_gate(self, show: Show) -> Wallet:
        gate = await self.fund()
        order = program.register_gate(
            organiser=show.organiser.key,
            event=show.address,
            key=gate.key,
            group=1,
            role=program.GateRole.SCANNER,
        )
        await self.send(order, show.organiser)
        return gate

    async def buy(
        self, show: Show, admission: Wallet, buyer: Wallet, seat: int, device_key: DevicePublicKey
    ) -> Pubkey:
        """A purchase past the gateway, by who has the admission key; the buyer's first one."""
        person = self_person_address(buyer.key)
        order = program.buy(
            admission=admission.key,
            wallet=buyer.key,
            person=person,
            event=show.address,
            section=show.section,
            seat=seat,
            max_price=PRICE,
        )
        await self.send_all([register_self(buyer.key, device_key), order], buyer, admission)
        return show.ticket(seat)
