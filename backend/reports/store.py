"""A day of the journal over SQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sqlalchemy import select

from backend.kernel.journal import Event, read_event
from backend.storage.tables import journal
from backend.storage.unit_of_work import SqlUnitOfWork


class SqlDayFeed:
    """The journal of this database, a day at a time."""

    def __init__(self, unit: SqlUnitOfWork) -> None:
        self._connection = unit.connection

    async def day(self, day: str, types: frozenset[str]) -> AsyncIterator[Event]:
        """Yield a day's events of these types in order."""
        rows = await self._connection.execute(
            select(journal)
            .where(journal.c.day == day, journal.c.type.in_(types))
            .order_by(journal.c.position)
        )
        for row in rows.all():
            yield read_event(row.position, row.previous_hash, row.hash, row.record)
