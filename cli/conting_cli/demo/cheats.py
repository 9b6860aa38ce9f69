"""Cheats, tried through the doors that everybody has: HTTP, and transactions sent to the chain.

Each is a coroutine that ends in the refusal it met; what it should have met stands beside it.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import Final

from conting_client import (
    MAX_LIFETIME,
    AccountFrozen,
    Challenge,
    ContingError,
    GatewayRefused,
    Pass,
    ProgramRefused,
    build,
    read_person,
    register_self,
    self_person_address,
    sign,
)
from conting_client.gateway_answers import Hold
from conting_client.generated import ticket as program
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from spl.token.constants import TOKEN_2022_PROGRAM_ID
from spl.token.instructions import (
    create_associated_token_account,
    get_associated_token_address,
    transfer_checked,
)
from spl.token.models import TransferCheckedParams

from conting_cli.demo.concert import SECTIONS, Concert, event_view, find_seat
from conting_cli.demo.people import Fan, send
from conting_cli.demo.stage import StageError

SCREENSHOT_AGE: Final = 10.5  # seconds: a pass lives 10
NOT_REFUSED: Final = "not refused"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A cheat that was tried: by what it should have been refused, and by what it was."""

    title: str
    expected: frozenset[str]
    met: str

    @property
    def ok(self) -> bool:
        """Whether it was refused for the right reason."""
        return self.met in self.expected


async def attempt(
    concert: Concert, title: str, expected: str, cheat: Awaitable[str | None]
) -> Attempt:
    """Tries a cheat; `expected` names the refusals that are right, with | between them.

    The cheat returns a verdict's reason, None for success, or raises what refused it.
    """
    try:
        met = await cheat or NOT_REFUSED
    except ContingError as error:
        met = reason(error)
    if met != NOT_REFUSED:
        concert.refusals[met] += 1
    tried = Attempt(title, frozenset(expected.split("|")), met)
    concert.say(f"{'refused' if tried.ok else 'WRONG'}: {title}: {met}")
    return tried


def reason(error: ContingError) -> str:
    """The stable name of a refusal."""
    match error:
        case GatewayRefused():
            return error.code
        case ProgramRefused():
            return error.name.lower()
        case AccountFrozen():
            return "account_frozen"
        case _:
            return type(error).__name__


# At the sale


async def cheat_at_the_sale(concert: Concert, first: Fan, second: Fan) -> list[Attempt]:
    """What people try who were let in, while seats are left."""
    race = await _race(concert, first, second)
    return [
        await attempt(
            concert, "the same seat twice at once", "seat_held",
            _raise(race.refusal),
        ),
        await attempt(
            concert, "hold a seat with another person's admission", "not_admitted",
            _hold_with_anothers_pass(concert, race, first, second),
        ),
        await attempt(
            concert, "pay less than the price (through the gateway)", "price_above_limit",
            _order_for_less(concert, race),
        ),
        await attempt(
            concert, "buy without admission (straight to the chain)", "not_admitted",
            _buy_without_the_gateway(concert, second),
        ),
        await attempt(
            concert, "pay less than the price (straight to the chain)", "price_above_limit",
            _buy_on_chain(concert, second, concert.stage.admission, seat=1, price_off=1),
        ),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Race:
    """Two people asked for one seat at the same time: who holds it, and what the other met."""

    winner: Fan
    section: int
    seat: int
    refusal: GatewayRefused


async def _race(concert: Concert, first: Fan, second: Fan) -> Race:
    """Both ask for a seat that is free, until just one of them has it."""
    while True:
        section, seat = await find_seat(concert, first)
        results = await asyncio.gather(
            *(
                fan.gateway.hold(
                    concert.event, section=section, seat=seat, admission_pass=fan.admission_pass
                )
                for fan in (first, second)
            ),
            return_exceptions=True,
        )
        match results:
            case [GatewayRefused() as refusal, Hold()]:
                return Race(second, section, seat, refusal)
            case [Hold(), GatewayRefused() as refusal]:
                return Race(first, section, seat, refusal)
            case [Hold(), Hold()]:
                raise StageError(f"two people hold seat {seat} of section {section}")
            case [GatewayRefused(), GatewayRefused()]:  # somebody else was faster than both
                continue
            case _:
                raise StageError(f"the race for a seat ended in {results}")


async def _raise(refusal: GatewayRefused) -> None:
    raise refusal


async def _hold_with_anothers_pass(concert: Concert, race: Race, thief: Fan, owner: Fan) -> None:
    await thief.gateway.hold(
        concert.event,
        section=race.section,
        seat=race.seat,
        admission_pass=owner.admission_pass,
    )


async def _order_for_less(concert: Concert, race: Race) -> None:
    fan = race.winner
    try:
        await fan.gateway.purchase(
            fan.wallet,
            await event_view(concert, fan.gateway),
            section=race.section,
            seat=race.seat,
            device_key=fan.device.key,
            max_price=SECTIONS[race.section][2] - 1,
            admission_pass=fan.admission_pass,
            idempotency_key=f"cheap-{fan.order_key}",
        )
    finally:
        await fan.gateway.release(concert.event, section=race.section, seat=race.seat)


async def _buy_without_the_gateway(concert: Concert, fan: Fan) -> None:
    await _buy_on_chain(concert, fan, fan.wallet.keypair, seat=1)


async def _buy_on_chain(
    concert: Concert, fan: Fan, admission: Keypair, *, seat: int, price_off: int = 0
) -> None:
    """Sends a purchase of a seat in section 0 that `admission` signs, whoever that is."""
    wanted = program.buy(
        admission=admission.pubkey(),
        wallet=fan.wallet.key,
        person=self_person_address(fan.wallet.key),
        event=concert.event,
        section=program.section_address(event=concert.event, index=0),
        seat=seat,
        max_price=SECTIONS[0][2] - price_off,
    )
    steps = [wanted]
    if await read_person(concert.rpc, self_person_address(fan.wallet.key)) is None:
        steps.insert(0, register_self(fan.wallet.key, fan.device.key))
    await _send_with(concert, fan, admission, *steps)


async def _send_with(
    concert: Concert, fan: Fan, other: Keypair, *instructions: Instruction
) -> None:
    blockhash = (await concert.rpc.latest_blockhash()).hash
    signers = {each.pubkey(): each for each in (fan.wallet.keypair, other)}
    transaction = sign(build(fan.wallet.key, instructions, blockhash), *signers.values())
    await concert.rpc.send(transaction)


# With a ticket


async def cheat_with_tickets(concert: Concert, holder: Fan, other: Fan) -> list[Attempt]:
    """What can be tried after the sale, before the doors open."""
    return [
        await attempt(
            concert, "buy a sold seat, with the admission key's own signature", "seat_taken",
            _buy_sold_seat(concert, other),
        ),
        await attempt(
            concert, "move the NFT out of the wallet", "account_frozen",
            _move_nft(concert, holder, other.wallet.key),
        ),
        await attempt(
            concert, "a pass before the doors open", "not_open",
            _fetch_pass(holder),
        ),
    ]  # fmt: skip


async def _buy_sold_seat(concert: Concert, fan: Fan) -> None:
    await _buy_on_chain(concert, fan, concert.stage.admission, seat=0)


async def _move_nft(concert: Concert, holder: Fan, to: Pubkey) -> None:
    """The owner's own transfer, as any wallet would send it, to a fresh account of the buyer."""
    assert holder.ticket is not None
    mint = program.mint_address(ticket=holder.ticket)
    owner = holder.wallet.key
    target = get_associated_token_address(to, mint, TOKEN_2022_PROGRAM_ID)
    transfer = TransferCheckedParams(
        program_id=TOKEN_2022_PROGRAM_ID,
        source=program.token_address(mint=mint, wallet=owner),
        mint=mint,
        dest=target,
        owner=owner,
        amount=1,
        decimals=0,
    )
    await send(
        concert.rpc,
        holder.wallet,
        create_associated_token_account(owner, to, mint, TOKEN_2022_PROGRAM_ID),
        transfer_checked(transfer),
    )


async def _fetch_pass(fan: Fan) -> None:
    assert fan.ticket is not None
    await fan.gateway.new_pass(fan.device, fan.ticket)


# At the doors


@dataclass(frozen=True, slots=True)
class Screenshot:
    """A pass as somebody photographed it."""

    shown: Pass
    owner: Fan


async def take_screenshot(owner: Fan) -> Screenshot:
    """A live pass, kept for later."""
    assert owner.ticket is not None
    return Screenshot(await owner.gateway.new_pass(owner.device, owner.ticket), owner)


async def cheat_at_the_doors(
    concert: Concert, fan: Fan, victim: Fan, refunded: tuple[Fan, Pubkey]
) -> list[Attempt]:
    """What people try at the gates, `fan` with a live pass of their own."""
    return [
        await attempt(
            concert, "another ticket's id with one's own live pass", "bad_signature",
            _swap_ticket(concert, fan, victim),
        ),
        await attempt(
            concert, "answer another's challenge with one's own device key", "bad_signature",
            _answer_for_another(concert, fan, victim),
        ),
        await attempt(
            concert, "a challenge for another's ticket", "not_yours",
            _fetch_for_another(fan, victim),
        ),
        await attempt(
            concert, "enter with a refunded ticket (through the gateway)", "refunded",
            _fetch_refunded(*refunded),
        ),
        await attempt(
            concert, "enter with a refunded ticket (straight to the chain)", "ticket_cooling",
            _write_refunded_entry(concert, refunded[1], refunded[0]),
        ),
        await attempt(
            concert, "the same pass at two gates at once", "replayed|already_in",
            _two_gates(concert, fan),
        ),
        await attempt(
            concert, "enter a second time", "already_in",
            _fetch_pass(fan),
        ),
    ]  # fmt: skip


async def show_screenshot(concert: Concert, screenshot: Screenshot) -> Attempt:
    """The photographed pass at a gate, when its ten seconds are over."""
    await asyncio.sleep(SCREENSHOT_AGE)
    shown = _show(concert, 0, screenshot.shown.encode())
    return await attempt(concert, "a screenshot shown after it expired", "expired", shown)


async def _show(concert: Concert, gate: int, data: bytes) -> str | None:
    """What a gate says to these bytes: None is admitted."""
    answer = await concert.gates[gate].gateway.verify_pass(concert.event, data)
    return None if answer.verdict == "admitted" else str(answer.reason)


async def _swap_ticket(concert: Concert, fan: Fan, victim: Fan) -> str | None:
    assert fan.ticket is not None
    assert victim.ticket is not None
    shown = await fan.gateway.new_pass(fan.device, fan.ticket)
    forged = replace(shown, challenge=replace(shown.challenge, ticket=victim.ticket))
    return await _show(concert, 0, forged.encode())


async def _answer_for_another(concert: Concert, fan: Fan, victim: Fan) -> str | None:
    """The victim's challenge leaked; the thief's device signs in the victim's place."""
    stolen = (await take_screenshot(victim)).shown.challenge
    signature = fan.phone.sign_message(stolen.entry_message().encode())
    return await _show(concert, 0, Pass(stolen, signature).encode())


async def _fetch_for_another(fan: Fan, victim: Fan) -> None:
    assert victim.ticket is not None
    await fan.gateway.challenge(victim.ticket)


async def _fetch_refunded(fan: Fan, ticket: Pubkey) -> None:
    await fan.gateway.challenge(ticket)


async def _write_refunded_entry(concert: Concert, ticket: Pubkey, fan: Fan) -> None:
    """A bribed gate writes the entry itself, with a true signature of the holder's phone."""
    now = await concert.rpc.chain_time()
    issued = Challenge.issue(
        Keypair(),
        session=0,
        issued=now,
        expires=now + MAX_LIFETIME,
        event=concert.event,
        ticket=ticket,
        device_key=fan.device.key,
        nonce=bytes(16),
    )
    shown = Pass(issued, fan.phone.sign_message(issued.entry_message().encode()))
    await concert.gates[0].write_entry(concert.rpc, shown, fan, is_live=False)


async def _two_gates(concert: Concert, fan: Fan) -> str | None:
    """Exactly one gate admits; the fan goes in there. The reason of the other."""
    shown = (await take_screenshot(fan)).shown
    verdicts = await asyncio.gather(
        _show(concert, 0, shown.encode()), _show(concert, 1, shown.encode())
    )
    if verdicts.count(None) != 1:
        return None
    await concert.gates[verdicts.index(None)].write_entry(concert.rpc, shown, fan)
    concert.entered += 1
    return next(verdict for verdict in verdicts if verdict is not None)
