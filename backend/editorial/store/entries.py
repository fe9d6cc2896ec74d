"""Entries, their texts, and the sets of them that answered."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Date, Index, Integer, String, Table, Text, func, insert, select
from sqlalchemy import update as sql_update
from sqlalchemy.exc import IntegrityError

from backend.editorial.model.entry import EntryRecord, EntryState, EntryVersion, PublishedSet
from backend.kernel.errors import Conflict
from backend.storage.tables import Moment, Position, metadata
from backend.storage.unit_of_work import SqlUnitOfWork

entries = Table(
    "entries",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("matter", String(4), nullable=False, index=True),
    Column("title", String(200), nullable=False),
    Column("version", Integer, nullable=False),
    Column("published", Integer, nullable=False),
    Column("author", String(60), nullable=False),
    Column("author_name", String(60), nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("review_due", Date),
    Column("hidden", Text, nullable=False),
    Index(None, "state", "review_due"),
)
entry_versions = Table(
    "entry_versions",
    metadata,
    Column("entry", String(60), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("author", String(60), nullable=False),
    Column("author_name", String(60), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("note", Text, nullable=False),
)
entry_sets = Table(
    "entry_sets",
    metadata,
    Column("number", Position, primary_key=True, autoincrement=True),
    Column("hash", String(64), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("made_by", String(60), nullable=False),
    Column("reason", Text, nullable=False),
    Column("entries", Text, nullable=False),
)
knowledge_snapshots = Table(
    "knowledge_snapshots",
    metadata,
    Column("snapshot", String(40), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("corpus", String(40), nullable=False),
    Column("at", Moment, nullable=False),
)
_CHUNK = 400


class SqlEntries:
    """Entries over SQL."""

    def __init__(self, unit: SqlUnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    async def add(self, record: EntryRecord) -> None:
        """Store a new entry."""
        try:
            async with self._unit.savepoint():
                await self._connection.execute(insert(entries).values(**_row(record)))
        except IntegrityError as error:
            raise Conflict(
                "这个编号已经有条目了，请换一个。", code="entry_taken", where="id"
            ) from error

    async def update(self, record: EntryRecord) -> None:
        """Store a changed entry."""
        await self._connection.execute(
            sql_update(entries).where(entries.c.id == record.id).values(**_row(record))
        )

    async def by_id(self, id: str, *, lock: bool = False) -> EntryRecord | None:
        """An entry by id."""
        query = select(entries).where(entries.c.id == id)
        row = (await self._connection.execute(query.with_for_update() if lock else query)).first()
        return _record(row) if row else None

    async def all(self) -> list[EntryRecord]:
        """Every entry, by id."""
        rows = await self._connection.execute(select(entries).order_by(entries.c.id))
        return [_record(row) for row in rows]

    async def ids(self) -> frozenset[str]:
        """The ids of all entries."""
        return frozenset((await self._connection.execute(select(entries.c.id))).scalars())

    async def due(self, today: date, *, limit: int = 50) -> list[EntryRecord]:
        """Published entries whose day of review has come."""
        rows = await self._connection.execute(
            select(entries)
            .where(entries.c.state == EntryState.PUBLISHED, entries.c.review_due <= today)
            .order_by(entries.c.review_due)
            .limit(limit)
        )
        return [_record(row) for row in rows]

    async def add_version(self, version: EntryVersion) -> None:
        """Store a text."""
        row = {item.name: getattr(version, item.name) for item in fields(version)}
        row["body"] = json.dumps(version.body, ensure_ascii=False)
        await self._connection.execute(insert(entry_versions).values(**row))

    async def version(self, entry: str, number: int) -> EntryVersion | None:
        """One text."""
        found = await self._versions(
            select(entry_versions).where(
                entry_versions.c.entry == entry, entry_versions.c.number == number
            )
        )
        return found[0] if found else None

    async def versions(self, entry: str) -> list[EntryVersion]:
        """Every text of an entry, oldest first."""
        return await self._versions(
            select(entry_versions)
            .where(entry_versions.c.entry == entry)
            .order_by(entry_versions.c.number)
        )

    async def bodies(self, pairs: tuple[tuple[str, int], ...]) -> list[EntryVersion]:
        """The texts of pairs of entry and version, by entry."""
        wanted = dict(pairs)
        names = sorted(wanted)
        found: list[EntryVersion] = []
        for start in range(0, len(names), _CHUNK):
            part = await self._versions(
                select(entry_versions)
                .where(entry_versions.c.entry.in_(names[start : start + _CHUNK]))
                .order_by(entry_versions.c.entry)
            )
            found += [one for one in part if one.number == wanted[one.entry]]
        return found

    async def add_set(self, made: PublishedSet) -> PublishedSet:
        """Store a set; returns it with its number."""
        result = await self._connection.execute(
            insert(entry_sets)
            .values(
                hash=made.hash,
                made_at=made.made_at,
                made_by=made.made_by,
                reason=made.reason,
                entries=json.dumps(made.entries),
            )
            .returning(entry_sets.c.number)
        )
        return replace(made, number=int(result.scalar_one()))

    async def latest_set(self) -> PublishedSet | None:
        """The set that answers now."""
        return await self._set(select(entry_sets).order_by(entry_sets.c.number.desc()).limit(1))

    async def latest_number(self) -> int:
        """The number of that set."""
        found = await self._connection.execute(select(func.max(entry_sets.c.number)))
        return int(found.scalar() or 0)

    async def add_snapshot(self, snapshot: str, number: int, corpus: str, at: datetime) -> bool:
        """Remember which set a snapshot was made of."""
        table = knowledge_snapshots
        known = await self._connection.execute(
            select(table.c.number).where(table.c.snapshot == snapshot)
        )
        if known.first() is not None:
            return False
        try:
            async with self._unit.savepoint():
                await self._connection.execute(
                    insert(table).values(snapshot=snapshot, number=number, corpus=corpus, at=at)
                )
        except IntegrityError:
            return False
        return True

    async def set_of_snapshot(self, snapshot: str) -> PublishedSet | None:
        """The set behind an answer."""
        return await self._set(
            select(entry_sets)
            .join(knowledge_snapshots, knowledge_snapshots.c.number == entry_sets.c.number)
            .where(knowledge_snapshots.c.snapshot == snapshot)
        )

    async def _set(self, query: Any) -> PublishedSet | None:
        row = (await self._connection.execute(query)).first()
        if row is None:
            return None
        values = dict(row._mapping)
        values["entries"] = tuple((entry, number) for entry, number in json.loads(row.entries))
        return PublishedSet(**values)

    async def _versions(self, query: Any) -> list[EntryVersion]:
        found = []
        for row in await self._connection.execute(query):
            values = dict(row._mapping)
            values["body"] = json.loads(row.body)
            found.append(EntryVersion(**values))
        return found


def _row(record: EntryRecord) -> dict[str, Any]:
    return {item.name: getattr(record, item.name) for item in fields(record)}


def _record(row: Any) -> EntryRecord:
    values = dict(row._mapping)
    values["state"] = EntryState(values["state"])
    return EntryRecord(**values)
