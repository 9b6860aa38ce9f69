"""Options that several actions have."""

import argparse
from math import inf
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx2
from solders.pubkey import Pubkey

from conting_cli.project import ProjectError

LOCALNET: Final = "http://127.0.0.1:8899"
GATEWAY: Final = "http://127.0.0.1:8000"
MOST_SESSIONS: Final = 2**16
MOST_GROUPS: Final = 2**8
MOST_SECTIONS: Final = 2**16
MOST_SEATS: Final = 2**32


def address(text: str) -> Pubkey:
    """An address in base58."""
    try:
        return Pubkey.from_string(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not an address") from None


def session(text: str) -> int:
    """The number of a session."""
    return _number(text, "a session", MOST_SESSIONS)


def group(text: str) -> int:
    """The number of a gate group."""
    return _number(text, "a gate group", MOST_GROUPS)


def section(text: str) -> int:
    """The number of a section."""
    return _number(text, "a section", MOST_SECTIONS)


def seat(text: str) -> int:
    """The number of a seat in its section."""
    return _number(text, "a seat", MOST_SEATS)


def _number(text: str, of: str, most: int) -> int:
    if not text.isascii() or not text.isdigit() or int(text) >= most:
        raise argparse.ArgumentTypeError(f"{text} is not the number of {of}")
    return int(text)


def require_session(session: int, sessions: int) -> None:
    """Raises ProjectError for one that an event of so many sessions does not have."""
    if session >= sessions:
        raise ProjectError(f"the event's last session is {sessions - 1}")


def url(text: str) -> str:
    """Where a gateway or a node is."""
    try:
        parts = urlsplit(text)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        httpx2.URL(text)
    except (ValueError, httpx2.InvalidURL):
        fits = False
    if not fits:
        raise argparse.ArgumentTypeError(f"{text} is no address such as https://tickets.example")
    return text


def seconds(text: str) -> float:
    """How long to wait."""
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found < inf:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds above 0")
    return found


def add_event(parser: argparse.ArgumentParser) -> None:
    """--event."""
    parser.add_argument("--event", type=address, required=True, help="address of the event")


def add_session(parser: argparse.ArgumentParser) -> None:
    """--session."""
    help_text = "number of the session, from 0 (%(default)s)"
    parser.add_argument("--session", type=session, default=0, help=help_text)


def add_key(parser: argparse.ArgumentParser, help_text: str) -> None:
    """--key."""
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help=help_text)


def add_rpc(parser: argparse.ArgumentParser) -> None:
    """--rpc."""
    help_text = "Solana node (%(default)s)"
    parser.add_argument("--rpc", type=url, default=LOCALNET, metavar="URL", help=help_text)


def add_gateway(parser: argparse.ArgumentParser) -> None:
    """--gateway."""
    help_text = "gateway (%(default)s)"
    parser.add_argument("--gateway", type=url, default=GATEWAY, metavar="URL", help=help_text)
    add_domain(parser)


def add_domain(parser: argparse.ArgumentParser) -> None:
    """--domain."""
    help_text = "where the gateway's pages live, if it is not below that itself"
    parser.add_argument("--domain", help=help_text)


def add_json(parser: argparse.ArgumentParser) -> None:
    """--json."""
    parser.add_argument("--json", action="store_true", help="JSON instead of text")
