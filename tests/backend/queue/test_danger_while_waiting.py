"""Words of danger from whoever waits, or was promised a call: they move ahead, once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.contacts import service as contacts
from backend.contacts.model import ContactState, Door, Speaker
from backend.contacts.ports import Contacts
from backend.dialogue import service as dialogue
from backend.dialogue.ports import NoDialogue
from backend.kernel.actor import citizen
from backend.queue import service as queue
from backend.queue.model import DANGER_HEAD_START
from backend.queue.ports import Queue
from tests.support.house import CHIFENG, staff
from tests.support.small_knowledge import SmallKnowledge

AGENT = staff("agent", "agent-1")
PHONE = "+8613800138000"


async def arrive(house, door: Door, *, wait: bool = True):
    async with house.units(citizen("somebody"), door) as uow:
        contact = await contacts.open_contact(uow, door=door, region=CHIFENG, wire=f"{door}:1")
        return await queue.want_person(uow, contact, "asked") if wait else contact


async def say(house, contact, text: str, key: str = ""):
    return await dialogue.turn(
        house.units,
        contact.id,
        text,
        key=key,
        door=contact.door,
        answers=SmallKnowledge(),
        dialogue=NoDialogue(),
    )


async def read(house, contact):
    async with house.units(AGENT, "desk", read_only=True) as uow:
        known = await uow.get(Contacts).by_id(contact.id)
        said = await uow.get(Contacts).messages(contact.id)
        return known, await uow.get(Queue).place(contact.id), said


@pytest.mark.parametrize("door", list(Door))
async def test_who_waits_longest_is_passed_by_who_tells_of_danger(house, clock, door) -> None:
    others = [other for other in Door if other is not door]
    for other in others:
        await arrive(house, other)
        clock.forward(timedelta(seconds=30))
    last = await arrive(house, door)
    reply = await say(house, last, "他又打我了，就在门外", key="k1")
    assert reply.handoff == "danger"
    known, place, said = await read(house, last)
    assert known.state is ContactState.WAITING
    assert known.danger == "violence"
    assert place.score == place.arrived_at - DANGER_HEAD_START
    told = [message.text for message in said if message.speaker is Speaker.SYSTEM]
    assert len(told) == 1
    assert "110" in told[0]
    async with house.units(AGENT, "desk") as uow:
        await queue.set_presence(uow, True, languages=frozenset({"zh"}))
        ring = await queue.own_ring(uow, AGENT)
    assert ring.contact == last.id


async def test_repeating_it_moves_nobody_further_and_is_told_once(house, clock) -> None:
    contact = await arrive(house, Door.CHAT)
    await say(house, contact, "他打我", key="k1")
    _, first, _ = await read(house, contact)
    clock.forward(timedelta(minutes=5))
    await say(house, contact, "他还在打我", key="k2")
    _, second, said = await read(house, contact)
    assert second.score == first.score
    assert sum("110" in message.text for message in said) == 1
    async with house.units(AGENT, "desk", read_only=True) as uow:
        events = [event.type for event in await uow.events(contacts.aggregate(contact.id))]
    assert events.count("contact.moved_ahead") == 1


async def test_a_ring_that_is_not_answered_keeps_the_place_that_was_gained(house, clock) -> None:
    first = await arrive(house, Door.PHONE)
    async with house.units(AGENT, "desk") as uow:
        await queue.set_presence(uow, True, languages=frozenset({"zh"}))
        ring = await queue.own_ring(uow, AGENT)
    assert ring.contact == first.id
    await say(house, first, "他打我")
    async with house.units(AGENT, "desk") as uow:
        await queue.decline(uow, ring.contact, ring.reservation)
    _, place, _ = await read(house, first)
    assert place.score == place.arrived_at - DANGER_HEAD_START


async def test_calm_words_keep_the_place_and_need_no_reply(house) -> None:
    contact = await arrive(house, Door.VIDEO)
    _, before, _ = await read(house, contact)
    await say(house, contact, "老板不给工资")
    _, after, said = await read(house, contact)
    assert after == before
    assert [message.speaker for message in said] == [Speaker.CITIZEN]


async def test_danger_after_a_promised_call_does_not_wait_for_the_call(house) -> None:
    contact = await arrive(house, Door.TV, wait=False)
    async with house.units(citizen(contact.id), "tv") as uow:
        known = await contacts.get_contact(uow, contact.id)
        promise = await queue.promise_instead(uow, known, PHONE)
    await say(house, contact, "他打我，快来人")
    known, place, _ = await read(house, contact)
    assert known.state is ContactState.WAITING
    assert place.score == place.arrived_at - DANGER_HEAD_START
    async with house.units(citizen(contact.id), "tv") as uow:
        again = await queue.promise_instead(uow, known, PHONE)
        kept = await uow.get(Contacts).promises_of_case(contact.case)
    assert [one.id for one in kept] == [again.id] == [promise.id]


async def test_danger_in_a_sentence_too_long_to_answer_is_heard(house) -> None:
    contact = await arrive(house, Door.CHAT, wait=False)
    reply = await say(house, contact, "他打我。" + "事情很长，" * 900)
    assert reply.handoff == "danger"
    assert (await read(house, contact))[0].state is ContactState.WAITING
