"""Reading a day's figures from the journal."""

from __future__ import annotations

from backend.kernel.clock import CHINA
from backend.kernel.unit_of_work import UnitOfWork
from backend.reports.model import EVENT_TYPES, DayFigures, count
from backend.reports.ports import DayFeed


async def today(uow: UnitOfWork) -> DayFigures:
    """The figures of this day in China."""
    day = uow.now.astimezone(CHINA).date().isoformat()
    return count([event async for event in uow.get(DayFeed).day(day, EVENT_TYPES)])
