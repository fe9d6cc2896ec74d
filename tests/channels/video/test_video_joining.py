"""A case that was begun at another door goes on by video; guessing ends with a person."""

from __future__ import annotations

import re

from backend.cases import service as cases
from backend.cases.ports import Cases
from backend.contacts import service as contacts
from backend.contacts.model import Door
from backend.kernel.actor import SYSTEM
from channels.hotline.simulator.exchange import CarrierExchange
from tests.channels.video.video_platform import eventually


async def begun(world):
    async with world.platform.units(SYSTEM, "phone") as uow:
        contact = await contacts.open_contact(
            uow, door=Door.PHONE, region="150400", wire="CA1", phone="+8613847600000"
        )
        case = await uow.get(Cases).by_id(contact.case)
        await cases.record_facts(uow, case, {"issue": "wages"})
        return case


async def sent_code(world) -> str:
    async def look():
        texts = [message.body for message in world.platform.parts[CarrierExchange].messages]
        return re.findall(r"查询码是(\d{6})", "".join(texts))

    return (await eventually(look, lambda found: found))[-1]


async def test_both_codes_before_queueing_bring_the_agent_the_whole_case(world) -> None:
    case = await begun(world)
    agent, page = await world.agent(), await world.page()
    status, found = await page.post("/video/case", {"code": case.code})
    assert (status, found["sent"]) == (200, True)
    both = {"code": case.code, "phone_code": await sent_code(world)}
    assert (await page.post("/video/case/join", both))[0] == 200
    shown = (await page.post("/video/state"))[1]
    assert (shown["state"], shown["code"].replace(" ", "")) == ("bot", case.code)
    assert "接上了案件" in shown["messages"][-1]["text"]
    await page.post("/video/start")
    contact = await world.answer(agent)
    known = await agent.json(f"/desk/contacts/{contact}")
    assert known["case_code"] == case.code
    assert [fact["code"] for fact in known["facts"]] == ["issue"]
    assert [one["door_name"] for one in known["before"]] == ["电话"]


async def test_a_guessed_code_brings_a_person_at_the_fifth(world) -> None:
    page = await world.page()
    statuses = [(await page.post("/video/case", {"code": "2600000000"}))[0] for _ in range(5)]
    assert statuses == [403] * 4 + [429]
    assert (await page.post("/video/state"))[1]["state"] == "waiting"
