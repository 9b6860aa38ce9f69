"""Which manifests a scanner goes by, and which it refuses and stays with the one before."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from conting_client import BadSignature, ManifestHead
from conting_client.gate_api import ManifestFile
from conting_client.manifest import Manifest, ManifestBuilder, pack_lines
from conting_client.scanner import Alarm, Connection, GateLog, Keeper, Outside, Upkeep
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.client.offline_world import NOW, World

Change = Callable[[ManifestHead], ManifestHead]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def log(world: World, tmp_path: Path) -> Iterator[GateLog]:
    log = open_log(world, tmp_path)
    yield log
    log.close()


def open_log(world: World, folder: Path) -> GateLog:
    return GateLog(folder / "log", event=world.event, gate=world.gate.pubkey(), session=0)


def keeper_of(world: World, log: GateLog) -> Keeper:
    return Keeper(log, event=world.event, gate=world.gate.pubkey(), session=0)


def file_of(
    head: ManifestHead, found: Manifest, by: Keypair, *, lines: Manifest | None = None
) -> ManifestFile:
    """The whole manifest, signed; `lines`: those of another one in their place."""
    sent = lines or found
    return ManifestFile(
        head=head.encode(),
        signature=bytes(head.sign(by)),
        full=True,
        tickets=pack_lines(sent.tickets),
        entries=pack_lines(sent.entries),
    )


@pytest.mark.attack
@pytest.mark.parametrize(
    "change",
    [
        lambda head: replace(head, event=Pubkey.new_unique()),
        lambda head: replace(head, gate=Pubkey.new_unique()),
        lambda head: replace(head, session=1),
    ],
)
def test_what_was_made_for_another_gate_event_or_session_is_refused(
    world: World, log: GateLog, change: Change
) -> None:
    keeper, found = keeper_of(world, log), world.manifest()
    keeper.take(file_of(world.head(found), found, world.gateway))
    before = keeper.known
    with pytest.raises(BadSignature):
        keeper.take(file_of(change(world.head(found)), found, world.gateway))
    assert keeper.known is before


@pytest.mark.attack
def test_another_challenge_key_than_the_first_one_is_refused_unless_it_names_that(
    world: World, log: GateLog
) -> None:
    keeper, found, thief = keeper_of(world, log), world.manifest(), Keypair()
    keeper.take(file_of(world.head(found), found, world.gateway))
    forged = world.head(found, challenge_key=thief.pubkey())
    with pytest.raises(BadSignature):
        keeper.take(file_of(forged, found, thief))
    turned = replace(forged, other_key=world.gateway.pubkey())
    with pytest.raises(BadSignature):  # the key that it names has not signed it
        keeper.take(file_of(turned, found, world.gateway))
    keeper.take(file_of(turned, found, thief))
    with pytest.raises(BadSignature):  # from then on that one is known
        keeper.take(file_of(world.head(found), found, world.gateway))


@pytest.mark.attack
def test_the_organisers_manifest_is_signed_by_the_organiser(world: World, log: GateLog) -> None:
    """It vouches for a challenge key, and pins none."""
    keeper, found, organiser = keeper_of(world, log), world.manifest(), Keypair()
    head = world.head(found)
    with pytest.raises(BadSignature):
        keeper.take(file_of(head, found, world.gateway), signer=organiser.pubkey())
    assert keeper.known is None
    keeper.take(file_of(head, found, organiser), signer=organiser.pubkey())
    other = Keypair()
    keeper.take(file_of(replace(head, challenge_key=other.pubkey()), found, other))


@pytest.mark.attack
def test_other_lines_than_the_signed_ones_are_refused(world: World, log: GateLog) -> None:
    keeper, found = keeper_of(world, log), world.manifest()
    forged = world.manifest(world.line(device=Keypair().pubkey()))
    with pytest.raises(BadSignature):
        keeper.take(file_of(world.head(found), found, world.gateway, lines=forged))
    assert keeper.known is None


@pytest.mark.anyio
async def test_without_a_gateway_a_round_is_over_at_once(world: World, log: GateLog) -> None:
    alarms = list[tuple[Alarm, str]]()
    out = Outside(None, lambda *told: alarms.append(told), secrets.token_bytes)
    connection = Connection(world.gate, out)
    upkeep = Upkeep(log, keeper_of(world, log), connection, out, is_writer=True)
    assert not await upkeep.round()
    assert not await upkeep.finish()
    assert not connection.is_up
    assert not alarms


def test_a_start_goes_on_with_what_was_kept_and_only_if_it_is_whole(
    world: World, log: GateLog
) -> None:
    keeper, found = keeper_of(world, log), world.manifest()
    keeper.take(file_of(world.head(found), found, world.gateway))
    again = keeper_of(world, log)
    assert again.known == keeper.known
    keeper.revoke()
    known = keeper_of(world, log).known
    assert known is not None
    assert known.revoked
    newer = world.head(found, issued=NOW + 1)
    keeper.take(file_of(newer, found, world.gateway))  # the organiser has given it the right again
    known = keeper_of(world, log).known
    assert known is not None
    assert (known.head, known.revoked) == (newer, False)
    empty = ManifestBuilder(world.event, 0, 1001).build()
    keeper.take(file_of(world.head(empty), empty, world.gateway))  # all tickets were given back
    assert keeper_of(world, log).known == keeper.known
    keeper.take(file_of(newer, found, world.gateway))
    (index,) = found.tickets
    log.put_lines({"tickets": {index: b""}}, {}, full=False)
    again = keeper_of(world, log)  # who is in is in the log all the same
    assert (again.known, again.version) == (None, b"")
    again.take(file_of(newer, found, world.gateway))
    assert keeper_of(world, log).known == again.known
    log.put("manifest head", b"damaged")
    assert keeper_of(world, log).known is None
