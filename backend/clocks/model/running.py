"""Periods that stand still or start again: 诉讼时效 and what proves it.

Interruption: the whole period starts again on the day of the event (民法典 第一百九十五条).
Suspension: an obstacle in the last six months lets the period end six months after the obstacle
has gone (第一百九十四条). Both need evidence; what is given here is what the receipt lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from backend.clocks.model.calendar import Calendar
from backend.clocks.model.clock import Clock
from backend.clocks.model.engine import Deadline, add_months, colour, deadline_of

SUSPENSION_WINDOW_MONTHS = 6
LONGEST_YEARS = 20


@dataclass(frozen=True, slots=True)
class Interruption:
    """A demand, an acknowledgement, a suit, or a request for mediation, and its proof."""

    on: date
    kind: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Suspension:
    """An obstacle from `since` to `until` (None while it lasts), and its proof."""

    since: date
    until: date | None
    kind: str
    evidence: str


@dataclass(frozen=True, slots=True)
class RunningPeriod:
    """The deadline after all events, those that counted and those that did not, with the reason.

    `deadline` is None while an obstacle lasts: then no day can be named yet.
    """

    deadline: Deadline | None
    counted: tuple[Interruption | Suspension, ...]
    refused: tuple[tuple[Interruption | Suspension, str], ...]


def run_period(
    clock: Clock,
    start: date,
    as_of: date,
    calendar: Calendar,
    interruptions: Sequence[Interruption] = (),
    suspensions: Sequence[Suspension] = (),
    longest_from: date | None = None,
) -> RunningPeriod:
    """Apply interruptions and suspensions in order of time.

    Events without evidence, out of time, or on a clock that cannot be interrupted or suspended are
    refused with a reason. `longest_from`, the day of the harm, caps 诉讼时效 at twenty years
    (民法典 第一百八十八条).
    """
    counted: list[Interruption | Suspension] = []
    refused: list[tuple[Interruption | Suspension, str]] = []
    current = deadline_of(clock, start, as_of, calendar)
    events: list[Interruption | Suspension] = [*interruptions, *suspensions]
    for event in sorted(events, key=_day_of):
        objection = _objection(clock, event, start, current.due, as_of)
        if objection:
            refused.append((event, objection))
            continue
        counted.append(event)
        if isinstance(event, Interruption):
            current = deadline_of(clock, event.on, as_of, calendar)
        elif event.until is None:
            return RunningPeriod(None, tuple(counted), tuple(refused))
        else:
            resumed = add_months(event.until, SUSPENSION_WINDOW_MONTHS)
            current = _moved_to(clock, current, resumed, as_of, calendar)
    if longest_from is not None and clock.suspendable:
        cap = add_months(longest_from, 12 * LONGEST_YEARS)
        if current.raw > cap:
            current = _moved_to(clock, current, cap, as_of, calendar)
    return RunningPeriod(current, tuple(counted), tuple(refused))


def _day_of(event: Interruption | Suspension) -> date:
    return event.on if isinstance(event, Interruption) else event.since


def _objection(
    clock: Clock, event: Interruption | Suspension, start: date, due: date, as_of: date
) -> str:
    """Why an event does not count, or an empty string."""
    day = _day_of(event)
    if not event.evidence.strip():
        return "没有证据"
    if day > as_of:
        return "日期在今天之后"
    if day < start:
        return "发生在期限开始之前"
    if day > due:
        return "发生时期限已经届满"
    if isinstance(event, Interruption):
        return "" if clock.interruptible else "该期限依法不中断"
    if not clock.suspendable:
        return "该期限依法不中止"
    if event.until is not None and event.until < event.since:
        return "结束早于开始"
    ends = event.until or as_of
    if ends < add_months(due, -SUSPENSION_WINDOW_MONTHS):
        return "障碍不在期限的最后六个月内"
    return ""


def _moved_to(
    clock: Clock, before: Deadline, raw: date, as_of: date, calendar: Calendar
) -> Deadline:
    rolled = calendar.roll(raw)
    left = (rolled.day - as_of).days
    return Deadline(
        clock=clock.code,
        name=clock.name,
        due=rolled.day,
        raw=raw,
        starts=before.starts,
        starts_from=before.starts_from,
        days_left=left,
        colour=colour(left),
        nature=clock.nature,
        basis=before.basis,
        basis_other=before.basis_other,
        stops=clock.stops,
        provisional=rolled.provisional,
        reason=rolled.reason,
    )
