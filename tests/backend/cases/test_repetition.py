"""Asked twice: counted from the journal, in both its forms, and not where nothing is repeated."""

from __future__ import annotations

from backend.cases import repetition
from backend.cases import service as cases
from backend.kernel.actor import SYSTEM
from backend.scoring.ports import JournalFeed
from tests.support.house import CHIFENG, staff

AGENT = staff("agent")


async def counted(house) -> repetition.Repetition:
    async with house.units(SYSTEM, read_only=True) as uow:
        return await repetition.repetition(uow.get(JournalFeed).events(repetition.TYPES))


async def test_a_question_is_counted_only_when_its_fact_was_known(house) -> None:
    async with house.units(AGENT, "desk") as uow:
        person = await cases.person_at(uow, "")
        case = await cases.open_case(uow, person=person, region=CHIFENG)
        other = await cases.open_case(uow, person=person, region=CHIFENG)
        for code in ("issue", "amount", "amount"):
            await cases.put_question(uow, case, code)
        await cases.record_facts(uow, case, {"issue": "loan", "amount": "unknown"})
        await cases.put_question(uow, other, "issue")
    assert (await counted(house)).count == 0
    async with house.units(AGENT, "tv") as uow:
        await cases.put_question(uow, case, "amount")
    after = await counted(house)
    assert (after.asked, len(after.twice), len(after.conflicts)) == (5, 1, 0)


async def test_an_answer_that_differs_is_counted_and_the_same_again_is_not(house) -> None:
    async with house.units(AGENT, "desk") as uow:
        person = await cases.person_at(uow, "")
        case = await cases.open_case(uow, person=person, region=CHIFENG)
        await cases.record_facts(uow, case, {"amount": 500})
        await cases.record_facts(uow, case, {"amount": 500})
    assert (await counted(house)).count == 0
    async with house.units(AGENT, "chat") as uow:
        await cases.record_facts(uow, case, {"amount": 900})
    assert len((await counted(house)).conflicts) == 1
