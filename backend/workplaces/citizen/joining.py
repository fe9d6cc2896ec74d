"""我有案件编号: a conversation at a web door goes on with a case that was begun elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web
from pydantic import BaseModel, Field

from backend.contacts import access, joining
from backend.contacts import service as contacts
from backend.contacts.model import Contact, ContactState, Door, Speaker
from backend.dialogue import service as dialogue
from backend.kernel.actor import citizen
from backend.kernel.errors import Denied
from backend.kernel.ids import new_id
from backend.resolution import progress
from backend.web.pages import said_code
from backend.web.request import Request
from backend.web.routing import Handler, Route

_OVER = (ContactState.CLOSED, ContactState.WRAP)


class CaseCode(BaseModel):
    """The ten digits."""

    code: str = Field(max_length=40)


class BothCodes(CaseCode):
    """The ten digits, and the six that were sent."""

    phone_code: str = Field(max_length=20)


@dataclass(frozen=True, slots=True)
class Joining:
    """The two steps of one door: its address, its cookie, its name.

    `region` is where a contact is opened for whoever gives codes before anything else ("" where
    the page has opened one already).
    """

    base: str
    cookie: str
    door: Door
    secure: bool
    region: str = ""

    async def find(self, request: Request) -> web.StreamResponse:
        """Step one: the code is sent to the telephone on the case, or why not is said."""
        contact, token = await self._own(request)
        tried = await joining.by_case_code(request.uow, contact, request.body(CaseCode).code)
        if tried.case is None:
            response = await _refused(request, contact, tried)
        else:
            found = {"code": tried.case.code, "sent": tried.sent, "title": tried.problem}
            response = request.json(found)
        if token:
            response.set_cookie(
                self.cookie, token, httponly=True, samesite="Lax", secure=self.secure, path="/"
            )
        return response

    async def join(self, request: Request) -> web.StreamResponse:
        """Step two: with both codes right, the conversation hangs on the case from here on."""
        contact, _ = await self._own(request)
        form = request.body(BothCodes)
        tried = await joining.by_both_codes(request.uow, contact, form.code, form.phone_code)
        if tried.case is None:
            return await _refused(request, contact, tried)
        contact = await joining.join(request.uow, contact, tried.case)
        told = (await progress.of_case(request.uow, tried.case)).spoken()
        words = f"接上了案件 {said_code(tried.case.code)}，说过的不用再说。{told}"
        await contacts.say(request.uow, contact, Speaker.SYSTEM, words, key=f"joined:{new_id()}")
        return request.json({"code": tried.case.code})

    def routes(self) -> list[Route]:
        """The two steps' routes."""

        def post(path: str, handler: Handler, summary: str, body: type[BaseModel]) -> Route:
            return Route(
                "POST",
                f"{self.base}/{path}",
                handler,
                summary,
                public=True,
                work="write",
                body=body,
                channel=self.door,
            )

        return [
            post("case", self.find, "我有案件编号", CaseCode),
            post("case/join", self.join, "接着办这个案件", BothCodes),
        ]

    async def _own(self, request: Request) -> tuple[Contact, str]:
        uow, token = request.uow, ""
        contact = await access.contact_of(uow, request.raw.cookies.get(self.cookie, ""), lock=True)
        if contact is None or contact.state in _OVER:
            if not self.region:
                raise Denied("对话已经结束，请重新开始。", code="no_conversation")
            contact = await contacts.open_contact(
                uow, door=self.door, region=self.region, wire=f"{self.door}:{new_id()}"
            )
            token = await access.give(uow, contact)
        uow.actor = citizen(contact.id)
        return contact, token


async def _refused(request: Request, contact: Contact, tried: joining.Tried) -> web.Response:
    # Answered and not raised: what was counted must be kept.
    if tried.person:
        await dialogue.ask_for_person(request.uow, contact.id, "case_code")
    code = "code_tries" if tried.person else "wrong_code"
    said = {"title": tried.problem, "code": code, "person": tried.person}
    return request.json(said, status=429 if tried.person else 403)
