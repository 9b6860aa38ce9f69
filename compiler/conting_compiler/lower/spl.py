"""SPL Token's instructions that programs call, and the Associated Token Account program's.

Bytes: spl-token `instruction.rs` (TokenInstruction), spl-associated-token-account `Create`.
Accounts and numbers of what SPL Token shares with Token-2022 stand in token2022.py.
"""

from dataclasses import replace
from typing import Final

from conting_compiler.lower import token2022
from conting_compiler.lower.cpi import Description, Meta, Number, Part

PROGRAM: Final = bytes.fromhex("06ddf6e1d765a193d9cbe146ceeb79ac1cb485ed5f5b37913a8cf5857eff00a9")
ASSOCIATED: Final = bytes.fromhex(
    "8c97258f4e2489f1bb3d1029148e0d830b5a1399daff1084048e7bd8dbe9f859"
)

_AUTHORITY: Final = Meta("authority", signer=True)
_MINT: Final = Meta("mint", writable=True)
_TOKEN: Final = Meta("token", writable=True)
_TO: Final = Meta("to", writable=True)
_AMOUNT: Final = Number("amount", 64)


def _instruction(data: tuple[Part, ...], *accounts: Meta) -> Description:
    return Description(PROGRAM, data, accounts)


def of_spl(description: Description) -> Description:
    """The same instruction of SPL Token, where the two programs agree on it."""
    return replace(description, program=PROGRAM)


TRANSFER: Final = _instruction((b"\x03", _AMOUNT), _TOKEN, _TO, _AUTHORITY)
APPROVE: Final = _instruction((b"\x04", _AMOUNT), _TOKEN, Meta("delegate"), _AUTHORITY)
REVOKE: Final = _instruction((b"\x05",), _TOKEN, _AUTHORITY)
MINT_TO: Final = _instruction((b"\x07", _AMOUNT), _MINT, _TO, _AUTHORITY)
BURN: Final = _instruction((b"\x08", _AMOUNT), Meta("holder", writable=True), _MINT, _AUTHORITY)
CLOSE: Final = of_spl(token2022.CLOSE)
FREEZE: Final = of_spl(token2022.FREEZE)
THAW: Final = of_spl(token2022.THAW)

CREATE_ASSOCIATED: Final = Description(
    ASSOCIATED,
    (b"\0",),
    (
        Meta("payer", writable=True, signer=True),
        _TOKEN,
        Meta("authority"),
        Meta("mint"),
        Meta("system_program"),
        Meta("token_program"),
    ),
)
