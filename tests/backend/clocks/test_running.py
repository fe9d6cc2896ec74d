"""Interruption and suspension: what counts, what is refused, and why."""

from __future__ import annotations

from datetime import date

import pytest

from backend.clocks import (
    Basis,
    Clock,
    Interruption,
    Length,
    Nature,
    Roll,
    Suspension,
    Unit,
    run_period,
)
from backend.clocks.adapters.calendar_json import published_calendar

CALENDAR = published_calendar()
AS_OF = date(2026, 5, 20)
START = date(2022, 6, 1)


def limitation(interruptible: bool = True, suspendable: bool = True) -> Clock:
    return Clock(
        code="civil_limitation",
        name="民事诉讼时效",
        text="",
        length=Length(3, Unit.YEAR),
        starts_from="knew_on",
        basis=(Basis("民法典", 188),),
        nature=Nature.DEADLINE,
        roll=Roll.HOLIDAY,
        interruptible=interruptible,
        suspendable=suspendable,
    )


def test_a_demand_with_proof_starts_the_period_again() -> None:
    demand = Interruption(date(2024, 3, 4), "催要", "微信记录")
    period = run_period(limitation(), START, AS_OF, CALENDAR, [demand])
    assert period.counted == (demand,)
    assert period.deadline is not None
    assert period.deadline.due == date(2027, 3, 4)
    assert period.deadline.starts == date(2024, 3, 4)


def test_events_count_in_order_of_time() -> None:
    late = Interruption(date(2025, 12, 1), "对方承认", "录音")
    early = Interruption(date(2023, 12, 1), "催要", "快递单")
    period = run_period(limitation(), START, AS_OF, CALENDAR, [late, early])
    assert period.counted == (early, late)
    assert period.deadline is not None
    assert period.deadline.raw == date(2028, 12, 1)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (Interruption(date(2024, 3, 4), "催要", " "), "没有证据"),
        (Interruption(date(2026, 6, 1), "催要", "短信"), "日期在今天之后"),
        (Interruption(date(2022, 5, 1), "催要", "短信"), "发生在期限开始之前"),
        (Interruption(date(2025, 8, 1), "催要", "短信"), "发生时期限已经届满"),
        (
            Suspension(date(2022, 8, 1), date(2022, 9, 1), "住院", "病历"),
            "障碍不在期限的最后六个月内",
        ),
        (Suspension(date(2025, 3, 1), date(2025, 2, 1), "住院", "病历"), "结束早于开始"),
    ],
)
def test_what_does_not_count_is_refused_with_a_reason(
    event: Interruption | Suspension, reason: str
) -> None:
    interruptions = [event] if isinstance(event, Interruption) else []
    suspensions = [event] if isinstance(event, Suspension) else []
    period = run_period(limitation(), START, AS_OF, CALENDAR, interruptions, suspensions)
    assert period.refused == ((event, reason),)
    assert period.deadline is not None
    assert period.deadline.raw == date(2025, 6, 1)


def test_an_obstacle_in_the_last_six_months_gives_six_more() -> None:
    obstacle = Suspension(date(2025, 3, 1), date(2025, 5, 10), "被羁押", "释放证明")
    period = run_period(limitation(), START, AS_OF, CALENDAR, (), [obstacle])
    assert period.deadline is not None
    assert period.deadline.due == date(2025, 11, 10)


def test_while_an_obstacle_lasts_no_day_can_be_named() -> None:
    obstacle = Suspension(date(2025, 3, 1), None, "被羁押", "拘留证")
    period = run_period(limitation(), START, AS_OF, CALENDAR, (), [obstacle])
    assert period.deadline is None
    assert period.counted == (obstacle,)


def test_a_fixed_period_neither_stops_nor_restarts() -> None:
    fixed = limitation(interruptible=False, suspendable=False)
    demand = Interruption(date(2024, 3, 4), "催要", "微信记录")
    obstacle = Suspension(date(2025, 3, 1), date(2025, 5, 10), "住院", "病历")
    period = run_period(fixed, START, AS_OF, CALENDAR, [demand], [obstacle])
    assert [reason for _, reason in period.refused] == ["该期限依法不中断", "该期限依法不中止"]


def test_twenty_years_are_the_end() -> None:
    demand = Interruption(date(2024, 3, 4), "催要", "微信记录")
    period = run_period(
        limitation(), START, AS_OF, CALENDAR, [demand], longest_from=date(2006, 8, 3)
    )
    assert period.deadline is not None
    assert period.deadline.due == date(2026, 8, 3)
