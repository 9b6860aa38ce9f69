"""The text that a wallet signs, in the form of Sign-In With Solana.

https://github.com/phantom/sign-in-with-solana: wallets that know it show the domain and warn when
it is not the one of the page.
"""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class SignInMessage:
    """What binds a signature to one place and one moment. Times in Unix seconds."""

    domain: str
    wallet: str
    nonce: str
    issued: int
    expires: int

    def text(self) -> str:
        """The message, as the wallet shows it."""
        return "\n".join(
            (
                f"{self.domain} wants you to sign in with your Solana account:",
                self.wallet,
                "",
                "Signing in costs nothing and moves nothing.",
                "",
                f"URI: https://{self.domain}",
                "Version: 1",
                f"Nonce: {self.nonce}",
                f"Issued At: {_iso(self.issued)}",
                f"Expiration Time: {_iso(self.expires)}",
            )
        )


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
