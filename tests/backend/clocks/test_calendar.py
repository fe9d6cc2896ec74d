"""The working-day calendar against the published years, and beyond them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backend.clocks import Calendar
from backend.clocks.adapters.calendar_json import calendar_from, published_calendar


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    return published_calendar()


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-02-14", True),  # a Saturday worked before the Spring Festival
        ("2026-02-15", False),
        ("2026-02-23", False),
        ("2026-02-24", True),
        ("2026-02-28", True),
        ("2026-03-07", False),
        ("2025-10-08", False),
        ("2024-05-11", True),
    ],
)
def test_published_days(calendar: Calendar, day: str, works: bool) -> None:
    assert calendar.is_working_day(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("last", "moved"),
    [
        ("2026-08-09", "2026-08-10"),
        ("2026-02-19", "2026-02-24"),
        ("2026-06-20", "2026-06-22"),
        ("2026-10-03", "2026-10-08"),
        ("2026-02-28", "2026-02-28"),  # a worked Saturday does not move
        ("2025-12-31", "2025-12-31"),
        ("2026-01-01", "2026-01-04"),  # a worked Sunday ends the holiday
    ],
)
def test_a_last_day_on_a_rest_day_moves(calendar: Calendar, last: str, moved: str) -> None:
    counted = calendar.roll(date.fromisoformat(last))
    assert counted.day == date.fromisoformat(moved)
    assert not counted.provisional


def test_beyond_the_table_the_earlier_day_stays_and_says_why(calendar: Calendar) -> None:
    sunday = date(2028, 4, 2)
    counted = calendar.roll(sunday)
    assert counted.day == sunday
    assert counted.provisional
    assert "2028" in counted.reason


def test_a_roll_that_runs_out_of_the_table_stays_too(calendar: Calendar) -> None:
    short = Calendar.of([calendar.years[2025]])
    counted = short.roll(date(2025, 12, 28))
    assert counted.day == date(2025, 12, 29)
    new_year = Calendar.of([calendar.years[2024], calendar.years[2025]]).roll(date(2026, 1, 1))
    assert new_year.day == date(2026, 1, 1)
    assert new_year.provisional


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-02-12", 5, "2026-02-26"),
        ("2026-02-06", 15, "2026-03-05"),
        ("2026-04-28", 5, "2026-05-08"),
        ("2026-04-29", 3, "2026-05-07"),
        ("2026-03-02", 0, "2026-03-02"),
    ],
)
def test_working_days(calendar: Calendar, start: str, days: int, end: str) -> None:
    counted = calendar.add_working_days(date.fromisoformat(start), days)
    assert counted.day == date.fromisoformat(end)
    assert not counted.provisional


@pytest.mark.parametrize("days", [1, 5, 15, 30])
@pytest.mark.parametrize("start", ["2026-12-25", "2027-01-18", "2027-04-20", "2028-08-01"])
def test_beyond_the_table_the_count_is_never_late(
    calendar: Calendar, start: str, days: int
) -> None:
    """Not later than a count over bare weekdays, which no holiday has yet made longer."""
    first = date.fromisoformat(start)
    counted = calendar.add_working_days(first, days)
    plain, left = first, days
    while left:
        plain += timedelta(days=1)
        left -= plain.weekday() < 5
    assert counted.day <= plain
    assert counted.provisional == (counted.day > calendar.known_to)


def test_before_the_table_is_provisional(calendar: Calendar) -> None:
    counted = calendar.roll(date(2023, 10, 1))
    assert counted.day == date(2023, 10, 1)
    assert counted.provisional


def test_working_days_between(calendar: Calendar) -> None:
    assert calendar.working_days_between(date(2026, 2, 12), date(2026, 2, 26)) == 5
    assert calendar.working_days_between(date(2026, 2, 26), date(2026, 2, 12)) == 0


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"holidays": [["元旦", "2030-01-01", "2030-01-01"]], "make_up": []}, "2030-01-01"),
        ({"holidays": [], "make_up": ["2031-01-01"]}, "make-up"),
    ],
)
def test_a_damaged_table_is_refused(row: dict[str, object], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        calendar_from([{"year": 2031, "source": "x", **row}])


def test_years_must_follow_each_other(calendar: Calendar) -> None:
    with pytest.raises(ValueError, match="2025"):
        Calendar.of([calendar.years[2024], calendar.years[2026]])
    with pytest.raises(ValueError, match="at least one"):
        Calendar.of([])


def test_a_negative_period_is_refused(calendar: Calendar) -> None:
    with pytest.raises(ValueError, match="negative"):
        calendar.add_working_days(date(2026, 1, 5), -1)
