"""A show that sells, and what fans do with their tickets past the gateway."""

from conting_client import Wallet, self_person_address
from conting_client.generated import ticket as program
from solders.instruction import Instruction
from solders.keypair import Keypair

from tests.gateway.chain import Chain, Show
from tests.gateway.support import Gateway


async def on_sale(gateway: Gateway, chain: Chain) -> Show:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    await chain.advance_to(show.opens)
    return show


async def buyer(gateway: Gateway, chain: Chain, show: Show, seat: int) -> Wallet:
    fan = await chain.fund()
    await chain.buy(show, Wallet(gateway.keys.admission), fan, seat, Keypair().pubkey())
    return fan


def refund(show: Show, fan: Wallet, seat: int) -> Instruction:
    ticket, person = show.ticket(seat), self_person_address(fan.key)
    return program.refund(
        holder=fan.key,
        paid_by=fan.key,
        person=person,
        event=show.address,
        section=show.section,
        holding=program.holding_address(event=show.address, person=person),
        ticket=ticket,
        token=program.token_address(mint=program.mint_address(ticket=ticket), wallet=fan.key),
    )
