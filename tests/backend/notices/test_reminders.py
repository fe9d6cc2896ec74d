"""Reminders: planned once, told once, never what a case is about; short deadlines open aid."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from backend.applications import advance_aid
from backend.applications.model import State
from backend.applications.ports import Applications
from backend.bootstrap import House
from backend.cases import service as cases
from backend.cases.model import Case
from backend.kernel.actor import SYSTEM
from backend.kernel.canonical import from_bytes
from backend.kernel.journal import Aggregate
from backend.notices import service as notices
from backend.notices.model import DAYS_AHEAD, Kind, Plan, Reminder, plan_deadlines, text_of
from backend.notices.ports import Reminders
from backend.routing import service as routing
from backend.storage.tables import outbox
from tests.support.house import CHIFENG, staff

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 25)
PHONE = "+8613800005678"


def told(plans: list[Plan]) -> list[tuple[int, str]]:
    return [(p.ahead, p.at.date().isoformat()) for p in plans if p.kind is Kind.DEADLINE]


def test_a_far_deadline_is_told_four_times_and_alarmed_once():
    plans = plan_deadlines([("x", date(2027, 2, 1))], NOW)
    assert [days for days, _ in told(plans)] == list(DAYS_AHEAD)
    assert [p.at.date() for p in plans if p.kind is Kind.ALARM] == [date(2027, 1, 26)]


def test_a_near_deadline_is_told_at_once_and_then_as_it_comes():
    plans = plan_deadlines([("x", TODAY + timedelta(days=5))], NOW)
    assert sorted(told(plans)) == [(1, "2026-11-29"), (3, "2026-11-27"), (7, "2026-11-25")]
    assert [p.at for p in plans if p.kind is Kind.ALARM] == [NOW]


def test_a_past_deadline_is_not_told():
    assert plan_deadlines([("x", TODAY - timedelta(days=1))], NOW) == []


@pytest.mark.parametrize("kind", [Kind.DEADLINE, Kind.EXPIRY])
def test_the_message_names_the_case_and_never_the_matter(kind: Kind):
    plan = Plan(kind, "labour_arbitration", TODAY + timedelta(days=3), 3, NOW)
    text = text_of(Reminder("1", "c", "2612345678", "p", CHIFENG, plan), NOW)
    assert "261 234 5678" in text
    assert "12348" in text
    assert not any(word in text for word in ("仲裁", "劳动", "时效", "labour"))


async def wages_case(house: House, ended: date) -> Case:
    """A case about wages after a job that ended on a day, decided by an agent."""
    async with house.units(SYSTEM, "test") as uow:
        person = await cases.person_at(uow, PHONE)
        case = await cases.open_case(uow, person=person, region=CHIFENG)
        await cases.record_facts(
            uow,
            case,
            {
                "issue": "wages",
                "employment_relation": "yes",
                "still_employed": False,
                "employment_ended_on": ended.isoformat(),
                "knew_on": ended.isoformat(),
            },
        )
    async with house.units(staff("agent"), "desk") as uow:
        stored = await routing.route(uow, case)
        assert any(item["days_left"] >= 0 for item in stored.record["deadlines"])
        event = (await uow.events(Aggregate("decision", stored.id)))[0]
    async with house.units(SYSTEM, "worker") as uow:
        await advance_aid.on_event(uow, event)
        await advance_aid.on_event(uow, event)
    return case


async def letters(house: House) -> list[dict[str, str]]:
    async with house.units(SYSTEM, "test", read_only=True) as uow:
        rows = (await uow.connection.execute(select(outbox.c.topic, outbox.c.payload))).all()
        return [await uow.reveal(from_bytes(row.payload)) for row in rows if row.topic == "sms"]


async def sweep(house: House) -> int:
    async with house.units(SYSTEM, "worker") as uow:
        return await notices.sweep(uow)


async def test_a_decision_plans_reminders_and_each_is_told_once(house: House, clock):
    case = await wages_case(house, date(2026, 11, 20))
    assert await sweep(house) == 0
    async with house.units(SYSTEM, "test", read_only=True) as uow:
        planned = await uow.get(Reminders).of_case(case.id)
        assert planned
    first = min(item.plan.at for item in planned)
    clock.put(first)
    done = await sweep(house)
    assert done >= 1
    assert await sweep(house) == 0
    sent = await letters(house)
    assert sent
    assert {letter["to"] for letter in sent} == {PHONE}
    async with house.units(SYSTEM, "test", read_only=True) as uow:
        assert (await uow.verify_journal()).broken is None


async def test_less_than_seven_days_proposes_advance_aid_once(house: House):
    case = await wages_case(house, date(2025, 11, 29))
    async with house.units(SYSTEM, "test", read_only=True) as uow:
        found = await uow.get(Applications).of_case(case.id)
        assert [(item.kind, item.state, item.advance) for item in found] == [
            ("legal_aid", State.PROPOSED, True)
        ]
        assert [
            event.type
            for event in await uow.events(Aggregate("case", case.id))
            if event.type == "case.advance_aid_proposed"
        ] == ["case.advance_aid_proposed"]


async def test_the_alarm_that_comes_with_time_proposes_too(house: House, clock):
    case = await wages_case(house, date(2025, 12, 20))
    clock.put(datetime(2026, 12, 15, 2, 0, tzinfo=UTC))
    await sweep(house)
    async with house.units(SYSTEM, "worker") as uow:
        alarms = [
            item
            for item in await uow.get(Reminders).of_case(case.id)
            if item.plan.kind is Kind.ALARM and item.how == "alarm"
        ]
        assert alarms
        for item in alarms:
            for event in await uow.events(Aggregate("reminder", item.id)):
                await advance_aid.on_event(uow, event)
        assert len(await uow.get(Applications).of_case(case.id)) == 1


async def test_a_closed_case_is_told_nothing_more(house: House, clock):
    case = await wages_case(house, date(2026, 11, 20))
    async with house.units(SYSTEM, "test") as uow:
        await cases.close_case(uow, case, "solved")
        event = (await uow.events(Aggregate("case", case.id)))[-1]
        assert event.type == "case.closed"
        await advance_aid.on_event(uow, event)
    clock.put(datetime(2028, 1, 1, tzinfo=UTC))
    assert await sweep(house) == 0
    assert await letters(house) == []


async def test_an_erased_person_gets_no_reminder(house: House, clock):
    case = await wages_case(house, date(2026, 11, 20))
    async with house.units(staff("security_admin"), "test") as uow:
        await cases.erase_person(uow, case.person)
    clock.put(datetime(2027, 12, 1, tzinfo=UTC))
    await sweep(house)
    assert await letters(house) == []
