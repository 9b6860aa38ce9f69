"""Key files and the device key's refusals."""

import json
import stat
from pathlib import Path

import pytest
from conting_client import (
    Challenge,
    ChallengeRefused,
    DeviceKey,
    DevicePublicKey,
    Wallet,
    WalletError,
    load_keypair,
)
from solders.keypair import Keypair
from solders.pubkey import Pubkey

GATEWAY = Keypair.from_seed(bytes([1]) * 32)
TICKET = Pubkey.from_bytes(bytes([4]) * 32)


def zeros(size: int) -> bytes:
    return bytes(size)


def challenge_for(
    device: DevicePublicKey, ticket: Pubkey = TICKET, *, session: int = 0
) -> Challenge:
    return Challenge.issue(
        GATEWAY,
        session=session,
        issued=100,
        expires=110,
        event=Pubkey.default(),
        ticket=ticket,
        device_key=device,
        nonce=bytes(16),
    )


@pytest.fixture
def device(tmp_path: Path) -> DeviceKey:
    return DeviceKey.create(tmp_path / "device.json")


def test_answers_its_own_challenge(device: DeviceKey) -> None:
    answered = device.answer(challenge_for(device.key), ticket=TICKET, now=109)
    answered.verify(challenge_key=GATEWAY.pubkey(), device_key=device.key)


@pytest.mark.attack
def test_refuses_another_tickets_challenge(device: DeviceKey) -> None:
    with pytest.raises(ChallengeRefused, match="for the ticket"):
        device.answer(challenge_for(device.key, Pubkey.default()), ticket=TICKET, now=100)


@pytest.mark.attack
def test_refuses_another_devices_challenge(device: DeviceKey) -> None:
    with pytest.raises(ChallengeRefused, match="another device key"):
        device.answer(challenge_for(Keypair().pubkey()), ticket=TICKET, now=100)


@pytest.mark.attack
def test_refuses_the_challenge_of_another_session(device: DeviceKey) -> None:
    """Answered tonight, and kept by a gate that is in with the gateway, it burns tomorrow's."""
    tomorrow = challenge_for(device.key, session=1)
    with pytest.raises(ChallengeRefused, match="for session 1"):
        device.answer(tomorrow, ticket=TICKET, now=100)
    assert device.answer(tomorrow, ticket=TICKET, now=100, session=1).challenge == tomorrow


@pytest.mark.parametrize("now", [110, 2**40])
def test_refuses_an_expired_challenge(device: DeviceKey, now: int) -> None:
    with pytest.raises(ChallengeRefused, match="expired"):
        device.answer(challenge_for(device.key), ticket=TICKET, now=now)


def test_key_files_are_solanas_and_private(tmp_path: Path) -> None:
    path = tmp_path / "id.json"
    wallet = Wallet.generate(zeros)
    wallet.save(path)
    assert bytes(json.loads(path.read_text())) == bytes(Keypair.from_seed(bytes(32)))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Wallet.load(path).key == wallet.key == Keypair.from_seed(bytes(32)).pubkey()


def test_a_device_key_survives_a_restart(tmp_path: Path) -> None:
    made = DeviceKey.create(tmp_path / "device.json", zeros)
    assert DeviceKey.load(tmp_path / "device.json").key == made.key


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "id.json"
    Wallet.generate().save(path)
    before = path.read_bytes()
    with pytest.raises(WalletError, match="File exists"):
        Wallet.generate().save(path)
    with pytest.raises(WalletError, match="File exists"):
        DeviceKey.create(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "text", ["", "{}", "[1, 2]", "null", "7", "[256]", json.dumps([1] * 64), '["a"]', "\ud800"]
)
def test_a_file_that_is_no_key_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "id.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(WalletError, match="is not a key file"):
        load_keypair(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WalletError, match="No such file"):
        load_keypair(tmp_path / "none.json")


def test_no_representation_shows_a_secret(tmp_path: Path) -> None:
    wallet, device = Wallet.generate(zeros), DeviceKey.create(tmp_path / "d.json", zeros)
    secret = str(Keypair.from_seed(bytes(32)))
    assert secret not in repr(wallet) + str(wallet) + repr(device) + str(device)
