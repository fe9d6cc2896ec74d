"""One case through four doors: every question is put once, whoever puts it."""

from __future__ import annotations

import itertools

import pytest

from backend.cases import repetition
from backend.cases import service as cases
from backend.kernel.actor import SYSTEM, citizen
from backend.routing import service as routing
from backend.scoring.ports import JournalFeed
from tests.support.house import CHIFENG, staff

ANSWERS = {"bool": False, "date": "2026-10-09", "number": 3, "enum": None}
DOORS = (("tv", citizen("box")), ("phone", staff("agent")), ("chat", citizen("chat")))


@pytest.mark.parametrize("issue", ["wages", "divorce", "rural_land", "penalty", "loan"])
async def test_each_question_is_put_once_over_all_doors(house, issue) -> None:
    agent = staff("agent")
    async with house.units(agent, "desk") as uow:
        person = await cases.person_at(uow, "")
        case = await cases.open_case(uow, person=person, region=CHIFENG)
        await cases.record_facts(uow, case, {"issue": issue})
    put: list[str] = []
    for number, (door, actor) in enumerate(itertools.cycle(DOORS)):
        async with house.units(actor, door) as uow:
            wanted = await routing.questions(uow, case)
            if not wanted:
                break
            fact = wanted[0]
            put.append(fact.code)
            await cases.put_question(uow, case, fact.code)
            answer = fact.values[0].code if fact.type == "enum" else ANSWERS[fact.type]
            # Every third time the citizen cannot say; that is an answer too.
            await cases.record_facts(
                uow, case, {fact.code: "unknown" if number % 3 == 2 else answer}
            )
        assert number < 70
    assert len(put) > 3
    assert len(set(put)) == len(put)
    async with house.units(SYSTEM, read_only=True) as uow:
        found = await repetition.repetition(uow.get(JournalFeed).events(repetition.TYPES))
    assert (found.asked, found.count) == (len(put), 0)
