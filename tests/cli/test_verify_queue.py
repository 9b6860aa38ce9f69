"""`conting verify-queue` accepts an order that was drawn by the rule, and nothing else."""

import asyncio
import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from conting_cli.main import main
from conting_client import Rpc
from conting_localnet import LocalnetProcess
from solders.pubkey import Pubkey

Document = dict[str, Any]


def document(used: int = 1234, digest: bytes = b"h" * 32, **changes: Any) -> Document:
    """What a gateway publishes, computed by the words of docs/protocols.md."""
    event, secret = bytes(range(32)), b"s" * 32
    slot = used.to_bytes(8, "little")
    seed = hashlib.sha256(b"conting:queue:v1" + event + secret + slot + digest).digest()
    made: Document = {
        "event": str(Pubkey(event)),
        "state": "open",
        "commit": hashlib.sha256(secret).hexdigest(),
        "beacon_slot": used,
        "beacon_used": used,
        "beacon_hash": digest.hex(),
        "secret": secret.hex(),
        "seed": seed.hex(),
        "collected": 50,
        "serving": 3,
        "tail": 60,
        "rate": 5.0,
        "capacity": 10,
    }
    return made | changes


def order(made: Document) -> list[int]:
    seed = bytes.fromhex(made["seed"])

    def rank(number: int) -> bytes:
        return hashlib.sha256(seed + number.to_bytes(8, "little")).digest()

    return sorted(range(1, made["collected"] + 1), key=rank)


def verify(folder: Path, made: Document, *options: str) -> int:
    file = folder / "public.json"
    file.write_text(json.dumps(made))
    return main(["verify-queue", str(file), *options])


def test_the_order_is_the_one_that_the_rule_gives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = document()
    last = order(made)[-1]
    assert verify(tmp_path, made, "--order", "--number", str(last)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == f"number {last} has place 50"
    assert list(map(int, lines[2:])) == order(made)


def test_who_came_later_keeps_the_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in ("51", "60"):
        assert verify(tmp_path, document(), "--number", number) == 0
        assert f"number {number} has place {number}" in capsys.readouterr().out


@pytest.mark.parametrize("number", ["0", "-1", "61"])
def test_a_number_that_nobody_has_is_given_no_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], number: str
) -> None:
    assert verify(tmp_path, document(), "--number", number) == 1
    told = capsys.readouterr()
    assert f"nobody has number {number}: the last one is 60" in told.err
    assert not told.out


@pytest.mark.attack
@pytest.mark.parametrize("content", [b"\xff\xfe", b"[" * 100_000, b'{"event": "'])
def test_a_file_that_is_no_document_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    file = tmp_path / "public.json"
    file.write_bytes(content)
    assert main(["verify-queue", str(file)]) == 1
    assert "the document is no JSON" in capsys.readouterr().err


@pytest.mark.attack
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"secret": (b"t" * 32).hex()}, "secret does not fit"),
        ({"seed": (b"t" * 32).hex()}, "seed does not follow"),
        ({"beacon_hash": (b"t" * 32).hex()}, "seed does not follow"),
        ({"event": str(Pubkey(b"e" * 32))}, "seed does not follow"),
        ({"beacon_used": 1233}, "before the slot named"),
        ({"secret": None, "seed": None, "state": "collecting"}, "not drawn yet"),
        ({"secret": "no hex"}, "hex"),
        ({"capacity": None}, "no public document"),
        ({"collected": 61}, "of 60 numbers 61 are said to be drawn"),
        ({"collected": -1}, "of 60 numbers -1 are said to be drawn"),
    ],
)
def test_what_was_changed_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: Document, said: str
) -> None:
    assert verify(tmp_path, document(**changes)) == 1
    assert said in capsys.readouterr().err


@pytest.mark.attack
def test_what_was_published_before_must_still_stand(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A gateway may draw secrets and slots until it likes the order: what you saw before tells."""
    made = document()
    assert verify(tmp_path, made, "--commit", made["commit"], "--beacon-slot", "1234") == 0
    assert verify(tmp_path, made, "--commit", "00" * 32) == 1
    assert verify(tmp_path, made, "--beacon-slot", "1000") == 1
    assert "before the opening" in capsys.readouterr().err


async def slot_hashes(node: LocalnetProcess) -> dict[int, bytes]:
    async with Rpc(node.rpc_url) as rpc:
        return {slot: bytes(found) for slot, found in (await rpc.slot_hashes()).items()}


@pytest.fixture(scope="module")
def node() -> Iterator[LocalnetProcess]:
    with LocalnetProcess() as node:
        yield node


@pytest.fixture(scope="module")
def hashes(node: LocalnetProcess) -> dict[int, bytes]:
    """Of at least three slots, which the node keeps for minutes."""

    end = time.monotonic() + 60
    while len(found := asyncio.run(slot_hashes(node))) < 3:
        assert time.monotonic() < end, "the node makes no slots"
        time.sleep(0.1)
    return found


def test_a_node_that_knows_the_slot_confirms_the_order(
    tmp_path: Path, node: LocalnetProcess, hashes: dict[int, bytes]
) -> None:
    slot = max(hashes)
    made = document(slot, hashes[slot])
    assert verify(tmp_path, made, "--rpc", node.rpc_url) == 0


@pytest.mark.attack
def test_a_gateway_that_made_up_the_hash_is_found_out_by_any_node(
    tmp_path: Path,
    node: LocalnetProcess,
    hashes: dict[int, bytes],
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = document(max(hashes), b"h" * 32)
    assert verify(tmp_path, made) == 0  # without a node it fits
    assert verify(tmp_path, made, "--rpc", node.rpc_url) == 1
    assert "has another hash" in capsys.readouterr().err


@pytest.mark.attack
def test_a_gateway_that_waited_for_a_better_slot_is_found_out(
    tmp_path: Path,
    node: LocalnetProcess,
    hashes: dict[int, bytes],
    capsys: pytest.CaptureFixture[str],
) -> None:
    *_, named, used = sorted(hashes)
    made = document(used, hashes[used], beacon_slot=named)
    assert verify(tmp_path, made, "--rpc", node.rpc_url) == 1
    assert f"slot {named} had to be used, not {used}" in capsys.readouterr().err


@pytest.mark.attack
def test_a_gateway_that_waited_until_the_node_forgot_is_not_confirmed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It lets the named slot pass and draws with each oldest hash until it likes the order.

    Whether a slot before that one had to be used, the node cannot tell any more.
    """
    with LocalnetProcess(slot_ms=20_000) as node:  # so slow that it forgets none meanwhile
        for seconds in (20 * 600, 20):  # the second one confirms the first
            jump = {"jsonrpc": "2.0", "id": 1, "method": "localnet_advanceTime"}
            httpx2.post(node.rpc_url, json={**jump, "params": [{"seconds": seconds}]})
        hashes = asyncio.run(slot_hashes(node))
        named, used = 3, min(hashes)
        assert used > named
        made = document(used, hashes[used], beacon_slot=named)
        assert verify(tmp_path, made, "--rpc", node.rpc_url) == 1
        assert (
            f"whether a slot from {named} to {used - 1} had to be used" in capsys.readouterr().err
        )
        made = document(used, hashes[used])
        assert verify(tmp_path, made, "--rpc", node.rpc_url) == 0


@pytest.mark.attack
def test_without_a_node_a_later_slot_is_not_called_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing but the document is looked at; only the chain knows what was skipped."""
    assert verify(tmp_path, document(beacon_slot=1000)) == 0
    told = capsys.readouterr().out
    assert "right only if no slot from 1000 to 1233 has a block: ask a node (--rpc)" in told


def test_a_slot_that_the_node_does_not_have_is_told(
    tmp_path: Path,
    node: LocalnetProcess,
    hashes: dict[int, bytes],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert verify(tmp_path, document(max(hashes) + 10**6), "--rpc", node.rpc_url) == 1
    assert "ask an archive" in capsys.readouterr().err


def test_a_node_that_does_not_answer_confirms_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(tmp_path, document(), "--rpc", "http://127.0.0.1:9") != 0
    assert "does not answer" in capsys.readouterr().err


def test_a_gateway_whose_address_is_none_confirms_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["verify-queue", "http://127.0.0.1:x", "--event", str(Pubkey.default())]) == 1
    assert "does not answer" in capsys.readouterr().err
