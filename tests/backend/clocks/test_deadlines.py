"""The deadline engine: units, month ends, roll-over, variants, caps, colours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.clocks import (
    Basis,
    Calendar,
    Clock,
    Length,
    Nature,
    Roll,
    Unit,
    Variant,
    colour,
    compute,
    deadline_of,
)
from backend.clocks.adapters.calendar_json import published_calendar
from backend.clocks.model.engine import add_months

AS_OF = date(2026, 5, 20)
CALENDAR: Calendar = published_calendar()


def clock(number: int, unit: Unit, roll: Roll = Roll.HOLIDAY, **more: object) -> Clock:
    fields: dict[str, object] = {
        "code": "c",
        "name": "时限",
        "text": "",
        "length": Length(number, unit),
        "starts_from": "knew_on",
        "basis": (Basis("民法典", 188),),
        "nature": Nature.DEADLINE,
        "roll": roll,
    }
    return Clock(**(fields | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("number", "unit", "start", "due"),
    [
        (60, Unit.DAY, "2026-06-10", "2026-08-10"),
        (60, Unit.DAY, "2024-01-02", "2024-03-04"),
        (15, Unit.DAY, "2026-06-05", "2026-06-22"),
        (6, Unit.MONTH, "2025-08-31", "2026-02-28"),
        (6, Unit.MONTH, "2026-04-03", "2026-10-08"),
        (2, Unit.YEAR, "2024-02-29", "2026-02-28"),
        (1, Unit.YEAR, "2025-06-03", "2026-06-03"),
        (72, Unit.HOUR, "2026-05-12", "2026-05-15"),
        (30, Unit.HOUR, "2026-05-12", "2026-05-14"),
        (5, Unit.WORKING_DAY, "2026-02-12", "2026-02-26"),
    ],
)
def test_units(number: int, unit: Unit, start: str, due: str) -> None:
    result = deadline_of(clock(number, unit), date.fromisoformat(start), AS_OF, CALENDAR)
    assert result.due == date.fromisoformat(due)
    assert result.days_left == (result.due - AS_OF).days
    assert result.basis == (Basis("民法典", 188),)


def test_without_roll_over_a_rest_day_stays() -> None:
    result = deadline_of(clock(60, Unit.DAY, Roll.NONE), date(2026, 6, 10), AS_OF, CALENDAR)
    assert result.due == date(2026, 8, 9)
    assert not result.moved


@pytest.mark.parametrize(
    ("left", "expected"),
    [(-1, "expired"), (0, "red"), (6, "red"), (7, "yellow"), (29, "yellow"), (30, "green")],
)
def test_colours(left: int, expected: str) -> None:
    assert colour(left) == expected


def table() -> Mapping[str, Clock]:
    capped = Variant(
        when={"told": False, "later_on": "present"}, starts_from="later_on", cap="limit"
    )
    none = Variant(when={"told": False, "later_on": "absent"}, none=True)
    old = Variant(
        when={"as_of": ("before", date(2026, 3, 1))},
        length=Length(6, Unit.MONTH),
        basis=(Basis("旧法", 59),),
    )
    return {
        "first": clock(60, Unit.DAY, code="first", variants=(capped, none)),
        "limit": clock(1, Unit.YEAR, code="limit"),
        "next": clock(15, Unit.DAY, code="next", starts_from="clock:first"),
        "award": clock(3, Unit.MONTH, code="award", variants=(old,)),
    }


def due(code: str, facts: Mapping[str, object], as_of: date = AS_OF) -> date | None:
    result = compute(code, table(), facts, as_of, CALENDAR)
    return result.due if result else None


def test_variants_choose_start_length_and_basis() -> None:
    knew = date(2026, 1, 12)
    assert due("first", {"knew_on": knew}) == date(2026, 3, 13)
    assert due("first", {"knew_on": knew, "told": False}) is None
    told_late = {"knew_on": knew, "told": False, "later_on": date(2026, 4, 20)}
    assert due("first", told_late) == date(2026, 6, 22)
    assert due("award", {"knew_on": knew}, date(2026, 2, 10)) == date(2026, 7, 13)
    assert due("award", {"knew_on": knew}, date(2026, 3, 10)) == date(2026, 4, 13)


def test_a_cap_holds_the_day_back() -> None:
    facts = {"knew_on": date(2025, 12, 22), "told": False, "later_on": date(2026, 12, 1)}
    assert due("first", facts, date(2026, 12, 15)) == date(2026, 12, 22)


def test_a_clock_may_start_from_another_ones_last_day() -> None:
    assert due("next", {"knew_on": date(2026, 6, 10)}) == date(2026, 8, 25)
    assert due("next", {}) is None


def test_no_start_no_deadline() -> None:
    assert due("limit", {}) is None
    assert due("limit", {"knew_on": "2026-01-01"}) is None
    with pytest.raises(KeyError):
        compute("nothing", table(), {}, AS_OF, CALENDAR)


def test_beyond_the_table_is_marked() -> None:
    result = compute("limit", table(), {"knew_on": date(2027, 5, 1)}, date(2027, 5, 2), CALENDAR)
    assert result is not None
    assert result.due == date(2028, 5, 1)
    assert result.provisional
    assert "2028" in result.reason


DAYS = st.dates(date(2024, 1, 1), date(2025, 11, 1))


@given(start=DAYS, months=st.integers(1, 13))
def test_months_keep_the_day_or_end_the_month(start: date, months: int) -> None:
    end = add_months(start, months)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day <= start.day


@given(start=DAYS, number=st.integers(1, 400))
def test_a_day_never_moves_to_the_past_and_ends_on_a_working_day(start: date, number: int) -> None:
    result = deadline_of(clock(number, Unit.DAY), start, start, CALENDAR)
    assert result.due >= result.raw > start
    assert result.provisional or CALENDAR.is_working_day(result.due)
    assert all(
        CALENDAR.is_rest_day(date.fromordinal(day))
        for day in range(result.raw.toordinal(), result.due.toordinal())
    )
