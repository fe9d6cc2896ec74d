"""The working-day calendar: which days are worked, and how far the published table reaches.

Source of a year: the State Council's yearly notice on public holidays and make-up days. Outside the
published years nothing is guessed in the citizen's disfavour: a count or a roll-over that would
need an unpublished day ends on the earlier, safe date and is marked provisional.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)

# Months and days near which every published year has put its make-up weekends.
_MAKE_UP_SEASONS: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = (
    ((12, 20), (12, 31)),
    ((1, 1), (3, 10)),
    ((3, 25), (5, 20)),
    ((6, 1), (7, 5)),
    ((9, 5), (10, 25)),
)


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """One published year: rest days on top of weekends, and weekends that are worked."""

    year: int
    holidays: frozenset[date]
    make_up: frozenset[date]
    source: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A day reached by counting, whether it may still move, and why."""

    day: date
    provisional: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Published years; `known_from` and `known_to` are the first and last published day."""

    years: Mapping[int, CalendarYear]
    known_from: date
    known_to: date
    _rest: frozenset[date] = field(repr=False)
    _make_up: frozenset[date] = field(repr=False)

    @classmethod
    def of(cls, years: Iterable[CalendarYear]) -> Calendar:
        """Build from consecutive years; raises ValueError when there is none or one is skipped."""
        table = {year.year: year for year in years}
        if not table:
            raise ValueError("a calendar needs at least one published year")
        first, last = min(table), max(table)
        missing = [year for year in range(first, last + 1) if year not in table]
        if missing:
            raise ValueError(f"calendar years missing: {missing}")
        return cls(
            years=table,
            known_from=date(first, 1, 1),
            known_to=date(last, 12, 31),
            _rest=frozenset().union(*(year.holidays for year in table.values())),
            _make_up=frozenset().union(*(year.make_up for year in table.values())),
        )

    def published(self, day: date) -> bool:
        """Whether the State Council's table covers this day."""
        return self.known_from <= day <= self.known_to

    def is_rest_day(self, day: date) -> bool:
        """Whether `day` is not worked; outside the table a weekend is taken as rest."""
        if day in self._make_up:
            return False
        return day.weekday() >= 5 or day in self._rest

    def is_working_day(self, day: date) -> bool:
        """The opposite of `is_rest_day`."""
        return not self.is_rest_day(day)

    def roll(self, last: date) -> Counted:
        """Move a last day that is a rest day to the next working day.

        Basis: 民法典 第二百零三条, 民事诉讼法 第八十五条. Outside the table the raw day stays.
        """
        if not self.published(last):
            return Counted(last, provisional=True, reason=self._unpublished(last))
        day = last
        while self.is_rest_day(day):
            day += ONE_DAY
            if not self.published(day):
                return Counted(last, provisional=True, reason=self._unpublished(day))
        return Counted(day)

    def add_working_days(self, start: date, days: int) -> Counted:
        """Count `days` working days after `start`, which itself is not counted.

        Outside the table a weekday counts as worked, and so does a weekend day that could become
        a make-up day, so that the date reached is never later than the true one.
        """
        if days < 0:
            raise ValueError("a period cannot be negative")
        day, left, provisional = start, days, False
        while left:
            day += ONE_DAY
            if self.published(day):
                left -= self.is_working_day(day)
            else:
                provisional = True
                left -= day.weekday() < 5 or _may_be_make_up(day)
        return Counted(day, provisional, self._unpublished(day) if provisional else "")

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end` (0 when `end` is not later)."""
        total, day = 0, start
        while day < end:
            day += ONE_DAY
            total += self.is_working_day(day)
        return total

    def _unpublished(self, day: date) -> str:
        if day > self.known_to:
            return f"{day.year}年放假安排尚未公布，先按较早的日期提醒"
        return f"日历表自{self.known_from.year}年起，更早的休假日未收录，按较早的日期计算"


def _may_be_make_up(day: date) -> bool:
    mark = (day.month, day.day)
    return any(first <= mark <= last for first, last in _MAKE_UP_SEASONS)
