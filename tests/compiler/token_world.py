"""LiteSVM with a program and the real SPL Token and Associated Token Account programs."""

import struct
from dataclasses import dataclass, field

from solders.instruction import AccountMeta
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.compiler.typed_programs import Chain

SYSTEM = Pubkey.default()
TOKEN = Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
ASSOCIATED = Pubkey.from_string("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL")
MINT_SIZE = 82
ACCOUNT_SIZE = 165


def writes(key: Pubkey, *, signs: bool = False) -> AccountMeta:
    return AccountMeta(key, is_signer=signs, is_writable=True)


def reads(key: Pubkey, *, signs: bool = False) -> AccountMeta:
    return AccountMeta(key, is_signer=signs, is_writable=False)


PROGRAMS = (reads(SYSTEM), reads(TOKEN))


@dataclass
class TokenWorld:
    """A chain, a rich person, and what SPL Token keeps (spl-token `state.rs`)."""

    elf: bytes
    chain: Chain = field(init=False)
    person: Keypair = field(default_factory=Keypair)

    def __post_init__(self) -> None:
        self.chain = Chain(self.elf)
        self.chain.svm.airdrop(self.person.pubkey(), 10**11)

    def address(self, *seeds: bytes) -> Pubkey:
        return Pubkey.find_program_address(list(seeds), self.chain.program)[0]

    def bump(self, *seeds: bytes) -> int:
        return Pubkey.find_program_address(list(seeds), self.chain.program)[1]

    def associated(self, owner: Pubkey, mint: Pubkey) -> Pubkey:
        seeds = [bytes(owner), bytes(TOKEN), bytes(mint)]
        return Pubkey.find_program_address(seeds, ASSOCIATED)[0]

    def put_mint(
        self, authority: Pubkey | None, *, freezer: Pubkey | None = None, owner: Pubkey = TOKEN
    ) -> Pubkey:
        data = _option(authority) + struct.pack("<QBB", 10**6, 6, 1) + _option(freezer)
        return self.chain.put(data, owner)

    def put_token(
        self, mint: Pubkey, holder: Pubkey, amount: int = 0, *, owner: Pubkey = TOKEN
    ) -> Pubkey:
        head = bytes(mint) + bytes(holder) + struct.pack("<Q", amount)
        data = head + bytes(36) + b"\1" + bytes(12 + 8 + 36)
        assert len(data) == ACCOUNT_SIZE
        return self.chain.put(data, owner)

    def data(self, key: Pubkey) -> bytes:
        account = self.chain.svm.get_account(key)
        assert account is not None
        return account.data

    def owner(self, key: Pubkey) -> Pubkey:
        account = self.chain.svm.get_account(key)
        assert account is not None
        return account.owner

    def amount(self, token: Pubkey) -> int:
        return int.from_bytes(self.data(token)[64:72], "little")

    def supply(self, mint: Pubkey) -> int:
        return int.from_bytes(self.data(mint)[36:44], "little")

    def run(
        self,
        name: str,
        *accounts: AccountMeta,
        data: bytes = b"",
        signers: tuple[Keypair, ...] = (),
    ) -> int:
        """0 or the custom error; the person signs where named."""
        named = {meta.pubkey for meta in accounts if meta.is_signer}
        mine = (self.person,) if self.person.pubkey() in named else ()
        return self.chain.run(name, data, accounts, (*mine, *signers))


def _option(key: Pubkey | None) -> bytes:
    return bytes(36) if key is None else b"\1\0\0\0" + bytes(key)
