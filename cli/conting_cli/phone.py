"""`conting phone ACTION`: a fan's phone as a program, to rehearse a night at the doors.

A real phone keeps its key to itself; this one reads it from a file. It prints what the phone shows,
in base64, as `conting gate scan` takes it, and makes the picture of its code.
"""

import argparse
import asyncio
import binascii
from base64 import b64decode, b64encode
from pathlib import Path

from conting_client import (
    ContingError,
    DeviceKey,
    GatewayClient,
    GatewayUnavailable,
    MalformedPass,
    Wallet,
    from_image,
    to_png,
)
from conting_client.answers import GateChallenge

from conting_cli.gate.options import add_event, add_gateway, add_session, address
from conting_cli.project import ProjectError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions, each with its options."""
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    shown = actions.add_parser("pass", help="a pass of the gateway's, good for ten seconds")
    _add_ticket(shown)
    shown.add_argument("--wallet", type=Path, required=True, metavar="FILE", help="who holds it")
    add_gateway(shown)
    shown.set_defaults(do=_pass)
    answer = actions.add_parser("answer", help="the answer to a gate's screen, without a network")
    add_event(answer)
    _add_ticket(answer)
    screen = "picture of the gate's screen, or what /screen prints"
    answer.add_argument("--screen", required=True, help=screen)
    answer.set_defaults(do=_answer)


def _add_ticket(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ticket", type=address, required=True, help="address of the ticket")
    parser.add_argument("--phone", type=Path, required=True, metavar="FILE", help="the phone's key")
    add_session(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="where its picture goes (PNG)")


def run(options: argparse.Namespace) -> int:
    """Does the action; 1 if the gateway, a file or the gate's screen says no."""
    try:
        shown: bytes = options.do(options)
    except GatewayUnavailable as error:
        hint = "without a network, answer the gate's screen: conting phone answer"
        raise ProjectError(f"{error}; {hint}") from error
    except ContingError as error:
        raise ProjectError(str(error)) from error
    print(b64encode(shown).decode())
    if options.out:
        _write(options.out, to_png(shown))
    return 0


def _pass(options: argparse.Namespace) -> bytes:
    return asyncio.run(_fetch_pass(options))


async def _fetch_pass(options: argparse.Namespace) -> bytes:
    device, wallet = DeviceKey.load(options.phone), Wallet.load(options.wallet)
    async with GatewayClient(options.gateway, domain=options.domain) as gateway:
        await gateway.sign_in(wallet)
        return (await gateway.new_pass(device, options.ticket, options.session)).encode()


def _answer(options: argparse.Namespace) -> bytes:
    device, shown = DeviceKey.load(options.phone), GateChallenge.decode(_screen(options.screen))
    return device.answer_gate(
        shown, event=options.event, ticket=options.ticket, session=options.session
    ).encode()


def _screen(text: str) -> bytes:
    if (path := Path(text)).suffix.lower() == ".png":
        return from_image(_read(path))
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedPass("--screen is neither a picture nor base64") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ProjectError(f"cannot read {path}: {error.strerror}") from error


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise ProjectError(f"cannot write {path}: {error.strerror}") from error
