"""The table of reminders; nothing personal stands in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    insert,
    select,
    update,
)

from backend.notices.model import Kind, Plan, Reminder
from backend.storage.tables import Moment, metadata
from backend.storage.unit_of_work import SqlUnitOfWork

reminders = Table(
    "reminders",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("case", String(36), nullable=False),
    Column("case_code", String(10), nullable=False),
    Column("person", String(36), nullable=False),
    Column("region", String(12), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("clock", String(60), nullable=False),
    Column("due", Date, nullable=False),
    Column("ahead", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("done_at", Moment),
    Column("how", String(12), nullable=False),
    UniqueConstraint("case", "kind", "clock", "due", "ahead"),
    Index(None, "done_at", "at"),
)


class SqlReminders:
    """Reminders over SQL."""

    def __init__(self, unit: SqlUnitOfWork) -> None:
        self._connection = unit.connection

    async def add(self, reminder: Reminder) -> bool:
        """Store; False when it is known."""
        plan = reminder.plan
        known = await self._find(
            reminders.c.case == reminder.case,
            reminders.c.kind == plan.kind,
            reminders.c.clock == plan.clock,
            reminders.c.due == plan.due,
            reminders.c.ahead == plan.ahead,
        )
        if known and known[0].how != "cancelled":
            return False
        values = {"at": plan.at, "done_at": None, "how": ""}
        if known:
            await self._connection.execute(
                update(reminders).where(reminders.c.id == known[0].id).values(**values)
            )
            return True
        await self._connection.execute(
            insert(reminders).values(
                id=reminder.id,
                case=reminder.case,
                case_code=reminder.case_code,
                person=reminder.person,
                region=reminder.region,
                kind=plan.kind,
                clock=plan.clock,
                due=plan.due,
                ahead=plan.ahead,
                **values,
            )
        )
        return True

    async def of_case(self, case: str) -> list[Reminder]:
        """The reminders of a case, by moment."""
        return await self._find(reminders.c.case == case)

    async def due(self, now: datetime, *, limit: int) -> list[Reminder]:
        """Those to be done now."""
        return await self._find(reminders.c.done_at.is_(None), reminders.c.at <= now, limit=limit)

    async def done(self, id: str, at: datetime, how: str) -> bool:
        """Mark as done, once."""
        changed = await self._connection.execute(
            update(reminders)
            .where(reminders.c.id == id, reminders.c.done_at.is_(None))
            .values(done_at=at, how=how)
        )
        return int(changed.rowcount) == 1

    async def _find(self, *conditions: Any, limit: int = 1000) -> list[Reminder]:
        rows = await self._connection.execute(
            select(reminders)
            .where(*conditions)
            .order_by(reminders.c.at, reminders.c.id)
            .limit(limit)
        )
        return [
            Reminder(
                id=row.id,
                case=row.case,
                case_code=row.case_code,
                person=row.person,
                region=row.region,
                plan=Plan(Kind(row.kind), row.clock, row.due, row.ahead, row.at),
                done_at=row.done_at,
                how=row.how,
            )
            for row in rows
        ]
