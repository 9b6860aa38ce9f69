"""Puts the gateway together: the only module that knows all parts."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib.metadata import version

from conting_client import Rpc
from conting_client.generated.ticket import PROGRAM_ID
from fastapi import FastAPI
from solders.pubkey import Pubkey

from conting_gateway import health, published
from conting_gateway.auth import endpoints as signing_in
from conting_gateway.auth.service import Auth
from conting_gateway.auth.store import AuthStore
from conting_gateway.background import Background
from conting_gateway.catalog import endpoints as catalog
from conting_gateway.catalog.service import Catalog
from conting_gateway.catalog.store import ChainStore
from conting_gateway.clock import Clock, Entropy
from conting_gateway.config import Settings
from conting_gateway.dids import endpoints as dids
from conting_gateway.dids.service import Dids
from conting_gateway.examples import add_examples
from conting_gateway.gate import endpoints as gate
from conting_gateway.gate import night_endpoints as gate_night
from conting_gateway.gate.manifests import Manifests
from conting_gateway.gate.night import Night
from conting_gateway.gate.service import GateDesk
from conting_gateway.gate.store import GateStore
from conting_gateway.handlers import answer_errors
from conting_gateway.keys import Keys
from conting_gateway.limits.middleware import AddressLimit
from conting_gateway.limits.service import Limits, LocalLimits
from conting_gateway.limits.store import LimitStore
from conting_gateway.logs import RequestLog
from conting_gateway.metrics import Metrics
from conting_gateway.orders import endpoints as orders
from conting_gateway.orders.chain import OrderChain
from conting_gateway.orders.hold_store import HoldRules, HoldStore
from conting_gateway.orders.holds import Holds
from conting_gateway.orders.map_store import MapStore
from conting_gateway.orders.plans import Desk
from conting_gateway.orders.seatmap import SeatMaps
from conting_gateway.orders.service import BLOCKHASH_SECONDS, Orders
from conting_gateway.orders.store import OrderStore
from conting_gateway.passes import channel
from conting_gateway.passes import endpoints as passes
from conting_gateway.passes.presence import Means, Presence
from conting_gateway.passes.service import Passes
from conting_gateway.passes.store import PresenceStore
from conting_gateway.readmodel import endpoints as readmodel
from conting_gateway.readmodel import feed_endpoints as feed
from conting_gateway.readmodel import people_endpoints as people
from conting_gateway.readmodel.reading import Reading
from conting_gateway.redis import Redis
from conting_gateway.reference import add_reference
from conting_gateway.services import Services
from conting_gateway.sponsoring.service import Sponsor
from conting_gateway.sponsoring.store import Budgets, BudgetStore
from conting_gateway.waitroom import endpoints as waitroom
from conting_gateway.waitroom.bounds import Bounds, Patience
from conting_gateway.waitroom.guests import Guests
from conting_gateway.waitroom.hot import HotAnswers
from conting_gateway.waitroom.service import Waitroom
from conting_gateway.waitroom.store import WaitroomStore
from conting_gateway.waitroom.streams import StreamBounds

TICK_SECONDS = 0.1
MEND_SECONDS = 0.2
FOLLOW_SECONDS = 0.5
REVOKED_SECONDS = 1.0
PROCESS_NAME = 8  # bytes
ROUTERS = (
    health,
    published,
    signing_in,
    catalog,
    waitroom,
    orders,
    passes,
    channel,
    gate,
    gate_night,
    readmodel,
    feed,
    people,
    dids,
)


@dataclass(frozen=True, slots=True)
class World:
    """What the gateway takes from outside."""

    redis: Redis
    rpc: Rpc
    keys: Keys
    clock: Clock
    entropy: Entropy


def create_app(settings: Settings, world: World) -> FastAPI:
    """The gateway as an ASGI application; its lifespan runs the background work."""
    app = FastAPI(
        title="conting gateway",
        version=version("conting"),
        description="Waiting room, orders, passes and gate. The chain is the referee.",
        lifespan=_lifespan,
        redirect_slashes=False,  # to wherever the Host header says
        docs_url=None,  # these would have scripts fetched from elsewhere
        redoc_url=None,
    )
    services = build_services(settings, world)
    app.state.services = services
    app.state.hot = HotAnswers(services.auth, services.waitroom, world.entropy)
    for part in ROUTERS:
        app.include_router(part.router)
    add_examples(app)
    add_reference(app)
    answer_errors(app)
    metrics = Metrics(app.state.hot, services)
    app.state.metrics = metrics
    per_address = LocalLimits(world.clock, settings.requests_per_minute)
    app.add_middleware(AddressLimit, limits=per_address)
    app.add_middleware(RequestLog, entropy=world.entropy, observe=metrics.observe)
    return app


def build_services(settings: Settings, world: World) -> Services:
    """All services of one process."""
    program_id = _ticket_program(settings)
    chain = ChainStore(world.rpc, program_id)
    listing = Catalog(chain, clock=world.clock)
    doors = GateStore(world.redis)
    reading = Reading.of(
        settings,
        world.redis,
        world.rpc,
        program_id,
        clock=world.clock,
        name=world.entropy(PROCESS_NAME).hex(),
    )
    room = _build_waitroom(settings, world, Guests(reading.lists, listing), listing)
    sponsor = _build_sponsor(settings, world, listing)
    orders, holds, maps = _build_orders(settings, world, listing, room, sponsor)
    signer = Passes(
        listing,
        world.keys.challenge,
        LocalLimits(world.clock, settings.challenges_per_minute),
        expect=doors.expect,
        clock=world.clock,
        entropy=world.entropy,
    )
    auth = _build_auth(settings, world)
    means = Means(PresenceStore(world.redis), signer, auth, world.clock)
    presence = Presence(means, world.entropy, settings.streams)
    return Services(
        auth=auth,
        catalog=listing,
        limits=Limits(LimitStore(world.redis), settings.sign_ins_per_minute),
        waitroom=room,
        orders=orders,
        holds=holds,
        maps=maps,
        passes=signer,
        presence=presence,
        gate=GateDesk(
            doors,
            listing,
            world.keys.challenge,
            presence,
            passkeys=settings.passkeys,
            clock=world.clock,
        ),
        reading=reading,
        keys=world.keys,
        manifests=Manifests(
            doors,
            listing,
            world.keys.challenge,
            clock=world.clock,
            seconds=settings.manifest_seconds,
        ),
        night=Night(doors, listing, clock=world.clock),
        dids=Dids(world.rpc, clock=world.clock),
        redis=world.redis,
        sponsor=sponsor,
    )


def _ticket_program(settings: Settings) -> Pubkey:
    return Pubkey.from_string(settings.ticket_program) if settings.ticket_program else PROGRAM_ID


def _build_sponsor(settings: Settings, world: World, listing: Catalog) -> Sponsor:
    budgets = Budgets(
        wallet=settings.sponsor_wallet_lamports,
        event=settings.sponsor_event_lamports,
        whole=settings.sponsor_day_lamports,
        failures=settings.sponsor_failures,
    )
    return Sponsor(
        BudgetStore(world.redis, budgets),
        listing,
        world.rpc,
        world.keys.sponsor,
        organisers=frozenset(map(Pubkey.from_string, settings.sponsor_organisers)),
        floor=settings.sponsor_floor,
    )


def _build_auth(settings: Settings, world: World) -> Auth:
    return Auth(
        AuthStore(world.redis),
        world.keys.tokens,
        clock=world.clock,
        entropy=world.entropy,
        domain=settings.domain,
        session_seconds=settings.session_seconds,
    )


def _build_orders(
    settings: Settings, world: World, listing: Catalog, room: Waitroom, sponsor: Sponsor
) -> tuple[Orders, Holds, SeatMaps]:
    rules = HoldRules(
        settings.hold_seconds, settings.holds_per_person, settings.hold_cooling_seconds
    )
    store = HoldStore(world.redis, rules)
    maps = SeatMaps(MapStore(world.redis), store, listing, world.clock, world.entropy)
    holds = Holds(
        store,
        listing,
        room,
        maps,
        limits=LocalLimits(world.clock, settings.holds_per_minute),
        clock=world.clock,
    )
    chain = OrderChain(world.rpc, _ticket_program(settings), world.keys.admission)
    orders = Orders(
        OrderStore(world.redis, settings.shop_seconds + BLOCKHASH_SECONDS),
        Desk(chain, listing, room, holds),
        maps,
        limits=LocalLimits(world.clock, settings.orders_per_minute),
        clock=world.clock,
        entropy=world.entropy,
        sponsor=sponsor,
        visit_seconds=settings.shop_seconds,
    )
    return orders, holds, maps


def _build_waitroom(settings: Settings, world: World, guests: Guests, listing: Catalog) -> Waitroom:
    streams = StreamBounds(settings.streams, settings.stream_seconds)
    return Waitroom(
        WaitroomStore(world.redis),
        listing,
        world.keys,
        guests,
        clock=world.clock,
        entropy=world.entropy,
        patience=Patience(
            claim=settings.claim_seconds,
            visit=settings.shop_seconds,
            grace=settings.grace_seconds,
        ),
        bounds=Bounds(
            settings.room_limit,
            settings.joins_per_minute,
            streams,
            frozenset(map(Pubkey.from_string, settings.organisers)),
        ),
    )


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    background = Background()
    background.start(TICK_SECONDS, services.waitroom.tick)
    background.start(MEND_SECONDS, services.gate.mend)
    background.start(FOLLOW_SECONDS, services.waitroom.follow_chain)
    background.start(REVOKED_SECONDS, services.auth.refresh_revoked)
    await services.reading.start(background)
    try:
        yield
    finally:
        await services.reading.stop()
        await services.waitroom.drain()
        await background.stop()
