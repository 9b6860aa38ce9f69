"""The command line's options of a node, for `conting localnet` and `python -m conting_localnet`."""

import argparse

from conting_localnet.server import DEFAULT_HOST, DEFAULT_PORT, DEFAULT_SLOT_MS

HIGHEST_PORT = 65_534  # websockets are on the next
LONGEST_SLOT = 10**9  # milliseconds: tests stop the clock by it


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen, how long a slot is, what is loaded at genesis."""
    parser.add_argument("--host", default=DEFAULT_HOST)
    parser.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help="websockets on the next; 0: any free pair"
    )
    parser.add_argument(
        "--slot-ms", type=_slot_ms, default=DEFAULT_SLOT_MS, help="length of a slot"
    )
    parser.add_argument(
        "--bpf-program", action="append", default=[], metavar="ID=FILE.so", help="loaded at genesis"
    )


def _port(text: str) -> int:
    return _between(text, 0, HIGHEST_PORT)


def _slot_ms(text: str) -> int:
    return _between(text, 1, LONGEST_SLOT)


def _between(text: str, least: int, most: int) -> int:
    value = int(text) if text.isdecimal() else least - 1
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
    return value
