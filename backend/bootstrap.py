"""The composition root: the only file that names concrete classes.

`build` turns settings into a `Platform`; what a test wants to replace it passes in.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar, cast

from aiohttp import web

from backend.applications import advance_aid
from backend.applications import service as applications
from backend.applications.adapters.forms_file import load_forms
from backend.applications.model import Forms
from backend.applications.ports import Applications
from backend.applications.store import SqlApplications
from backend.cases.ports import Cases, FactVocabulary
from backend.cases.store import SqlCases
from backend.clocks import Calendar
from backend.clocks.adapters.calendar_json import published_calendar
from backend.contacts import promises
from backend.contacts.ports import Contacts, MediaBackend
from backend.contacts.store import SqlContacts
from backend.dialogue.model import Reply
from backend.dialogue.ports import Dialogue, NoDialogue
from backend.directory.adapters.regions_file import load_regions
from backend.directory.model import Regions
from backend.directory.ports import Directory
from backend.directory.store import SqlDirectory
from backend.documents import service as documents
from backend.documents.adapters.docx_printer import DocxPrinter
from backend.documents.adapters.files import DirectoryFiles
from backend.documents.adapters.pdf_printer import PdfPrinter
from backend.documents.adapters.templates_file import load_templates
from backend.documents.ports import Documents, Files, Papers
from backend.documents.store import SqlDocuments
from backend.editorial.following import Follower, open_published
from backend.editorial.ports import Corrections, Entries, LawWatch, Questions, Usage
from backend.editorial.published import PublishedKnowledge
from backend.editorial.service import corrections
from backend.editorial.service import entries as editing
from backend.editorial.store.corrections import SqlCorrections, SqlQuestions
from backend.editorial.store.entries import SqlEntries
from backend.editorial.store.law import SqlLawWatch
from backend.editorial.store.usage import SqlUsage
from backend.identity import api as identity_api
from backend.identity import service as identity
from backend.identity.adapters.argon2_hasher import Argon2Hasher
from backend.identity.ports import Accounts, PasswordHasher
from backend.identity.store import SqlAccounts
from backend.kernel.actor import SYSTEM
from backend.kernel.clock import Clock, SystemClock
from backend.kernel.crypto import load_keys, machine_secret
from backend.kernel.errors import WrongSetting
from backend.kernel.permissions import Permissions
from backend.notices import service as notices
from backend.notices.ports import Recipients, Reminders
from backend.notices.store import SqlReminders
from backend.orders import service as orders
from backend.orders.adapters.presets_file import load_presets
from backend.orders.model import Presets
from backend.orders.ports import Orders
from backend.orders.store import SqlOrders
from backend.queue import service as queue
from backend.queue.ports import Queue
from backend.queue.store import SqlQueue
from backend.reports.ports import DayFeed
from backend.reports.store import SqlDayFeed
from backend.resolution import progress
from backend.resolution import service as resolution
from backend.resolution.ports import Resolutions
from backend.resolution.store import SqlResolutions
from backend.routing.adapters.fact_words import FactWords
from backend.routing.adapters.ics import deadlines_ics
from backend.routing.adapters.ruleset_yaml import built_in_rules
from backend.routing.ports import ActiveRules, Decisions
from backend.routing.store import SqlDecisions
from backend.scoring import service as scoring
from backend.scoring.adapters.assessment_http import HttpAssessment
from backend.scoring.adapters.sheet_file import load_sheet
from backend.scoring.model import Sheet
from backend.scoring.ports import Assessment, JournalFeed, NoAssessment, Snapshots
from backend.scoring.store import SqlJournalFeed, SqlSnapshots
from backend.settings import Settings
from backend.storage import schema
from backend.storage.engine import Database
from backend.storage.tables import metadata
from backend.storage.unit_of_work import SqlUnitOfWork, Units
from backend.storage.worker import Deliver, Subscriber, Sweep, Worker
from backend.web import health, live, openapi
from backend.web.adapters.redis_bus import RedisBus
from backend.web.application import WebParts, build_application
from backend.web.bus import Bus, MemoryBus
from backend.web.pages import build_pages
from backend.web.request import Request
from backend.web.routing import Route
from backend.workplaces.administrator import views as administrator
from backend.workplaces.agent import flag_panel, papers_panel, routing_panel
from backend.workplaces.agent import views as agent
from backend.workplaces.agent.media_panel import MediaPanel
from backend.workplaces.auditor import views as auditor
from backend.workplaces.citizen import apply as citizen_apply
from backend.workplaces.citizen import papers as citizen_papers
from backend.workplaces.citizen import views as citizen
from backend.workplaces.dispatcher import views as dispatcher
from backend.workplaces.editor import listening
from backend.workplaces.editor import views as editor
from backend.workplaces.editor.rule_cites import rule_citations
from backend.workplaces.mediator import views as mediator
from backend.workplaces.organisation import applications as organisation_applications
from backend.workplaces.organisation import views as organisation
from backend.workplaces.supervisor import views as supervisor
from channels.chat import helpful
from channels.chat import routes as chat_routes
from channels.chat.actions import Actions
from channels.chat.actions import routes as action_routes
from channels.chat.adapters.bot import open_bot
from channels.chat.handlers import Chat
from channels.hotline import relay as hotline_relay
from channels.hotline import routes as hotline_routes
from channels.hotline.adapters.call_control import TwilioCallControl
from channels.hotline.adapters.carrier import TwilioCarrier, open_carrier
from channels.hotline.adapters.short_messages import TwilioShortMessages
from channels.hotline.handlers import Hotline
from channels.hotline.line import Rooms, Sound, normal_phone
from channels.hotline.signature import signed_by
from channels.hotline.simulator.app import EXCHANGE, build_simulator
from channels.hotline.simulator.config import ACCOUNT_SID, Faults, SimulatorConfig
from channels.hotline.simulator.exchange import CarrierExchange
from channels.hotline.twiml import PublicAddresses
from channels.media.joining import STREAM, find_sound
from channels.media.parts import build_media, hear_key
from channels.media.stream import MediaStreams
from channels.video import routes as video_routes
from channels.video.handlers import Video
from knowledge import KnowledgeBase, open_knowledge
from knowledge.corpus import load_corpus
from knowledge.model import Entry
from knowledge.rendering import spoken
from knowledge.search.collection import Collection
from knowledge.search.elastic import ElasticsearchEngine
from knowledge.search.embedded import EmbeddedEngine
from knowledge.search.ports import SearchEngine
from tv_app import views as television
from tv_app.views import Television

Port = TypeVar("Port")
Progress = Callable[[str, int, int], None]
VERSION = "0.1.0"
NO_FAULTS = Faults()

REPOSITORIES: Mapping[type[Any], Callable[[SqlUnitOfWork], Any]] = {
    Accounts: SqlAccounts,
    Applications: SqlApplications,
    Cases: SqlCases,
    Contacts: SqlContacts,
    Corrections: SqlCorrections,
    DayFeed: SqlDayFeed,
    Decisions: SqlDecisions,
    Directory: SqlDirectory,
    Documents: SqlDocuments,
    Entries: SqlEntries,
    JournalFeed: SqlJournalFeed,
    LawWatch: SqlLawWatch,
    Orders: SqlOrders,
    Questions: SqlQuestions,
    Queue: SqlQueue,
    Recipients: SqlCases,
    Reminders: SqlReminders,
    Resolutions: SqlResolutions,
    Snapshots: SqlSnapshots,
    Usage: SqlUsage,
}


def register_tables() -> list[str]:
    """The names of all tables; importing this module has put them into the metadata."""
    return sorted(metadata.tables)


class Registry:
    """Finds what stands behind a port: a repository of this unit, or a part of this process."""

    def __init__(self, parts: dict[type[Any], Any]) -> None:
        self.parts = parts

    def make(self, port: type[Port], unit: SqlUnitOfWork) -> Port:
        """Return the implementation of `port`."""
        if port in REPOSITORIES:
            return cast(Port, REPOSITORIES[port](unit))
        if port in self.parts:
            return cast(Port, self.parts[port])
        raise KeyError(f"nothing stands behind {port.__name__}")


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
        await self.database.dispose()


def load_permissions() -> Permissions:
    """The permission rules that ship with the program."""
    text = resources.files("backend.identity").joinpath("data/permissions.json").read_text("utf-8")
    return Permissions.from_data(json.loads(text))


def prepare_data_dir(settings: Settings) -> Path:
    """Make the data directory; raises `WrongSetting` when it cannot be written."""
    folder = settings.data_dir.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise WrongSetting(
            f"数据目录 {folder} 不能写：{error.strerror}。请换一个目录或改权限。",
            where="FATONG_DATA_DIR",
        ) from error
    return folder


def quiet(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def open_knowledge_base(
    settings: Settings,
    progress: Progress = quiet,
    entries: Sequence[Entry] | None = None,
) -> KnowledgeBase:
    """Open the knowledge base; the first time it builds its store and index, with progress.

    `entries` are those the editors published; None takes the shipped ones.
    """
    return open_knowledge(
        prepare_data_dir(settings) / "knowledge",
        engine="elasticsearch" if settings.elasticsearch_url else "embedded",
        elasticsearch_url=settings.elasticsearch_url or None,
        progress=progress,
        entries=entries,
    )


def rebuild_index(settings: Settings, progress: Progress = quiet) -> str:
    """Build the search index of the stored corpus anew and swap it in; returns its name."""
    folder = prepare_data_dir(settings) / "knowledge"
    corpus = load_corpus(folder, progress)
    engine: SearchEngine = (
        ElasticsearchEngine(settings.elasticsearch_url)
        if settings.elasticsearch_url
        else EmbeddedEngine(folder / "index")
    )
    collection = Collection(corpus.id, corpus.articles)
    engine.build(corpus.id, collection.documents(), progress)
    return corpus.id


@dataclass
class House:
    """The rooms over a migrated database, without doors: what commands need."""

    database: Database
    units: Units
    parts: dict[type[Any], Any]
    folder: Path
    listeners: list[Callable[[frozenset[str]], None]]

    async def close(self) -> None:
        """Let go of the database."""
        await self.database.dispose()


async def build_without_doors(settings: Settings, *, clock: Clock | None = None) -> House:
    """Build the rooms: database, units of work, rules, calendar. Nothing listens."""
    folder = await asyncio.to_thread(prepare_data_dir, settings)
    database = Database(settings.database)
    await schema.migrate(database)
    rules = built_in_rules()
    parts: dict[type[Any], Any] = {
        ActiveRules: ActiveRules(rules),
        Calendar: published_calendar(),
        FactVocabulary: FactWords(rules.vocabulary),
        Files: DirectoryFiles(folder / "documents"),
        Forms: load_forms(folder),
        Papers: Papers(load_templates(), {"pdf": PdfPrinter(), "docx": DocxPrinter()}),
        PasswordHasher: Argon2Hasher(),
        Presets: load_presets(),
        Regions: load_regions(),
        Sheet: load_sheet(),
    }
    listeners: list[Callable[[frozenset[str]], None]] = []

    def on_commit(wakes: frozenset[str]) -> None:
        for listen in listeners:
            listen(wakes)

    units = Units(
        database,
        clock=clock or SystemClock(),
        permissions=load_permissions(),
        ring=await asyncio.to_thread(load_keys, folder / "keys"),
        repositories=Registry(parts),
        on_commit=on_commit,
    )
    return House(database, units, parts, folder, listeners)


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
    """Build the whole platform: rooms, doors, worker."""
    house = await build_without_doors(settings, clock=clock)
    units = house.units
    follower: Follower | None = None
    if knowledge is None:
        published, follower = await open_published(
            units,
            house.folder / "knowledge",
            open_base=partial(open_knowledge_base, settings, progress),
            rules=lambda: rule_citations(house.parts[ActiveRules].rules),
        )
        house.listeners.append(follower.wake)
    else:
        published = PublishedKnowledge(knowledge)
    house.parts[PublishedKnowledge] = published
    bot_secret = settings.bot_secret.get_secret_value() or machine_secret(house.folder, "bot")
    bot = open_bot(
        settings.bot if dialogue is None else "off",
        secret=bot_secret,
        actions_url=f"http://127.0.0.1:{settings.port}/bot/actions",
        folder=Path(__file__).parents[1] / "bot",
    )
    house.parts[Dialogue] = dialogue or bot.dialogue
    bell = live.Bell()
    stack = AsyncExitStack()
    token = settings.carrier_token.get_secret_value() or machine_secret(house.folder, "carrier")
    carrier = await stack.enter_async_context(_carrier(settings, token))
    addresses = PublicAddresses(settings.address)
    media = build_media(settings.ice_servers, settings.video_rooms)
    house.parts[MediaBackend] = media.video
    letters = hotline_relay.Letters(
        units,
        TwilioCallControl(carrier, addresses),
        sound=find_sound(media.sound, Sound, unjoined=True),
    )
    worker = Worker(
        units,
        deliveries=_deliveries(settings, units, carrier, letters),
        subscribers=_subscribers(),
        sweeps=_sweeps(),
    )
    bus: Bus = RedisBus(settings.redis_url) if settings.redis_url else MemoryBus()
    stack.push_async_callback(bus.close)

    def hear(wakes: frozenset[str]) -> None:
        worker.wake(wakes)
        if "news" in wakes:
            bell.ring()

    house.listeners += [hear, bus.tell]
    hotline = Hotline(
        token=token,
        addresses=addresses,
        region=settings.region,
        answers=published,
        dialogue=house.parts[Dialogue],
        rooms=Rooms(
            progress=_spoken_progress, speak=_spoken_reply, sound=find_sound(media.sound, Sound)
        ),
    )
    chat = Chat(
        answers=published,
        dialogue=house.parts[Dialogue],
        bell=bell,
        region=settings.region,
        secure=settings.address.startswith("https://"),
        read_phone=normal_phone,
    )
    screens = Television(
        answers=published,
        dialogue=NoDialogue(),
        vocabulary=house.parts[ActiveRules].rules.vocabulary,
        region=settings.region,
        public_url=settings.address,
        read_phone=normal_phone,
    )
    video = Video(
        media=media.video,
        answers=published,
        dialogue=house.parts[Dialogue],
        region=settings.region,
        secure=settings.address.startswith("https://"),
        read_phone=normal_phone,
        ice_servers=media.ice_servers,
    )
    media.video.on_left = partial(video.left, units)
    streams = MediaStreams(
        media.sound,
        signed=lambda sign: signed_by(token, addresses.stream(STREAM), b"", sign, ""),
        on_key=hear_key,
    )
    doors = [
        *hotline_routes.routes(hotline),
        *chat_routes.routes(chat),
        *helpful.routes(),
        *action_routes(Actions(bot_secret)),
        *health.standing_routes({"bot": bot.standing}),
        *television.routes(screens),
        *video_routes.routes(video),
        *streams.routes(f"{addresses.prefix}/{STREAM}"),
        *MediaPanel(media.sound, media.video, media.ice_servers).routes(),
    ]
    routes = [*_routes(settings, bell, house.database, published), *doors]
    application = build_application(
        WebParts(
            open_unit=units,
            permissions=units.permissions,
            authenticate=identity.authenticate,
            pages=build_pages(_folders("templates")),
            public_url=settings.address,
            statics={f"/static/{name}": path for name, path in _folders("static").items()},
        ),
        routes,
    )
    application.on_shutdown.append(lambda _: media.close())
    if settings.carrier == "simulator":
        simulator = build_simulator(_simulator(addresses, token, speed, faults))
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
        _stack=stack,
    )


def _carrier(settings: Settings, token: str) -> Any:
    simulated = settings.carrier == "simulator"
    return open_carrier(
        account_sid=ACCOUNT_SID if simulated else settings.carrier_account,
        auth_token=token,
        number=settings.hotline_number,
        base_url=f"{settings.address}/simulator" if simulated else settings.carrier_url,
    )


def _simulator(
    addresses: PublicAddresses, token: str, speed: float, faults: Faults
) -> SimulatorConfig:
    return SimulatorConfig(
        auth_token=token,
        voice_url=addresses.arrival,
        status_url=addresses.status,
        fallback_url=addresses.fallback,
        stylesheet="/static/web/tokens.css",
        speed=speed,
        faults=faults,
    )


def _deliveries(
    settings: Settings, units: Units, carrier: TwilioCarrier, letters: hotline_relay.Letters
) -> Mapping[str, Deliver]:
    messages = TwilioShortMessages(carrier)
    assessment: Assessment = (
        HttpAssessment(settings.push_url, settings.push_secret.get_secret_value())
        if settings.push_url
        else NoAssessment()
    )

    async def sms(letter: Mapping[str, Any]) -> None:
        await messages.send(str(letter["to"]), str(letter["text"]))

    async def push(letter: Mapping[str, Any]) -> None:
        digest = str(letter["digest"])
        receipt = await assessment.push(letter, key=digest)
        async with units(SYSTEM, "push") as uow:
            await scoring.received(uow, digest, receipt)

    return {"sms": sms, scoring.PUSH: push, **letters.deliveries()}


def _subscribers() -> list[Subscriber]:
    return [
        Subscriber("documents", frozenset({"person.erased"}), documents.on_person_erased),
        Subscriber("advance_aid", advance_aid.EVENTS, advance_aid.on_event),
        Subscriber(listening.NAME, listening.TYPES, listening.hear),
    ]


def _sweeps() -> list[Sweep]:
    return [
        queue.sweep,
        promises.sweep_missed,
        resolution.sweep,
        orders.sweep,
        notices.sweep,
        applications.sweep,
        corrections.sweep,
        editing.sweep_due,
    ]


def _spoken_reply(reply: Reply) -> str:
    said = spoken(reply.answer) if reply.answer is not None else ""
    return "".join((*reply.words, said))


async def _spoken_progress(uow: Any, case: Any) -> str:
    return (await progress.of_case(uow, case)).spoken()


def _routes(
    settings: Settings,
    bell: live.Bell,
    database: Database,
    published: PublishedKnowledge,
) -> list[Route]:
    async def listen(request: Request) -> web.StreamResponse:
        return await live.stream(request, bell)

    async def describe(request: Request) -> web.StreamResponse:
        return request.json(openapi.build_openapi(routes, VERSION))

    async def database_answers() -> str:
        async with database.engine.connect() as connection:
            await connection.exec_driver_sql("SELECT 1")
        return ""

    routes = [
        *identity_api.routes(secure=settings.address.startswith("https://")),
        *health.routes({"database": database_answers}),
        Route("GET", "/live", listen, "新消息", requires="live.listen", work="none"),
        Route("GET", "/openapi.json", describe, "接口说明", public=True, work="none"),
        *agent.routes(),
        *routing_panel.routes(published),
        *flag_panel.routes(),
        *editor.routes(),
        *papers_panel.routes(),
        *mediator.routes(),
        *dispatcher.routes(),
        *organisation.routes(),
        *supervisor.routes(),
        *auditor.routes(),
        *administrator.routes(),
        *citizen.routes(),
        *citizen_papers.routes(deadlines_ics),
        *citizen_apply.routes(),
        *organisation_applications.routes(),
    ]
    return routes


def _folders(kind: str) -> dict[str, Path]:
    house = Path(__file__).parent
    rooms = {
        "chat": house.parent / "channels/chat",
        "tv": house.parent / "tv_app",
        "video": house.parent / "channels/video",
        "web": house / "web",
        "identity": house / "identity",
        **{
            place.name: place
            for place in sorted((house / "workplaces").iterdir())
            if place.is_dir()
        },
    }
    return {name: path / kind for name, path in rooms.items() if (path / kind).is_dir()}
