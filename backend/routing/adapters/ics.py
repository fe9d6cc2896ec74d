"""Deadlines as a calendar file that a telephone or a computer reads, with reminders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event

from backend.clocks import Deadline, Nature

REMIND_DAYS_BEFORE = (7, 1)
PRODUCT = "-//Fatong//Deadlines//ZH"


def deadlines_ics(deadlines: Sequence[Deadline], case_code: str, now: datetime) -> bytes:
    """An iCalendar file of the deadlines still ahead, one all-day event each.

    `case_code` makes the events' identifiers stable, so that a later file replaces an earlier
    one; `now` (with a time zone) is the stamp of the file. Nothing personal is written.
    """
    if now.tzinfo is None:
        raise ValueError("now needs a time zone")
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for deadline in deadlines:
        if not deadline.expired:
            calendar.add_component(_event(deadline, case_code, now))
    return bytes(calendar.to_ical())


def _event(deadline: Deadline, case_code: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{case_code}-{deadline.clock}@fatong")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", deadline.due)
    event.add("dtend", deadline.due + timedelta(days=1))
    event.add("summary", _summary(deadline))
    event.add("description", _description(deadline, case_code))
    event.add("transp", "TRANSPARENT")
    for days in REMIND_DAYS_BEFORE:
        if deadline.days_left > days:
            event.add_component(_alarm(deadline, days))
    return event


def _alarm(deadline: Deadline, days: int) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", f"还有{days}天：{deadline.name}")
    alarm.add("trigger", timedelta(days=-days, hours=9))
    return alarm


def _summary(deadline: Deadline) -> str:
    if deadline.nature is Nature.DEADLINE:
        return f"{deadline.name}最后一天"
    return f"{deadline.name}期满"


def _description(deadline: Deadline, case_code: str) -> str:
    basis = [f"{item.law}第{item.article}条" for item in deadline.basis]
    lines = [f"案件码：{case_code}", f"依据：{'、'.join([*basis, *deadline.basis_other])}"]
    if deadline.provisional:
        lines.append(f"暂定：{deadline.reason}")
    return "\n".join(lines)
