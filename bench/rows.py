"""What is measured: each row a program of bench/programs, and what others need for the same."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from solders.pubkey import Pubkey

from bench.chain import OWNER_NAME, SYSTEM, Scene, keypair

_ID = Pubkey.from_string("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")
_BUTTER, _ = Pubkey.find_program_address([b"You pass butter"], _ID)
_EMPTY = Scene()
_KEY = keypair("account").pubkey()


@dataclass(frozen=True)
class Row:
    """One program, what is there when it runs, the target, and published compute units."""

    program: str
    scene: Scene = _EMPTY
    less: str | None = None
    """The program whose compute units are taken off: what they share is not what is measured."""
    target: int | None = None
    """Compute units (CU) that it may need at most."""
    max_bytes: int | None = None
    """Bytes that its v3 ELF may have at most."""
    others: Mapping[str, int] = field(default_factory=dict)
    """CU by the name of a framework or language."""
    same_as: str | None = None
    """The row whose file it measures, if not one of its own."""

    @property
    def file(self) -> str:
        """The program's file in bench/programs, without its suffix."""
        return (self.same_as or self.program).replace("-", "_")


def _rosetta(
    rust: int, zig: int, c: int | None = None, pinocchio: int | None = None
) -> dict[str, int]:
    found = {"Rust": rust, "Zig": zig, "C": c, "pinocchio": pinocchio}
    return {name: units for name, units in found.items() if units is not None}


ROWS = (
    Row("hello-world", target=110, max_bytes=500, others=_rosetta(105, 105, 105)),
    Row(
        "transfer-lamports",
        Scene((5,)),
        target=45,
        others=_rosetta(459, 38, 104, 32),
    ),
    Row(
        "pubkey-compare",
        Scene((_KEY,)),
        less="pubkey-base",
        target=15,
        others=_rosetta(14, 15),
    ),
    Row("pubkey-compare-whole", Scene((_KEY,)), same_as="pubkey-compare"),
    Row("pubkey-base", Scene((_KEY,))),
    Row(
        "cpi-allocate-pda",
        Scene((), {"target": _BUTTER, "system": SYSTEM}),
        target=2830,
        others=_rosetta(3698, 2825, 3122, 2816),
    ),
    Row("transfer-cpi", Scene((10**6,)), others={"Rust": 2189, "pinocchio": 1287}),
    Row("init-empty-account", target=3300, others={"Anchor": 4716}),
    Row(
        "init-sized-account", Scene((7,)), others={"Anchor": 4810, "Rust": 2959, "pinocchio": 1526}
    ),
    Row("init-at-key", others={"Anchor": 4716}),
    Row("init-2-at-keys", others={"Anchor": 8379}),
    Row("init-4-at-keys", others={"Anchor": 15699}),
    Row("init-8-at-keys", others={"Anchor": 30347}),
    Row("read-1-account", others={"Anchor": 738}),
    Row("read-2-accounts"),
    Row("read-4-accounts"),
    Row("read-8-accounts", target=250, others={"Anchor": 3500}),
    Row("signers-1", others={"Anchor": 888}),
    Row("signers-2"),
    Row("signers-4"),
    Row("signers-8", others={"Anchor": 3293}),
    Row("unchecked-8", others={"Anchor": 3171, "Rust": 1519, "pinocchio": 101}),
    Row("program-1", Scene(places={"program": SYSTEM}), others={"Anchor": 899}),
    Row("mint-1", others={"Anchor": 1105}),
    Row("token-accounts-1", others={"Anchor": 1237}),
    Row("token-accounts-4", others={"Anchor": 2775}),
    Row("token-transfer", Scene((5,))),
    Row("emit-event", Scene((5,)), others={"Quasar": 100}),
    Row(
        "counter",
        Scene(fields={"counter": bytes(keypair(OWNER_NAME).pubkey()) + struct.pack("<Q", 3)}),
    ),
    Row("close-account", Scene(fields={"box": bytes(keypair(OWNER_NAME).pubkey())})),
)
