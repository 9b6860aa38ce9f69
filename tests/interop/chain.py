"""A node, seen from the tests: people with money, transactions, refusals."""

from dataclasses import dataclass
from typing import Final

from conting_client import ChainError, Rpc, Wallet, build, sign
from solders.instruction import Instruction
from solders.keypair import Keypair

SOL: Final = 1_000_000_000  # lamports


@dataclass(frozen=True)
class Chain:
    """The node, and somebody with money on it."""

    url: str
    rpc: Rpc
    wallet: Wallet

    async def person(self) -> Wallet:
        """Somebody else with money."""
        wallet = Wallet.generate()
        await self.rpc.airdrop(wallet.key, 100 * SOL)
        return wallet

    async def send(
        self, payer: Wallet, *instructions: Instruction, others: tuple[Keypair, ...] = ()
    ) -> None:
        """Sends them in one transaction; raises ChainError if the chain refuses it."""
        recent = await self.rpc.latest_blockhash()
        transaction = build(payer.key, instructions, recent.hash)
        await self.rpc.send(sign(transaction, payer.keypair, *others))

    async def refused(self, payer: Wallet, instruction: Instruction) -> ChainError:
        """The error with which the chain refuses the instruction."""
        try:
            await self.send(payer, instruction)
        except ChainError as error:
            return error
        raise AssertionError("it was not refused")
