"""Payment tokens that an organiser could choose, or somebody could break: what then holds."""

import struct

import pytest
from conting_client.generated import ticket
from solders.account import Account
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from tests.programs.shows import LAST_CALL, PRICE, Show, put_coin, put_purse, show
from tests.programs.test_ticket_closing import CLOSE
from tests.programs.test_ticket_coins import refund, withdrawal
from tests.programs.test_ticket_late import DISPUTE
from tests.programs.world import TOKEN, TOKEN_2022, World, refused, swapped

pytestmark = pytest.mark.attack
STATE, FROZEN, USABLE = 108, 2, 1
"""Of a token account (spl-token `state.rs`)."""
TRANSFER = 3
"""Of SPL Token's instructions."""
ACCOUNT_FROZEN, NOT_EMPTIED = f"{TOKEN}: 17", f"{TOKEN}: 11"
"""spl-token `TokenError`."""
WRAPPED_SOL = Pubkey.from_string("So11111111111111111111111111111111111111112")


def put_changed(world: World, key: Pubkey, *, owner: Pubkey | None = None, state: int = 0) -> None:
    """The same account, of another program or in another state."""
    found = world.account(key)
    assert found is not None
    data = bytearray(found.data)
    if state:
        data[STATE] = state
    world.svm.set_account(key, Account(found.lamports, bytes(data), owner or found.owner))


def gift(world: World, source: Pubkey, to: Pubkey, owner: Pubkey, amount: int) -> Instruction:
    """Tokens for nothing."""
    accounts = [
        AccountMeta(source, is_signer=False, is_writable=True),
        AccountMeta(to, is_signer=False, is_writable=True),
        AccountMeta(owner, is_signer=True, is_writable=False),
    ]
    assert world.exists(to)
    return Instruction(TOKEN, struct.pack("<BQ", TRANSFER, amount), accounts)


def test_a_mint_of_the_other_token_program() -> None:
    """Token-2022 could take a fee of every transfer, and a vault would owe more than it has."""
    world = World()
    coin = put_coin(world)
    put_changed(world, coin, owner=TOKEN_2022)
    on = Show(world, coin=coin)
    world.must(on.by_organiser(on.create()))
    refused(on.open_till(), "WRONG_OWNER")
    world.must(on.by_organiser(on.add_section()))
    world.at(on.read_event().sale_opens)
    fan = on.fan()
    signers = [fan.wallet, on.admission]
    purse = on.purse(fan.wallet.pubkey())
    till = put_purse(world, coin, on.vault, 0)
    for key in (purse, till):
        put_changed(world, key, owner=TOKEN_2022)
    call = swapped(on.buy(fan, 1), on.till, till)
    refused(world.send(call, by=signers), "WRONG_OWNER")
    without = swapped(swapped(call, till, ticket.PROGRAM_ID), purse, ticket.PROGRAM_ID)  # None
    refused(world.send(without, by=signers), "WRONG_PAYMENT")


def test_a_purse_of_the_other_token_program() -> None:
    """The till is right, the purse only looks like one."""
    world = World()
    on = show(world, coin=put_coin(world))
    fan = on.fan()
    assert on.coin is not None
    purse = put_purse(world, on.coin, fan.wallet.pubkey(), PRICE)
    put_changed(world, purse, owner=TOKEN_2022)
    call = swapped(on.buy(fan, 1), on.purse(fan.wallet.pubkey()), purse)
    refused(world.send(call, by=[fan.wallet, on.admission]), "WRONG_OWNER")
    assert on.funds() == 0


def test_tokens_whose_issuer_freezes_them() -> None:
    """Nothing is paid meanwhile, and nothing is lost: the same refund goes through afterwards."""
    world = World()
    on = show(world, coin=put_coin(world), refund_share=(10_000, 0, 0))
    fan = on.sell(1)
    purse = on.purse(fan.wallet.pubkey())
    for key in (on.till, purse):
        put_changed(world, key, state=FROZEN)
        refused(world.send(refund(on, 1), by=fan.wallet), ACCOUNT_FROZEN)
        assert (on.funds(), on.read_vault().refundable) == (PRICE, PRICE)
        put_changed(world, key, state=USABLE)
    put_changed(world, purse, state=FROZEN)
    assert on.coin is not None
    other = put_purse(world, on.coin, fan.wallet.pubkey(), 0)
    world.must(world.send(swapped(refund(on, 1), purse, other), by=fan.wallet))
    assert (on.coins(other), on.funds()) == (PRICE, 0)


def test_dust_in_the_till() -> None:
    """Somebody sends one unit before the till is closed: it is withdrawn along with closing."""
    world = World()
    on = show(world, coin=put_coin(world))
    fan = on.sell(1)
    key = fan.wallet.pubkey()
    world.at(DISPUTE)
    world.must(on.by_organiser(withdrawal(on)))
    world.at(CLOSE + LAST_CALL)
    where = {"event": on.event, "section": on.section()}
    gone = ticket.close_ticket(rent_to=key, ticket=on.ticket_of(1), **where)
    section = ticket.close_section(organiser=on.organiser.pubkey(), **where)
    world.must(world.send(gone, section, by=world.actor()))
    world.must(world.send(gift(world, on.purse(key), on.till, key, 1), by=fan.wallet))
    last = ticket.close_event(organiser=on.organiser.pubkey(), event=on.event, till=on.till)
    refused(on.by_organiser(last), NOT_EMPTIED)
    world.must(world.send(withdrawal(on), last, by=on.organiser))
    assert not world.exists(on.till)
    assert on.coins(on.purse(on.organiser.pubkey())) == 101 * PRICE + 1


def test_wrapped_sol_is_a_token_like_others() -> None:
    """Its accounts hold lamports: what is paid in is what the till has, and all is paid out."""
    world = World()
    mint = struct.pack("<I32sQBBI32s", 0, bytes(32), 0, 9, 1, 0, bytes(32))
    world.svm.set_account(WRAPPED_SOL, Account(world.rent_of(WRAPPED_SOL) or 10**9, mint, TOKEN))
    on = show(world, coin=WRAPPED_SOL, refund_share=(5_000, 0, 0))
    fan = on.fan()
    on.purses[fan.wallet.pubkey()] = put_wrapped(world, fan.wallet.pubkey(), 2 * PRICE)
    on.purses[on.organiser.pubkey()] = put_wrapped(world, on.organiser.pubkey(), 0)
    on.sell(1, fan)
    assert on.funds() == PRICE
    assert world.lamports(on.till) == world.rent_of(on.till) + PRICE
    world.must(world.send(refund(on, 1), by=fan.wallet))
    assert world.lamports(on.till) == world.rent_of(on.till) + PRICE // 2
    world.at(DISPUTE)
    world.must(on.by_organiser(withdrawal(on)))
    assert world.lamports(on.till) == world.rent_of(on.till)
    assert on.coins(on.purse(on.organiser.pubkey())) == PRICE // 2
    assert world.lamports(on.vault) == world.rent_of(on.vault)


def put_wrapped(world: World, owner: Pubkey, amount: int) -> Pubkey:
    """A token account of wrapped SOL: its lamports above the rent are the tokens."""
    purse = Pubkey.new_unique()
    rent = world.svm.minimum_balance_for_rent_exemption(165)
    head = struct.pack(
        "<32s32sQ36sBIQ", bytes(WRAPPED_SOL), bytes(owner), amount, bytes(36), USABLE, 1, rent
    )
    world.svm.set_account(purse, Account(rent + amount, head.ljust(165, b"\0"), TOKEN))
    return purse
