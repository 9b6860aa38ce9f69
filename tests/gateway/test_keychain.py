"""Keys in a keychain: the one of keyrings.alt that is a file, and machines that have none."""

import contextlib
import json
import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import keyring
import pytest
from conting_client import save_keypair
from conting_gateway.config import Settings
from conting_gateway.keychain import KeychainEntry, KeychainError
from conting_gateway.keys import KeyFileError, load_keys
from conting_gateway.main import read_again
from keyring.backend import KeyringBackend
from keyring.core import load_keyring
from keyrings.alt.file import PlaintextKeyring
from pydantic import ValidationError
from solders.keypair import Keypair

pytestmark = pytest.mark.slow

NONE = "keyring.backends.fail.Keyring"
EMPTY = "keyring.backends.null.Keyring"
A, B = (Keypair.from_seed(bytes([n]) * 32) for n in (1, 2))


@contextlib.contextmanager
def using(backend: KeyringBackend) -> Iterator[None]:
    keyring.set_keyring(backend)
    try:
        yield
    finally:
        keyring.set_keyring(load_keyring(NONE))


class Locked(KeyringBackend):
    """Answers once somebody has unlocked it."""

    priority = 0.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._entries: dict[tuple[str, str], str] = {}
        self.asked, self.unlocked = Event(), Event()

    def set_password(self, service: str, username: str, password: str) -> None:
        self._entries[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        self.asked.set()
        return self._entries.get((service, username)) if self.unlocked.wait(60) else None


@pytest.fixture
def keychain(tmp_path: Path) -> Iterator[None]:
    backend = PlaintextKeyring()
    backend.file_path = str(tmp_path / "keychain.cfg")
    with using(backend):
        yield


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """As an operator sets them."""
    monkeypatch.setenv("CONTING_CHALLENGE_KEY", "keychain:conting/challenge")
    return Settings()


def put(name: str, text: str) -> None:
    keyring.set_password("conting", name, text)


def put_ring(*entries: dict[str, object]) -> None:
    put("challenge", json.dumps({"keys": entries}))


def refusal(settings: Settings) -> str:
    with pytest.raises(KeyFileError) as refused:
        load_keys(settings, lambda: 50, bytes)
    assert "the challenge key" in str(refused.value)
    return str(refused.value)


@pytest.mark.usefixtures("keychain")
def test_a_key_is_read_from_the_keychain_and_turned_there(settings: Settings) -> None:
    put("challenge", A.to_json())
    keys = load_keys(settings, lambda: 50, bytes)
    assert keys.challenge.signer == A
    put("challenge", B.to_json())
    assert keys.challenge.signer == A
    keys.reload(settings)
    assert keys.challenge.signer == B


@pytest.mark.usefixtures("keychain")
def test_a_ring_in_the_keychain_names_entries_and_whole_paths(
    settings: Settings, tmp_path: Path
) -> None:
    put("a", A.to_json())
    save_keypair(B, tmp_path / "b.json")
    put_ring({"file": "keychain:conting/a", "until": 60}, {"file": str(tmp_path / "b.json")})
    accepted = load_keys(settings, lambda: 50, bytes).challenge.accepted()
    assert {each.key: each.until for each in accepted}[A.pubkey()] == 60
    assert {each.key for each in accepted} == {A.pubkey(), B.pubkey()}


@pytest.mark.usefixtures("keychain")
def test_a_ring_file_names_entries_of_the_keychain(tmp_path: Path) -> None:
    put("a", A.to_json())
    path = tmp_path / "ring.json"
    path.write_text(json.dumps({"keys": [{"file": "keychain:conting/a"}]}))
    keys = load_keys(Settings(challenge_key=path), lambda: 50, bytes)
    assert keys.challenge.signer == A


@pytest.mark.usefixtures("keychain")
def test_a_ring_in_the_keychain_has_no_files_beside_it(settings: Settings) -> None:
    put_ring({"file": "b.json"})
    assert "b.json" in refusal(settings)


@pytest.mark.usefixtures("keychain")
def test_an_entry_that_is_missing_is_named_and_changes_nothing(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    assert "keychain:conting/challenge" in refusal(settings)
    assert "no such entry" in refusal(settings)
    put("challenge", A.to_json())
    keys = load_keys(settings, lambda: 50, bytes)
    keyring.delete_password("conting", "challenge")
    with caplog.at_level(logging.ERROR):
        keys.reload(settings)
    assert "no such entry" in caplog.text
    assert keys.challenge.signer == A


@pytest.mark.usefixtures("keychain")
@pytest.mark.parametrize("text", ["[1, 2, 3]", "my secret words", "{}", '{"keys": [{"file": 1}]}'])
def test_an_entry_that_is_no_key_is_named_and_not_told(settings: Settings, text: str) -> None:
    put("challenge", text)
    said = refusal(settings)
    assert "keychain:conting/challenge" in said
    assert text not in said


def test_a_machine_without_a_keychain_or_with_an_empty_one_is_told_so(settings: Settings) -> None:
    with using(load_keyring(NONE)):
        assert "no keychain" in refusal(settings)
    with using(load_keyring(EMPTY)):
        assert "no such entry" in refusal(settings)


def test_a_keychain_that_fails_in_its_own_way_is_told(settings: Settings, tmp_path: Path) -> None:
    backend = PlaintextKeyring()
    backend.file_path = str(tmp_path / "broken.cfg")
    Path(backend.file_path).write_text("this is no file of a keychain")
    with using(backend):
        assert "does not answer" in refusal(settings)


def test_a_keychain_that_waits_for_its_owner_holds_nothing_up(settings: Settings) -> None:
    locked = Locked()
    keys = load_keys(Settings(challenge_key=None), lambda: 50, bytes)
    before = keys.challenge.signer
    with using(locked):
        put("challenge", B.to_json())
        read_again(keys, settings)
        assert locked.asked.wait(60)
        assert keys.challenge.signer == before
        locked.unlocked.set()
        ends = time.monotonic() + 60
        while keys.challenge.signer == before and time.monotonic() < ends:
            time.sleep(0.01)
    assert keys.challenge.signer == B


def test_without_the_library_it_says_what_to_install(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert "conting[keychain]" in refusal(settings)


@pytest.mark.parametrize("text", ["keychain:", "keychain:conting", "keychain:/a", "keychain:a/"])
def test_a_setting_that_names_no_entry_is_refused(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTING_ADMISSION_KEY", text)
    with pytest.raises(ValidationError, match="keychain:SERVICE/NAME") as refused:
        Settings()
    assert refused.value.errors()[0]["loc"] == ("admission_key",)


def test_a_path_stays_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("keys/a.json", "123", '{"service": "a", "name": "b"}'):
        monkeypatch.setenv("CONTING_ADMISSION_KEY", text)
        assert Settings().admission_key == Path(text)


def test_an_entry_is_written_as_it_is_read() -> None:
    entry = KeychainEntry.parse("keychain:conting/hall/challenge")
    assert entry == KeychainEntry("conting", "hall/challenge")
    assert KeychainEntry.parse(str(entry)) == entry
    with using(load_keyring(NONE)), pytest.raises(KeychainError):
        entry.read()
