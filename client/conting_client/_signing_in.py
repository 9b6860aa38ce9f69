"""Is what a gateway wants signed a sign-in of this wallet, and at this gateway?

A gateway that had its fans sign what another one asks for would have their sessions there.
"""

import re
from typing import Final

from conting_client._errors import TransactionChanged

_FIRST: Final = re.compile(r"(\S+) wants you to sign in with your Solana account:")
_NOBODYS: Final = "localhost"  # of development gateways; no other one has it


def require_sign_in(
    message: str, *, wallet: str, nonce: str, host: str, domain: str | None
) -> None:
    """Raises TransactionChanged if it is not.

    `domain` is where the gateway's pages live; where it is None, that is the `host` which was asked
    or a domain above it.
    """
    first, *lines = message.split("\n")
    named = _FIRST.fullmatch(first)
    if named is None or lines[:1] != [wallet] or f"Nonce: {nonce}" not in lines:
        raise TransactionChanged("the gateway wants something else signed than a sign-in")
    found = named[1]
    if not (_is_of(host, found.lower()) if domain is None else found == domain):
        raise TransactionChanged(
            f"{host} wants the wallet to sign in at {found}: name that as the domain if its pages "
            "live there, else it wants a session there in the wallet's name"
        )


def _is_of(host: str, domain: str) -> bool:
    return domain in (host, _NOBODYS) or host.endswith(f".{domain}")
