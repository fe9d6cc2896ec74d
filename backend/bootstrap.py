"""The composition root: the only file that names concrete classes.

`build` turns settings into a `Platform`; every argument has a real default that a test may replace.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar, cast

from aiohttp import web

from backend.cases.ports import Cases
from backend.cases.store import SqlCases
from backend.clocks import Calendar
from backend.clocks.adapters.calendar_json import published_calendar
from backend.contacts import promises
from backend.contacts.ports import Contacts
from backend.contacts.store import SqlContacts
from backend.dialogue.ports import Dialogue, NoDialogue
from backend.directory.adapters.regions_file import load_regions
from backend.directory.model import Regions
from backend.directory.ports import Directory
from backend.directory.store import SqlDirectory
from backend.identity import api as identity_api
from backend.identity import service as identity
from backend.identity.adapters.argon2_hasher import Argon2Hasher
from backend.identity.ports import Accounts, PasswordHasher
from backend.identity.store import SqlAccounts
from backend.kernel.clock import Clock, SystemClock
from backend.kernel.crypto import load_keys
from backend.kernel.errors import WrongSetting
from backend.kernel.permissions import Permissions
from backend.queue import service as queue
from backend.queue.ports import Queue
from backend.queue.store import SqlQueue
from backend.resolution import service as resolution
from backend.resolution.ports import Resolutions
from backend.resolution.store import SqlResolutions
from backend.settings import Settings
from backend.storage import schema
from backend.storage.engine import Database
from backend.storage.tables import metadata
from backend.storage.unit_of_work import SqlUnitOfWork, Units
from backend.storage.worker import Deliver, Subscriber, Sweep, Worker
from backend.web import health, live, openapi
from backend.web.application import WebParts, build_application
from backend.web.pages import build_pages
from backend.web.request import Request
from backend.web.routing import Route

Port = TypeVar("Port")
Progress = Callable[[str, int, int], None]
VERSION = "0.1.0"

REPOSITORIES: Mapping[type[Any], Callable[[SqlUnitOfWork], Any]] = {
    Accounts: SqlAccounts,
    Cases: SqlCases,
    Contacts: SqlContacts,
    Directory: SqlDirectory,
    Queue: SqlQueue,
    Resolutions: SqlResolutions,
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
    parts: dict[type[Any], Any] = field(default_factory=dict)

    async def run_background(self) -> None:
        """Everything that runs beside the web server."""
        if self.settings.worker:
            await self.worker.run()

    async def close(self) -> None:
        """Let go of everything."""
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


async def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    dialogue: Dialogue | None = None,
    progress: Progress = quiet,
) -> Platform:
    """Build the platform over a migrated database."""
    folder = prepare_data_dir(settings)
    database = Database(settings.database)
    await schema.migrate(database)
    bell = live.Bell()
    parts: dict[type[Any], Any] = {
        Calendar: published_calendar(),
        PasswordHasher: Argon2Hasher(),
        Regions: load_regions(),
        Dialogue: dialogue or NoDialogue(),
    }
    workers: list[Worker] = []

    def on_commit(wakes: frozenset[str]) -> None:
        if "news" in wakes:
            bell.ring()
        for worker in workers:
            worker.wake(wakes)

    units = Units(
        database,
        clock=clock or SystemClock(),
        permissions=load_permissions(),
        ring=load_keys(folder / "keys"),
        repositories=Registry(parts),
        on_commit=on_commit,
    )
    worker = Worker(
        units, deliveries=_deliveries(parts), subscribers=_subscribers(), sweeps=_sweeps()
    )
    workers.append(worker)
    routes = _routes(settings, bell, database)
    application = build_application(
        WebParts(
            open_unit=units,
            permissions=units.permissions,
            authenticate=identity.authenticate,
            pages=build_pages(_templates()),
            public_url=settings.address,
            statics=_statics(),
        ),
        routes,
    )
    return Platform(settings, database, units, worker, application, routes, bell, parts)


def _deliveries(parts: dict[type[Any], Any]) -> Mapping[str, Deliver]:
    return {}


def _subscribers() -> list[Subscriber]:
    return []


def _sweeps() -> list[Sweep]:
    return [queue.sweep, promises.sweep_missed, resolution.sweep]


def _routes(settings: Settings, bell: live.Bell, database: Database) -> list[Route]:
    secure = settings.address.startswith("https://")

    async def listen(request: Request) -> web.StreamResponse:
        return await live.stream(request, bell)

    async def describe(request: Request) -> web.StreamResponse:
        return request.json(openapi.build_openapi(routes, VERSION))

    async def database_answers() -> str:
        async with database.engine.connect() as connection:
            await connection.exec_driver_sql("SELECT 1")
        return ""

    routes = [
        *identity_api.routes(secure=secure),
        *health.routes({"database": database_answers}),
        Route("GET", "/live", listen, "新消息", requires="live.listen", work="none"),
        Route("GET", "/openapi.json", describe, "接口说明", public=True, work="none"),
    ]
    return routes


def _templates() -> dict[str, Path]:
    house = Path(__file__).parent
    return {"web": house / "web/templates", "identity": house / "identity/templates"}


def _statics() -> dict[str, Path]:
    house = Path(__file__).parent
    return {"/static/web": house / "web/static"}
