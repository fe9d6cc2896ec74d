"""The published calendar, read from our own data file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from backend.clocks.model.calendar import Calendar, CalendarYear


@cache
def published_calendar() -> Calendar:
    """The calendar of `backend/clocks/data/calendar.json`; raises ValueError when it is damaged."""
    text = files("backend.clocks").joinpath("data/calendar.json").read_text(encoding="utf-8")
    return calendar_from(json.loads(text)["years"])


def calendar_from(years: Sequence[Mapping[str, Any]]) -> Calendar:
    """Build a calendar from plain data; a date outside its year raises ValueError with the date."""
    return Calendar.of(_year(row) for row in years)


def _year(row: Mapping[str, Any]) -> CalendarYear:
    year = int(row["year"])
    holidays = frozenset(
        day
        for name, first, last in row["holidays"]
        for day in _span(date.fromisoformat(first), date.fromisoformat(last))
    )
    make_up = frozenset(date.fromisoformat(day) for day in row["make_up"])
    for day in holidays | make_up:
        if day.year != year:
            raise ValueError(f"{day} does not belong to the calendar year {year}")
    wrong = [day for day in make_up if day.weekday() < 5 or day in holidays]
    if wrong:
        raise ValueError(f"make-up days must be weekends outside the holidays: {wrong}")
    return CalendarYear(year, holidays, make_up, str(row["source"]))


def _span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
