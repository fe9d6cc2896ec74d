"""The rooms: which repository stands behind which port, and what every process shares."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar, cast

from backend.applications.adapters.forms_file import load_forms
from backend.applications.model import Forms
from backend.applications.ports import Applications
from backend.applications.store import SqlApplications
from backend.bootstrap.folder import prepare_data_dir
from backend.bootstrap.printers import printers
from backend.cases.ports import Cases, FactVocabulary
from backend.cases.store import SqlCases
from backend.clocks import Calendar
from backend.clocks.adapters.calendar_json import published_calendar
from backend.contacts.ports import Contacts
from backend.contacts.store import SqlContacts
from backend.directory.adapters.regions_file import load_regions
from backend.directory.model import Regions
from backend.directory.ports import Directory
from backend.directory.store import SqlDirectory
from backend.documents.adapters.files import DirectoryFiles
from backend.documents.adapters.templates_file import load_templates
from backend.documents.ports import Documents, Files, Papers
from backend.documents.store import SqlDocuments
from backend.editorial.ports import Corrections, Entries, LawWatch, Questions, Usage
from backend.editorial.store.corrections import SqlCorrections, SqlQuestions
from backend.editorial.store.entries import SqlEntries
from backend.editorial.store.law import SqlLawWatch
from backend.editorial.store.usage import SqlUsage
from backend.identity.adapters.argon2_hasher import Argon2Hasher
from backend.identity.ports import Accounts, PasswordHasher
from backend.identity.store import SqlAccounts
from backend.kernel.clock import Clock, SystemClock
from backend.kernel.crypto import load_keys
from backend.kernel.permissions import Permissions
from backend.notices.ports import Recipients, Reminders
from backend.notices.store import SqlReminders
from backend.orders.adapters.presets_file import load_complaint_clocks, load_presets
from backend.orders.exchange import Peer
from backend.orders.model import ComplaintClocks, Presets
from backend.orders.ports import Exchanges, Orders
from backend.orders.store import SqlExchanges, SqlOrders
from backend.queue.ports import Queue
from backend.queue.store import SqlQueue
from backend.reports.ports import DayFeed
from backend.reports.store import SqlDayFeed
from backend.resolution.ports import Resolutions
from backend.resolution.store import SqlResolutions
from backend.routing.adapters.fact_words import FactWords
from backend.routing.adapters.ruleset_yaml import built_in_rules
from backend.routing.ports import ActiveRules, Decisions
from backend.routing.store import SqlDecisions
from backend.scoring.adapters.sheet_file import load_sheet
from backend.scoring.model import Sheet
from backend.scoring.ports import JournalFeed, Snapshots
from backend.scoring.store import SqlJournalFeed, SqlSnapshots
from backend.settings import Settings
from backend.storage import schema
from backend.storage.engine import Database
from backend.storage.tables import metadata
from backend.storage.unit_of_work import SqlUnitOfWork, Units

Port = TypeVar("Port")

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
    Exchanges: SqlExchanges,
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


def load_permissions() -> Permissions:
    """The permission rules that ship with the program."""
    text = resources.files("backend.identity").joinpath("data/permissions.json").read_text("utf-8")
    return Permissions.from_data(json.loads(text))


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
    try:
        await schema.migrate(database)
    except BaseException:
        await database.dispose()
        raise
    rules = built_in_rules()
    parts: dict[type[Any], Any] = {
        ActiveRules: ActiveRules(rules),
        Calendar: published_calendar(),
        ComplaintClocks: load_complaint_clocks(),
        FactVocabulary: FactWords(rules.vocabulary),
        Files: DirectoryFiles(folder / "documents"),
        Forms: load_forms(folder),
        Papers: Papers(load_templates(), printers()),
        PasswordHasher: Argon2Hasher(),
        Peer: Peer(
            settings.exchange_name,
            settings.exchange_secret.get_secret_value(),
            sends=bool(settings.exchange_url and settings.exchange_secret.get_secret_value()),
        ),
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
