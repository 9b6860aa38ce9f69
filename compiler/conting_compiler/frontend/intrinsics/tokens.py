"""Builtins of Token-2022 mints and token accounts, and what `init` of them takes."""

from typing import Final

from conting_compiler.frontend.intrinsics.table import (
    ANY_ACCOUNT,
    AUTHORITY,
    MINT,
    SIGNER,
    TOKEN,
    TOKEN_2022,
    Parameter,
    Row,
)
from conting_compiler.ir.typesystem import BOOL, NONE, PUBKEY, STR, U8, U64

_AUTHORITY: Final = Parameter("authority", AUTHORITY)
_MINT: Final = Parameter("mint", MINT)
_AMOUNT: Final = Parameter("amount", U64)
_CPI: Final = (TOKEN_2022,)

METHODS: Final = (
    Row(
        MINT,
        "mint_to",
        "mint.mint_to",
        NONE,
        (Parameter("account", TOKEN, writes=True), _AMOUNT, _AUTHORITY),
        keyword_only=True,
        writes=True,
        programs=_CPI,
    ),
    Row(
        MINT,
        "burn",
        "mint.burn",
        NONE,
        (Parameter("account", TOKEN, writes=True), _AMOUNT, _AUTHORITY),
        keyword_only=True,
        writes=True,
        programs=_CPI,
    ),
    Row(
        MINT,
        "close",
        "mint.close",
        NONE,
        (Parameter("to", ANY_ACCOUNT, writes=True), _AUTHORITY),
        keyword_only=True,
        writes=True,
        programs=_CPI,
    ),
    Row(
        MINT,
        "update_field",
        "mint.update_field",
        NONE,
        (Parameter("field", STR), Parameter("value", STR), _AUTHORITY),
        keyword_only=True,
        writes=True,
        programs=_CPI,
    ),
    Row(
        MINT,
        "give_up_mint_authority",
        "mint.give_up_mint_authority",
        NONE,
        (_AUTHORITY,),
        keyword_only=True,
        writes=True,
        programs=_CPI,
    ),
    Row(MINT, "supply", "mint.supply", U64),
    Row(MINT, "decimals", "mint.decimals", U8),
    Row(
        TOKEN,
        "freeze",
        "token.freeze",
        NONE,
        (_MINT, _AUTHORITY),
        keyword_only=True,
        writes=True,
        programs=_CPI,
    ),
    Row(
        TOKEN,
        "thaw",
        "token.thaw",
        NONE,
        (_MINT, _AUTHORITY),
        keyword_only=True,
        writes=True,
        programs=_CPI,
    ),
    Row(
        TOKEN,
        "transfer",
        "token.transfer",
        NONE,
        (
            _MINT,
            Parameter("to", TOKEN, writes=True),
            _AMOUNT,
            Parameter("decimals", U8),
            _AUTHORITY,
        ),
        keyword_only=True,
        writes=True,
        programs=_CPI,
    ),
    Row(
        TOKEN,
        "set_owner",
        "token.set_owner",
        NONE,
        (Parameter("owner", PUBKEY), _AUTHORITY),
        keyword_only=True,
        writes=True,
        programs=_CPI,
    ),
    Row(
        TOKEN,
        "set_close_authority",
        "token.set_close_authority",
        NONE,
        (Parameter("close_authority", PUBKEY), _AUTHORITY),
        keyword_only=True,
        writes=True,
        programs=_CPI,
    ),
    Row(
        TOKEN,
        "close",
        "token.close",
        NONE,
        (Parameter("to", ANY_ACCOUNT, writes=True), _AUTHORITY),
        keyword_only=True,
        writes=True,
        programs=_CPI,
    ),
    Row(TOKEN, "mint", "token.mint", PUBKEY),
    Row(TOKEN, "owner", "token.owner", PUBKEY),
    Row(TOKEN, "amount", "token.amount", U64),
    Row(TOKEN, "size", "token.size", U64),
)

MINT_INIT: Final = (
    Parameter("payer", SIGNER, writes=True),
    Parameter("decimals", U8),
    Parameter("authority", AUTHORITY),
    Parameter("freeze_authority", ANY_ACCOUNT, optional=True),
    Parameter("permanent_delegate", ANY_ACCOUNT, optional=True),
    Parameter("close_authority", ANY_ACCOUNT, optional=True),
    Parameter("default_frozen", BOOL, optional=True),
)
"""What `init` of an Empty[Token2022Mint] takes besides `seeds` and `metadata`."""

TOKEN_INIT: Final = (
    Parameter("payer", SIGNER, writes=True),
    Parameter("mint", MINT),
    Parameter("authority", ANY_ACCOUNT),
)
"""What `init` of an Empty[Token2022Account] takes besides `seeds`."""

METADATA: Final = (
    Parameter("name", STR),
    Parameter("symbol", STR),
    Parameter("uri", STR),
    Parameter("room", U64, optional=True),
)
"""What `Metadata(…)` takes."""
