"""“这条不对”: three working days, an answer, and an alarm when there is none."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from backend.editorial.model.correction import CorrectionState
from backend.editorial.ports import Corrections
from backend.editorial.service import corrections
from backend.editorial.store.corrections import corrections as table
from backend.kernel.actor import SYSTEM
from backend.kernel.clock import CHINA
from backend.kernel.errors import Conflict, Denied, Invalid
from backend.kernel.personal import ERASED
from backend.storage.tables import news
from tests.backend.editorial.conftest import AGENT, EDITOR, REVIEWER

PERSON = "p-1"


async def flagged(house, **changes):
    async with house.units(AGENT, "desk") as uow:
        return await corrections.flag(
            uow,
            **{
                "what": "期限写错了",
                "question": "我叫王小明，工资拖了",
                "entry": "1003-a",
                "person": PERSON,
                **changes,
            },
        )


async def told(house) -> list[tuple[str, str]]:
    async with house.units(SYSTEM, read_only=True) as uow:
        rows = await uow.connection.execute(select(news.c.topic, news.c.audience))
        return [(row.topic, row.audience) for row in rows]


async def test_the_clock_is_three_working_days(house) -> None:
    correction = await flagged(house)
    # A Wednesday: Thursday, Friday, Monday.
    assert correction.due_at == datetime(2026, 11, 30, 23, 59, 59, tzinfo=CHINA)
    assert ("correction", "role:knowledge_editor") in await told(house)


async def test_what_was_said_stands_sealed_and_goes_with_the_person(house) -> None:
    correction = await flagged(house)
    async with house.units(SYSTEM) as uow:
        row = (await uow.connection.execute(select(table))).one()
        assert "王小明" not in row.question + row.what
        (event,) = await uow.events(corrections.aggregate(correction.id))
        assert "期限".encode() not in event.record
        await uow.erase(PERSON)
    async with house.units(SYSTEM, read_only=True) as uow:
        assert (await uow.get(Corrections).by_id(correction.id)).question == ERASED


async def test_the_editor_answers_and_the_agent_is_told(house) -> None:
    correction = await flagged(house)
    async with house.units(EDITOR) as uow:
        done = await corrections.answer(uow, correction.id, decision="fixed", reply="改成一年")
    assert (done.state, done.answered_name) == (CorrectionState.ANSWERED, "高娃")
    assert ("correction", f"staff:{AGENT.id}") in await told(house)
    async with house.units(EDITOR) as uow:
        with pytest.raises(Conflict):
            await corrections.answer(uow, correction.id, decision="kept", reply="再说")
        assert (await uow.verify_journal()).broken is None


async def test_late_ones_alarm_once(house, clock) -> None:
    correction = await flagged(house)
    answered = await flagged(house)
    async with house.units(EDITOR) as uow:
        await corrections.answer(uow, answered.id, decision="kept", reply="没错")
    clock.put(correction.due_at)
    async with house.units(SYSTEM) as uow:
        assert await corrections.sweep(uow) == 0
    clock.forward(timedelta(seconds=1))
    async with house.units(SYSTEM) as uow:
        assert await corrections.sweep(uow) == 1
        assert await corrections.sweep(uow) == 0
    assert ("alarm", "role:knowledge_reviewer") in await told(house)
    assert ("alarm", "role:supervisor") in await told(house)


@pytest.mark.parametrize(("decision", "reply"), [("fixed", " "), ("maybe", "改了"), ("", "改了")])
async def test_an_answer_says_what_was_done(house, decision, reply) -> None:
    correction = await flagged(house)
    async with house.units(EDITOR) as uow:
        with pytest.raises(Invalid):
            await corrections.answer(uow, correction.id, decision=decision, reply=reply)


async def test_who_may_flag_and_who_may_answer(house) -> None:
    async with house.units(EDITOR) as uow:
        with pytest.raises(Denied):
            await corrections.flag(uow, what="不对", question="")
    with pytest.raises(Invalid):
        await flagged(house, what="  ")
    correction = await flagged(house, person="", entry="")
    assert correction.person == correction.id
    async with house.units(REVIEWER) as uow:
        with pytest.raises(Denied):
            await corrections.answer(uow, correction.id, decision="kept", reply="没错")
