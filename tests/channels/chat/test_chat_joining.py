"""我有案件编号: a case begun elsewhere goes on in the chat; guessing ends with a person."""

from __future__ import annotations

import re
from typing import Any

import pytest

from backend.cases import service as cases
from backend.cases.model import CaseState
from backend.cases.ports import Cases
from backend.contacts import access
from backend.contacts import service as contacts
from backend.contacts.model import ContactState, Door
from backend.contacts.ports import Contacts
from backend.kernel.actor import SYSTEM
from channels.hotline.simulator.exchange import CarrierExchange

PHONE = "+8613847600000"


@pytest.fixture
async def begun(room: Any) -> Any:
    """A case with two facts and a number on it, begun on the telephone."""
    async with room.platform.units(SYSTEM, "phone") as uow:
        contact = await contacts.open_contact(
            uow, door=Door.PHONE, region="150400", wire="CA1", phone=PHONE
        )
        case = await uow.get(Cases).by_id(contact.case)
        await cases.record_facts(uow, case, {"issue": "wages", "amount": 20_000})
        return case


async def post(page: Any, room: Any, path: str, **body: str) -> tuple[int, dict[str, Any]]:
    async with page.session.post(
        f"{room.base}/chat/{path}", json=body, headers={"Origin": room.base}
    ) as reply:
        return reply.status, await reply.json()


async def sent_code(room: Any) -> str:
    """The six digits, as the handset shows them."""
    await room.platform.worker.round()
    texts = [message.body for message in room.platform.parts[CarrierExchange].messages]
    return re.findall(r"查询码是(\d{6})", texts[-1])[0]


async def test_a_case_goes_on_with_both_codes_and_nothing_is_lost(
    open_chat: Any, room: Any, begun: Any, rasa: Any
) -> None:
    page = await open_chat()
    rasa.said = [{"text": "好的。"}]
    await page.reply_to("我是单位招的", "k1")
    contact = await room.contact_of(page.session)
    async with room.platform.units(SYSTEM, "test") as uow:
        known = await uow.get(Contacts).by_id(contact)
        opened = await uow.get(Cases).by_id(known.case)
        await cases.record_facts(uow, opened, {"employment_relation": "yes"})

    status, found = await post(page, room, "case", code=begun.code)
    assert (status, found["sent"], found["code"]) == (200, True, begun.code)
    digits = await sent_code(room)
    status, _ = await post(page, room, "case/join", code=begun.code, phone_code=digits)
    assert status == 200
    told = await page.until("message", speaker="system")
    assert "接上了案件" in told["text"]
    assert (await page.until("state"))["code"].replace(" ", "") == begun.code
    assert (await room.facts(contact)).values() == {
        "issue": "wages",
        "amount": 20_000,
        "employment_relation": "yes",
    }
    async with room.platform.units(SYSTEM, "test", read_only=True) as uow:
        merged = await uow.get(Cases).by_id(opened.id)
        doors = [one.door for one in await uow.get(Contacts).of_case(begun.id)]
    assert (merged.state, merged.merged_into) == (CaseState.MERGED, begun.id)
    assert doors == [Door.PHONE, Door.CHAT]


async def test_a_guessed_case_code_brings_a_person_at_the_fifth(open_chat: Any, room: Any) -> None:
    page = await open_chat()
    for _ in range(4):
        status, said = await post(page, room, "case", code="2600000000")
        assert (status, "没有这个案件编码" in said["title"]) == (403, True)
    status, said = await post(page, room, "case", code="2600000000")
    assert (status, said["person"], "工作人员" in said["title"]) == (429, True, True)
    await page.until("state", state="waiting")


async def test_guessing_the_phone_code_is_not_begun_anew_by_loading_the_page_again(
    open_chat: Any, room: Any, begun: Any
) -> None:
    page = await open_chat()
    await post(page, room, "case", code=begun.code)
    for _ in range(4):
        status, _ = await post(page, room, "case/join", code=begun.code, phone_code="000000")
        assert status == 403
    page = await open_chat(page.session)
    status, _ = await post(page, room, "case/join", code=begun.code, phone_code="000000")
    assert status == 429
    right = await sent_code(room)
    status, _ = await post(page, room, "case/join", code=begun.code, phone_code=right)
    assert status == 429
    contact = await room.contact_of(page.session)
    async with room.platform.units(SYSTEM, "test", read_only=True) as uow:
        known = await uow.get(Contacts).by_id(contact)
    assert known.state is ContactState.WAITING
    assert known.case != begun.id


async def test_two_affairs_are_never_merged(open_chat: Any, room: Any, begun: Any) -> None:
    page = await open_chat()
    contact = await room.contact_of(page.session)
    async with room.platform.units(SYSTEM, "test") as uow:
        known = await uow.get(Contacts).by_id(contact)
        case = await uow.get(Cases).by_id(known.case)
        await contacts.open_contact(uow, door=Door.VIDEO, region="150400", wire="v1", case=case)
    await post(page, room, "case", code=begun.code)
    digits = await sent_code(room)
    status, said = await post(page, room, "case/join", code=begun.code, phone_code=digits)
    assert (status, said["code"]) == (409, "another_case")
    async with room.platform.units(SYSTEM, "test", read_only=True) as uow:
        assert (await uow.get(Cases).by_id(known.case)).state is CaseState.OPEN


async def test_without_a_conversation_nothing_is_found(room: Any, open_chat: Any) -> None:
    page = await open_chat()
    await page.send(type="leave")
    await page.until("state", state="closed")
    status, said = await post(page, room, "case", code="2600000000")
    assert (status, said["code"]) == (403, "no_conversation")


async def test_the_token_of_another_door_is_no_conversation_here(room: Any, open_chat: Any) -> None:
    """A link that was used up opens nothing."""
    page = await open_chat()
    contact = await room.contact_of(page.session)
    async with room.platform.units(SYSTEM, "test") as uow:
        known = await uow.get(Contacts).by_id(contact)
        link = await access.give(uow, known, once=True)
        await access.take_over(uow, link)
        assert await access.contact_of(uow, link) is None
