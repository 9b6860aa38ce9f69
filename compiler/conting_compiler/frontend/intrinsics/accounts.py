"""Builtins of every account, and of lamports."""

from typing import Final

from conting_compiler.frontend.intrinsics.table import (
    ANY_ACCOUNT,
    CLASS,
    EMPTY,
    SIGNER,
    SYSTEM,
    Parameter,
    Row,
)
from conting_compiler.ir.typesystem import BOOL, NONE, PUBKEY, U8, U64

_TRANSFER: Final = (Parameter("to", ANY_ACCOUNT, writes=True), Parameter("amount", U64))

METHODS: Final = (
    Row(ANY_ACCOUNT, "key", "account.key", PUBKEY),
    Row(ANY_ACCOUNT, "lamports", "account.lamports", U64),
    Row(EMPTY, "is_empty", "empty.is_empty", BOOL),
    Row(EMPTY, "bump", "empty.bump", U8),
    Row(
        SIGNER,
        "transfer_lamports",
        "signer.transfer_lamports",
        NONE,
        _TRANSFER,
        writes=True,
        programs=(SYSTEM,),
    ),
    Row(
        SIGNER,
        "pay_rent",
        "signer.pay_rent",
        NONE,
        (Parameter("to", ANY_ACCOUNT, writes=True),),
        writes=True,
        programs=(SYSTEM,),
    ),
    Row(
        CLASS,
        "close",
        "account.close",
        NONE,
        (Parameter("to", ANY_ACCOUNT, writes=True),),
        writes=True,
    ),
    Row(CLASS, "transfer_lamports", "account.transfer_lamports", NONE, _TRANSFER, writes=True),
)
