"""The table of applications; answers and reasons stand under the applicant's key."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    String,
    Table,
    Text,
    insert,
    or_,
    select,
    update,
)

from backend.applications.model import OPEN_STATES, Application, State
from backend.kernel.actor import Actor
from backend.kernel.personal import ERASED, Personal
from backend.storage.filters import to_sql
from backend.storage.tables import Moment, metadata
from backend.storage.unit_of_work import SqlUnitOfWork

applications = Table(
    "applications",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("number", String(30), nullable=False, unique=True),
    Column("case", String(36), nullable=False, index=True),
    Column("person", String(36), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("state", String(12), nullable=False),
    Column("region", String(12), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("opened_by", String(60), nullable=False),
    Column("organisation", String(40), nullable=False),
    Column("answers", Text, nullable=False),
    Column("submitted_at", Moment),
    Column("due", Date),
    Column("advance", Boolean, nullable=False),
    Column("extended", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("told", Date),
    Index(None, "organisation", "state"),
    Index(None, "due"),
)
_OWN = frozenset({State.PROPOSED, State.DRAFT})


class SqlApplications:
    """Applications over SQL."""

    def __init__(self, unit: SqlUnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    async def add(self, application: Application) -> None:
        """Store a new one."""
        await self._connection.execute(insert(applications).values(**await self._row(application)))

    async def update(self, application: Application) -> None:
        """Store a changed one."""
        await self._connection.execute(
            update(applications)
            .where(applications.c.id == application.id)
            .values(**await self._row(application))
        )

    async def by_id(self, id: str, *, lock: bool = False) -> Application | None:
        """An application by id."""
        query = select(applications).where(applications.c.id == id)
        found = await self._find(query.with_for_update() if lock else query)
        return found[0] if found else None

    async def of_case(self, case: str) -> list[Application]:
        """The applications of a case, oldest first."""
        return await self._find(
            select(applications)
            .where(applications.c.case == case)
            .order_by(applications.c.opened_at, applications.c.id)
        )

    async def visible_to(self, actor: Actor, *, limit: int) -> list[Application]:
        """Submitted applications the actor may read."""
        allowed = to_sql(
            self._unit.permissions.filter(actor, "application.read"),
            dict(applications.c.items()),
        )
        return await self._find(
            select(applications)
            .where(allowed, applications.c.state.in_(OPEN_STATES - _OWN))
            .order_by(applications.c.due.is_(None), applications.c.due, applications.c.id)
            .limit(limit)
        )

    async def overdue(self, day: date, *, limit: int) -> list[Application]:
        """Those whose clock ended before this day and that were not told."""
        return await self._find(
            select(applications)
            .where(
                applications.c.due < day,
                or_(applications.c.told.is_(None), applications.c.told != applications.c.due),
            )
            .order_by(applications.c.due, applications.c.id)
            .limit(limit)
        )

    async def told(self, id: str, due: date) -> bool:
        """Remember that the overrun was told."""
        changed = await self._connection.execute(
            update(applications)
            .where(
                applications.c.id == id,
                or_(applications.c.told.is_(None), applications.c.told != due),
            )
            .values(told=due)
        )
        return int(changed.rowcount) == 1

    async def _row(self, application: Application) -> dict[str, Any]:
        row = {item.name: getattr(application, item.name) for item in fields(application)}
        answers = json.dumps(dict(application.answers), ensure_ascii=False)
        row["answers"] = await self._unit.seal(Personal(application.person, answers))
        reason = application.reason
        row["reason"] = (
            await self._unit.seal(Personal(application.person, reason)) if reason else ""
        )
        return row

    async def _find(self, query: Any) -> list[Application]:
        rows = (await self._connection.execute(query)).all()
        return [await self._application(row) for row in rows]

    async def _application(self, row: Any) -> Application:
        values = dict(row._mapping)
        del values["told"]
        text = await self._unit.unseal(row.person, row.answers)
        values["answers"] = {} if text == ERASED else json.loads(text)
        values["reason"] = await self._unit.unseal(row.person, row.reason)
        values["state"] = State(row.state)
        return Application(**values)
