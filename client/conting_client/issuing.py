"""What people sign for an issuer, so that it knows who asks: texts, as wallets show them.

docs/family.md has the texts line by line.
"""

from solders.pubkey import Pubkey


def statement(action: str, issuer: Pubkey, challenge: str, /, **facts: object) -> bytes:
    """The bytes that are signed: what is asked of which issuer, about what, and now.

    `challenge` is the issuer's, and lives for minutes. Values have no line ends: they are keys,
    addresses and numbers.
    """
    lines = [
        "conting issuer, version 1",
        f"action: {action}",
        f"issuer: {issuer}",
        *(f"{name}: {value}" for name, value in facts.items()),
        f"challenge: {challenge}",
    ]
    return "\n".join(lines).encode()
