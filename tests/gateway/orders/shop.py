"""Holding, ordering and paying for a seat, over HTTP."""

import secrets

from conting_client import DeviceKey, DevicePublicKey, Wallet, from_base64, sign, to_base64
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.gateway.chain import PRICE, Chain, Show
from tests.gateway.support import Gateway, Json
from tests.gateway.waitroom.rooms import open_room, open_sale


async def on_sale(gateway: Gateway, chain: Chain, *, seats: int = 20, limit: int = 4) -> Show:
    """A show whose sale is open, behind a quick waiting room."""
    show = await chain.make_show(gateway.keys.admission.pubkey(), seats=seats, limit=limit)
    await open_room(gateway, chain, show)
    await open_sale(gateway, chain, show)
    return show


async def both_on_sale(gateway: Gateway, chain: Chain) -> tuple[Show, Show]:
    """Two shows whose sales are open at the same time."""
    admission = gateway.keys.admission.pubkey()
    one, other = await chain.make_show(admission), await chain.make_show(admission)
    for show in (one, other):
        await open_room(gateway, chain, show)
    for show in (one, other):
        await open_sale(gateway, chain, show)
    return one, other


def holds(show: Show) -> str:
    return f"/v1/events/{show.address}/holds"


def hold_body(seat: int, admission: str) -> Json:
    return {"section": 0, "seat": seat, "admission_pass": admission}


async def hold(gateway: Gateway, show: Show, who: Wallet, seat: int, admission: str) -> Json:
    return await gateway.ok("POST", holds(show), who=who, body=hold_body(seat, admission))


def buy_body(
    show: Show, seat: int, admission: str, device: DevicePublicKey, price: int = PRICE
) -> Json:
    return {
        "event": str(show.address),
        "section": 0,
        "seat": seat,
        "device_key": str(device),
        "max_price": price,
        "admission_pass": admission,
    }


def once() -> dict[str, str]:
    return {"idempotency-key": secrets.token_hex(8)}


async def order(
    gateway: Gateway,
    show: Show,
    who: Wallet,
    seat: int,
    admission: str,
    *,
    device: DevicePublicKey | None = None,
) -> Json:
    body = buy_body(show, seat, admission, device or Keypair().pubkey())
    return await gateway.ok("POST", "/v1/orders/buy", who=who, body=body, headers=once())


def signed(built: Json, *wallets: Wallet) -> Json:
    keypairs = [wallet.keypair for wallet in wallets]
    return {"transaction": to_base64(sign(from_base64(built["transaction"]), *keypairs))}


async def submit(gateway: Gateway, who: Wallet, built: Json) -> Json:
    path = f"/v1/orders/{built['order']}/submit"
    return await gateway.ok("POST", path, who=who, body=signed(built, who))


async def bought(
    gateway: Gateway, show: Show, who: Wallet, seat: int, admission: str, *, phone: DeviceKey
) -> Pubkey:
    """A seat, held, ordered, paid: the ticket's address."""
    await hold(gateway, show, who, seat, admission)
    built = await order(gateway, show, who, seat, admission, device=phone.key)
    done = await submit(gateway, who, built)
    assert done["state"] == "done"
    return Pubkey.from_string(done["account"])
