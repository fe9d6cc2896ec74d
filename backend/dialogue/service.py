"""A turn of talk in three steps: hear (a transaction), think (no transaction), respond (the next).

The knowledge base and the dialogue service are asked between two units of work, so that no
transaction is open while something outside is slow. Only here is it decided that a person is
needed because of what somebody said.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace
from typing import Any

from backend.cases.ports import Cases
from backend.contacts import service as contacts
from backend.contacts.model import Contact, ContactState, Door, Speaker
from backend.contacts.ports import Contacts
from backend.dialogue.model import DANGER, LONGEST_HEARD, Heard, Kind, Reply, Thought, kind_of, tidy
from backend.dialogue.ports import Answers, Dialogue, NoDialogue
from backend.kernel.actor import citizen
from backend.kernel.clock import CHINA
from backend.kernel.unit_of_work import OpenUnit, UnitOfWork
from backend.queue import service as queue
from knowledge.model import Answer, Audience

AUDIENCES = {
    Door.PHONE: Audience.PHONE,
    Door.TV: Audience.TV,
    Door.VIDEO: Audience.CHAT,
    Door.CHAT: Audience.CHAT,
}
HANDOFF_WORDS = {
    "danger": (
        "您现在的安全最要紧。如果有人正在伤害您，请马上打110。我这就为您接通工作人员，请不要离开。"
    ),
    "no_basis": "这个问题我没有查到可靠的法律依据，不敢乱说。我为您转接工作人员。",
    "asked": "好的，马上为您转接工作人员。",
}


# Where nobody is on a line, a person is offered and not sent for.
OFFER_WORDS = "这个问题我没有查到可靠的法律依据，不敢乱说。要不要找工作人员问问？"


async def hear(uow: UnitOfWork, contact_id: str, text: str, *, key: str = "") -> Heard:
    """Record what a citizen said; while an agent talks, that is all there is to do."""
    contact = await contacts.get_contact(uow, contact_id)
    words = tidy(text)
    kind = kind_of(words)
    if contact.state is ContactState.HUMAN:
        kind = Kind.RELAYED
    elif contact.state is ContactState.WAITING:
        kind = Kind.WAITING
    if not words:
        return Heard(contact, Kind.UNCLEAR, "", key=key)
    known = await uow.get(Contacts).messages(contact.id) if key else []
    repeated = any(message.key == key for message in known)
    message = await contacts.say(uow, contact, Speaker.CITIZEN, words[:LONGEST_HEARD], key=key)
    return Heard(contact, kind, words, message=message.id, key=key, repeated=repeated)


async def think(
    open_unit: OpenUnit, heard: Heard, *, answers: Answers, dialogue: Dialogue
) -> Thought:
    """Find what to say. Danger is looked for in everything, also in what asks for a person."""
    if heard.kind in (Kind.UNCLEAR, Kind.RELAYED, Kind.WAITING) and not heard.text:
        return Thought(None)
    contact = heard.contact
    async with open_unit(citizen(contact.id), contact.door, read_only=True) as uow:
        sheet = await uow.get(Cases).facts(contact.case)
        today = uow.now.astimezone(CHINA).date()
    plain = heard.kind in (Kind.QUESTION, Kind.UNCLEAR) and len(heard.text) <= LONGEST_HEARD
    # A sentence that came twice is not given to the dialogue as two answers.
    asked = dialogue if plain and not heard.repeated else NoDialogue()
    # Both at once, to answer sooner; where there is danger the dialogue is not waited for.
    listening = asyncio.create_task(asked.reply(contact.id, heard.text, facts=sheet.values()))
    try:
        answer = await asyncio.to_thread(
            answers.answer,
            heard.text,
            as_of=today,
            region=contact.region,
            audience=AUDIENCES[contact.door],
        )
        if DANGER & set(answer.red_flags):
            return Thought(answer)
        spoken = await listening
    finally:
        listening.cancel()
    if spoken is None or (not spoken.words and not spoken.wants_person):
        return Thought(answer)
    kept = answer if spoken.ask_knowledge and heard.kind is Kind.QUESTION else None
    return Thought(kept, spoken.words, by="dialogue", wants_person=spoken.wants_person)


async def respond(uow: UnitOfWork, heard: Heard, thought: Thought) -> Reply:
    """Record what is said back, mark danger, and hand over where a person is needed."""
    contact = await contacts.get_contact(uow, heard.contact.id)
    answer = thought.answer
    flags = tuple(sorted(DANGER & set(answer.red_flags))) if answer is not None else ()
    if flags:
        contact = await contacts.mark_danger(uow, contact, flags)
    if heard.kind is Kind.UNCLEAR and thought.by != "dialogue" and not flags:
        return Reply(contact, None, (), unclear=True)
    if heard.kind is Kind.RELAYED or contact.state is not ContactState.BOT:
        return await _danger_later(uow, heard, contact, flags)
    reason = _handoff_reason(heard, thought, flags)
    if reason == "danger" and not contact.danger:
        # Told as a fact and not in words that are known: danger all the same.
        contact = await contacts.mark_danger(uow, contact, ("violence",))
    words = thought.words
    if reason == "no_basis" and contact.door is not Door.PHONE:
        words = (*words, OFFER_WORDS)
    elif reason in HANDOFF_WORDS:
        words = (*words, HANDOFF_WORDS[reason])
    shown = answer if answer is not None and answer.basis == "found" else None
    if heard.kind is Kind.PERSON:
        shown = None
    # What the dialogue asks comes after the answer, and by itself: it is what is to be answered.
    asks = thought.by == "dialogue" and shown is not None
    before = () if asks else words
    text = "\n".join((*before, shown.answer)) if shown is not None else "\n".join(before)
    if text.strip():
        await contacts.say(
            uow,
            contact,
            Speaker.SYSTEM,
            text,
            key=f"{heard.key}:reply" if heard.key else "",
            answer=_as_json(answer) if answer is not None else None,
        )
    if asks and words:
        key = f"{heard.key}:asks" if heard.key else ""
        await contacts.say(uow, contact, Speaker.SYSTEM, "\n".join(words), key=key)
    if reason and (reason != "no_basis" or contact.door is Door.PHONE):
        contact = await queue.want_person(uow, contact, reason)
    return Reply(contact, shown, words, handoff=reason)


async def _danger_later(
    uow: UnitOfWork, heard: Heard, contact: Contact, flags: tuple[str, ...]
) -> Reply:
    """Words to whoever serves or will serve: they need no reply, unless they tell of danger.

    Who waits, or was promised a call, is then told what to do now and moves ahead.
    """
    if not flags or contact.state not in (ContactState.WAITING, ContactState.CALLBACK):
        return Reply(contact, None, (), relayed=True)
    words = HANDOFF_WORDS["danger"]
    if not heard.contact.danger:
        key = f"{heard.key}:reply" if heard.key else ""
        await contacts.say(uow, contact, Speaker.SYSTEM, words, key=key)
    contact = await queue.want_person(uow, contact, "danger")
    return Reply(contact, None, (words,), handoff="danger", relayed=True)


async def ask_for_person(uow: UnitOfWork, contact_id: str, reason: str = "asked") -> Contact:
    """A key, a button, silence or garbage: the citizen gets a person."""
    contact = await contacts.get_contact(uow, contact_id)
    return await queue.want_person(uow, contact, reason)


async def turn(
    open_unit: OpenUnit,
    contact_id: str,
    text: str,
    *,
    key: str,
    door: Door,
    answers: Answers,
    dialogue: Dialogue,
) -> Reply:
    """A whole turn for a door that keeps no stored reply of its own."""
    async with open_unit(citizen(contact_id), door) as uow:
        heard = await hear(uow, contact_id, text, key=key)
    thought = await think(open_unit, heard, answers=answers, dialogue=dialogue)
    async with open_unit(citizen(contact_id), door) as uow:
        return await respond(uow, heard, thought)


def _handoff_reason(heard: Heard, thought: Thought, flags: tuple[str, ...]) -> str:
    if flags:
        return "danger"
    if heard.kind is Kind.PERSON:
        return "asked"
    if thought.wants_person:
        return thought.wants_person
    if thought.by == "dialogue" and thought.answer is None:
        return ""
    answer = thought.answer
    if answer is None or answer.basis == "none":
        return "no_basis"
    return answer.handoff.reason if answer.handoff is not None else ""


def _as_json(answer: Answer) -> dict[str, Any]:
    data = asdict(replace(answer, ms=0.0))
    data["as_of"] = answer.as_of.isoformat()
    return data
