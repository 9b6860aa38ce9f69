"""What we compile, on a real Solana node: deploy, call, upgrade, call; and the Anchor CLI.

`make real-node`. Exit code 0 if all passed or the node's tools are not there (it says so), else 1.
"""

import asyncio
import secrets
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any, Final

from conting_cli.project import development_seed
from conting_client import (
    Challenge,
    DeviceKey,
    ProgramRefused,
    Rpc,
    Tickets,
    Wallet,
    check_in_instructions,
    deploy,
    register_self,
    self_person_address,
    usual_rules,
)
from conting_client.generated import ticket as client
from conting_client.generated.ticket import PROGRAM_ID, ErrorCode, TicketState
from conting_compiler import frontend
from conting_compiler.driver import Compiled, compile_program
from conting_compiler.ir import typed
from conting_compiler.ir.typesystem import SlotHashesT
from conting_compiler.link.linker import link
from conting_compiler.llvm.codegen import emit_object
from conting_compiler.lower import lower
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.interop import anchor_cli, node
from tests.interop.chain import SOL, Chain

HERE: Final = Path(__file__).parent
PRICE: Final = SOL // 4
SALE_SECONDS: Final = 12  # the sale is open for so long


async def probe(chain: Chain) -> None:
    """the probe program: deploy, call, upgrade, call; its accounts outlive the upgrade"""
    first = compile_program(HERE / "probe.py", arch="v0")
    module, program, me = _client(first), Keypair(), chain.wallet
    await deploy(chain.rpc, me, program, first.elf)
    at = {"program_id": program.pubkey()}

    shelf = module.shelf_address(owner=me.key, **at)
    await chain.send(me, module.open_shelf(owner=me.key, **at))
    texts = {"number": 7, "title": "Größe", "notes": b"\0\xff"}
    await chain.send(me, module.add_record(owner=me.key, shelf=shelf, **texts, **at))
    record = module.record_address(owner=me.key, number=7, **at)
    values = {"tiny": 1, "small": 2, "middle": 3, "large": 2**64 - 1, "huge": 2**128 - 1}
    await chain.send(me, module.set_unsigned(owner=me.key, record=record, **values, **at))
    assert (await chain.refused(me, module.play(level=11, **at))).code == 6001

    second = _louder()
    await deploy(chain.rpc, me, program, second.elf)
    await chain.send(me, module.play(level=11, **at))
    assert (await chain.refused(me, module.play(level=12, **at))).code == 6001
    stored = await chain.rpc.account(record)
    assert stored is not None
    decoded = module.Record.decode(stored.data)
    assert (decoded.title, decoded.notes, decoded.huge) == ("Größe", b"\0\xff", 2**128 - 1)


def _client(compiled: Compiled) -> Any:
    module = ModuleType("client")
    exec(compiled.client, vars(module))
    return module


def _louder() -> Compiled:
    """The probe program with another limit."""
    source = (HERE / "probe.py").read_text()
    changed = source.replace("LOUDEST = u8(10)", "LOUDEST = u8(11)")
    assert changed != source
    with TemporaryDirectory() as folder:
        file = Path(folder) / "probe.py"
        file.write_text(changed)
        return compile_program(file, arch="v0")


async def ticket(chain: Chain) -> None:
    """the ticket program: sale, refund and entry with Token-2022, and refusals by name"""
    family = compile_program(node.ROOT / "programs" / "family", arch="v0")
    persons = Keypair.from_seed(development_seed("family"))
    await deploy(chain.rpc, chain.wallet, persons, family.elf)
    elf = _without_draws(node.ROOT / "programs" / "ticket")
    program = Keypair.from_seed(development_seed("ticket"))
    await deploy(chain.rpc, chain.wallet, program, elf)
    show = await _open_show(chain)
    anna, device = await chain.person(), DeviceKey(Keypair())
    ben, phone = await chain.person(), DeviceKey(Keypair())
    for wallet, key in ((anna, device.key), (ben, phone.key)):
        await chain.send(wallet, register_self(wallet.key, key))
    await _until(chain, show.opens)
    for seat in (0, 1):
        await show.buy(anna, seat)
    taken = await _refusal(show.buy(ben, 0))
    assert taken is ErrorCode.SEAT_TAKEN
    await show.refund(anna, 1)
    await deploy(chain.rpc, chain.wallet, program, elf)  # an upgrade amid the sale
    await _until(chain, show.doors)
    await show.enter(anna, device)
    assert await _refusal(show.enter(anna, device)) is ErrorCode.ALREADY_ENTERED
    sold = await Tickets(chain.rpc, PROGRAM_ID).ticket_of_seat(show.section, 0)
    assert sold is not None
    assert sold.data.state is TicketState.USED


def _without_draws(root: Path) -> bytes:
    """The program but for what looks into SlotHashes: the node keeps none, and does not load
    programs that name the system call.
    """
    program = frontend.build(root)
    kept = tuple(each for each in program.instructions if not _draws(each))
    assert 0 < len(kept) < len(program.instructions)
    module = lower(replace(program, instructions=kept), early=True)
    return link(emit_object(module).object, "v0")


def _draws(instruction: typed.Instruction) -> bool:
    return any(isinstance(each.type, SlotHashesT) for each in instruction.sysvars)


async def _until(chain: Chain, seconds: int) -> None:
    while await chain.rpc.chain_time() < seconds:  # noqa: ASYNC110 (only the node knows)
        await asyncio.sleep(0.2)


async def _refusal(call: Awaitable[None]) -> object:
    try:
        await call
    except ProgramRefused as error:
        return error.error
    raise AssertionError("it was not refused by name")


@dataclass(frozen=True)
class Show:
    """An event with one section and one gate."""

    chain: Chain
    admission: Keypair
    gate: Wallet
    event: Pubkey
    section: Pubkey
    opens: int
    doors: int

    async def buy(self, buyer: Wallet, seat: int) -> None:
        instruction = client.buy(
            admission=self.admission.pubkey(),
            wallet=buyer.key,
            person=self_person_address(buyer.key),
            event=self.event,
            section=self.section,
            seat=seat,
            max_price=PRICE,
        )
        await self.chain.send(buyer, instruction, others=(self.admission,))

    async def refund(self, holder: Wallet, seat: int) -> None:
        ticket = client.ticket_address(section=self.section, seat=seat)
        mint, person = client.mint_address(ticket=ticket), self_person_address(holder.key)
        instruction = client.refund(
            holder=holder.key,
            paid_by=holder.key,
            person=person,
            event=self.event,
            section=self.section,
            holding=client.holding_address(event=self.event, person=person),
            ticket=ticket,
            token=client.token_address(mint=mint, wallet=holder.key),
        )
        await self.chain.send(holder, instruction)

    async def enter(self, holder: Wallet, device: DeviceKey) -> None:
        """The holder of seat 0 shows a pass at the gate."""
        ticket, now = client.ticket_address(section=self.section, seat=0), int(time.time())
        challenge = Challenge.issue(
            Keypair(),
            session=0,
            issued=now,
            expires=now + 10,
            event=self.event,
            ticket=ticket,
            device_key=device.key,
            nonce=secrets.token_bytes(16),
        )
        shown = device.answer(challenge, ticket=ticket, now=now)
        proof = check_in_instructions(
            shown,
            gate_key=self.gate.key,
            person=self_person_address(holder.key),
            device_key=device.key,
        )
        await self.chain.send(self.gate, *proof)


async def _open_show(chain: Chain) -> Show:
    organiser, gate, admission = chain.wallet.key, await chain.person(), Keypair()
    opens = await chain.rpc.chain_time() + 4
    doors = opens + SALE_SECONDS
    event = client.event_address(organiser=organiser, number=1)
    made = client.create_event(
        organiser=organiser,
        number=1,
        rules=usual_rules(
            admission=admission.pubkey(),
            arbiter=organiser,
            times={
                "sale_opens": opens,
                "sale_closes": doors,
                "freeze": doors,
                "doors": doors,
                "ends": doors + 600,
            },
            limit=2,
        ),
        name="Night of the Whales",
        uri="https://tickets.example/whales",
    )
    block = client.add_section(
        organiser=organiser,
        event=event,
        index=0,
        seats=9,
        price=PRICE,
        gate_group=1,
        mode=client.SaleMode.FIRST_COME,
        name="Floor",
    )
    door = client.register_gate(
        organiser=organiser, event=event, key=gate.key, group=1, role=client.GateRole.SCANNER
    )
    await chain.send(chain.wallet, made, block, door)
    section = client.section_address(event=event, index=0)
    return Show(chain, admission, gate, event, section, opens, doors)


CASES: Final[tuple[Callable[[Chain], Awaitable[None]], ...]] = (
    probe,
    ticket,
    *anchor_cli.CASES,
)


async def _seen(rpc: Rpc, key: Pubkey) -> None:
    """Until a transaction that this account pays for would be taken.

    The node confirms an airdrop a moment before it knows the account.
    """
    async with asyncio.timeout(60):
        while await rpc.account(key) is None:  # noqa: ASYNC110 it tells nobody
            await asyncio.sleep(0.1)
    await asyncio.sleep(1)  # and the bank in which it simulates is one slot behind


async def _run(url: str) -> int:
    failed = 0
    async with Rpc(url) as rpc:
        wallet = Wallet.generate()
        await rpc.airdrop(wallet.key, 1000 * SOL)
        await _seen(rpc, wallet.key)
        for case in CASES:
            start = time.monotonic()
            try:
                await case(Chain(url, rpc, wallet))
                print(f"ok      {case.__doc__} ({time.monotonic() - start:.1f} s)", flush=True)
            except Exception as error:  # noqa: BLE001 (reported; the other cases run)
                failed += 1
                logs = "\n".join(getattr(error, "logs", ()))
                print(f"FAILED  {case.__doc__}\n{traceback.format_exc()}{logs}", flush=True)
    print(f"real node: {len(CASES) - failed} passed, {failed} failed")
    return int(failed > 0)


def main() -> int:
    """Sets the node up, runs all cases on it; gives the exit code."""
    if not node.is_available():
        print(f"real node: skipped, its set-up is not at {node.SCRIPTS}")
        return 0
    node.install()
    with node.running() as url:
        return asyncio.run(_run(url))


if __name__ == "__main__":
    sys.exit(main())
