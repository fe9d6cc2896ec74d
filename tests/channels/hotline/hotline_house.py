"""The telephone on the real rooms and a real database, with a carrier on loopback."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from backend.cases.ports import Cases, FactVocabulary
from backend.cases.store import SqlCases
from backend.contacts import service as contacts
from backend.contacts.model import Contact, Speaker
from backend.contacts.ports import Contacts
from backend.contacts.store import SqlContacts
from backend.dialogue.ports import NoDialogue
from backend.kernel.actor import SYSTEM, Actor
from backend.kernel.clock import SystemClock
from backend.kernel.crypto import load_keys
from backend.kernel.permissions import Permissions
from backend.queue import service as queue
from backend.queue.ports import Queue
from backend.queue.store import SqlQueue
from backend.storage import schema
from backend.storage.engine import Database
from backend.storage.unit_of_work import Units
from backend.storage.worker import Worker
from backend.web.application import WebParts, build_application
from backend.web.pages import build_pages
from channels.hotline.adapters.call_control import TwilioCallControl
from channels.hotline.adapters.carrier import TwilioCarrier, open_carrier
from channels.hotline.adapters.short_messages import TwilioShortMessages
from channels.hotline.handlers import Hotline
from channels.hotline.line import Rooms
from channels.hotline.relay import Letters
from channels.hotline.routes import routes
from channels.hotline.simulator.app import EXCHANGE, build_simulator
from channels.hotline.simulator.caller import ScriptedCaller
from channels.hotline.simulator.config import ACCOUNT_SID, SimulatorConfig
from channels.hotline.simulator.exchange import CarrierExchange
from channels.hotline.twiml import PublicAddresses
from tests.support.small_knowledge import SmallKnowledge

TOKEN = "a-token-of-this-test"
AGENT = Actor("staff", "agent-1", frozenset({"agent"}), region="150400", name="坐席一")


class NoFacts:
    """A fact sheet on which nothing can be written."""

    def knows(self, code: str) -> bool:
        return False

    def read(self, code: str, value: object) -> object:
        raise AssertionError(code)


class Repositories:
    """The repositories a telephone needs."""

    def make(self, port, unit):
        if port is FactVocabulary:
            return NoFacts()
        return {Cases: SqlCases, Contacts: SqlContacts, Queue: SqlQueue}[port](unit)


@dataclass
class House:
    """Rooms, door and carrier."""

    units: Units
    exchange: CarrierExchange
    carrier: TwilioCarrier
    worker: Worker
    callers: list[ScriptedCaller]

    def caller(self, number: str = "+8613800000001") -> ScriptedCaller:
        caller = ScriptedCaller(self.exchange, number)
        self.callers.append(caller)
        return caller

    async def contact(self, wire: str) -> Contact:
        async with self.units(SYSTEM, read_only=True) as uow:
            found = await uow.get(Contacts).by_wire(wire)
        assert found is not None
        return found

    async def said(self, contact: Contact) -> list[tuple[Speaker, str]]:
        async with self.units(SYSTEM, read_only=True) as uow:
            return [(m.speaker, m.text) for m in await uow.get(Contacts).messages(contact.id)]

    async def agent_is_ready(self) -> None:
        async with self.units(AGENT, "desk") as uow:
            await queue.set_presence(uow, True, languages=frozenset({"zh"}))

    async def agent_answers(self) -> Contact:
        async with self.units(AGENT, "desk") as uow:
            place = await queue.own_ring(uow, AGENT)
            assert place is not None
            contact = await queue.accept(uow, place.contact, place.reservation)
            await uow.post("refresh", {"wire": contact.wire})
        return contact

    async def agent_says(self, contact: Contact, text: str) -> None:
        async with self.units(AGENT, "desk") as uow:
            current = await contacts.get_contact(uow, contact.id)
            await contacts.say(uow, current, Speaker.AGENT, text)
            await uow.post("refresh", {"wire": contact.wire})

    async def agent_finishes(self, contact: Contact) -> None:
        async with self.units(AGENT, "desk") as uow:
            current = await contacts.get_contact(uow, contact.id)
            closed = await contacts.finish(uow, current, summary="已答复", outcome="answered")
            await queue.finished(uow, closed)
            await uow.post("refresh", {"wire": contact.wire})

    async def count(self, type: str, contact: Contact) -> int:
        async with self.units(SYSTEM, read_only=True) as uow:
            events = await uow.events(contacts.aggregate(contact.id))
        return sum(1 for event in events if event.type == type)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of the newest schema, made once and copied."""
    path = tmp_path_factory.mktemp("hotline") / "empty.db"

    async def migrate() -> None:
        database = Database(f"sqlite:///{path}")
        await schema.migrate(database)
        await database.dispose()

    asyncio.run(migrate())
    return path


@pytest.fixture(scope="session")
def permissions(root: Path) -> Permissions:
    """The rules the program ships with."""
    path = root / "backend/identity/data/permissions.json"
    return Permissions.from_data(json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture
async def make_house(migrated: Path, tmp_path: Path, permissions: Permissions) -> AsyncIterator:
    closing = []

    async def make(**options) -> House:
        await asyncio.to_thread(shutil.copy, migrated, tmp_path / "house.db")
        database = await asyncio.to_thread(Database, f"sqlite:///{tmp_path / 'house.db'}")
        units = Units(
            database,
            clock=SystemClock(),
            permissions=permissions,
            ring=await asyncio.to_thread(load_keys, tmp_path / "keys"),
            repositories=Repositories(),
        )
        hotline = _Late()
        # As in service: a carrier that hangs up on us does not cancel what it asked for.
        server = web.AppRunner(await asyncio.to_thread(_application, units, hotline))
        await server.setup()
        await web.TCPSite(server, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{server.addresses[0][1]}"
        addresses = PublicAddresses(base)
        hotline.door = Hotline(
            token=TOKEN,
            addresses=addresses,
            region="150400",
            answers=SmallKnowledge(),
            dialogue=NoDialogue(),
            rooms=Rooms(progress=_progress, speak=_speak),
        )
        simulator = build_simulator(
            SimulatorConfig(
                auth_token=TOKEN,
                voice_url=addresses.arrival,
                status_url=addresses.status,
                fallback_url=addresses.fallback,
                **({"speed": 200.0} | options),
            )
        )
        carrier_server = TestServer(simulator)
        await carrier_server.start_server()
        opened = open_carrier(
            account_sid=ACCOUNT_SID,
            auth_token=TOKEN,
            number="12348",
            base_url=str(carrier_server.make_url("")),
        )
        carrier = await opened.__aenter__()
        letters = Letters(units, TwilioCallControl(carrier, addresses, settle=0.01))
        sms = TwilioShortMessages(carrier)

        async def send(letter) -> None:
            await sms.send(letter["to"], letter["text"])

        worker = Worker(
            units,
            deliveries={**letters.deliveries(), "sms": send},
            sweeps=[queue.sweep],
            pause=0.05,
        )
        working = asyncio.create_task(worker.run())
        house = House(units, simulator[EXCHANGE], carrier, worker, [])
        closing.append((house, working, opened, carrier_server, server, database))
        return house

    yield make
    for house, working, opened, carrier_server, server, database in closing:
        for caller in house.callers:
            caller.leave()
        await carrier_server.close()
        working.cancel()
        await asyncio.wait({working})
        await opened.__aexit__(None, None, None)
        await server.cleanup()
        await database.dispose()


@pytest.fixture
async def house(make_house) -> House:
    return await make_house()


class _Late:
    """Routes are declared before the server has an address; handlers are found when called."""

    door: Hotline

    def __getattr__(self, name):
        async def handle(request):
            return await getattr(self.door, name)(request)

        return handle


def _application(units: Units, hotline):
    parts = WebParts(
        open_unit=units,
        permissions=units.permissions,
        authenticate=_nobody,
        pages=build_pages({}),
        public_url="http://127.0.0.1",
    )
    return build_application(parts, routes(hotline))


async def _nobody(uow, token):
    return None


async def _progress(uow, case) -> str:
    return f"您的案件{case.code}正在由调解员办理。"


def _speak(reply) -> str:
    answer = reply.answer.answer if reply.answer else ""
    return "".join([*reply.words, answer])
