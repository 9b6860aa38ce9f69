"""A token of SPL Token on a real node: instructions of the two programs that every chain has.

Layouts: spl-token `instruction.rs`, spl-associated-token-account `instruction.rs`.
"""

import struct
from dataclasses import dataclass, field

from conting_client.money import SPL_TOKEN, purse_of
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM
from solders.system_program import CreateAccountParams, create_account

ASSOCIATED = Pubkey.from_string("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL")
MINT_BYTES = 82
MINT_RENT = 1_461_600
"""Lamports that keep a mint alive: (128 + 82) bytes, two years at 3480 a byte and year."""
DECIMALS = 6
TRANSFER, MINT_TO, FREEZE, THAW, INITIALIZE_MINT = 3, 7, 10, 11, 20
CREATE_IDEMPOTENT = 1


@dataclass(frozen=True)
class Coin:
    """A token whose issuer is `authority`: makes, freezes and thaws."""

    authority: Keypair
    key: Keypair = field(default_factory=Keypair)

    @property
    def mint(self) -> Pubkey:
        return self.key.pubkey()

    def issue(self) -> list[Instruction]:
        """Makes the mint; authority and key sign."""
        issuer = self.authority.pubkey()
        room = CreateAccountParams(
            from_pubkey=issuer,
            to_pubkey=self.mint,
            lamports=MINT_RENT,
            space=MINT_BYTES,
            owner=SPL_TOKEN,
        )
        data = struct.pack("<BB32sB32s", INITIALIZE_MINT, DECIMALS, bytes(issuer), 1, bytes(issuer))
        start = Instruction(SPL_TOKEN, data, [writable(self.mint)])
        return [create_account(room), start]

    def hand_out(self, wallet: Pubkey, amount: int) -> list[Instruction]:
        """A purse for this wallet with so much in it; the authority signs and pays."""
        issuer, purse = self.authority.pubkey(), purse_of(wallet, self.mint)
        accounts = [
            AccountMeta(issuer, is_signer=True, is_writable=True),
            writable(purse),
            *(known(key) for key in (wallet, self.mint, SYSTEM, SPL_TOKEN)),
        ]
        make = Instruction(ASSOCIATED, bytes([CREATE_IDEMPOTENT]), accounts)
        give = Instruction(
            SPL_TOKEN,
            struct.pack("<BQ", MINT_TO, amount),
            [writable(self.mint), writable(purse), signer(issuer)],
        )
        return [make, give]

    def freeze(self, wallet: Pubkey, tag: int = FREEZE) -> Instruction:
        """Freezes a purse, or thaws it; the authority signs."""
        purse = purse_of(wallet, self.mint)
        accounts = [writable(purse), known(self.mint), signer(self.authority.pubkey())]
        return Instruction(SPL_TOKEN, bytes([tag]), accounts)


def pass_on(coin: Coin, owner: Pubkey, to: Pubkey, amount: int) -> Instruction:
    """From purse to purse; the owner signs."""
    here, there = purse_of(owner, coin.mint), purse_of(to, coin.mint)
    data = struct.pack("<BQ", TRANSFER, amount)
    return Instruction(SPL_TOKEN, data, [writable(here), writable(there), signer(owner)])


def known(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, is_signer=False, is_writable=False)


def writable(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, is_signer=False, is_writable=True)


def signer(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, is_signer=True, is_writable=False)
