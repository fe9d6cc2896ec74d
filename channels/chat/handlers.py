"""The page and its socket. The database holds the conversation; a socket only shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from aiohttp import WSMsgType, web

from backend.cases.ports import Cases
from backend.contacts import access
from backend.contacts import service as contacts
from backend.contacts.model import Contact, ContactState, Door, Message
from backend.contacts.ports import Contacts
from backend.dialogue import service as dialogue
from backend.dialogue.ports import Answers, Dialogue
from backend.kernel.actor import citizen
from backend.kernel.errors import FatongError, Invalid, TooMany
from backend.kernel.ids import new_id
from backend.kernel.unit_of_work import UnitOfWork
from backend.queue import service as queue
from backend.web.live import Bell
from backend.web.request import Request
from channels.chat import frames
from channels.chat.pace import Pace, Turns

log = structlog.get_logger()
COOKIE = "fatong_chat"
CHANNEL = "chat"
_CLOSED = (ContactState.CLOSED, ContactState.WRAP)
_HEARTBEAT = 20.0
_PAUSE = 2.0


@dataclass(frozen=True, slots=True)
class Chat:
    """What the chat is made of."""

    answers: Answers
    dialogue: Dialogue
    bell: Bell
    region: str
    secure: bool
    read_phone: Callable[[str], str]
    turns: Turns = field(default_factory=Turns)

    async def show(self, request: Request) -> web.StreamResponse:
        """The page."""
        return request.page("chat/chat.html")

    async def join(self, request: Request) -> web.StreamResponse:
        """Open a conversation, or go on with the one the cookie holds; answers its state."""
        uow = request.uow
        contact = await access.contact_of(uow, request.raw.cookies.get(COOKIE, ""))
        token = ""
        if contact is None or contact.state in _CLOSED:
            contact = await contacts.open_contact(
                uow, door=Door.CHAT, region=self.region, wire=f"chat:{new_id()}"
            )
            token = await access.give(uow, contact)
        response = request.json(await self.state(uow, contact))
        if token:
            response.set_cookie(
                COOKIE, token, httponly=True, samesite="Lax", secure=self.secure, path="/"
            )
        return response

    async def talk(self, request: Request) -> web.StreamResponse:
        """The socket: what is said goes in, what is new comes out, also after a break."""
        async with request.open_unit(request.actor, CHANNEL, read_only=True) as uow:
            contact = await access.contact_of(uow, request.raw.cookies.get(COOKIE, ""))
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT, max_msg_size=frames.LARGEST_FRAME)
        await socket.prepare(request.raw)
        if contact is None:
            await socket.send_json(frames.problem("no_conversation", "对话已经结束，请重新开始。"))
            await socket.close()
            return socket
        conversation = _Conversation(self, request, socket, contact.id)
        try:
            await conversation.run()
        except* ConnectionResetError:
            log.debug("chat.gone", contact=contact.id)
        return socket

    async def state(self, uow: UnitOfWork, contact: Contact) -> dict[str, object]:
        """Who talks now, and how many wait before."""
        case = await uow.get(Cases).by_id(contact.case)
        view = await queue.view(uow, contact.id)
        return frames.state(contact, case.code if case else "", view)


class _Conversation:
    """One socket on one conversation; several sockets may show the same one."""

    def __init__(
        self, chat: Chat, request: Request, socket: web.WebSocketResponse, contact: str
    ) -> None:
        self._chat = chat
        self._request = request
        self._socket = socket
        self._contact = contact
        self._pace = Pace()
        self._seen = 0
        self._shown: dict[str, object] = {}
        self._sending = asyncio.Lock()

    async def run(self) -> None:
        """Serve until the page goes."""
        async with asyncio.TaskGroup() as group:
            news = group.create_task(self._tell_news())
            async for frame in self._socket:
                if frame.type is not WSMsgType.TEXT:
                    continue
                await self._take(frame.data)
            news.cancel()

    async def _take(self, data: str) -> None:
        key = ""
        try:
            incoming = frames.read(data)
            key = incoming.key
            if incoming.type == "seen":
                self._seen = incoming.after
                self._shown = {}
            else:
                now = asyncio.get_running_loop().time()
                if not self._pace.allows(now):
                    raise TooMany("您发得太快了，请等几秒再发。", code="too_fast")
                async with self._chat.turns.of(self._contact):
                    await self._act(incoming)
        except FatongError as error:
            await self._send(frames.problem(error.code, error.message, key))
        except ConnectionResetError:
            raise
        except Exception:
            # One turn failed; the conversation goes on, and what was said is in the database.
            log.exception("chat.failed", contact=self._contact)
            await self._send(frames.problem("fault", "系统出错了，已记录。请再说一次。", key))
        await self._tell()

    async def _act(self, incoming: frames.Incoming) -> None:
        if incoming.type == "say":
            text = incoming.text.strip()
            if len(text) > frames.LONGEST_TEXT:
                raise Invalid(f"一次最多{frames.LONGEST_TEXT}字，请分几次说。", code="too_long")
            reply = await dialogue.turn(
                self._request.open_unit,
                self._contact,
                text,
                key=f"chat:{incoming.key}" if incoming.key else "",
                door=Door.CHAT,
                answers=self._chat.answers,
                dialogue=self._chat.dialogue,
            )
            if reply.unclear:
                await self._send(
                    frames.problem("unclear", "没有看懂，请用一句话说说发生了什么事。")
                )
            return
        if incoming.type == "leave":
            await self._chat.dialogue.forget(self._contact)
        async with self._request.open_unit(citizen(self._contact), CHANNEL) as uow:
            if incoming.type == "person":
                await dialogue.ask_for_person(uow, self._contact)
            elif incoming.type == "leave":
                await queue.left(uow, self._contact, "left_page")
            else:
                phone = self._chat.read_phone(incoming.text)
                if not phone:
                    raise Invalid("号码不对，请再写一次。", code="bad_phone")
                contact = await contacts.get_contact(uow, self._contact)
                await queue.promise_instead(uow, contact, phone)

    async def _tell_news(self) -> None:
        while True:
            await self._chat.bell.wait(_PAUSE)
            await self._tell()

    async def _tell(self) -> None:
        async with self._sending:
            said, state = await self._look()
            for message in said:
                await self._socket.send_json(frames.message(message))
                self._seen = message.sequence
            if state != self._shown:
                await self._socket.send_json(state)
                self._shown = state

    async def _look(self) -> tuple[list[Message], dict[str, object]]:
        actor = citizen(self._contact)
        async with self._request.open_unit(actor, CHANNEL, read_only=True) as uow:
            contact = await contacts.get_contact(uow, self._contact, lock=False)
            said = await uow.get(Contacts).messages(self._contact, after=self._seen)
            state = await self._chat.state(uow, contact)
            waits = await uow.get(Contacts).uncarried(self._contact)
        if waits:
            async with self._request.open_unit(actor, CHANNEL) as uow:
                await contacts.take_words(uow, contact)
                await contacts.tell(uow, contact)
        return said, state

    async def _send(self, frame: dict[str, object]) -> None:
        async with self._sending:
            await self._socket.send_json(frame)
