"""Transactions that the chain must refuse: for which reason, and that nothing came of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from conting_client import ChainError, build, sign
from conting_client.generated.ticket import ErrorCode
from solders.compute_budget import set_compute_unit_limit
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

from tests.e2e.people import UNITS, Town

ED25519 = Pubkey.from_string("Ed25519SigVerify111111111111111111111111111")
FEE = 5000  # lamports for each signature, those that the Ed25519 program checks included


@dataclass(frozen=True)
class Kept:
    """An account, byte for byte."""

    owner: Pubkey
    lamports: int
    data: bytes


State = dict[Pubkey, Kept | None]


async def state_of(town: Town, keys: Sequence[Pubkey]) -> State:
    """The accounts as they are in the newest slot; None: there is nothing."""
    found = await town.rpc.accounts(keys, commitment="processed")
    return {
        key: None if info is None else Kept(info.owner, info.lamports, info.data)
        for key, info in zip(keys, found, strict=True)
    }


async def refused_by_chain(
    town: Town, code: ErrorCode, instructions: Sequence[Instruction], *signers: Keypair
) -> None:
    """The program has to refuse the transaction by this code, and leave everything as it was."""
    error = await failure(town, instructions, *signers)
    assert (error.code, error.name) == (code.value, code.name)


async def failure(town: Town, instructions: Sequence[Instruction], *signers: Keypair) -> ChainError:
    """Why a transaction fails that the first signer pays for.

    It is sent twice: as everybody does, and past the node's trial run, so that it lands in a block
    and fails there. All its accounts have to be the same afterwards, but for the fee.
    """
    blockhash = (await town.rpc.latest_blockhash()).hash
    steps = [set_compute_unit_limit(UNITS), *instructions]
    transaction = sign(build(signers[0].pubkey(), steps, blockhash), *signers)
    keys = transaction.message.account_keys
    before = await state_of(town, keys)
    with pytest.raises(ChainError) as tried:
        await town.rpc.send(transaction)
    landed = await fail_on_chain(town, transaction)
    assert (landed.code, landed.name) == (tried.value.code, tried.value.name)
    assert await state_of(town, keys) == _less_fee(before, transaction)
    return landed


def _less_fee(before: State, transaction: VersionedTransaction) -> State:
    message = transaction.message
    checked = sum(
        each.data[0]
        for each in message.instructions
        if message.account_keys[each.program_id_index] == ED25519
    )
    payer = message.account_keys[0]
    purse = before[payer]
    assert purse is not None
    fee = FEE * (message.header.num_required_signatures + checked)
    return before | {payer: replace(purse, lamports=purse.lamports - fee)}


async def fail_on_chain(town: Town, transaction: VersionedTransaction) -> ChainError:
    """Has the transaction run without a trial first; the error that it ended with."""
    await town.send_untried(transaction)
    await town.confirmed(transaction)
    with pytest.raises(ChainError) as caught:
        await town.rpc.outcome(transaction.signatures[0])
    return caught.value
