"""The calendar file of a decision's deadlines, read back by the library."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from icalendar import Calendar

from backend.clocks.adapters.calendar_json import published_calendar
from backend.routing.adapters.ics import deadlines_ics
from backend.routing.adapters.ruleset_yaml import built_in_rules
from backend.routing.model.decide import decide
from backend.routing.model.decision import Decision, RoutingRequest

NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)


def decision(knew_on: str) -> Decision:
    facts = {"issue": "penalty", "knew_on": knew_on, "told_remedy": True}
    request = RoutingRequest("3001", date(2026, 3, 20), "150402", facts)
    return decide(request, built_in_rules(), published_calendar())


def test_each_deadline_is_a_day_with_reminders_and_its_basis() -> None:
    text = deadlines_ics(decision("2026-03-09").deadlines, "260-123-4567", NOW)
    events = Calendar.from_ical(text).walk("VEVENT")
    assert [str(event["uid"]) for event in events] == [
        "260-123-4567-recon_apply@fatong",
        "260-123-4567-admin_suit@fatong",
    ]
    assert events[0].decoded("dtstart") == date(2026, 5, 8)
    assert "行政复议法第20条" in str(events[0]["description"])
    assert len(events[0].walk("VALARM")) == 2


def test_a_past_deadline_is_left_out_and_a_near_one_has_no_early_reminder() -> None:
    facts = {"issue": "loan", "due_on": "2023-03-25", "debt_clear": True}
    request = RoutingRequest("1006", date(2026, 3, 20), "150402", facts)
    near = decide(request, built_in_rules(), published_calendar())
    events = Calendar.from_ical(deadlines_ics(near.deadlines, "x", NOW)).walk("VEVENT")
    assert len(events) == 1
    assert len(events[0].walk("VALARM")) == 1
    past = decision("2025-06-02")
    assert Calendar.from_ical(deadlines_ics(past.deadlines, "x", NOW)).walk("VEVENT") == []


def test_a_provisional_day_says_so() -> None:
    facts = {"issue": "loan", "due_on": "2026-03-10"}
    request = RoutingRequest("1006", date(2026, 3, 20), "150402", facts)
    result = decide(request, built_in_rules(), published_calendar())
    event = Calendar.from_ical(deadlines_ics(result.deadlines, "x", NOW)).walk("VEVENT")[0]
    assert "暂定" in str(event["description"])


def test_a_stamp_needs_its_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        deadlines_ics((), "x", NOW.replace(tzinfo=None))
