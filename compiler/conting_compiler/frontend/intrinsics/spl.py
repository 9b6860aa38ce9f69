"""Builtins of SPL Token mints and token accounts, spelled as upstream's prelude spells them.

`signer` is the seeds by which an authority signs that is no Signer; an account whose class declares
its seeds signs by itself.
"""

from typing import Final

from conting_compiler.frontend.intrinsics.table import (
    ANY_ACCOUNT,
    AUTHORITY,
    SIGNER,
    SIGNER_SEEDS,
    SPL_MINT,
    SPL_TOKEN,
    TOKEN_PROGRAM,
    Parameter,
    Row,
)
from conting_compiler.ir.typesystem import BOOL, NONE, PUBKEY, U8, U64, MintT, TokenAccountT

_AUTHORITY: Final = Parameter("authority", AUTHORITY)
_SEEDS: Final = Parameter("signer", SIGNER_SEEDS, optional=True)
_MINT: Final = Parameter("mint", SPL_MINT)
_TO: Final = Parameter("to", SPL_TOKEN, writes=True)
_HOLDER: Final = Parameter("holder", SPL_TOKEN, writes=True)
_AMOUNT: Final = Parameter("amount", U64)
_CPI: Final = (TOKEN_PROGRAM,)


def _call(receiver: MintT | TokenAccountT, method: str, *parameters: Parameter) -> Row:
    taken = (*parameters, _SEEDS)
    return Row(receiver, method, f"spl.{method}", NONE, taken, writes=True, programs=_CPI)


METHODS: Final = (
    _call(SPL_MINT, "mint", _AUTHORITY, _TO, _AMOUNT),
    _call(SPL_MINT, "burn", _AUTHORITY, _HOLDER, _AMOUNT),
    _call(SPL_TOKEN, "transfer", _AUTHORITY, _TO, _AMOUNT),
    _call(SPL_TOKEN, "freeze", _AUTHORITY, _MINT),
    _call(SPL_TOKEN, "thaw", _AUTHORITY, _MINT),
    _call(
        SPL_TOKEN,
        "close",
        _AUTHORITY,
        Parameter("to", ANY_ACCOUNT, writes=True),
    ),
    _call(
        SPL_TOKEN,
        "approve",
        _AUTHORITY,
        Parameter("delegate", ANY_ACCOUNT),
        _AMOUNT,
    ),
    _call(SPL_TOKEN, "revoke", _AUTHORITY),
    Row(SPL_MINT, "authority", "mint.authority", PUBKEY),
    Row(SPL_MINT, "freeze_authority", "mint.freeze_authority", PUBKEY),
    Row(SPL_MINT, "supply", "mint.supply", U64),
    Row(SPL_MINT, "decimals", "mint.decimals", U8),
    Row(SPL_TOKEN, "mint", "token.mint", PUBKEY),
    Row(SPL_TOKEN, "authority", "token.owner", PUBKEY),
    Row(SPL_TOKEN, "amount", "token.amount", U64),
)

MINT_INIT: Final = (
    Parameter("payer", SIGNER, writes=True),
    Parameter("decimals", U8),
    Parameter("authority", ANY_ACCOUNT),
    Parameter("freeze_authority", ANY_ACCOUNT, optional=True),
)
"""What `init` of an Empty[TokenMint] takes besides `seeds`."""

TOKEN_INIT: Final = (
    Parameter("payer", SIGNER, writes=True),
    Parameter("mint", SPL_MINT),
    Parameter("authority", ANY_ACCOUNT),
    Parameter("associated", BOOL, optional=True),
)
"""What `init` of an Empty[TokenAccount] takes besides `seeds`."""
