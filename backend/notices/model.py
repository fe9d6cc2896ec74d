"""Reminders: when they are due and what they say. Never what a case is about.

A deadline is told thirty, seven, three and one day ahead, at nine in the morning in China. Six days
ahead, when fewer than seven are left, the supervisor is alarmed (法律援助法 第四十四条).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from backend.kernel.clock import CHINA

DAYS_AHEAD = (30, 7, 3, 1)
ALARM_AHEAD = 6
_HOUR = time(9)


class Kind(StrEnum):
    """What a reminder is for."""

    DEADLINE = "deadline"
    ALARM = "alarm"
    EXPIRY = "expiry"


@dataclass(frozen=True, slots=True)
class Plan:
    """One reminder to be: `clock` is a code, `ahead` the days before `due` it stands for."""

    kind: Kind
    clock: str
    due: date
    ahead: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Reminder:
    """A planned reminder of a case. `done_at` is set once, `how` says what was done:
    `sms`, `alarm`, `no_phone` or `cancelled`.
    """

    id: str
    case: str
    case_code: str
    person: str
    region: str
    plan: Plan
    done_at: datetime | None = None
    how: str = ""


def plan_deadlines(deadlines: Iterable[tuple[str, date]], now: datetime) -> list[Plan]:
    """The reminders of citizens' deadlines `(clock, last day)`, those of the past left out.

    Of the moments already past only the latest is kept, and is due at once.
    """
    today = now.astimezone(CHINA).date()
    plans: list[Plan] = []
    for clock, due in deadlines:
        if due < today:
            continue
        ahead = [days for days in DAYS_AHEAD if _nine(due, days) > now]
        passed = [days for days in DAYS_AHEAD if days not in ahead]
        plans += [Plan(Kind.DEADLINE, clock, due, days, _nine(due, days)) for days in ahead]
        if passed:
            plans.append(Plan(Kind.DEADLINE, clock, due, min(passed), now))
        alarm_at = max(_nine(due, ALARM_AHEAD), now)
        plans.append(Plan(Kind.ALARM, clock, due, ALARM_AHEAD, alarm_at))
    return plans


def plan_expiry(last: date) -> Plan:
    """The reminder that a decision holds no longer, on the morning after its last day."""
    return Plan(Kind.EXPIRY, "", last, 0, _nine(last, -1))


def text_of(reminder: Reminder, now: datetime) -> str:
    """The short message: the case code and the day, no word of what it is about."""
    code = reminder.case_code
    said = f"{code[:3]} {code[3:6]} {code[6:]}"
    due = reminder.plan.due
    if reminder.plan.kind is Kind.EXPIRY:
        return f"【12348】案件{said}上次给您的办理建议已经到期，请拨打12348重新核对。"
    left = (due - now.astimezone(CHINA).date()).days
    when = f"还有{left}天" if left > 0 else "今天"
    day = f"{due.month}月{due.day}日"
    return f"【12348】案件{said}有一个期限{when}届满（{day}），请尽快办理，有疑问拨打12348。"


def _nine(due: date, days: int) -> datetime:
    return datetime.combine(due - timedelta(days=days), _HOUR, tzinfo=CHINA)
