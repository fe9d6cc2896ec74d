"""The telephone on the real rooms and a real database, with a carrier on loopback."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from backend.cases.ports import Cases
from backend.contacts import promises
from backend.contacts import service as contacts
from backend.contacts.model import Contact, ContactState, Door, PromiseState
from backend.contacts.ports import Contacts
from backend.kernel.actor import SYSTEM
from backend.queue import service as queue
from backend.queue.model import TALK_LOST_AFTER
from backend.queue.ports import Queue
from channels.hotline import menu
from channels.hotline.simulator.caller import ScriptedCaller
from tests.channels.hotline.hotline_house import (
    AGENT,
    House,
    house,
    make_house,
    migrated,
    permissions,
)
from tests.support.small_knowledge import CITED

__all__ = ["house", "make_house", "migrated", "permissions"]


async def test_a_question_is_answered_from_the_knowledge_base_and_the_contact_is_closed(
    house: House,
) -> None:
    caller = house.caller()
    await caller.dial()
    assert await caller.hear() == menu.NOTICE
    await caller.say("老板拖欠我三个月工资怎么办")
    assert CITED.quote in await caller.hear()
    await caller.hang_up()
    contact = await _until_state(house, caller, ContactState.CLOSED)
    assert [speaker for speaker, _ in await house.said(contact)] == ["citizen", "system"]
    assert await house.count("contact.left", contact) == 1
    assert house.exchange.webhooks.failures == 0


async def test_a_person_is_reached_and_both_are_heard_until_the_agent_finishes(
    house: House,
) -> None:
    await house.agent_is_ready()
    caller = house.caller()
    await caller.dial()
    await caller.press("0")
    await caller.wait_for(menu.TO_PERSON)
    contact = await house.agent_answers()
    await caller.wait_for(menu.CONNECTED)
    await house.agent_says(contact, "您好，请讲您的情况。")
    await caller.wait_for("请讲您的情况")
    await caller.say("我在工地干活，工资没发")
    await _until_said(house, contact, "我在工地干活，工资没发")
    await house.agent_says(contact, "有合同吗？")
    await house.agent_says(contact, "有考勤吗？")
    await caller.wait_for("有考勤吗")
    await house.agent_finishes(contact)
    await caller.wait_for(menu.GOODBYE)
    assert await caller.ended() == "completed"
    for line in ("您好，请讲您的情况。", "有合同吗？", "有考勤吗？", menu.CONNECTED):
        assert caller.said.count(line) == 1
    assert (await house.contact(caller.call.sid)).state is ContactState.CLOSED


async def test_words_in_a_document_that_was_lost_on_its_way_are_said_again(house: House) -> None:
    await house.agent_is_ready()
    caller = house.caller()
    await caller.dial()
    await caller.press("0")
    await caller.wait_for(menu.TO_PERSON)
    contact = await house.agent_answers()
    await caller.wait_for(menu.CONNECTED)
    await house.agent_says(contact, "请带身份证。")
    await caller.wait_for("请带身份证")
    webhooks, base = house.exchange.webhooks, house.exchange.config.voice_url
    lost = await webhooks.document(caller.call, f"{base}/talk?turn=900", {})
    again = await webhooks.document(caller.call, f"{base}/talk?turn=901", {})
    assert "请带身份证" in lost
    assert "请带身份证" in again
    said = again.split("said=")[1].split('"')[0]
    heard = await webhooks.document(caller.call, f"{base}/talk?turn=902&said={said}", {})
    assert "请带身份证" not in heard


async def test_words_of_danger_and_questions_without_basis_go_to_a_person(house: House) -> None:
    for number, text in (("+8613800000001", "我丈夫打我"), ("+8613800000002", "外星人合法吗")):
        caller = house.caller(number)
        await caller.dial()
        await caller.say(text)
        await caller.wait_for(menu.NOBODY)
        assert (await house.contact(caller.call.sid)).state is ContactState.WAITING


async def test_a_caller_who_hangs_up_while_it_rings_frees_the_agent(house: House) -> None:
    await house.agent_is_ready()
    caller = house.caller()
    await caller.dial()
    await caller.press("0")
    await caller.wait_for(menu.TO_PERSON)
    await caller.hang_up()
    await _until_state(house, caller, ContactState.CLOSED)
    async with house.units(AGENT, read_only=True) as uow:
        seat = await uow.get(Queue).seat(AGENT.id)
        assert await queue.own_ring(uow, AGENT) is None
    assert seat is not None
    assert seat.state == "ready"


async def test_without_an_agent_at_work_the_caller_is_told_and_may_be_called_back(
    house: House,
) -> None:
    caller = house.caller()
    await caller.dial()
    await caller.press("0")
    await caller.wait_for(menu.NOBODY)
    assert menu.TO_PERSON not in caller.said
    contact = await house.contact(caller.call.sid)
    assert contact.state is ContactState.WAITING, "the place is kept for whoever comes"
    await caller.press("1")
    await caller.wait_for("之前给您回电")
    await caller.ended()
    await _until_state(house, caller, ContactState.CALLBACK)


async def test_who_waits_while_nobody_is_there_is_reached_by_the_first_who_comes(
    house: House,
) -> None:
    caller = house.caller()
    await caller.dial()
    await caller.press("0")
    await caller.wait_for(menu.NOBODY)
    await house.agent_is_ready()
    await house.agent_answers()
    await caller.wait_for(menu.CONNECTED)


async def test_an_agent_whose_page_is_lost_while_talking_is_replaced(house: House) -> None:
    await house.agent_is_ready()
    caller = house.caller()
    await caller.dial()
    await caller.press("0")
    await caller.wait_for(menu.TO_PERSON)
    contact = await house.agent_answers()
    await caller.wait_for(menu.CONNECTED)
    async with house.units(SYSTEM, "test") as uow:
        seat = await uow.get(Queue).seat(AGENT.id)
        assert seat is not None
        long_ago = uow.now - TALK_LOST_AFTER - timedelta(seconds=1)
        await uow.get(Queue).put_seat(replace(seat, seen_at=long_ago))
    await caller.wait_for(menu.TAKEN_OVER)
    assert (await house.contact(caller.call.sid)).state is ContactState.WAITING
    await house.agent_is_ready()
    again = await house.agent_answers()
    assert again.id == contact.id
    await house.agent_says(again, "线路断了一下，请您接着说。")
    await caller.wait_for("请您接着说")
    assert await house.count("contact.requeued", contact) == 1


async def test_progress_is_told_by_both_codes_and_the_call_joins_the_case(house: House) -> None:
    first = house.caller()
    await first.dial()
    await first.say("老板拖欠我工资")
    await first.hear()
    await first.hang_up()
    contact = await _until_state(house, first, ContactState.CLOSED)
    async with house.units(SYSTEM, read_only=True) as uow:
        case = await uow.get(Cases).by_id(contact.case)
    assert case is not None
    await first.dial()
    await first.say("查进度")
    await first.press(case.code)
    await first.wait_for("尾号0001", live=False)
    for _ in range(100):
        if first.messages:
            break
        await asyncio.sleep(0.02)
    digits = "".join(c for c in first.messages[-1].body.split("是")[1] if c.isdigit())[:6]
    await first.press(digits)
    await first.wait_for("正在由调解员办理")
    assert (await house.contact(first.call.sid)).case == case.id


async def test_unknown_case_codes_end_with_a_person(house: House) -> None:
    caller = house.caller()
    await caller.dial()
    await caller.press("1")
    for _ in range(5):
        await caller.call.until(lambda: caller.call.waiting and "dtmf" in caller.call.hears)
        await caller.press("2612345670")
    await caller.wait_for(menu.NOBODY)
    contact = await house.contact(caller.call.sid)
    assert contact.handoff == "case_code"


async def test_a_promised_call_is_made_and_kept(house: House) -> None:
    caller = house.caller()
    await caller.dial()
    await caller.press("0")
    await caller.wait_for(menu.NOBODY)
    await caller.press("1")
    await caller.wait_for("之前给您回电")
    await caller.ended()
    await house.agent_is_ready()
    call = await _call_back(house)
    await caller.answer()
    await caller.wait_for("按约定给您回电", live=False)
    await caller.wait_for(menu.CONNECTED, live=False)
    contact = await house.contact(caller.call.sid)
    assert contact.id == call.id
    assert contact.state is ContactState.HUMAN
    assert contact.agent == AGENT.id
    async with house.units(SYSTEM, read_only=True) as uow:
        promise = await uow.get(Contacts).promise_of_call(call.id)
    assert promise is not None
    assert promise.state is PromiseState.KEPT


async def test_a_promised_call_that_nobody_answers_is_tried_again_and_the_agent_is_free(
    house: House,
) -> None:
    caller = house.caller()
    await caller.dial()
    await caller.press("0")
    await caller.wait_for(menu.NOBODY)
    await caller.press("1")
    await caller.ended()
    await house.agent_is_ready()
    call = await _call_back(house)
    for _ in range(200):
        async with house.units(SYSTEM, read_only=True) as uow:
            promise = await uow.get(Contacts).promise_of_call(call.id)
            seat = await uow.get(Queue).seat(AGENT.id)
        if promise is not None and promise.state is PromiseState.OPEN:
            break
        await asyncio.sleep(0.02)
    assert promise is not None
    assert promise.state is PromiseState.OPEN
    assert seat is not None
    assert seat.state == "ready"


async def test_a_carrier_that_doubles_drops_and_delays_changes_nothing(make_house) -> None:
    from channels.hotline.simulator.config import Faults

    faults = Faults(duplicate=0.5, drop=0.3, reorder=0.5, delay_ms=5)
    house = await make_house(faults=faults, seed=7)
    caller = house.caller()
    await caller.dial()
    await caller.say("拖欠工资怎么办")
    await caller.hear()
    await caller.say("拖欠工资找谁")
    await caller.hear()
    await caller.hang_up()
    contact = await _until_state(house, caller, ContactState.CLOSED)
    said = [text for speaker, text in await house.said(contact) if speaker == "citizen"]
    assert said == ["拖欠工资怎么办", "拖欠工资找谁"]
    assert await house.count("contact.opened", contact) == 1
    assert house.exchange.webhooks.different_replies == 0


async def _call_back(house: House) -> Contact:
    async with house.units(AGENT, "desk") as uow:
        (promise,) = await uow.get(Contacts).open_promises()
        case = await uow.get(Cases).by_id(promise.case)
        call = await contacts.open_contact(
            uow, door=Door.PHONE, region="150400", case=case, wire=f"promise:{promise.id}:0"
        )
        await queue.busy_with(uow, call)
        await promises.start_call(uow, promise, call.id)
        await uow.post("dial", {"contact": call.id, "promise": promise.id})
    return call


async def _until_state(house: House, caller: ScriptedCaller, state: ContactState) -> Contact:
    for _ in range(200):
        contact = await house.contact(caller.call.sid)
        if contact.state is state:
            return contact
        await asyncio.sleep(0.02)
    raise AssertionError(f"{contact.state} is not {state}")


async def _until_said(house: House, contact: Contact, text: str) -> None:
    for _ in range(200):
        if any(text == said for _, said in await house.said(contact)):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(text)
