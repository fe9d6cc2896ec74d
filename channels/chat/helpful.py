"""有用 or 没用: the citizen's vote on an answer, by the token of the conversation."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, Field

from backend.contacts import access
from backend.contacts.model import Speaker
from backend.contacts.ports import Contacts
from backend.editorial.service import usage
from backend.kernel.errors import Denied, NotFound
from backend.web.request import Request
from backend.web.routing import Route
from channels.chat.handlers import CHANNEL, COOKIE


class Vote(BaseModel):
    """A vote on the message of this sequence number; the last one counts."""

    sequence: int = Field(ge=1, le=1_000_000)
    helpful: bool


async def vote(request: Request) -> web.StreamResponse:
    """Record the vote; `Denied` without a conversation, `NotFound` without such an answer."""
    form = request.body(Vote)
    uow = request.uow
    contact = await access.contact_of(uow, request.raw.cookies.get(COOKIE, ""))
    if contact is None:
        raise Denied("对话已经结束，请重新开始。", code="no_conversation")
    said = await uow.get(Contacts).messages(contact.id, after=form.sequence - 1)
    message = next((one for one in said if one.sequence == form.sequence), None)
    answer = message.answer if message and message.speaker is Speaker.SYSTEM else None
    if message is None or not answer or answer.get("basis") != "found":
        raise NotFound("没有这条答复。", code="no_answer")
    use = usage.use_of(
        uow,
        answer,
        message=message.id,
        contact=contact.id,
        region=contact.region,
        door=contact.door,
    )
    await usage.vote(uow, use, helpful=form.helpful)
    return request.json({"helpful": form.helpful})


def routes() -> list[Route]:
    """Where the two buttons lead."""
    return [
        Route(
            "POST",
            "/chat/helpful",
            vote,
            "答复有没有用",
            public=True,
            work="write",
            body=Vote,
            channel=CHANNEL,
        )
    ]
