"""A person, a call back, my own case, and the way out."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web
from pydantic import BaseModel, Field

from backend.cases import service as cases
from backend.cases.model import Case
from backend.contacts import joining
from backend.contacts.model import ContactState
from backend.contacts.ports import Contacts
from backend.kernel.actor import citizen
from backend.kernel.errors import TooMany
from backend.queue import service as queue
from backend.resolution import progress
from backend.web.pages import said_code
from backend.web.request import Request
from tv_app import presenter, qr, session
from tv_app.television import Television, case_of, show


class Codes(BaseModel):
    """What is typed on the remote."""

    code: str = Field(max_length=40)
    phone_code: str = Field(default="", max_length=20)


class Phone(BaseModel):
    """A telephone number typed on the remote."""

    phone: str = Field(default="", max_length=30)


async def person(tv: Television, request: Request) -> web.StreamResponse:
    """A person please: video on the box, a code for a phone, or a call back."""
    uow = request.uow
    contact, token = await session.ensure(uow, request, tv.region)
    if contact.state is ContactState.CALLBACK:
        return request.see_other("/tv/promised")
    link, moved = await session.link(uow, request, contact)
    response = show(
        request,
        "person",
        code=said_code((await case_of(uow, contact)).code),
        picture="" if moved else qr.svg(f"{tv.public_url}/video/join/{link}"),
        view=await queue.view(uow, contact.id),
        problem=request.query("problem"),
    )
    session.remember(response, link, secure=tv.secure, name=session.LINK_COOKIE)
    return session.remember(response, token, secure=tv.secure)


async def call_me_back(tv: Television, request: Request) -> web.StreamResponse:
    """Promise a call to a number typed on the remote; promised once, however often it is sent."""
    uow = request.uow
    contact, token = await session.ensure(uow, request, tv.region)
    phone = tv.read_phone(request.body(Phone).phone)
    if contact.state is ContactState.CALLBACK:
        return request.see_other("/tv/promised")
    if not phone:
        again = "/tv/person?problem=" + quote("号码不对，请再输一次。")
        return session.remember(request.see_other(again), token, secure=tv.secure)
    await queue.promise_instead(uow, contact, phone)
    return session.remember(request.see_other("/tv/promised"), token, secure=tv.secure)


async def promised(tv: Television, request: Request) -> web.StreamResponse:
    """The window of the promise, while it is open."""
    uow = request.uow
    contact = await session.current(uow, request)
    known = await uow.get(Contacts).promises_of_case(contact.case) if contact else []
    promise = next((p for p in known if p.state in ("open", "dialling")), None)
    if contact is None or promise is None:
        return request.see_other("/tv/")
    code = said_code((await case_of(uow, contact)).code)
    return show(request, "promised", promise=promise, code=code)


async def ask_codes(tv: Television, request: Request) -> web.StreamResponse:
    """My case, step one: the ten digits."""
    return show(request, "my", step=1, code="", problem="")


async def my_case(tv: Television, request: Request) -> web.StreamResponse:
    """My case, step two, and the case itself; five tries, then a person. The box stores nothing."""
    form = request.body(Codes)
    uow = request.uow
    case = await cases.find_by_code(uow, form.code)
    if case is None:
        return await _no_case(tv, request, form.code)
    if not form.phone_code:
        sent = await cases.send_phone_code(uow, case)
        problem = "" if sent else "没有留手机号，请输入六位密码。"
        return show(request, "my", step=2, code=case.code, problem=problem)
    try:
        if await cases.check_phone_code(uow, case, form.phone_code):
            return await _case_page(tv, request, case)
    except TooMany as error:
        return _to_person(request, error.message)
    problem = "查询码不对，请再输一次。"
    return show(request, "my", status=403, step=2, code=case.code, problem=problem)


async def _no_case(tv: Television, request: Request, typed: str) -> web.Response:
    contact, token = await session.ensure(request.uow, request, tv.region)
    tried = await joining.by_case_code(request.uow, contact, typed)
    if tried.person:
        response = _to_person(request, tried.problem)
    else:
        response = show(request, "my", status=404, step=1, code="", problem=tried.problem)
    return session.remember(response, token, secure=tv.secure)


def _to_person(request: Request, problem: str) -> web.Response:
    return request.see_other("/tv/person?problem=" + quote(problem))


async def _case_page(tv: Television, request: Request, case: Case) -> web.Response:
    told = await progress.of_case(request.uow, case)
    token = await session.go_on_with(request.uow, request, case)
    response = show(request, "case", code=said_code(case.code), lines=presenter.case_lines(told))
    return session.remember(response, token, secure=tv.secure)


async def leave(tv: Television, request: Request) -> web.StreamResponse:
    """Leave at once: the screen is wiped, nothing stays in the box.

    The contact is over, unless a telephone has taken it over, a call is promised, or somebody in
    danger waits: an agent still sees those.
    """
    uow = request.uow
    contact = await session.current(uow, request)
    if contact is not None:
        uow.actor = citizen(contact.id)
        stays = contact.state is ContactState.CALLBACK or bool(contact.danger)
        if not stays and not await session.moved(uow, request, contact):
            await queue.left(uow, contact.id, "left_screen")
    return session.forget(show(request, "left"))
