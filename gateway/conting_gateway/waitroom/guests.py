"""Whose a place is: a wallet's; where the event names an issuer, a person's whom that vouches for.

Joining asks the read model, which is in memory: whoever has no person there can be given a place a
second later. Taking the turn asks the chain.
"""

from collections.abc import Sequence

from solders.pubkey import Pubkey

from conting_gateway.catalog.service import Catalog
from conting_gateway.errors import NotAttestedError
from conting_gateway.readmodel.service import ReadModel
from conting_gateway.waitroom.errors import BadTicketError


class Guests:
    """Who may have places of a room, given its event's issuer (None: every wallet may).

    A guest is the address of a wallet or of a person, in base58.
    """

    def __init__(self, lists: ReadModel, catalog: Catalog) -> None:
        self._lists = lists
        self._catalog = catalog

    def of(self, issuer: Pubkey | None, wallet: str) -> Sequence[str]:
        """All that a wallet stands for, by address. Raises ReadModelLoadingError."""
        if issuer is None:
            return [wallet]
        return [str(each) for each in self._lists.vouched(issuer, Pubkey.from_string(wallet))]

    def find(self, issuer: Pubkey | None, wallet: str, person: str | None = None) -> str:
        """Who joins: the first of them, or `person`. Raises NotAttestedError, as `of` does."""
        guests = self.of(issuer, wallet)
        if issuer is None or (guests and person is None):
            return guests[0]
        if person is None or person not in guests:
            raise NotAttestedError(_refusal(issuer, wallet if person is None else person))
        return person

    async def require(self, issuer: Pubkey | None, wallet: Pubkey, guest: str) -> None:
        """That the wallet stands for a guest at this moment of the chain.

        Raises BadTicketError, NotAttestedError.
        """
        if issuer is None:
            if guest != str(wallet):
                raise BadTicketError
            return
        person = await self._catalog.fresh_person(Pubkey.from_string(guest))
        if person is None or (person.wallet, person.issuer) != (wallet, issuer):
            raise BadTicketError
        if person.revoked or await self._catalog.now() >= person.valid_until:
            raise NotAttestedError(
                f"Issuer {issuer} vouches for {guest} no longer; have it renewed, and come back: "
                "the place is kept as long as any turn is."
            )


def _refusal(issuer: Pubkey, who: str) -> str:
    return (
        f"Issuer {issuer}, whom this event trusts, vouches for no person of {who}. Have it attest "
        f"you (GET /v1/issuers/{issuer} says where), and join again a second later."
    )
