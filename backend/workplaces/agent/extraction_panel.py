"""Proposed facts at the desk and in the chat: shown, and recorded on a yes."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, Field

from backend.contacts import access, proposing
from backend.contacts import service as contacts
from backend.contacts.model import Contact
from backend.kernel.errors import Denied
from backend.web.request import Request
from backend.web.routing import Route
from backend.workplaces.agent import presenter

CHAT_COOKIE = "fatong_chat"


class Yes(BaseModel):
    """Which proposal is right."""

    code: str = Field(max_length=60)


async def show(request: Request) -> web.StreamResponse:
    """What the citizen's words propose."""
    contact = await contacts.read_contact(request.uow, request.path("id"))
    found = await proposing.proposals(request.uow, contact)
    return request.json(proposing.shown(request.uow, found))


async def confirm(request: Request) -> web.StreamResponse:
    """The agent has asked, and it is so."""
    contact = await contacts.read_contact(request.uow, request.path("id"), "contact.serve")
    request.uow.channel = contact.door  # where it was said
    sheet = await proposing.confirm(request.uow, contact, request.body(Yes).code)
    return request.json({"facts": presenter.fact_rows(request.uow, sheet)})


async def show_own(request: Request) -> web.StreamResponse:
    """The same, to the citizen in the chat of this browser."""
    found = await proposing.proposals(request.uow, await _own(request))
    return request.json(proposing.shown(request.uow, found))


async def confirm_own(request: Request) -> web.StreamResponse:
    """The citizen says it is so."""
    contact = await _own(request)
    await proposing.confirm(request.uow, contact, request.body(Yes).code)
    found = await proposing.proposals(request.uow, contact)
    return request.json(proposing.shown(request.uow, found))


async def _own(request: Request) -> Contact:
    contact = await access.contact_of(request.uow, request.raw.cookies.get(CHAT_COOKIE, ""))
    if contact is None:
        raise Denied("对话已经结束，请重新开始。", code="no_chat")
    return contact


def routes() -> list[Route]:
    """The panel's routes, and the chat's."""
    desk = "/desk/contacts/{id}/proposals"
    chat = "/chat/proposals"
    return [
        Route("GET", desk, show, "听到的要素", requires="desk.use", channel="desk"),
        Route(
            "POST",
            desk,
            confirm,
            "确认听到的要素",
            requires="desk.use",
            work="write",
            body=Yes,
            channel="desk",
        ),
        Route("GET", chat, show_own, "听到的要素", public=True, channel="chat"),
        Route(
            "POST", chat, confirm_own, "确认", public=True, work="write", body=Yes, channel="chat"
        ),
    ]
