"""What the holder of a ticket tries with the NFT, and others with the holder's money."""

from dataclasses import dataclass

import pytest
from conting_client.generated.ticket import ErrorCode, mint_address, token_address
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from spl.token.constants import TOKEN_2022_PROGRAM_ID
from spl.token.instructions import (
    create_associated_token_account,
    get_associated_token_address,
)

from tests.e2e.asking import code_of
from tests.e2e.people import Fan, Show, Town, refund_of
from tests.e2e.refusals import failure, refused_by_chain

pytestmark = [pytest.mark.anyio, pytest.mark.attack]

# TokenError, TokenInstruction and AuthorityType of SPL Token, whose numbers Token-2022 keeps
# (solana-program/token, interface/src/error.rs and instruction.rs).
OWNER_MISMATCH, FIXED_SUPPLY, NON_NATIVE_HAS_BALANCE, ACCOUNT_FROZEN = 4, 5, 11, 17
TRANSFER, APPROVE, SET_AUTHORITY, MINT_TO, BURN, CLOSE_ACCOUNT, THAW = 3, 4, 6, 7, 8, 9, 11
TRANSFER_CHECKED, APPROVE_CHECKED, BURN_CHECKED = 12, 13, 15
MINT_TOKENS, ACCOUNT_OWNER, ACCOUNT_CLOSE = 0, 2, 3
WRONG_OWNER = 3007  # docs/errors.md, as Anchor numbers it
ONE = (1).to_bytes(8, "little")  # amount u64; the checked ones say the decimals after it


@dataclass(frozen=True)
class Way:
    """A call of Token-2022 that the owner signs, at the end of the accounts, and its refusal."""

    accounts: tuple[str, ...]
    octets: tuple[int, ...]
    code: int
    names_friend: bool = False
    """Whether the new authority, an Option<Pubkey>, stands at the end of the data."""


WAYS = {
    "Transfer": Way(("token", "purse"), (TRANSFER, *ONE), ACCOUNT_FROZEN),
    "TransferChecked": Way(("token", "mint", "purse"), (TRANSFER_CHECKED, *ONE, 0), ACCOUNT_FROZEN),
    "Approve": Way(("token", "friend"), (APPROVE, *ONE), ACCOUNT_FROZEN),
    "ApproveChecked": Way(("token", "mint", "friend"), (APPROVE_CHECKED, *ONE, 0), ACCOUNT_FROZEN),
    "SetAuthority(owner)": Way(
        ("token",), (SET_AUTHORITY, ACCOUNT_OWNER), ACCOUNT_FROZEN, names_friend=True
    ),
    "SetAuthority(close)": Way(
        ("token",), (SET_AUTHORITY, ACCOUNT_CLOSE), ACCOUNT_FROZEN, names_friend=True
    ),
    "SetAuthority(mint)": Way(
        ("mint",), (SET_AUTHORITY, MINT_TOKENS), FIXED_SUPPLY, names_friend=True
    ),
    "Burn": Way(("token", "mint"), (BURN, *ONE), ACCOUNT_FROZEN),
    "BurnChecked": Way(("token", "mint"), (BURN_CHECKED, *ONE, 0), ACCOUNT_FROZEN),
    "CloseAccount": Way(("token", "owner"), (CLOSE_ACCOUNT,), NON_NATIVE_HAS_BALANCE),
    "ThawAccount": Way(("token", "mint"), (THAW,), OWNER_MISMATCH),
    "MintTo": Way(("mint", "token"), (MINT_TO, *ONE), ACCOUNT_FROZEN),
}


@pytest.fixture(scope="module")
async def holder(town: Town, sale: Show) -> Fan:
    """Nothing that is tried here succeeds, so one holder serves for all of it."""
    holder = await town.newcomer()
    await town.sell(sale, {100: holder})
    return holder


@pytest.mark.parametrize("name", WAYS)
async def test_the_nft_stays_where_it_is(town: Town, holder: Fan, name: str) -> None:
    way, friend, owner = WAYS[name], Keypair().pubkey(), holder.wallet.key
    mint = mint_address(ticket=holder.ticket)
    keys = {
        "friend": friend,
        "owner": owner,
        "mint": mint,
        "token": token_address(mint=mint, wallet=owner),
        "purse": get_associated_token_address(friend, mint, TOKEN_2022_PROGRAM_ID),
    }
    data = bytes(way.octets) + (bytes([1, *bytes(friend)]) if way.names_friend else b"")
    metas = [AccountMeta(keys[each], is_signer=False, is_writable=True) for each in way.accounts]
    signer = AccountMeta(owner, is_signer=True, is_writable=False)
    purse = create_associated_token_account(owner, friend, mint, TOKEN_2022_PROGRAM_ID)
    tried = [purse, Instruction(TOKEN_2022_PROGRAM_ID, data, [*metas, signer])]
    assert (await failure(town, tried, holder.wallet.keypair)).code == way.code


async def test_only_the_holder_gives_a_ticket_back(town: Town, sale: Show, holder: Fan) -> None:
    thief = await town.newcomer()
    stolen = refund_of(sale, holder, thief.wallet.key)
    await refused_by_chain(town, ErrorCode.WRONG_WALLET, [stolen], thief.wallet.keypair)
    answer = await thief.post("/v1/orders/refund", {"ticket": str(holder.ticket)})
    assert (answer.status_code, code_of(answer)) == (403, "not_yours")


async def test_a_refund_goes_to_who_paid(town: Town, sale: Show, holder: Fan) -> None:
    friend = await town.newcomer()
    right = refund_of(sale, holder, holder.wallet.key)
    at = 1  # paid_by, after the holder
    assert right.accounts[at].pubkey == holder.wallet.key
    accounts = list(right.accounts)
    accounts[at] = AccountMeta(friend.wallet.key, is_signer=False, is_writable=True)
    turned = Instruction(right.program_id, right.data, accounts)
    await refused_by_chain(town, ErrorCode.WRONG_PAYER, [turned], holder.wallet.keypair)


async def test_a_ticket_is_given_back_once(town: Town, sale: Show) -> None:
    fan = await town.newcomer()
    await town.sell(sale, {101: fan})
    money = await town.money(sale)
    await town.refund(sale, fan)
    left = await town.money(sale)
    assert left < money
    answer = await fan.post("/v1/orders/refund", {"ticket": str(fan.ticket)})
    assert (answer.status_code, code_of(answer)) == (409, "refunded")

    # The NFT is burnt, its mint closed: there is nothing that could be given back again.
    again = refund_of(sale, fan, fan.wallet.key)
    assert (await failure(town, [again], fan.wallet.keypair)).code == WRONG_OWNER
    assert await town.money(sale) == left
