"""The sealevel-attacks in programs of our own: refused by the compiler, or of no effect on chain.

The programs are in tests/compiler/safety; docs/safety.md has the table.
"""

import hashlib
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from conting_compiler.diagnostics import UserError
from conting_compiler.driver import compile_program
from conting_compiler.frontend import build
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from tests.compiler.stage import SOL, Stage, pubkey_bytes, u64_bytes

_PROGRAMS = Path(__file__).parent / "safety"
_FOREIGN = Keypair().pubkey()  # a program that the attacker has deployed
_TOKEN_2022 = Pubkey.from_string("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")

REFUSED = {
    "signer_authorization": "E401",
    "account_data_matching": "E402",
    "token_data_matching": "E406",
    "reinitialization": "E402",
    "arbitrary_cpi": "E405",
    "bump_of_the_caller": "E408",
    "pda_sharing": "E403",
    "closing_accounts": "E404",
}
"""Insecure programs that do not compile."""

HARMLESS = {
    "owner_checks",
    "type_cosplay",
    "initialization",
    "duplicate_mutable_accounts",
    "bump_seed_canonicalization",
    "sysvar_address_checking",
}
"""Programs that check nothing themselves, and on which the attack fails."""

pytestmark = [pytest.mark.attack, pytest.mark.slow]


def _stage(name: str) -> Stage:
    return Stage.of(_PROGRAMS / f"{name}.py")


def _class_data(name: str, *parts: bytes) -> bytes:
    return hashlib.sha256(f"account:{name}".encode()).digest()[:8] + b"".join(parts) + bytes(64)


@pytest.mark.parametrize(("name", "code"), REFUSED.items())
def test_the_insecure_program_is_refused_with_its_code(name: str, code: str) -> None:
    with pytest.raises(UserError) as caught:
        build(_PROGRAMS / f"{name}_insecure.py")
    assert {each.code for each in caught.value.diagnostics} == {code}
    assert all(each.help for each in caught.value.diagnostics)


@pytest.mark.parametrize("name", sorted(p.stem for p in _PROGRAMS.glob("*_secure.py")))
def test_the_secure_program_compiles(name: str) -> None:
    assert compile_program(_PROGRAMS / f"{name}.py").elf


@pytest.mark.parametrize("name", sorted(HARMLESS))
def test_the_naive_program_compiles(name: str) -> None:
    assert compile_program(_PROGRAMS / f"{name}_insecure.py").elf


def test_every_program_is_accounted_for() -> None:
    insecure = {p.stem.removesuffix("_insecure") for p in _PROGRAMS.glob("*_insecure.py")}
    assert insecure == REFUSED.keys() | HARMLESS


# --- the attacks, run ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["signer_authorization", "account_data_matching"])
def test_only_the_keeper_who_signs_sets_the_limit(name: str) -> None:
    stage = _stage(f"{name}_secure")
    anna = stage.person("anna").pubkey()
    stage.put("vault", "Vault", pubkey_bytes(anna))
    assert stage.run("set_limit", 7, accounts={"keeper": "mallory"}).error != ""
    assert stage.read("vault").limit == 0
    unsigned = stage.build("set_limit", 7, accounts={"keeper": "anna"})
    metas = [
        AccountMeta(m.pubkey, is_signer=False, is_writable=m.is_writable) for m in unsigned.accounts
    ]
    assert stage.send(Instruction(stage.program, unsigned.data, metas)).error == "NOT_SIGNER"
    assert stage.run("set_limit", 7, accounts={"keeper": "anna"}).error == ""
    assert stage.read("vault").limit == 7


def _token_account(mint: Pubkey, owner: Pubkey, amount: int) -> bytes:
    """spl-token-2022's Account: mint, owner, amount, no delegate, initialised (state 1)."""
    head = pubkey_bytes(mint, owner) + struct.pack("<Q", amount)
    return head + bytes(36) + b"\1" + bytes(165 - len(head) - 37)


def test_tokens_of_others_and_of_other_mints_let_nobody_in() -> None:
    stage = _stage("token_data_matching_secure")
    user = stage.person("user").pubkey()
    mint, other = Keypair().pubkey(), Keypair().pubkey()
    stage.put("club", "Club", pubkey_bytes(mint))
    for owner, of, amount, holder in [
        (other, mint, 1, _TOKEN_2022),
        (user, other, 1, _TOKEN_2022),
        (user, mint, 0, _TOKEN_2022),
        (user, mint, 1, _FOREIGN),
    ]:
        stage.put_raw("tokens", _token_account(of, owner, amount), holder)
        assert stage.run("join").error != ""
    assert stage.read("club").members == 0
    stage.put_raw("tokens", _token_account(mint, user, 1), _TOKEN_2022)
    assert stage.run("join").error == ""
    assert stage.read("club").members == 1


def test_an_account_of_another_program_is_none_of_ours() -> None:
    stage = _stage("owner_checks_insecure")
    mallory = stage.person("keeper").pubkey()
    stage.put_raw("vault", _class_data("Vault", pubkey_bytes(mallory)), _FOREIGN)
    stage.classes["vault"] = "Vault"
    assert stage.run("open_vault").error == "WRONG_OWNER"
    assert stage.read("vault").opened == 0
    stage.put("own", "Vault", pubkey_bytes(mallory))
    assert stage.run("open_vault", accounts={"vault": "own"}).error == ""


def test_a_guest_does_not_pass_for_an_admin() -> None:
    stage = _stage("type_cosplay_insecure")
    mallory = stage.person("keeper").pubkey()
    stage.put("guest", "Guest", pubkey_bytes(mallory))
    assert stage.run("visit").error == ""
    assert stage.run("rule", accounts={"admin": "guest"}).error == "WRONG_CLASS"
    stage.classes["guest"] = "Guest"
    assert stage.read("guest").number == 1


def test_what_is_made_cannot_be_made_again() -> None:
    stage = _stage("initialization_insecure")
    assert stage.run("create", accounts={"boss": "anna"}).error == ""
    anna = stage.places["anna"]
    again = stage.run("create", accounts={"boss": "mallory"})
    assert again.error == "NOT_EMPTY"
    assert stage.run("create_if_empty", accounts={"boss": "mallory"}).error == ""
    assert stage.read("rules").boss == anna


def test_another_program_is_not_called() -> None:
    stage = _stage("arbitrary_cpi_secure")
    evil = Stage.of(_PROGRAMS / "owner_checks_insecure.py")
    stage.svm.add_program(_FOREIGN, evil.compiled.elf)
    stage.places["memo"] = _FOREIGN
    outcome = stage.run("note")
    assert outcome.error != ""
    assert not any(f"{_FOREIGN} invoke" in line for line in outcome.logs)
    stage.places["memo"] = Pubkey.from_string("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr")
    assert stage.run("note").error == ""


def test_one_account_does_not_stand_for_two() -> None:
    stage = _stage("duplicate_mutable_accounts_insecure")
    keeper = stage.person("keeper").pubkey()
    stage.put("source", "Purse", pubkey_bytes(keeper) + u64_bytes(10))
    stage.put("target", "Purse", pubkey_bytes(keeper))
    both = stage.run("give", 10, accounts={"target": "source"})
    assert both.error == "SAME_ACCOUNT_TWICE"
    assert stage.read("source").coins == 10
    assert stage.run("give", 10).error == ""
    assert (stage.read("source").coins, stage.read("target").coins) == (0, 10)


def test_an_address_of_another_bump_is_refused() -> None:
    stage = _stage("bump_seed_canonicalization_insecure")
    player = stage.person("player").pubkey()
    seeds = [b"score", bytes(player)]
    canonical, first = Pubkey.find_program_address(seeds, stage.program)
    others = [a for bump in range(first) if (a := _derived(seeds, bump, stage.program))]
    built = stage.build("join")
    assert built.accounts[1].pubkey == canonical
    for address in others[:3]:
        metas = [*built.accounts]
        metas[1] = AccountMeta(address, is_signer=False, is_writable=True)
        assert stage.send(Instruction(stage.program, built.data, metas)).error == "WRONG_SEEDS"
    assert others
    assert stage.send(built).error == ""
    assert stage.read("score").bump == first


def _derived(seeds: list[bytes], bump: int, program: Pubkey) -> Pubkey | None:
    """The address of these seeds and bump, if it is one; as Solana defines it."""
    data = b"".join([*seeds, bytes([bump]), bytes(program), b"ProgramDerivedAddress"])
    address = Pubkey.from_bytes(hashlib.sha256(data).digest())
    return None if address.is_on_curve() else address


def test_a_closed_account_does_not_live_on() -> None:
    """Revival: the attacker pays the account's rent again in the transaction that closes it."""
    stage = _stage("closing_accounts_secure")
    mallory = stage.person("player").pubkey()
    stage.put("entry", "Entry", pubkey_bytes(mallory) + u64_bytes(5))
    close = stage.build("redeem")
    entry = stage.places["entry"]
    revive = transfer(TransferParams(from_pubkey=mallory, to_pubkey=entry, lamports=SOL))
    assert stage.send(close, revive, close).error != ""  # it cannot be redeemed twice at once
    stage.send(close, revive)
    assert stage.send(close).error != ""
    assert b"".join([stage.data("entry")]).strip(b"\0") == b""


_FAKES: list[Callable[[Stage], Pubkey]] = [
    lambda stage: stage.put_raw("fake", bytes(200), _FOREIGN),
    lambda stage: stage.person("mallory").pubkey(),
]


@pytest.mark.parametrize("fake", _FAKES)
def test_a_false_sysvar_is_refused(fake: Callable[[Stage], Pubkey]) -> None:
    stage = _stage("sysvar_address_checking_insecure")
    stage.put("door", "Door")
    built = stage.build("enter", bytes(16))
    metas = [*built.accounts]
    metas[1] = AccountMeta(fake(stage), is_signer=False, is_writable=False)
    assert stage.send(Instruction(stage.program, built.data, metas)).error == "WRONG_ADDRESS"
    assert len(metas) == 2  # the clock is no account: there is nothing to falsify
