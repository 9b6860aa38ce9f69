"""The issuer's transactions: built, tried out, signed with its own keys, sent and followed."""

from collections.abc import Sequence
from dataclasses import dataclass

from conting_client import (
    ChainError,
    OutcomeUnknown,
    Rpc,
    TransactionChanged,
    TransactionExpired,
    build,
    from_base64,
    instructions_of,
    missing_signers,
    read_person,
    sign,
    signers_of,
    to_base64,
)
from conting_client.dids import subject_of
from conting_client.families import Tree, read_family, read_tree
from conting_client.generated import family
from conting_client.generated.family import Family, Issuer, Person
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from conting_gateway.issuer.errors import (
    FamilyRefusedError,
    NotOursError,
    OutcomeOpenError,
    TooOldError,
)

FOLLOW_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Built:
    """A transaction in base64 that the issuer has signed where it has to; who else has to."""

    transaction: str
    awaits: tuple[Pubkey, ...]


class IssuerChain:
    """Reads what stands on chain, and writes what the issuer attests."""

    def __init__(self, rpc: Rpc, authority: Keypair) -> None:
        self._rpc = rpc
        self._authority = authority

    async def now(self) -> int:
        """Unix seconds of the chain's clock."""
        return await self._rpc.chain_time()

    async def person(self, address: Pubkey) -> Person | None:
        """A person."""
        return await read_person(self._rpc, address)

    async def family(self, address: Pubkey) -> Family | None:
        """A family."""
        return await read_family(self._rpc, address)

    async def issuer(self, address: Pubkey) -> Issuer | None:
        """An issuer."""
        found = subject_of(await self._rpc.account(address))
        return found if isinstance(found, Issuer) else None

    async def tree(self, address: Pubkey) -> Tree:
        """A family's leaves, from the ledger."""
        return await read_tree(self._rpc, address)

    async def build(self, payer: Pubkey, call: Instruction) -> Built:
        """A transaction of this one call for others to sign, signed by the authority if asked to.

        Raises FamilyRefusedError if the chain would refuse it.
        """
        recent = await self._rpc.latest_blockhash()
        transaction = build(payer, [call], recent.hash)
        try:
            await self._rpc.simulate(transaction)
        except ChainError as error:
            raise FamilyRefusedError(error.name.lower(), error.detail) from error
        except TransactionExpired as error:
            raise TooOldError from error
        if self._authority.pubkey() in signers_of(transaction):
            transaction = sign(transaction, self._authority)
        return Built(to_base64(transaction), missing_signers(transaction))

    async def carry_out(self, call: Instruction) -> None:
        """What the authority alone signs and pays. Raises as `submit` does."""
        built = await self.build(self._authority.pubkey(), call)
        await self.submit(built.transaction)

    async def submit(self, text: str) -> str:
        """Sends a transaction that everybody has signed and follows it; its signature.

        Sending it again is safe: the chain runs it once. Raises NotOursError, FamilyRefusedError,
        TooOldError, OutcomeOpenError.
        """
        try:
            transaction = from_base64(text)
            calls = instructions_of(transaction)
        except TransactionChanged as error:
            raise NotOursError(str(error)) from error
        if _programs(calls) != [family.PROGRAM_ID] or missing_signers(transaction):
            raise NotOursError
        try:
            landed = await self._rpc.send(transaction, within=FOLLOW_SECONDS)
        except ChainError as error:
            raise FamilyRefusedError(error.name.lower(), error.detail) from error
        except TransactionExpired as error:
            raise TooOldError from error
        except OutcomeUnknown as error:
            raise OutcomeOpenError from error
        return str(landed.signature)


def _programs(calls: Sequence[Instruction]) -> list[Pubkey]:
    return [each.program_id for each in calls]
