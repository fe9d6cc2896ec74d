"""Rasa's action endpoint. Each call is one unit of work: a fact stands as soon as it is given."""

from __future__ import annotations

from aiohttp import web

from backend.cases.ports import Cases
from backend.contacts.model import ContactState
from backend.contacts.ports import Contacts
from backend.kernel.actor import citizen
from backend.kernel.crypto import same
from backend.kernel.errors import Denied, NotFound
from backend.web.request import Request
from backend.web.routing import Route
from channels.chat.asking import Turn, perform
from channels.chat.rasa_wire import Call

LARGEST_TRACKER = 8 * 1024 * 1024


class Actions:
    """The route; `secret` is what the bot's process was given."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    async def act(self, request: Request) -> web.StreamResponse:
        """Do one action; raises `Denied` for a wrong secret, `NotFound` without a conversation."""
        given = request.raw.headers.get("Authorization", "").removeprefix("Bearer ")
        if not self._secret or not same(given, self._secret):
            raise Denied("这个接口只供对话机器人调用。", code="bot_secret")
        call = request.body(Call)
        async with request.open_unit(citizen(call.sender_id), "chat") as uow:
            contact = await uow.get(Contacts).by_id(call.sender_id)
            case = await uow.get(Cases).by_id(contact.case) if contact is not None else None
            if contact is None or case is None or contact.state is ContactState.CLOSED:
                raise NotFound("没有这个对话。", code="no_conversation")
            uow.channel = contact.door
            done = await perform(Turn(uow, case, call))
        return request.json({"events": done.events, "responses": done.responses})


def routes(actions: Actions) -> list[Route]:
    """The one address that Rasa calls."""
    return [
        Route(
            "POST",
            "/bot/actions",
            actions.act,
            "对话机器人的动作",
            public=True,
            machine=True,
            work="none",
            body=Call,
            channel="chat",
            largest_body=LARGEST_TRACKER,
        )
    ]
