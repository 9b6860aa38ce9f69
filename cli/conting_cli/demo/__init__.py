"""`conting demo`: a concert from the announcement to the last entry, with the cheats in between."""

import argparse
import asyncio
import fcntl
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from conting_client import ContingError, Rpc, save_keypair
from conting_localnet.process import LocalnetError

from conting_cli.demo import cheats, concert, report
from conting_cli.demo.concert import Concert
from conting_cli.demo.people import Fan
from conting_cli.demo.stage import Ports, Say, Stage, StageError, raise_stage
from conting_cli.project import find_project

SERVE_PORTS: Final = Ports(rpc=8899, gateway=8000)
FOLDER: Final = ".demo"
CAST: Final = 3  # holders that the second half needs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `conting demo`."""
    parser.add_argument(
        "--serve", action="store_true", help="leave everything running until Ctrl-C"
    )


def run(options: argparse.Namespace) -> int:
    """Plays the concert; 0 only if everything came out as it must."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a script's `&` has it ignored
    try:
        return asyncio.run(_play(serve=options.serve))
    except* (StageError, ContingError, LocalnetError) as errors:
        print(f"conting: the concert stopped: {_first(errors)}", file=sys.stderr)
    return 1


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error that came first; what it cancelled comes with it."""
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


async def _play(*, serve: bool) -> int:
    project, say = find_project(Path.cwd()), _progress(_let_sigterm_end_us())
    folder = project.root / FOLDER
    ports = SERVE_PORTS if serve else Ports()
    with _alone_in(folder):
        _clean(folder)
        async with raise_stage(project, folder, say, ports) as stage:
            show, code = await _concert(stage, say, late=concert.LATE if serve else 0)
            if serve:
                _print_urls(stage)
                _leave_keys(show)
                print("running until Ctrl-C", flush=True)
                await asyncio.Event().wait()
    return code


async def _concert(stage: Stage, say: Say, *, late: int) -> tuple[Concert, int]:
    """The show, with so many holders still outside, and the exit code."""
    start = time.monotonic()
    attempts: list[cheats.Attempt] = []

    async def cheat_first(show: Concert, first: Fan, second: Fan) -> None:
        attempts.extend(await cheats.cheat_at_the_sale(show, first, second))

    async with Rpc(stage.rpc_url) as rpc:
        show = await concert.gather(stage, say, rpc, cheat_first)
        await concert.announce(show)
        await concert.queue_up(show)
        say(f"{len(show.holders)} fans bought a seat")
        if len(show.holders) < CAST or not attempts:
            raise StageError(f"the sale failed: {dict(show.refusals)}; see {stage.folder}")
        attempts += await _after_the_sale(show, late)
        books = await report.read_books(show)
        units = await report.compute_units(stage)
    print("\n" + report.table(show, books, units, time.monotonic() - start))
    wrong = report.problems(show, books, attempts)
    for problem in wrong:
        print(f"WRONG: {problem}", file=sys.stderr)
    print(f"QR codes: {stage.folder / 'passes'}")
    return show, 1 if wrong else 0


async def _after_the_sale(show: Concert, outside: int) -> list[cheats.Attempt]:
    """Refund, doors, entries, and what is tried around them."""
    returning, photographed, cheat, *others = show.holders
    show.late, others = others[:outside], others[outside:]
    assert returning.ticket is not None
    refunded = returning, returning.ticket
    attempts = await cheats.cheat_with_tickets(show, cheat, photographed)
    await concert.give_back(show, returning)
    await concert.open_doors(show)
    screenshot = await cheats.take_screenshot(photographed)
    async with asyncio.TaskGroup() as group:
        late = group.create_task(cheats.show_screenshot(show, screenshot))
        await concert.admit(show, others)
        attempts += await cheats.cheat_at_the_doors(show, cheat, photographed, refunded)
    attempts.append(late.result())
    await concert.admit(show, [photographed])
    show.say(f"{show.entered} fans are in")
    return attempts


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Nobody else's concert is in this folder. Raises StageError where one is."""
    folder.mkdir(parents=True, exist_ok=True)
    held = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StageError(f"another demo runs in {folder}; end that one first") from error
        yield
    finally:
        os.close(held)


def _clean(folder: Path) -> None:
    """Empties it: the chain of the last concert is gone."""
    for each in folder.iterdir():
        if each.is_dir():
            shutil.rmtree(each, ignore_errors=True)
        else:
            each.unlink()


def _progress(ended: asyncio.Event) -> Say:
    """Tells what happens; after `ended` nothing more does, also where a cancellation was lost."""
    start = time.monotonic()

    def say(text: str) -> None:
        if ended.is_set():
            raise asyncio.CancelledError
        print(f"{time.monotonic() - start:6.1f} s  {text}", flush=True)

    return say


def _let_sigterm_end_us() -> asyncio.Event:
    """Ends as Ctrl-C does: what runs is stopped on the way out. The event is set by it."""
    ended = asyncio.Event()

    def end() -> None:
        ended.set()
        os.kill(os.getpid(), signal.SIGINT)

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end)
    return ended


def _print_urls(stage: Stage) -> None:
    print(f"gateway    {stage.gateway_url}  (its API: {stage.gateway_url}/docs)")
    print(f"node       {stage.rpc_url}  (websocket: {stage.node.ws_url})")


def _leave_keys(show: Concert) -> None:
    """Whoever plays on has the keys of the organiser, of both gates and of the late holders."""
    folder = show.stage.folder / "keys"
    keys = {"organiser": show.organiser.keypair}
    keys |= {gate.name: gate.wallet.keypair for gate in show.gates}
    for fan in show.late:
        keys |= {f"{fan.name} wallet": fan.wallet.keypair, f"{fan.name} phone": fan.phone}
    folder.mkdir()
    for name, keypair in keys.items():
        save_keypair(keypair, folder / f"{name.replace(' ', '-')}.json")
    print(f"event      {show.event}")
    print(f"keys       {folder}: organiser, both gates, and those who still stand outside:")
    for fan in show.late:
        print(f"  {fan.name}  ticket {fan.ticket}")
