"""What the desk shows of a contact: plain data for the page, personal fields masked."""

from __future__ import annotations

from typing import Any

from backend.cases.model import Case, FactSheet, Person
from backend.cases.ports import Cases, FactVocabulary
from backend.contacts.model import DOOR_NAMES, OUTCOMES, Contact, Door, Message, Promise
from backend.contacts.ports import Contacts
from backend.directory.model import Regions
from backend.kernel.unit_of_work import UnitOfWork
from backend.queue.model import Place, Seat
from backend.queue.ports import Queue
from backend.resolution.ports import Resolutions
from backend.web.pages import china_time, masked_phone, said_code

DANGER_NAMES = {
    "violence": "暴力",
    "suicide": "轻生",
    "child": "未成年人",
    "stalking": "跟踪骚扰",
}


async def board(uow: UnitOfWork, ring: Place | None, seat: Seat | None) -> dict[str, Any]:
    """The left column: the seat, what rings, who waits, what is promised, what is mine."""
    queue, contacts = uow.get(Queue), uow.get(Contacts)
    waiting = await queue.waiting()
    return {
        "now": uow.now,
        "seat": None
        if seat is None
        else {
            "state": seat.state,
            "since": seat.since,
            "contact": seat.contact,
            "wants": seat.wants,
        },
        "ring": None
        if ring is None
        else {
            "contact": ring.contact,
            "reservation": ring.reservation,
            "door": ring.door,
            "door_name": DOOR_NAMES[Door(ring.door)],
            "arrived_at": ring.arrived_at,
            "deadline": ring.deadline,
        },
        "waiting": [
            {
                "door": place.door,
                "door_name": DOOR_NAMES[Door(place.door)],
                "since": place.arrived_at,
            }
            for place in waiting
        ],
        "mine": [await summary(uow, contact) for contact in await contacts.of_agent(uow.actor.id)],
        "promises": [_promise(promise, uow) for promise in await contacts.open_promises()],
    }


async def summary(uow: UnitOfWork, contact: Contact) -> dict[str, Any]:
    """A contact in one line."""
    case = await uow.get(Cases).by_id(contact.case)
    return {
        "id": contact.id,
        "door": contact.door,
        "door_name": DOOR_NAMES[contact.door],
        "state": contact.state,
        "code": said_code(case.code) if case else "",
        "danger": _dangers(contact.danger),
        "answered_at": contact.answered_at,
    }


async def whole(uow: UnitOfWork, contact: Contact) -> dict[str, Any]:
    """Everything the desk shows of a contact."""
    cases, contacts = uow.get(Cases), uow.get(Contacts)
    case = await cases.by_id(contact.case)
    person = await cases.person(contact.person)
    assert case is not None
    assert person is not None
    messages = await contacts.messages(contact.id)
    earlier = [other for other in await contacts.of_case(case.id) if other.id != contact.id]
    before: list[dict[str, Any]] = []
    for other in earlier[-5:]:
        before.append(
            {
                "door_name": DOOR_NAMES[other.door],
                "at": other.opened_at,
                "messages": [said(message) for message in await contacts.messages(other.id)],
            }
        )
    record = await contacts.record(contact.id)
    return {
        **await summary(uow, contact),
        "case": case.id,
        "case_code": case.code,
        "region": case.region,
        "region_name": uow.get(Regions).name(case.region),
        "matter": case.matter,
        "opponent_organisation": case.opponent_organisation,
        "handoff": contact.handoff,
        "left_at": contact.left_at,
        "opened_at": contact.opened_at,
        "waiting_since": contact.waiting_since,
        "person": _person(person),
        "notes": contact.notes,
        "messages": [said(message) for message in messages],
        "before": before,
        "answer": next((m.answer for m in reversed(messages) if m.answer), None),
        "facts": fact_rows(uow, await cases.facts(case.id)),
        "others": [
            {"code": said_code(other.code), "id": other.id, "state": other.state}
            for other in await _other_cases(uow, case, person)
        ],
        "referrals": [
            {
                "organisation": referral.organisation,
                "channel": referral.channel,
                "state": referral.state,
                "due_at": referral.due_at,
            }
            for referral in await uow.get(Resolutions).referrals_of_case(case.id)
        ],
        "record": None
        if record is None
        else {"outcome": OUTCOMES[record.outcome], "made_at": record.made_at},
    }


def said(message: Message) -> dict[str, Any]:
    """One thing said."""
    return {
        "sequence": message.sequence,
        "speaker": message.speaker,
        "text": message.text,
        "at": message.at,
        "carried": message.carried_at is not None,
        "citations": [
            {name: cited[name] for name in ("law", "article", "quote")}
            for cited in (message.answer or {}).get("citations", ())
        ],
    }


def fact_rows(uow: UnitOfWork, sheet: FactSheet) -> list[dict[str, Any]]:
    """The fact sheet, each fact with where it comes from; conflicts beside it."""
    vocabulary = uow.get(FactVocabulary)
    conflicts = sheet.conflicts()
    return [
        {
            "code": fact.code,
            "label": vocabulary.label(fact.code),
            "value": fact.value,
            "shown": vocabulary.show(fact.code, fact.value),
            "source": fact.source,
            "channel": fact.channel,
            "at": fact.at,
            "conflict": [
                vocabulary.show(fact.code, other.value)
                for other in conflicts.get(fact.code, ())
                if other.id != fact.id
            ],
        }
        for fact in sheet.facts
        if fact.current
    ]


async def _other_cases(uow: UnitOfWork, case: Case, person: Person) -> list[Case]:
    return [
        other
        for other in await uow.get(Cases).of_person(person.id)
        if other.id != case.id and not other.merged_into
    ][:5]


def _person(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "phone": masked_phone(person.phone) if person.phone else "",
        "erased": person.erased,
        "language": person.language,
    }


def _promise(promise: Promise, uow: UnitOfWork) -> dict[str, Any]:
    return {
        "id": promise.id,
        "case": promise.case,
        "phone": masked_phone(promise.phone),
        "window_from": promise.window_from,
        "window_to": promise.window_to,
        "window": f"{china_time(promise.window_from)}–{china_time(promise.window_to)}",
        "state": promise.state,
        "tries": promise.tries,
        "due": promise.window_from <= uow.now,
    }


def _dangers(flags: str) -> list[str]:
    return [DANGER_NAMES.get(flag, flag) for flag in flags.split(",") if flag]
