"""The parts of one issuer, and how it comes to be on chain."""

from dataclasses import dataclass
from typing import Final

from conting_client import ChainError, Rpc, RpcRefused, build, sign
from conting_client.generated import family
from conting_client.generated.family import Issuer
from conting_client.history import History
from solders.pubkey import Pubkey

from conting_gateway.clock import Clock, Entropy
from conting_gateway.errors import ChainUnavailableError
from conting_gateway.issuer.chain import IssuerChain
from conting_gateway.issuer.config import IssuerSettings
from conting_gateway.issuer.homes import FamilyDesk
from conting_gateway.issuer.keys import IssuerKeys
from conting_gateway.issuer.persons import PersonDesk
from conting_gateway.issuer.proofs import Proofs
from conting_gateway.limits.service import LocalLimits
from conting_gateway.tokens import TokenKeys

MAINNET: Final = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d"
SOL: Final = 1_000_000_000  # lamports
LEAST: Final = SOL  # that the authority pays families and fees from
GIFT: Final = 10 * SOL


class CannotIssueError(RuntimeError):
    """The issuer does not start; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Issuing:
    """What the routes use."""

    keys: IssuerKeys
    chain: IssuerChain
    proofs: Proofs
    persons: PersonDesk
    families: FamilyDesk
    limits: LocalLimits

    @classmethod
    def of(
        cls, settings: IssuerSettings, rpc: Rpc, keys: IssuerKeys, clock: Clock, entropy: Entropy
    ) -> "Issuing":
        """For the issuer of these keys."""
        chain = IssuerChain(rpc, keys.authority)
        tokens = TokenKeys.from_secrets(keys.secret)
        proofs = Proofs(keys.issuer, tokens, settings.passkeys, clock=clock, entropy=entropy)
        return cls(
            keys,
            chain,
            proofs,
            PersonDesk(keys, chain, proofs, settings.valid_for),
            FamilyDesk(keys, chain, proofs, settings.valid_for),
            LocalLimits(clock, settings.asks_per_minute),
        )

    async def about(self) -> Issuer:
        """The issuer's account. Raises ChainUnavailableError while it is not there."""
        found = await self.chain.issuer(self.keys.issuer)
        if found is None:
            raise ChainUnavailableError
        return found


async def register(settings: IssuerSettings, rpc: Rpc, keys: IssuerKeys, *, uri: str = "") -> None:
    """Puts the issuer on chain, with where it is found, unless it is there.

    Never on mainnet, whatever the settings say. Raises CannotIssueError.
    """
    if await History(rpc).genesis() == MAINNET:
        raise CannotIssueError("a development issuer does not attest anybody on mainnet")
    chain, authority = IssuerChain(rpc, keys.authority), keys.authority.pubkey()
    await _fund(rpc, authority)
    if await chain.issuer(keys.issuer) is None:
        call = family.register_issuer(
            founder=authority,
            help_desk=keys.help_desk.pubkey(),
            notice=settings.notice,
            cool_down=settings.cool_down,
            name=settings.name,
            uri=uri,
        )
        recent = await rpc.latest_blockhash()
        try:
            await rpc.send(sign(build(authority, [call], recent.hash), keys.authority))
        except ChainError as error:  # another process of the same keys was faster, or it is amiss
            if await chain.issuer(keys.issuer) is None:
                raise CannotIssueError(f"the chain does not take the issuer: {error}") from error
    found = await chain.issuer(keys.issuer)
    if found is None or found.authority != authority:
        raise CannotIssueError("the issuer of these keys has handed its authority on")


async def _fund(rpc: Rpc, authority: Pubkey) -> None:
    purse = await rpc.account(authority)
    if purse is not None and purse.lamports >= LEAST:
        return
    try:
        await rpc.airdrop(authority, GIFT)
    except RpcRefused as error:
        raise CannotIssueError(f"send {authority} some SOL: it pays for families") from error
