"""`conting phone` without servers: it answers a gate's screen, and says what it cannot use."""

import time
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from conting_cli.main import main
from conting_client import DeviceKey, from_image, to_png
from conting_client.answers import Answer, GateScreen
from solders.keypair import Keypair
from solders.pubkey import Pubkey

EVENT, TICKET = Pubkey.from_bytes(b"\x03" * 32), Pubkey.from_bytes(b"\x04" * 32)


def screen(event: Pubkey = EVENT) -> bytes:
    return GateScreen(Keypair(), event).show(now=int(time.time()), slot=1, nonce=bytes(16)).encode()


def phone(folder: Path) -> list[str]:
    DeviceKey.create(folder / "phone.json")
    words = ("--event", EVENT, "--ticket", TICKET, "--phone", folder / "phone.json")
    return ["phone", "answer", *map(str, words)]


@pytest.mark.parametrize("as_picture", [True, False])
def test_it_answers_what_the_gate_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, as_picture: bool
) -> None:
    shown, words = screen(), phone(tmp_path)
    (tmp_path / "screen.png").write_bytes(to_png(shown))
    seen = str(tmp_path / "screen.png") if as_picture else b64encode(shown).decode()
    out = tmp_path / "answer.png"
    assert main([*words, "--screen", seen, "--out", str(out)]) == 0
    said = b64decode(capsys.readouterr().out)
    assert Answer.decode(said).ticket == TICKET
    assert from_image(out.read_bytes()) == said


def test_at_a_dead_spot_it_says_what_works_without_a_network(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("wallet", "phone"):
        DeviceKey.create(tmp_path / f"{name}.json")
    keys = [f"--{name}={tmp_path / name}.json" for name in ("wallet", "phone")]
    words = ["phone", "pass", "--ticket", str(TICKET), "--gateway", "http://127.0.0.1:9", *keys]
    assert main(words) == 1
    said = capsys.readouterr().err
    assert said.startswith("conting: unreachable: http://127.0.0.1:9 cannot be reached: ")
    assert "answer the gate's screen: conting phone answer" in said


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ("not base64", "neither a picture nor base64"),
        ("gone.png", "cannot read gone.png"),
        (b64encode(b"hello").decode(), "conting: "),
        (b64encode(screen(TICKET)).decode(), f"the gate is one of the event {TICKET}"),
    ],
)
def test_what_it_cannot_use_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], seen: str, why: str
) -> None:
    assert main([*phone(tmp_path), "--screen", seen]) == 1
    said = capsys.readouterr()
    assert why in said.err
    assert said.out == ""
