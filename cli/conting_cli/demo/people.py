"""Who plays: fans with a wallet and a phone, gates with a key, an organiser."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from conting_client import (
    DeviceKey,
    GatewayClient,
    Rpc,
    Wallet,
    build,
    check_in_instructions,
    self_person_address,
    sign,
)
from conting_client.passes import Pass
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey


@dataclass(slots=True)
class Fan:
    """A fan: the wallet pays and owns, the device key answers at the gate."""

    name: str
    wallet: Wallet
    phone: Keypair
    """The key inside `device`; an honest fan never sees it."""
    device: DeviceKey
    gateway: GatewayClient
    ticket: Pubkey | None = None
    """What the fan bought."""
    why_not: str | None = None
    """The code with which the fan was refused for good."""
    admission_pass: str = ""
    order_key: str = field(default_factory=lambda: secrets.token_hex(8))


@dataclass(frozen=True, slots=True)
class GateKeeper:
    """A scanner at a door: asks the gateway for a verdict and writes entries with its own key."""

    name: str
    wallet: Wallet
    gateway: GatewayClient

    async def write_entry(self, rpc: Rpc, shown: Pass, fan: Fan, *, is_live: bool = True) -> None:
        """Sends `check_in` for a pass of the fan's. Raises ChainError if the chain refuses it."""
        instructions = check_in_instructions(
            shown,
            gate_key=self.wallet.key,
            person=self_person_address(fan.wallet.key),
            device_key=fan.device.key,
            is_live=is_live,
        )
        await send(rpc, self.wallet, *instructions)


def make_fan(number: int, gateway_url: str) -> Fan:
    """Fan number `number`, with keys of their own."""
    phone, gateway = Keypair(), GatewayClient(gateway_url)
    return Fan(f"fan {number:03}", Wallet.generate(), phone, DeviceKey(phone), gateway)


def make_gate(name: str, gateway_url: str) -> GateKeeper:
    """A scanner with a fresh key."""
    return GateKeeper(name, Wallet.generate(), GatewayClient(gateway_url))


async def send(rpc: Rpc, wallet: Wallet, *instructions: Instruction) -> None:
    """Sends one transaction that the wallet signs and pays, and waits until it is confirmed."""
    blockhash = (await rpc.latest_blockhash()).hash
    await rpc.send(sign(build(wallet.key, instructions, blockhash), wallet.keypair))


def write_png(folder: Path, name: str, png: bytes) -> Path:
    """Leaves a QR code where a person can look at it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name.replace(' ', '-')}.png"
    path.write_bytes(png)
    return path
