"""What the holder of a ticket tries with the NFT, and others with the holder's money."""

from collections.abc import Sequence

import pytest
from conting_client.generated.ticket import ErrorCode, mint_address, token_address
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from spl.token.constants import TOKEN_2022_PROGRAM_ID
from spl.token.instructions import (
    create_associated_token_account,
    get_associated_token_address,
)

from tests.e2e.people import Fan, Show, Town, code_of, refund_of
from tests.e2e.refusals import failure, refused_by_chain

pytestmark = [pytest.mark.anyio, pytest.mark.attack]

# TokenError and TokenInstruction of SPL Token, whose numbers Token-2022 keeps
# (solana-program/token interface/src/error.rs, instruction.rs).
OWNER_MISMATCH, FIXED_SUPPLY, NON_NATIVE_HAS_BALANCE, ACCOUNT_FROZEN = 4, 5, 11, 17
TRANSFER, APPROVE, SET_AUTHORITY, MINT_TO, BURN, CLOSE_ACCOUNT, THAW = 3, 4, 6, 7, 8, 9, 11
TRANSFER_CHECKED, APPROVE_CHECKED, BURN_CHECKED = 12, 13, 15
MINT_TOKENS, ACCOUNT_OWNER, ACCOUNT_CLOSE = 0, 2, 3  # AuthorityType
ONE = (1).to_bytes(8, "little")


@pytest.fixture(scope="module")
async def holder(town: Town, sale: Show) -> Fan:
    """Nothing that is tried here succeeds, so one holder serves for all of it."""
    holder = await town.newcomer()
    await town.sell(sale, holder, 100)
    return holder


def token_call(octets: Sequence[int] | bytes, *keys: Pubkey, owner: Pubkey) -> Instruction:
    """A call of Token-2022 that the owner signs, at the end of the accounts."""
    metas = [AccountMeta(key, is_signer=False, is_writable=True) for key in keys]
    signer = AccountMeta(owner, is_signer=True, is_writable=False)
    return Instruction(TOKEN_2022_PROGRAM_ID, bytes(octets), [*metas, signer])


def call(name: str, owner: Pubkey, token: Pubkey, mint: Pubkey, friend: Pubkey) -> Instruction:
    """One way to get the NFT out of the wallet; `friend` is who is to have it."""
    purse = get_associated_token_address(friend, mint, TOKEN_2022_PROGRAM_ID)
    to_friend = bytes([1, *bytes(friend)])
    match name:
        case "Transfer":
            return token_call([TRANSFER, *ONE], token, purse, owner=owner)
        case "TransferChecked":
            return token_call([TRANSFER_CHECKED, *ONE, 0], token, mint, purse, owner=owner)
        case "Approve":
            return token_call([APPROVE, *ONE], token, friend, owner=owner)
        case "ApproveChecked":
            return token_call([APPROVE_CHECKED, *ONE, 0], token, mint, friend, owner=owner)
        case "SetAuthority(AccountOwner)":
            return token_call([SET_AUTHORITY, ACCOUNT_OWNER, *to_friend], token, owner=owner)
        case "SetAuthority(CloseAccount)":
            return token_call([SET_AUTHORITY, ACCOUNT_CLOSE, *to_friend], token, owner=owner)
        case "SetAuthority(MintTokens)":
            return token_call([SET_AUTHORITY, MINT_TOKENS, *to_friend], mint, owner=owner)
        case "Burn":
            return token_call([BURN, *ONE], token, mint, owner=owner)
        case "BurnChecked":
            return token_call([BURN_CHECKED, *ONE, 0], token, mint, owner=owner)
        case "CloseAccount":
            return token_call([CLOSE_ACCOUNT], token, owner, owner=owner)
        case "ThawAccount":
            return token_call([THAW], token, mint, owner=owner)
        case "MintTo":
            return token_call([MINT_TO, *ONE], mint, token, owner=owner)
        case _:
            raise AssertionError(name)


REFUSALS = {
    "Transfer": ACCOUNT_FROZEN,
    "TransferChecked": ACCOUNT_FROZEN,
    "Approve": ACCOUNT_FROZEN,
    "ApproveChecked": ACCOUNT_FROZEN,
    "SetAuthority(AccountOwner)": ACCOUNT_FROZEN,
    "SetAuthority(CloseAccount)": ACCOUNT_FROZEN,
    "SetAuthority(MintTokens)": FIXED_SUPPLY,
    "Burn": ACCOUNT_FROZEN,
    "BurnChecked": ACCOUNT_FROZEN,
    "CloseAccount": NON_NATIVE_HAS_BALANCE,
    "ThawAccount": OWNER_MISMATCH,
    "MintTo": ACCOUNT_FROZEN,
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_the_nft_stays_where_it_is(town: Town, holder: Fan, name: str) -> None:
    friend, owner = Keypair().pubkey(), holder.wallet.key
    mint = mint_address(ticket=holder.ticket)
    token = token_address(mint=mint, buyer=owner)
    purse = create_associated_token_account(owner, friend, mint, TOKEN_2022_PROGRAM_ID)
    tried = [purse, call(name, owner, token, mint, friend)]
    assert (await failure(town, tried, holder.wallet.keypair)).code == REFUSALS[name]


async def test_only_the_holder_gives_a_ticket_back(town: Town, sale: Show, holder: Fan) -> None:
    thief = await town.newcomer()
    stolen = refund_of(sale, holder, thief.wallet.key)
    await refused_by_chain(town, ErrorCode.NOT_YOUR_TICKET, [stolen], thief.wallet.keypair)
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
    await town.sell(sale, fan, 101)
    money = await town.money(sale)
    await town.refund(sale, fan)
    left = await town.money(sale)
    assert left < money
    answer = await fan.post("/v1/orders/refund", {"ticket": str(fan.ticket)})
    assert (answer.status_code, code_of(answer)) == (409, "refunded")
    again = await failure(town, [refund_of(sale, fan, fan.wallet.key)], fan.wallet.keypair)
    assert again.code is not None
    assert await town.money(sale) == left
