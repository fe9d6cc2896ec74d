"""One function a verb: opening, saying, leaving, promising, recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from backend.cases import service as cases
from backend.cases.model import Case, CaseState
from backend.cases.ports import Cases
from backend.contacts.model import (
    OUTCOMES,
    Contact,
    ContactRecord,
    ContactState,
    Door,
    Message,
    Speaker,
    next_state,
)
from backend.contacts.ports import Contacts
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.ids import new_id
from backend.kernel.journal import Aggregate
from backend.kernel.personal import Personal
from backend.kernel.unit_of_work import UnitOfWork

LONGEST_SAYING = 4_000
LONGEST_NOTES = 20_000


def aggregate(contact: str) -> Aggregate:
    """The journal's name of a contact."""
    return Aggregate("contact", contact)


async def open_contact(
    uow: UnitOfWork,
    *,
    door: Door,
    region: str,
    wire: str = "",
    phone: str = "",
    case: Case | None = None,
    language: str = "zh",
) -> Contact:
    """Open a contact; it opens a case, or joins the one given. One wire is one contact."""
    contacts = uow.get(Contacts)
    if wire:
        # Two webhooks of one call may come at once, and no row is there to lock.
        await uow.lock(f"wire:{wire}")
        found = await contacts.by_wire(wire)
        if found is not None:
            return found
    if case is None:
        if phone:
            await uow.lock(f"phone:{uow.keyed_hash('phone', phone)}")
        person = await cases.person_at(uow, phone)
        case = await cases.open_case(uow, person=person, region=region)
    contact = Contact(
        id=new_id(),
        case=case.id,
        person=case.person,
        door=door,
        state=ContactState.BOT,
        region=case.region,
        opened_at=uow.now,
        wire=wire,
        language=language,
    )
    await contacts.add(contact)
    await uow.append(
        aggregate(contact.id),
        "contact.opened",
        {"case": case.id, "door": door, "region": case.region},
        after=ContactState.BOT,
        visibility="public",
    )
    return contact


async def get_contact(uow: UnitOfWork, id: str, *, lock: bool = True) -> Contact:
    """A contact by id; raises `NotFound`."""
    contact = await uow.get(Contacts).by_id(id, lock=lock)
    if contact is None:
        raise NotFound("没有这次接触。", code="no_contact")
    return contact


async def read_contact(uow: UnitOfWork, id: str, action: str = "contact.read") -> Contact:
    """A contact the actor may do `action` to."""
    contact = await get_contact(uow, id, lock=action != "contact.read")
    if not uow.permissions.allows(uow.actor, action, contact.thing()):
        raise NotFound("没有这次接触，或者您无权查看。", code="no_contact")
    return contact


async def join_case(uow: UnitOfWork, contact: Contact, case: Case) -> Contact:
    """Go on with a known case: the contact leaves the case it opened, which is merged away."""
    if contact.case == case.id:
        return contact
    opened = await uow.get(Cases).by_id(contact.case, lock=True)
    sheet = await uow.get(Cases).facts(contact.case)
    known = await uow.get(Cases).facts(case.id)
    await cases.record_facts(
        uow, case, {code: v for code, v in sheet.values().items() if not known.knows(code)}
    )
    if opened is not None:
        await cases.change_case(
            uow,
            opened,
            "case.merged",
            {"into": case.id},
            state=CaseState.MERGED,
            merged_into=case.id,
        )
    await _flag_case(uow, case, _flags(contact.danger))
    return await step(uow, contact, None, "contact.joined_case", {"case": case.id}, case=case.id)


async def step(
    uow: UnitOfWork,
    contact: Contact,
    event: str | None,
    type: str,
    payload: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Contact:
    """Move a contact along its table (or not at all) and append the event that says so."""
    state = contact.state if event is None else next_state(contact.state, event)
    changed = replace(contact, state=state, **changes)
    await uow.get(Contacts).update(changed)
    await uow.append(
        aggregate(contact.id),
        type,
        {"case": changed.case, **(payload or {})},
        before=contact.state,
        after=state,
        visibility="public",
    )
    await tell(uow, changed)
    return changed


async def tell(uow: UnitOfWork, contact: Contact) -> None:
    """Tell the pages that show a contact: its agent, its citizen, the supervisors."""
    if contact.agent:
        await uow.announce("contact", f"staff:{contact.agent}", contact.id)
    await uow.announce("contact", f"citizen:{contact.id}", contact.id)
    await uow.announce("contact", "role:supervisor", contact.id)


async def say(
    uow: UnitOfWork,
    contact: Contact,
    speaker: Speaker,
    text: str,
    *,
    key: str = "",
    answer: dict[str, Any] | None = None,
) -> Message:
    """Record what was said; the words stand under the citizen's key."""
    words = text.strip()
    if not words:
        raise Invalid("没有内容。", where="text")
    if len(words) > LONGEST_SAYING:
        raise Invalid(f"一次最多{LONGEST_SAYING}字，请分几次说。", where="text", code="too_long")
    draft = Message(
        id=new_id(),
        contact=contact.id,
        sequence=0,
        speaker=speaker,
        text=words,
        at=uow.now,
        answer=answer,
        key=key,
    )
    message = await uow.get(Contacts).add_message(draft, contact.person)
    if message.id != draft.id:
        return message
    payload: dict[str, Any] = {
        "message": message.id,
        "speaker": speaker,
        "text": Personal(contact.person, words),
    }
    if answer is not None:
        payload["snapshot"] = answer.get("snapshot", "")
        payload["basis"] = answer.get("basis", "")
        payload["citations"] = [
            {name: cited[name] for name in ("law", "article", "version", "quote_hash")}
            for cited in answer.get("citations", ())
        ]
    await uow.append(
        aggregate(contact.id), "contact.said", payload, before=contact.state, after=contact.state
    )
    await tell(uow, contact)
    return message


async def take_words(uow: UnitOfWork, contact: Contact) -> list[Message]:
    """The agent's words for a channel to carry to the citizen now; each is carried once."""
    contacts = uow.get(Contacts)
    words = await contacts.uncarried(contact.id)
    if words:
        await contacts.mark_carried(contact.id, words[-1].sequence, uow.now)
    return words


async def save_notes(uow: UnitOfWork, contact: Contact, notes: str) -> None:
    """Keep what the agent types, as it is typed."""
    if len(notes) > LONGEST_NOTES:
        raise Invalid(f"记录最多{LONGEST_NOTES}字。", where="notes")
    await uow.get(Contacts).save_notes(contact.id, contact.person, notes)


async def mark_danger(uow: UnitOfWork, contact: Contact, flags: tuple[str, ...]) -> Contact:
    """Words of danger were heard: the contact and its case carry the flag from now on."""
    known = _flags(contact.danger)
    if set(flags) <= known:
        return contact
    danger = ",".join(sorted(known | set(flags)))
    case = await uow.get(Cases).by_id(contact.case, lock=True)
    if case is not None:
        await _flag_case(uow, case, set(flags))
    return await step(
        uow, contact, None, "contact.danger_heard", {"flags": sorted(flags)}, danger=danger
    )


def _flags(danger: str) -> set[str]:
    return set(filter(None, danger.split(",")))


async def _flag_case(uow: UnitOfWork, case: Case, flags: set[str]) -> None:
    known = _flags(case.danger)
    if not flags <= known:
        danger = ",".join(sorted(known | flags))
        await cases.change_case(
            uow, case, "case.danger_heard", {"flags": sorted(flags)}, danger=danger
        )


async def finish(
    uow: UnitOfWork,
    contact: Contact,
    *,
    summary: str,
    outcome: str,
    matter: str = "",
    satisfied: int | None = None,
) -> Contact:
    """Close a contact with its record; raises `Conflict` when it has one already."""
    contacts = uow.get(Contacts)
    if outcome not in OUTCOMES:
        raise Invalid("请选择处理结果。", where="outcome")
    if satisfied is not None and satisfied not in (1, 2, 3):
        raise Invalid("满意度只能是1到3。", where="satisfied")
    if await contacts.record(contact.id) is not None:
        raise Conflict("这次接触已经有话务工单了。", code="has_record")
    record = await _add_record(uow, contact, summary, outcome, matter, satisfied)
    if matter:
        case = await uow.get(Cases).by_id(contact.case, lock=True)
        if case is not None and case.matter != matter:
            await cases.change_case(uow, case, "case.matter_set", {"matter": matter}, matter=matter)
    event = "finish" if contact.state in (ContactState.HUMAN, ContactState.WRAP) else "leave"
    return await step(
        uow,
        contact,
        event,
        "contact.closed",
        {
            "outcome": outcome,
            "matter": matter,
            "satisfied": satisfied,
            "summary": Personal(contact.person, record.summary),
        },
        closed_at=uow.now,
    )


async def record_without_agent(uow: UnitOfWork, contact: Contact) -> None:
    """The record of a contact that no agent finishes: answered by the machine, or given up."""
    if await uow.get(Contacts).record(contact.id) is not None:
        return
    said = await uow.get(Contacts).messages(contact.id)
    answered = any(message.answer for message in said) and contact.waiting_since is None
    await _add_record(uow, contact, "", "answered" if answered else "abandoned", "", None)


async def _add_record(
    uow: UnitOfWork,
    contact: Contact,
    summary: str,
    outcome: str,
    matter: str,
    satisfied: int | None,
) -> ContactRecord:
    record = ContactRecord(
        contact=contact.id,
        summary=summary.strip(),
        outcome=outcome,
        matter=matter,
        satisfied=satisfied,
        made_at=uow.now,
        made_by=f"{uow.actor.kind}:{uow.actor.id}",
    )
    await uow.get(Contacts).add_record(record, contact.person)
    return record


def waited(contact: Contact) -> timedelta | None:
    """How long the citizen waited for a person."""
    if contact.waiting_since is None or contact.answered_at is None:
        return None
    return contact.answered_at - contact.waiting_since
