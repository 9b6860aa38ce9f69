"""What the issuer's desks have in common: what they work with, and whom they know."""

from conting_client.generated.family import Person
from solders.pubkey import Pubkey
from solders.signature import Signature

from conting_gateway.issuer.chain import IssuerChain
from conting_gateway.issuer.errors import OtherPersonsError
from conting_gateway.issuer.keys import IssuerKeys
from conting_gateway.issuer.proofs import Proofs


class Desk:
    """One issuer's; `valid_for` is how long it vouches for somebody, in seconds."""

    def __init__(
        self, keys: IssuerKeys, chain: IssuerChain, proofs: Proofs, valid_for: int
    ) -> None:
        self._keys = keys
        self._chain = chain
        self._proofs = proofs
        self._valid_for = valid_for

    @property
    def _authority(self) -> Pubkey:
        return self._keys.authority.pubkey()

    def _require_desk(
        self, action: str, challenge: str, desk: Signature, /, **facts: object
    ) -> Pubkey:
        help_desk = self._keys.help_desk.pubkey()
        self._proofs.require(action, challenge, {help_desk: desk}, **facts)
        return help_desk

    async def _known(self, address: Pubkey) -> Person:
        person = await self._chain.person(address)
        if person is None or person.issuer != self._keys.issuer:
            raise OtherPersonsError
        return person
