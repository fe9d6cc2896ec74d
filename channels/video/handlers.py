"""The page turned into service calls. Two doors use it: a browser's page and the box's screen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
from aiohttp import web

from backend.cases import service as cases
from backend.cases.ports import Cases
from backend.contacts import access
from backend.contacts import service as contacts
from backend.contacts.model import Contact, ContactState, Door, Speaker
from backend.contacts.ports import Contacts, MediaBackend
from backend.dialogue import service as dialogue
from backend.dialogue.ports import Answers, Dialogue
from backend.kernel.actor import SYSTEM, citizen
from backend.kernel.errors import Conflict, Denied, Invalid, TooMany
from backend.kernel.ids import new_id
from backend.kernel.unit_of_work import OpenUnit, UnitOfWork
from backend.queue import service as queue
from backend.queue.ports import Queue
from backend.web.request import Request
from channels.video import forms
from channels.video.pages import Pages

log = structlog.get_logger()
CITIZEN = "citizen"
CHANNEL = "video"
_OVER = (ContactState.CLOSED, ContactState.WRAP)
_PAUSE = 5.0
_NOT_YOURS = "这次咨询已经结束，或者不是从这台设备开始的。请重新开始。"
_CALL_ME = "视频接不通，请打我留的电话。"


class Rooms(MediaBackend, Protocol):
    """Media that also tells who is in a room."""

    def peers(self, room: str) -> Mapping[str, str]:
        """Who is in a room, each with the state of the connection."""
        ...


@dataclass(frozen=True, slots=True)
class Video:
    """What the door is made of. `read_phone` normalises a number ("" when it is none)."""

    media: Rooms
    answers: Answers
    dialogue: Dialogue
    region: str
    secure: bool
    read_phone: Callable[[str], str]
    ice_servers: Callable[[], list[dict[str, str]]] = list
    pages: Pages = field(default_factory=Pages)

    async def left(self, open_unit: OpenUnit, room: str, peer: str, reason: str) -> None:
        """A connection has ended: the journal says whose and why."""
        async with open_unit(SYSTEM, CHANNEL) as uow:
            contact = await uow.get(Contacts).by_id(room)
            if contact is None:
                return
            await uow.append(
                contacts.aggregate(room),
                "contact.video_left",
                {"case": contact.case, "who": peer, "reason": reason},
                before=contact.state,
                after=contact.state,
            )
            await contacts.tell(uow, contact)

    async def watch(self, open_unit: OpenUnit) -> None:
        """See until cancelled who has left without a word."""
        async with open_unit(SYSTEM, CHANNEL, read_only=True) as uow:
            for place in await uow.get(Queue).waiting():
                if place.door == Door.VIDEO:
                    self.pages.seen(place.contact, _now())
        while True:
            await asyncio.sleep(_PAUSE)
            try:
                await self.end_gone(open_unit)
            except Exception:
                log.exception("video.watch_failed")

    async def end_gone(self, open_unit: OpenUnit) -> None:
        """Citizens whose page is gone have left; their place and their room are free."""
        for contact in self.pages.gone(_now()):
            async with open_unit(SYSTEM, CHANNEL) as uow:
                known = await uow.get(Contacts).by_id(contact, lock=True)
                if known is not None and known.state is not ContactState.CALLBACK:
                    await queue.left(uow, contact, "page_gone")
            await self.media.leave(contact, CITIZEN)
            self.pages.forget(contact)


@dataclass(frozen=True, slots=True)
class VideoPage:
    """One way in: its address, its cookie, its template, and the door its contacts come by."""

    video: Video
    base: str
    cookie: str
    template: str
    door: Door

    async def show(self, request: Request) -> web.StreamResponse:
        """The page; everything on it is fetched."""
        return request.page(
            self.template,
            base=self.base,
            ice_servers=json.dumps(self.video.ice_servers()),
            headers={"Cache-Control": "no-store"},
        )

    async def offer_link(self, request: Request) -> web.StreamResponse:
        """A scanned link: nothing is used up before the button is pressed."""
        contact = await access.contact_of(request.uow, request.path("token"))
        return request.page(
            "video/join.html",
            status=200 if contact else 403,
            token=request.path("token") if contact else "",
            headers={"Cache-Control": "no-store"},
        )

    async def take_link(self, request: Request) -> web.StreamResponse:
        """Use the link up: this device goes on with the conversation of the other."""
        _, token = await access.take_over(request.uow, request.path("token"))
        return self._remember(request.see_other(self.base), token)

    async def start(self, request: Request) -> web.StreamResponse:
        """Take a place in the queue, or go on where the cookie stands; when full, say so."""
        uow = request.uow
        contact = await access.contact_of(uow, self._token(request))
        token = ""
        if contact is None or contact.state in _OVER:
            contact = await contacts.open_contact(
                uow, door=self.door, region=self.video.region, wire=f"video:{new_id()}"
            )
            token = await access.give(uow, contact)
        uow.actor = citizen(contact.id)
        self.video.pages.seen(contact.id, _now())
        if contact.state is ContactState.BOT:
            if self.video.media.load() < 1:
                contact = await dialogue.ask_for_person(uow, contact.id)
            else:
                await uow.append(
                    contacts.aggregate(contact.id),
                    "contact.video_full",
                    {"case": contact.case, "load": self.video.media.load()},
                    before=contact.state,
                    after=contact.state,
                )
        return self._remember(request.json(await self._state(uow, contact, 0)), token)

    async def look(self, request: Request) -> web.StreamResponse:
        """What is new; asking is also how the page says that it is there."""
        after = request.body(forms.Looking).after
        async with request.open_unit(request.actor, CHANNEL, read_only=True) as uow:
            contact = await access.contact_of(uow, self._token(request))
            if contact is None:
                return request.json({"state": "none"})
            shown = await self._state(uow, contact, after)
            uncarried = await uow.get(Contacts).uncarried(contact.id)
        if contact.state in _OVER:
            self.video.pages.forget(contact.id)
        else:
            self.video.pages.seen(contact.id, _now())
        if uncarried:
            async with request.open_unit(citizen(contact.id), CHANNEL) as uow:
                await contacts.take_words(uow, contact)
                await contacts.tell(uow, contact)
        return request.json(shown)

    async def join(self, request: Request) -> web.StreamResponse:
        """Join the room with this device's offer, or join again after a reload."""
        contact = await self._mine(request)
        if contact.state is not ContactState.HUMAN:
            raise Conflict("工作人员还没有接通，请再等一等。", code="not_talking")
        offer = request.body(forms.Offer).model_dump()
        answer = await self.video.media.join(contact.id, CITIZEN, offer)
        session = new_id()
        self.video.pages.begin(contact.id, session, _now())
        async with request.open_unit(citizen(contact.id), CHANNEL) as uow:
            await uow.append(
                contacts.aggregate(contact.id),
                "contact.video_joined",
                {"case": contact.case, "who": CITIZEN},
                before=contact.state,
                after=contact.state,
            )
            await contacts.tell(uow, contact)
        return request.json({**answer, "session": session})

    async def say(self, request: Request) -> web.StreamResponse:
        """A line beside the picture: the same talk as at every door."""
        saying = request.body(forms.Saying)
        contact = await self._mine(request)
        text = saying.text.strip()
        if len(text) > forms.LONGEST_TEXT:
            raise Invalid(
                f"一次最多{forms.LONGEST_TEXT}字，请分几次发。", code="too_long", where="text"
            )
        if not self.video.pages.may_say(contact.id, _now()):
            raise TooMany("您发得太快了，请等几秒再发。", code="too_fast")
        reply = await dialogue.turn(
            request.open_unit,
            contact.id,
            text,
            key=f"video:{saying.key}" if saying.key else "",
            door=contact.door,
            answers=self.video.answers,
            dialogue=self.video.dialogue,
        )
        if reply.unclear:
            raise Invalid("没有看懂，请用一句话说说发生了什么事。", code="unclear", where="text")
        return request.json({})

    async def call_back(self, request: Request) -> web.StreamResponse:
        """A call instead of a bad picture: promised, or asked of whoever is talking now."""
        phone = self.video.read_phone(request.body(forms.Phone).phone)
        if not phone:
            raise Invalid("号码不对，请再写一次。", code="bad_phone", where="phone")
        contact = await self._mine(request)
        async with request.open_unit(citizen(contact.id), CHANNEL) as uow:
            contact = await contacts.get_contact(uow, contact.id)
            if contact.state is ContactState.HUMAN:
                case = await uow.get(Cases).by_id(contact.case, lock=True)
                person = await uow.get(Cases).person(contact.person)
                if case is not None and person is not None and not person.phone:
                    await cases.give_phone(uow, case, phone)
                await contacts.say(uow, contact, Speaker.CITIZEN, _CALL_ME)
            else:
                await queue.promise_instead(uow, contact, phone)
        return request.json({})

    async def leave(self, request: Request) -> web.StreamResponse:
        """Hang up; a promise that was made stands."""
        reason = request.body(forms.Leaving).reason
        contact = await self._mine(request)
        if contact.state is not ContactState.CALLBACK:
            async with request.open_unit(citizen(contact.id), CHANNEL) as uow:
                await queue.left(uow, contact.id, reason)
        await self.video.media.leave(contact.id, CITIZEN)
        self.video.pages.forget(contact.id)
        response = request.json({})
        response.del_cookie(self.cookie, path="/")
        return response

    async def _mine(self, request: Request) -> Contact:
        async with request.open_unit(request.actor, CHANNEL, read_only=True) as uow:
            contact = await access.contact_of(uow, self._token(request))
        if contact is None:
            raise Denied(_NOT_YOURS, code="no_contact")
        if contact.state in _OVER:
            raise Conflict("这次咨询已经结束。", code="over")
        return contact

    async def _state(self, uow: UnitOfWork, contact: Contact, after: int) -> dict[str, Any]:
        case = await uow.get(Cases).by_id(contact.case)
        promises = await uow.get(Contacts).promises_of_case(contact.case)
        return forms.state(
            contact,
            code=case.code if case else "",
            view=await queue.view(uow, contact.id),
            said=await uow.get(Contacts).messages(contact.id, after=after),
            promise=next((one for one in promises if one.contact == contact.id), None),
            full=self.video.media.load() >= 1,
            session=self.video.pages.session(contact.id),
            peers=self.video.media.peers(contact.id),
        )

    def _token(self, request: Request) -> str:
        return request.raw.cookies.get(self.cookie, "")

    def _remember(self, response: web.Response, token: str) -> web.Response:
        if token:
            response.set_cookie(
                self.cookie,
                token,
                httponly=True,
                samesite="Lax",
                secure=self.video.secure,
                path="/",
            )
        return response


def _now() -> float:
    return asyncio.get_running_loop().time()
