"""`conting gate` without servers: keys, pictures, words."""

import io
import json
import sqlite3
from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path

import pytest
from conting_cli.gate.night import evidence_text
from conting_cli.gate.words import SENTENCES, Teller, _status_text, verdict_text
from conting_cli.main import main
from conting_client import GateReason, QrUnreadable, from_image, load_keypair, save_keypair, to_png
from conting_client.gate_api import Disagreement, Word
from conting_client.scanner import Alarm, GateLog, ScanVerdict
from PIL import Image
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.client.offline_world import World

EVENT = str(Pubkey.from_bytes(b"\x03" * 32))


def test_new_makes_a_key_file_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "north.json"
    assert main(["gate", "new", "--key", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["key"] == str(load_keypair(path).pubkey())
    assert path.stat().st_mode & 0o777 == 0o600
    assert main(["gate", "new", "--key", str(path)]) == 1
    assert "conting:" in capsys.readouterr().err
    assert told["key"] == str(load_keypair(path).pubkey())


def test_a_scanner_alone_answers_line_by_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "north.json"
    main(["gate", "new", "--key", str(key)])
    picture = tmp_path / "code.png"
    picture.write_bytes(to_png(b"\xffnot a pass"))
    lines = [b64encode(b"hello").decode(), "ff00", "zz top", str(picture), "gone.png"]
    lines += ["/screen", "/what", "/status", "/quit", "never read"]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
    capsys.readouterr()
    assert main(["gate", "scan", "--event", EVENT, "--key", str(key), "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert told[0]["ready"]
    assert [each["reason"] for each in told[1:5]] == ["malformed"] * 4
    assert [each.get("problem") for each in told[5:8]] == ["unreadable", None, "unknown_command"]
    assert len(b64decode(told[6]["screen"])) == 162
    assert told[8]["status"]["to_hand_over"] == 0
    assert len(told) == 9


@pytest.mark.attack
@pytest.mark.parametrize("option", [[], ["--scans-only"]])
def test_a_code_writes_no_verdict_on_the_operators_screen(
    option: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By what moves a terminal's cursor, clears its line and hides what follows."""
    key = tmp_path / "north.json"
    main(["gate", "new", "--key", str(key)])
    code = "\x1b[1G\x1b[2KIN         section 0, seat 12\x1b[8m"
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{code}.png\n{code}\n/{code}\n"))
    capsys.readouterr()
    assert main(["gate", "scan", "--event", EVENT, "--key", str(key), *option]) == 0
    shown = capsys.readouterr().out
    assert len(shown.splitlines()) == 4
    assert shown.replace("\n", "").isprintable()


@pytest.mark.attack
def test_a_code_has_no_file_read_where_readers_type_what_codes_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key, picture = tmp_path / "north.json", tmp_path / "code.png"
    main(["gate", "new", "--key", str(key)])
    picture.write_bytes(b"no picture")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{picture}\ngone.png\n"))
    capsys.readouterr()
    asked = ["gate", "scan", "--event", EVENT, "--key", str(key), "--json", "--scans-only"]
    assert main(asked) == 0
    _, *told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each.get("reason") for each in told] == ["malformed"] * 2


@pytest.mark.attack
def test_a_log_whose_counts_somebody_has_changed_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The scanner goes on: its verdicts do not hang on a number for the report."""
    log, key = str(tmp_path / "log"), str(tmp_path / "north.json")
    main(["gate", "new", "--key", key])
    scan = ["gate", "scan", "--event", EVENT, "--key", key, "--log", log, "--json"]
    monkeypatch.setattr("sys.stdin", io.StringIO("zz top\n/quit\n"))
    assert main(scan) == 0
    with sqlite3.connect(log) as db:
        db.execute("UPDATE state SET value = '{' WHERE name = 'refused offline'")
    db.close()
    capsys.readouterr()
    monkeypatch.setattr("sys.stdin", io.StringIO("/status\nzz top\n/quit\n"))
    assert main(scan) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    said = [each["problem"] for each in told if "problem" in each]
    assert said == ["log_fault"]
    assert [each["reason"] for each in told if "reason" in each] == ["malformed"]


def test_a_log_belongs_to_one_gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = str(tmp_path / "log")
    for name, code in (("north", 0), ("south", 1)):
        key = str(tmp_path / f"{name}.json")
        main(["gate", "new", "--key", key])
        monkeypatch.setattr("sys.stdin", io.StringIO(""))
        assert main(["gate", "scan", "--event", EVENT, "--key", key, "--log", log]) == code
    assert "the log of another gate" in capsys.readouterr().err


def test_every_reason_has_words() -> None:
    assert set(SENTENCES) == set(GateReason)
    for reason in GateReason:
        assert verdict_text(ScanVerdict(reason, 1)).startswith(f"OUT        {reason.value}: ")
    assert verdict_text(ScanVerdict(None, 1)).startswith("IN")
    assert verdict_text(ScanVerdict(None, 1, repeated=True)).startswith("AGAIN")


@pytest.mark.parametrize("reason", [GateReason.ALREADY_IN, GateReason.REPLAYED])
def test_who_is_in_already_is_named_so_that_a_supervisor_can_take_it_back(
    reason: GateReason,
) -> None:
    assert f"; ticket {EVENT}" in verdict_text(
        ScanVerdict(reason, 1, ticket=Pubkey.from_string(EVENT))
    )


def test_an_alarm_that_stands_is_told_once_a_minute_and_a_turn_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, out = 1000.0, io.StringIO()
    monkeypatch.setattr("time.monotonic", lambda: now)
    teller = Teller(out, as_json=True)
    for _ in range(40):
        teller.alarm(Alarm.LOG_FULL, "no room")
        teller.alarm(Alarm.CLOCK_SKEW, "set it right")
        now += 2
    teller.alarm(Alarm.LOG_FULL, "another reason")
    for turn in (Alarm.OFFLINE, Alarm.ONLINE, Alarm.NOT_WRITER) * 2:
        teller.alarm(turn, "")
    told = [json.loads(line)["alarm"] for line in out.getvalue().splitlines()]
    standing = ["log_full", "clock_skew"] * 2 + ["log_full"]
    assert told == standing + ["offline", "online", "not_writer"] * 2


def test_json_lines_leave_out_what_is_not_so() -> None:
    out = io.StringIO()
    Teller(out, as_json=True).verdict(ScanVerdict(GateReason.EXPIRED, 5))
    told = {"verdict": "refused", "reason": "expired", "repeated": False, "offline": False, "at": 5}
    assert json.loads(out.getvalue()) == told


def test_a_picture_reads_back_as_the_bytes_of_its_code() -> None:
    data = bytes(Keypair()) * 3
    assert from_image(to_png(data)) == data


def test_pictures_without_a_code_are_told_so() -> None:
    blank = io.BytesIO()
    Image.new("L", (64, 64), 255).save(blank, "PNG")
    for picture in (b"", b"no picture", blank.getvalue(), blank.getvalue()[:40]):
        with pytest.raises(QrUnreadable):
            from_image(picture)


def test_a_status_is_told_in_words() -> None:
    refused = {GateReason.WRONG_GATE: 2, "offline": 1}
    state: dict[str, object] = {"gate": "g", "slot": None, "valid_until": 86_399}
    state["clock_skew"] = -7.2
    told = _status_text(state, {"": 3, "expired": 1}, refused)
    assert dict(line.split(maxsplit=1) for line in told.splitlines() if " " in line.strip()) == {
        "gate": "g",
        "valid_until": "23:59:59 UTC",
        "clock_skew": "7 seconds behind the gateway's",
        "verdicts": "admitted 3; refused: expired 1",
        "refused_alone": "wrong_gate 2, offline 1",
    }


def test_evidence_is_told_though_a_gate_names_a_time_that_no_calendar_has() -> None:
    """A rogue gate signs what it likes (`Scan` takes times up to 2^40)."""
    honest, rogue = Keypair().pubkey(), Keypair().pubkey()
    first = Word(honest, 1_800_000_000, offline=False, nonce="aa" * 16, scan=None)
    second = Word(rogue, 2**40 - 1, offline=True, nonce="bb" * 16, scan=None)
    told = evidence_text(Disagreement(first, second)).splitlines()
    with_gateway = "let the ticket in with the gateway at 2027-01-15 08:00:00 UTC"
    assert told[0].startswith(f"gate {honest} {with_gateway}: ")
    assert told[1].startswith(f"gate {rogue} let the ticket in by itself at 1099511627775: ")


def test_a_scanner_that_was_revoked_is_nobodys_writer(tmp_path: Path) -> None:
    world = World()
    log = GateLog(tmp_path / "log", event=world.event, gate=world.gate.pubkey(), session=0)
    known, told = world.known(), []
    for each in (known, replace(known, revoked=True)):
        out = io.StringIO()
        Teller(out, as_json=True).ready(log, each)
        told.append(json.loads(out.getvalue())["writer"])
    log.close()
    assert told == [True, False]


@pytest.mark.parametrize("group", ["300", "256", "-1", "x", "1.5"])
def test_a_group_that_is_none_is_told(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["gate", "approve", "--event", EVENT, "--gate", EVENT, "--group", group])
    assert left.value.code == 2
    assert f"{group} is not the number of a gate group" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "text", "problem"),
    [
        *(("--rpc", text, "is no address such as") for text in ("nonsense", "http://", "ws://x")),
        *(("--gateway", text, "is no address such as") for text in ("tickets.example", "http://[")),
        *(("--gateway", f"http://127.0.0.1:{port}", "is no address such as") for port in ("x", 0)),
        *(
            ("--rpc", text, "is no address such as")
            for text in ("http://x:65536", "http://300.1.1.1")
        ),
        *(("--patience", text, "is no number of seconds") for text in ("-1", "0", "nan", "x")),
        *(("--every", text, "is no number of seconds") for text in ("0", "inf")),
    ],
)
def test_an_option_that_could_not_work_is_told_before_the_doors(
    option: str, text: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["gate", "scan", "--event", EVENT, "--key", "k.json", f"{option}={text}"])
    assert left.value.code == 2
    assert f"{text} {problem}" in capsys.readouterr().err


@pytest.mark.parametrize("more", [[], ["--gateway", "http://127.0.0.1:9"]])
def test_taking_over_without_the_gateway_is_told(
    more: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "chief.json"
    save_keypair(Keypair(), key)
    asked = ["gate", "scan", "--event", EVENT, "--key", str(key), "--take-over", *more]
    assert main(asked) == 1
    assert capsys.readouterr().err.startswith("conting: --take-over needs the gateway")


@pytest.mark.parametrize("action", ["report", "evidence"])
def test_a_gateway_that_is_not_there_is_told(
    action: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, nobody = tmp_path / "wallet.json", "http://127.0.0.1:9"
    save_keypair(Keypair(), key)
    asked = ["gate", action, "--event", EVENT, "--key", str(key), "--gateway", nobody]
    assert main(asked) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"conting: unreachable: {nobody} cannot be reached: ")
