"""How NFTs of Token-2022 change owners and end: the same on the real program and in the model."""

from pathlib import Path

import pytest
from conting_compiler.driver import Compiled, compile_program
from conting_compiler.ir.faults import Fault
from seahorse.prelude import Pubkey
from solders.keypair import Keypair

from tests.compiler.differential.pair import Pair, real

SOURCE = """
from seahorse.prelude import *

declare_id('Fg6PaFpoGXkYsidMpWTK6W2BeZ7FEfcYkg476zPFsLnS')


class Box(Account):
    bump: u8

    def seeds(self) -> Seeds:
        return ["box"]


@instruction
def make(
    owner: Signer, box: Empty[Box], mint: Empty[Token2022Mint], token: Empty[Token2022Account]
):
    box = box.init(payer=owner)
    mint = mint.init(
        payer=owner, seeds=["mint"], decimals=0, authority=box, freeze_authority=box,
        permanent_delegate=box, close_authority=box,
        metadata=Metadata(name="Pass", symbol="PASS", uri="https://example.org/pass.json"),
    )
    token = token.init(payer=owner, seeds=["token"], mint=mint, authority=box)
    token.set_close_authority(close_authority=box.key(), authority=box)
    mint.mint_to(account=token, amount=2, authority=box)


@instruction
def make_small(owner: Signer, small: Empty[Token2022Mint]):
    small.init(
        payer=owner, seeds=["small"], decimals=0, authority=owner,
        metadata=Metadata(name="P", symbol="P", uri=""),
    )


@instruction
def make_with_room(owner: Signer, small: Empty[Token2022Mint], room: u64):
    mint = small.init(
        payer=owner, seeds=["small"], decimals=0, authority=owner,
        metadata=Metadata(name="P", symbol="P", uri="", room=room),
    )
    mint.update_field(field="a", value="12345", authority=owner)


@instruction
def tell_small(owner: Signer, small: Token2022Mint, value: str):
    small.update_field(field="a", value=value, authority=owner)
    owner.pay_rent(small)


@instruction
def give(box: Box, token: Token2022Account, to: Pubkey):
    unchecked("a test")
    token.set_owner(owner=to, authority=box)


@instruction
def give_own(owner: Signer, token: Token2022Account, to: Pubkey):
    token.set_owner(owner=to, authority=owner)


@instruction
def let_close(owner: Signer, token: Token2022Account):
    token.set_close_authority(close_authority=owner.key(), authority=owner)


@instruction
def freeze(box: Box, mint: Token2022Mint, token: Token2022Account):
    unchecked("a test")
    token.freeze(mint=mint, authority=box)


@instruction
def thaw(box: Box, mint: Token2022Mint, token: Token2022Account):
    unchecked("a test")
    token.thaw(mint=mint, authority=box)


@instruction
def burn(box: Box, mint: Token2022Mint, token: Token2022Account, amount: u64):
    unchecked("a test")
    mint.burn(account=token, amount=amount, authority=box)


@instruction
def burn_own(owner: Signer, mint: Token2022Mint, token: Token2022Account, amount: u64):
    mint.burn(account=token, amount=amount, authority=owner)


@instruction
def close_token(owner: Signer, box: Box, token: Token2022Account):
    unchecked("a test")
    token.close(to=owner, authority=box)


@instruction
def close_own(owner: Signer, token: Token2022Account):
    token.close(to=owner, authority=owner)


@instruction
def close_mint(owner: Signer, box: Box, mint: Token2022Mint):
    unchecked("a test")
    mint.close(to=owner, authority=box)


@instruction
def close_mint_own(owner: Signer, mint: Token2022Mint):
    mint.close(to=owner, authority=owner)


@instruction
def tell(owner: Signer, box: Box, mint: Token2022Mint, value: str):
    unchecked("a test")
    owner.transfer_lamports(mint, 500_000)
    mint.update_field(field="status", value=value, authority=box)


@instruction
def tell_paid(owner: Signer, box: Box, mint: Token2022Mint, field: str, value: str):
    unchecked("a test")
    mint.update_field(field=field, value=value, authority=box)
    owner.pay_rent(mint)


@instruction
def tell_own(owner: Signer, mint: Token2022Mint):
    mint.update_field(field="status", value="mine", authority=owner)
"""
OWNER, OTHER = (Pubkey.of(bytes(Keypair.from_seed(bytes([n]) * 32).pubkey())) for n in (1, 2))


class Nfts(Pair):
    """Compares lamports; what Token-2022 keeps is compared by what it then allows."""

    def _compare(self, addresses: set[Pubkey]) -> None:
        for address in addresses:
            assert self.chain.lamports(address) == (self.svm.get_balance(real(address)) or 0)
            found = self.svm.get_account(real(address))
            length = 0 if found is None or found.executable else len(found.data)
            assert length == len(self.chain.data(address))

    def do(self, name: str, by: Pubkey = OWNER, **arguments: object) -> int | str:
        named = next(i for i in self.compiled.program.instructions if i.name == name)
        places = {name: self.address(name.encode()) for name in ("box", "mint", "token", "small")}
        places["owner"] = by
        accounts = {each.name: places[each.name] for each in named.accounts}
        return self.run(name, accounts, arguments)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Compiled]:
    source = tmp_path_factory.mktemp("nfts") / "nfts.py"
    source.write_text(SOURCE)
    return source, compile_program(source)


@pytest.fixture
def nfts(program: tuple[Path, Compiled]) -> Nfts:
    made = Nfts(*program, [OWNER, OTHER])
    assert made.do("make") == 0
    return made


def test_the_whole_life(nfts: Nfts) -> None:
    assert nfts.do("tell", value="used") == 0
    assert nfts.do("give", to=OWNER) == 0
    assert nfts.do("burn", amount=2) == 0
    assert nfts.do("close_token") == 0
    assert nfts.do("close_mint") == 0


@pytest.mark.slow
def test_only_the_owner_gives_on_and_only_while_thawed(nfts: Nfts) -> None:
    assert nfts.do("give_own", to=OTHER) == 4
    assert nfts.do("give", to=OWNER) == 0
    assert nfts.do("give", to=OTHER) == 4
    assert nfts.do("freeze") == 0
    assert nfts.do("give_own", to=OTHER) == 17
    assert nfts.do("burn", amount=1) == 17
    assert nfts.do("let_close") == 17
    assert nfts.do("thaw") == 0
    assert nfts.do("give_own", to=OTHER) == 0
    assert nfts.do("give_own", OTHER, to=OWNER) == 0


@pytest.mark.slow
def test_burning(nfts: Nfts) -> None:
    assert nfts.do("burn_own", amount=1) == 4
    assert nfts.do("burn", amount=3) == 1
    assert nfts.do("give", to=OWNER) == 0
    assert nfts.do("burn_own", amount=1) == 0
    assert nfts.do("burn", amount=1) == 0
    assert nfts.do("burn", amount=1) == 1


@pytest.mark.slow
def test_closing(nfts: Nfts) -> None:
    assert nfts.do("close_token") == 11
    assert nfts.do("close_mint") == 28
    assert nfts.do("give", to=OWNER) == 0
    assert nfts.do("let_close") == 4
    assert nfts.do("burn", amount=2) == 0
    assert nfts.do("close_own") == 4
    assert nfts.do("close_mint_own") == 4
    assert nfts.do("close_token") == 0
    assert nfts.do("close_mint") == 0


@pytest.mark.slow
def test_fields_are_the_update_authoritys(nfts: Nfts) -> None:
    assert nfts.do("tell_own") != 0
    assert [nfts.do("tell", value=value) for value in ("valid", "used", "")] == [0, 0, 0]


@pytest.mark.slow
def test_the_rent_of_fields_is_paid(nfts: Nfts) -> None:
    fields = [("seat", "A12"), ("seat", "A"), ("state", "válid"), ("seat", "A" * 300), ("seat", "")]
    for field, value in fields:
        assert nfts.do("tell_paid", field=field, value=value) == 0
    assert nfts.do("burn", amount=2) == 0
    assert nfts.do("close_mint") == 0


@pytest.mark.slow
def test_no_mint_is_as_long_as_a_multisig(nfts: Nfts) -> None:
    assert nfts.do("make_small") == 0
    lengths = []
    for count in range(20, 32):
        assert nfts.do("tell_small", value="x" * count) == 0
        lengths.append(len(nfts.chain.data(nfts.address(b"small"))))
    assert 354 in lengths
    assert 355 not in lengths
    assert nfts.do("tell_small", value="") == 0


@pytest.mark.slow
@pytest.mark.parametrize("room", [14, 35, 10_240])
def test_room_is_paid_with_the_mint(nfts: Nfts, room: int) -> None:
    assert nfts.do("make_with_room", room=room) == 0


@pytest.mark.slow
def test_room_that_no_account_has(nfts: Nfts) -> None:
    assert nfts.do("make_with_room", room=10_241) == Fault.TOO_LONG
    assert nfts.do("make_with_room", room=2**64 - 1) == Fault.TOO_LONG
