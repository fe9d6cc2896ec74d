"""What the editors' workplace hears of talks: answers that were used, questions without basis."""

from __future__ import annotations

from backend.contacts.model import Speaker
from backend.contacts.ports import Contacts
from backend.editorial.service import questions, usage
from backend.kernel.journal import Event
from backend.kernel.unit_of_work import UnitOfWork

NAME = "editorial"
TYPES = frozenset({"contact.said", "contact.waiting"})


async def hear(uow: UnitOfWork, event: Event) -> None:
    """Count an answer, gather a question without basis, note that a person was needed."""
    contact_id = event.aggregate.id
    if event.type == "contact.waiting":
        await usage.handed_over(uow, contact_id)
        return
    if event.payload.get("speaker") != Speaker.SYSTEM or "basis" not in event.payload:
        return
    contact = await uow.get(Contacts).by_id(contact_id)
    said = await uow.get(Contacts).messages(contact_id)
    message = next((one for one in said if one.id == event.payload["message"]), None)
    if contact is None or message is None or not message.answer:
        return
    answer = message.answer
    if event.payload["basis"] == "found":
        use = usage.use_of(
            uow,
            answer,
            message=message.id,
            contact=contact.id,
            region=contact.region,
            door=contact.door,
        )
        await usage.count(uow, use)
        return
    await questions.gather(
        uow,
        message=message.id,
        person=contact.person,
        question=str(answer.get("question", "")),
        region=contact.region,
        matter=str(answer.get("matter") or ""),
        reason=str(answer.get("reason", "")),
    )
