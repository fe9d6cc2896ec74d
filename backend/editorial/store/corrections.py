"""Corrections and questions without basis; what people said stands sealed."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, Index, String, Table, Text, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from backend.editorial.model.correction import Correction, CorrectionState
from backend.editorial.model.unanswered import Unanswered
from backend.kernel.personal import Personal
from backend.storage.tables import Moment, metadata
from backend.storage.unit_of_work import SqlUnitOfWork

corrections = Table(
    "corrections",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("entry", String(60), nullable=False, index=True),
    Column("snapshot", String(40), nullable=False),
    Column("person", String(36), nullable=False),
    Column("contact", String(36), nullable=False),
    Column("question", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("opened_by", String(60), nullable=False),
    Column("opened_name", String(60), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("state", String(12), nullable=False),
    Column("decision", String(12), nullable=False),
    Column("reply", Text, nullable=False),
    Column("answered_name", String(60), nullable=False),
    Column("answered_at", Moment),
    Column("told", Boolean, nullable=False),
    Index(None, "state", "due_at"),
)
unanswered = Table(
    "unanswered_questions",
    metadata,
    Column("message", String(36), primary_key=True),
    Column("person", String(36), nullable=False),
    Column("text", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("week", String(8), nullable=False, index=True),
    Column("region", String(12), nullable=False),
    Column("matter", String(4), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("entry", String(60), nullable=False),
)
_SEALED = ("question", "what")


class SqlCorrections:
    """Corrections over SQL."""

    def __init__(self, unit: SqlUnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    async def add(self, correction: Correction) -> None:
        """Store a new correction."""
        row = await self._row(correction)
        await self._connection.execute(insert(corrections).values(told=False, **row))

    async def update(self, correction: Correction) -> None:
        """Store a changed correction."""
        row = await self._row(correction)
        await self._connection.execute(
            update(corrections).where(corrections.c.id == correction.id).values(**row)
        )

    async def by_id(self, id: str, *, lock: bool = False) -> Correction | None:
        """A correction by id."""
        query = select(corrections).where(corrections.c.id == id)
        found = await self._read(query.with_for_update() if lock else query)
        return found[0] if found else None

    async def all(self, *, open_only: bool, limit: int = 200) -> list[Correction]:
        """Corrections, open ones by their clock first."""
        query = select(corrections)
        if open_only:
            query = query.where(corrections.c.state == CorrectionState.OPEN)
        return await self._read(
            query.order_by(corrections.c.state.desc(), corrections.c.due_at).limit(limit)
        )

    async def overdue(self, now: datetime) -> list[Correction]:
        """Open corrections whose day is over; each is returned once."""
        late = (corrections.c.state == CorrectionState.OPEN, corrections.c.due_at < now)
        found = await self._read(
            select(corrections).where(*late, corrections.c.told.is_(False)).limit(50)
        )
        told = []
        for one in found:
            changed = await self._connection.execute(
                update(corrections)
                .where(corrections.c.id == one.id, corrections.c.told.is_(False))
                .values(told=True)
            )
            if changed.rowcount == 1:
                told.append(one)
        return told

    async def _row(self, correction: Correction) -> dict[str, Any]:
        row = {item.name: getattr(correction, item.name) for item in fields(correction)}
        for name in _SEALED:
            text = row[name]
            row[name] = await self._unit.seal(Personal(correction.person, text)) if text else ""
        return row

    async def _read(self, query: Any) -> list[Correction]:
        found = []
        for row in (await self._connection.execute(query)).all():
            values = dict(row._mapping)
            del values["told"]
            values["state"] = CorrectionState(values["state"])
            for name in _SEALED:
                values[name] = await self._unit.unseal(row.person, values[name])
            found.append(Correction(**values))
        return found


class SqlQuestions:
    """Questions without basis over SQL."""

    def __init__(self, unit: SqlUnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    async def add(self, question: Unanswered) -> bool:
        """Store a question; False when it is known."""
        known = await self._connection.execute(
            select(unanswered.c.message).where(unanswered.c.message == question.message)
        )
        if known.first() is not None:
            return False
        row = {item.name: getattr(question, item.name) for item in fields(question)}
        row["text"] = await self._unit.seal(Personal(question.person, question.text))
        row["words"] = " ".join(sorted(question.words))
        try:
            async with self._unit.savepoint():
                await self._connection.execute(insert(unanswered).values(**row))
        except IntegrityError:
            return False
        return True

    async def of_week(self, week: str, *, limit: int = 2000) -> list[Unanswered]:
        """The questions of a week."""
        rows = await self._connection.execute(
            select(unanswered)
            .where(unanswered.c.week == week)
            .order_by(unanswered.c.at)
            .limit(limit)
        )
        found = []
        for row in rows.all():
            values = dict(row._mapping)
            values["words"] = frozenset(row.words.split())
            values["text"] = await self._unit.unseal(row.person, row.text)
            found.append(Unanswered(**values))
        return found

    async def weeks(self) -> list[tuple[str, int]]:
        """The weeks that have questions, newest first."""
        rows = await self._connection.execute(
            select(unanswered.c.week, func.count())
            .group_by(unanswered.c.week)
            .order_by(unanswered.c.week.desc())
            .limit(53)
        )
        return [(str(week), int(count)) for week, count in rows]

    async def taken_up(self, messages: list[str], entry: str) -> None:
        """Remember which entry was begun for questions."""
        await self._connection.execute(
            update(unanswered).where(unanswered.c.message.in_(messages)).values(entry=entry)
        )
