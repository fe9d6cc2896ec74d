"""The one deadline engine: from a clock, facts and a day to the last day, with its basis.

The first day is not counted; months and years end on the day of the same number, or on the last
day of the month where there is none (民法典 第二百零一条, 第二百零二条). A last day that is a rest
day moves to the next working day (第二百零三条), unless the period counts working days.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from backend.clocks.model.calendar import Calendar, Counted
from backend.clocks.model.clock import Basis, Clock, Length, Nature, Roll, Unit

Colour = Literal["green", "yellow", "red", "expired"]

RED_BELOW = 7
YELLOW_BELOW = 30


@dataclass(frozen=True, slots=True)
class Deadline:
    """A computed clock. `raw` is the last day before it moved over rest days.

    `provisional` means that the day may still move because the holiday table does not reach it;
    `due` is then the earlier, safe day and `reason` says why.
    """

    clock: str
    name: str
    due: date
    raw: date
    starts: date
    starts_from: str
    days_left: int
    colour: Colour
    nature: Nature
    basis: tuple[Basis, ...]
    basis_other: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    provisional: bool = False
    reason: str = ""

    @property
    def moved(self) -> bool:
        """Whether rest days moved the last day."""
        return self.due != self.raw

    @property
    def expired(self) -> bool:
        """Whether the last day has passed."""
        return self.days_left < 0


def colour(days_left: int) -> Colour:
    """Below 7 days red (法律援助法 第四十四条), below 30 yellow, else green; past is expired."""
    if days_left < 0:
        return "expired"
    if days_left < RED_BELOW:
        return "red"
    return "yellow" if days_left < YELLOW_BELOW else "green"


def add_months(start: date, months: int) -> date:
    """The day of the same number `months` later, or that month's last day."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def last_day(start: date, length: Length, roll: Roll, calendar: Calendar) -> tuple[date, Counted]:
    """The raw last day and the day after rest days have been considered."""
    if length.unit is Unit.WORKING_DAY:
        counted = calendar.add_working_days(start, length.number)
        return counted.day, counted
    raw = _raw(start, length)
    return raw, calendar.roll(raw) if roll is Roll.HOLIDAY else Counted(raw)


def deadline_of(
    clock: Clock, start: date, as_of: date, calendar: Calendar, *, length: Length | None = None
) -> Deadline:
    """The clock's day when it starts on `start`, without looking at facts."""
    return _build(
        clock, start, clock.starts_from, length or clock.length, clock.basis, as_of, calendar
    )


def compute(
    code: str,
    clocks: Mapping[str, Clock],
    facts: Mapping[str, object],
    as_of: date,
    calendar: Calendar,
) -> Deadline | None:
    """The clock under these facts, or None when it does not run or its start is unknown.

    Raises KeyError for an unknown clock code.
    """
    clock = clocks[code]
    length, starts_from, basis, cap = clock.length, clock.starts_from, clock.basis, None
    for variant in clock.variants:
        if not variant.matches(facts, as_of):
            continue
        if variant.none:
            return None
        length = variant.length or length
        starts_from = variant.starts_from or starts_from
        basis = basis if variant.basis is None else variant.basis
        cap = variant.cap or cap
        break
    start = _start(starts_from, clocks, facts, as_of, calendar)
    if start is None:
        return None
    result = _build(clock, start, starts_from, length, basis, as_of, calendar)
    limit = compute(cap, clocks, facts, as_of, calendar) if cap else None
    return limit_to(result, limit, as_of) if limit else result


def limit_to(result: Deadline, limit: Deadline, as_of: date) -> Deadline:
    """`result`, but not later than `limit`."""
    if result.due <= limit.due:
        return result
    left = (limit.due - as_of).days
    return Deadline(
        clock=result.clock,
        name=result.name,
        due=limit.due,
        raw=limit.raw,
        starts=result.starts,
        starts_from=result.starts_from,
        days_left=left,
        colour=colour(left),
        nature=result.nature,
        basis=result.basis,
        basis_other=result.basis_other,
        stops=result.stops,
        provisional=limit.provisional,
        reason=limit.reason,
    )


def _build(
    clock: Clock,
    start: date,
    starts_from: str,
    length: Length,
    basis: tuple[Basis, ...],
    as_of: date,
    calendar: Calendar,
) -> Deadline:
    raw, counted = last_day(start, length, clock.roll, calendar)
    left = (counted.day - as_of).days
    return Deadline(
        clock=clock.code,
        name=clock.name,
        due=counted.day,
        raw=raw,
        starts=start,
        starts_from=starts_from,
        days_left=left,
        colour=colour(left),
        nature=clock.nature,
        basis=basis,
        basis_other=clock.basis_other,
        stops=clock.stops,
        provisional=counted.provisional,
        reason=counted.reason,
    )


def _start(
    starts_from: str,
    clocks: Mapping[str, Clock],
    facts: Mapping[str, object],
    as_of: date,
    calendar: Calendar,
) -> date | None:
    if starts_from.startswith("clock:"):
        before = compute(starts_from.removeprefix("clock:"), clocks, facts, as_of, calendar)
        return before.due if before else None
    value = facts.get(starts_from)
    return value if isinstance(value, date) else None


def _raw(start: date, length: Length) -> date:
    match length.unit:
        case Unit.HOUR:
            return start + timedelta(days=-(-length.number // 24))
        case Unit.DAY:
            return start + timedelta(days=length.number)
        case Unit.MONTH:
            return add_months(start, length.number)
        case Unit.YEAR:
            return add_months(start, 12 * length.number)
        case _:
            raise ValueError(f"not a calendar unit: {length.unit}")
