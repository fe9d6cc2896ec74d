"""The whole platform: rooms, doors, worker, and what runs beside the web server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from backend.bootstrap.base import Progress, open_knowledge_base, quiet
from backend.bootstrap.buses import open_bus
from backend.bootstrap.doors import (
    NO_FAULTS,
    carrier_of,
    door_routes,
    simulator_of,
    video_door,
)
from backend.bootstrap.letters import deliveries, subscribers, sweeps
from backend.bootstrap.pages import folders, room_routes
from backend.bootstrap.rooms import build_without_doors
from backend.contacts.ports import MediaBackend
from backend.dialogue.ports import Dialogue
from backend.editorial.following import Follower, open_published
from backend.editorial.published import PublishedKnowledge
from backend.identity import service as identity
from backend.kernel.clock import Clock
from backend.kernel.crypto import machine_secret
from backend.routing.ports import ActiveRules
from backend.settings import Settings
from backend.storage.engine import Database
from backend.storage.unit_of_work import Units
from backend.storage.worker import Worker
from backend.web import health, live
from backend.web.application import WebParts, build_application
from backend.web.pages import build_pages
from backend.web.routing import Route
from backend.workplaces.editor.rule_cites import rule_citations
from channels.chat.actions import Actions
from channels.chat.actions import routes as action_routes
from channels.chat.adapters.bot import open_bot
from channels.hotline import relay as hotline_relay
from channels.hotline.adapters.call_control import TwilioCallControl
from channels.hotline.line import Sound
from channels.hotline.simulator.app import EXCHANGE, build_simulator
from channels.hotline.simulator.config import Faults
from channels.hotline.simulator.exchange import CarrierExchange
from channels.hotline.twiml import PublicAddresses
from channels.media.joining import find_sound
from channels.media.parts import build_media
from channels.video import routes as video_routes
from knowledge import KnowledgeBase


@dataclass
class Platform:
    """Everything one process runs on."""

    settings: Settings
    database: Database
    units: Units
    worker: Worker
    application: web.Application
    routes: list[Route]
    bell: live.Bell
    knowledge: PublishedKnowledge
    parts: dict[type[Any], Any]
    background: list[Callable[[], Coroutine[Any, Any, None]]] = field(default_factory=list)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def close(self) -> None:
        """Let go of everything."""
        await self._stack.aclose()


async def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    dialogue: Dialogue | None = None,
    knowledge: KnowledgeBase | None = None,
    progress: Progress = quiet,
    speed: float = 1.0,
    faults: Faults = NO_FAULTS,
) -> Platform:
    """Build the whole platform: rooms, doors, worker. What was opened is closed when it fails."""
    async with AsyncExitStack() as stack:
        platform = await _build(
            stack,
            settings,
            clock=clock,
            dialogue=dialogue,
            knowledge=knowledge,
            progress=progress,
            speed=speed,
            faults=faults,
        )
        platform._stack = stack.pop_all()  # noqa: SLF001  this function is its constructor
        return platform


async def _build(
    stack: AsyncExitStack,
    settings: Settings,
    *,
    clock: Clock | None,
    dialogue: Dialogue | None,
    knowledge: KnowledgeBase | None,
    progress: Progress,
    speed: float,
    faults: Faults,
) -> Platform:
    # First what may be refused: nobody waits for the knowledge base to hear of a wrong setting.
    media = build_media(
        settings.ice_servers, settings.video_rooms, settings.turn_secret.get_secret_value()
    )
    house = await build_without_doors(settings, clock=clock)
    stack.push_async_callback(house.close)
    units = house.units
    follower: Follower | None = None
    if knowledge is None:
        published, follower = await open_published(
            units,
            house.folder / "knowledge",
            open_base=partial(open_knowledge_base, settings, progress),
            rules=lambda day: rule_citations(house.parts[ActiveRules].rules, day),
        )
        house.listeners.append(follower.wake)
        stack.push_async_callback(_stop, published)
    else:
        published = PublishedKnowledge(knowledge)
    house.parts[PublishedKnowledge] = published
    bot_secret = settings.bot_secret.get_secret_value() or machine_secret(house.folder, "bot")
    bot = open_bot(
        settings.bot if dialogue is None else "off",
        secret=bot_secret,
        actions_url=f"http://127.0.0.1:{settings.port}/bot/actions",
        folder=Path(__file__).parents[2] / "bot",
    )
    house.parts[Dialogue] = dialogue or bot.dialogue
    bell = live.Bell()
    token = settings.carrier_token.get_secret_value() or machine_secret(house.folder, "carrier")
    carrier = await stack.enter_async_context(carrier_of(settings, token))
    addresses = PublicAddresses(settings.address)
    house.parts[MediaBackend] = media.video
    letters = hotline_relay.Letters(
        units,
        TwilioCallControl(carrier, addresses),
        sound=find_sound(media.sound, Sound, unjoined=True),
    )
    worker = Worker(
        units,
        deliveries=deliveries(settings, units, carrier, letters),
        subscribers=subscribers(),
        sweeps=sweeps(),
    )
    bus = open_bus(settings.redis_url)
    stack.push_async_callback(bus.close)

    def hear(wakes: frozenset[str]) -> None:
        worker.wake(wakes)
        if "news" in wakes:
            bell.ring()

    house.listeners += [hear, bus.tell]
    video = video_door(settings, house, published, media)
    doors = [
        *door_routes(settings, house, published, media, bell=bell, token=token),
        *video_routes.routes(video),
        *action_routes(Actions(bot_secret)),
        *health.standing_routes({"bot": bot.standing}),
    ]
    routes = [*room_routes(settings, bell, house.database, published), *doors]
    application = build_application(
        WebParts(
            open_unit=units,
            permissions=units.permissions,
            authenticate=identity.authenticate,
            pages=build_pages(folders("templates")),
            public_url=settings.address,
            statics={f"/static/{name}": path for name, path in folders("static").items()},
        ),
        routes,
    )
    application.on_shutdown.append(lambda _: media.close())
    if settings.carrier == "simulator":
        simulator = build_simulator(simulator_of(addresses, token, speed, faults))
        house.parts[CarrierExchange] = simulator[EXCHANGE]
        application.add_subapp("/simulator", simulator)
    return Platform(
        settings=settings,
        database=house.database,
        units=units,
        worker=worker,
        application=application,
        routes=routes,
        bell=bell,
        knowledge=published,
        parts=house.parts,
        background=[
            partial(bus.run, hear),
            *([worker.run] if settings.worker else []),
            *([follower.run] if follower else []),
            *bot.background,
            partial(media.run, units),
            partial(video.watch, units),
        ],
    )


async def _stop(published: PublishedKnowledge) -> None:
    """End what the snapshot in service computes beside the answering."""
    await asyncio.to_thread(published.base.close)
