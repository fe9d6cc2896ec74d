"""“这条不对”: an agent says that an answer is wrong, and the editors have three working days."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, Field

from backend.contacts import service as contacts
from backend.contacts.ports import Contacts
from backend.editorial.service import corrections
from backend.web.request import Request
from backend.web.routing import Route


class Flag(BaseModel):
    """What is wrong. The answer is named by its question and snapshot as the desk shows them."""

    what: str = Field(max_length=2_000)
    question: str = Field(default="", max_length=4_000)
    entry: str = Field(default="", max_length=60)
    snapshot: str = Field(default="", max_length=40)
    contact: str = Field(default="", max_length=36)


async def flag(request: Request) -> web.StreamResponse:
    """Open a correction; the citizen's words stay under the citizen's key."""
    form = request.body(Flag)
    uow = request.uow
    person, question, entry, snapshot = "", form.question, form.entry, form.snapshot
    if form.contact:
        contact = await contacts.read_contact(uow, form.contact)
        person = contact.person
        if not question:
            said = await uow.get(Contacts).messages(contact.id)
            answer = next((one.answer for one in reversed(said) if one.answer), None) or {}
            question = str(answer.get("question", ""))
            entry = entry or str(answer.get("entry", ""))
            snapshot = snapshot or str(answer.get("snapshot", ""))
    correction = await corrections.flag(
        uow,
        what=form.what,
        question=question,
        entry=entry,
        snapshot=snapshot,
        person=person,
        contact=form.contact,
    )
    return request.json({"correction": correction.id, "due_at": correction.due_at})


def routes() -> list[Route]:
    """The button's route."""
    return [
        Route(
            "POST",
            "/desk/flag",
            flag,
            "这条不对",
            requires="knowledge.flag",
            work="write",
            body=Flag,
            channel="desk",
        )
    ]
