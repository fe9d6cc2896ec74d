"""Applying, one question a page: by both codes, by the chat in this browser, or with an agent."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from pydantic import BaseModel, Field

from backend.applications import service as applications
from backend.applications.model import FORM_STATES, STATE_NAMES, Application, Form, Forms
from backend.applications.ports import Applications
from backend.cases import passes
from backend.cases import service as cases
from backend.cases.model import Case
from backend.cases.ports import Cases
from backend.contacts import access
from backend.contacts import service as contacts
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.unit_of_work import UnitOfWork
from backend.web.request import Request
from backend.web.routing import Handler, Route

CHAT_COOKIE = "fatong_chat"
_NO_STORE = {"Cache-Control": "no-store"}
_PATHS = {"legal-aid": "legal_aid", "notary": "notary", "forensic": "forensic"}


class Opened(BaseModel):
    """The case and the pass of the page."""

    code: str = Field(max_length=40)
    key: str = Field(max_length=120)


class Answered(Opened):
    """One answer; `back` goes to the question before."""

    step: str = Field(max_length=40)
    value: str | list[str] = Field(default="", max_length=4000)
    back: str = Field(default="", max_length=40)


class Told(Opened):
    """What the applicant does with a decision."""

    application: str = Field(max_length=40)
    event: str = Field(max_length=20)
    reason: str = Field(default="", max_length=2000)


async def enter(request: Request) -> web.StreamResponse:
    """With the chat of this browser straight to the form, otherwise to the two codes."""
    kind = _kind(request)
    contact = await access.contact_of(request.uow, request.raw.cookies.get(CHAT_COOKIE, ""))
    if contact is None:
        return request.see_other("/my")
    case = await request.uow.get(Cases).by_id(contact.case)
    if case is None:
        return request.see_other("/my")
    return await _page(request, case, passes.issue(request.uow, case), kind)


async def begin(request: Request) -> web.StreamResponse:
    """From the page of a case."""
    form = request.body(Opened)
    case = await passes.case_of(request.uow, form.code, form.key)
    return await _page(request, case, form.key, _kind(request))


async def begin_at_desk(request: Request) -> web.StreamResponse:
    """An agent opens the form for the caller; who typed it stands in the journal."""
    contact = await contacts.read_contact(request.uow, request.path("id"), "contact.serve")
    case = await cases.get_case(request.uow, contact.case, "case.write")
    return await _page(request, case, passes.issue(request.uow, case), _kind(request))


async def take_answer(request: Request) -> web.StreamResponse:
    """One answer, then the next page; a wrong answer shows the same page with what is wrong."""
    form = request.body(Answered)
    uow = request.uow
    case = await passes.case_of(uow, form.code, form.key)
    kind = _kind(request)
    application = await applications.open_application(uow, case, kind)
    if form.back:
        return _question(request, case, form.key, application, code=form.back)
    try:
        application = await applications.answer(uow, application, form.step, form.value)
    except Invalid as error:
        return _question(
            request, case, form.key, application, code=form.step, problem=error.message
        )
    return await _next(request, case, form.key, application)


async def hand_in(request: Request) -> web.StreamResponse:
    """Submit the whole form."""
    form = request.body(Opened)
    case = await passes.case_of(request.uow, form.code, form.key)
    application = await applications.open_application(request.uow, case, _kind(request))
    try:
        application = await applications.submit(request.uow, application)
    except (Conflict, Invalid) as error:
        return await _next(request, case, form.key, application, problem=error.message)
    return _done(request, application)


async def answer_decision(request: Request) -> web.StreamResponse:
    """Withdraw, object, or accept a refusal."""
    form = request.body(Told)
    case = await passes.case_of(request.uow, form.code, form.key)
    application = await request.uow.get(Applications).by_id(form.application)
    if application is None or application.case != case.id:
        raise NotFound("没有这份申请。", code="no_application")
    changed = await applications.applicant_acts(request.uow, application, form.event, form.reason)
    return _done(request, changed)


async def _page(request: Request, case: Case, key: str, kind: str) -> web.Response:
    application = await applications.open_application(request.uow, case, kind)
    return await _next(request, case, key, application)


async def _next(
    request: Request, case: Case, key: str, application: Application, problem: str = ""
) -> web.Response:
    form = _form(request.uow, application)
    if application.state not in FORM_STATES:
        return _done(request, application)
    step = form.next(application.answers)
    if step is not None:
        return _question(request, case, key, application, code=step.code, problem=problem)
    return request.page(
        "citizen/apply_check.html",
        case=case,
        key=key,
        form=form,
        base=_base(application),
        application=application,
        rows=_rows(request.uow, application),
        problem=problem,
        headers=_NO_STORE,
    )


def _question(
    request: Request,
    case: Case,
    key: str,
    application: Application,
    *,
    code: str,
    problem: str = "",
) -> web.Response:
    form = _form(request.uow, application)
    asked = form.asked(application.answers)
    step = next((item for item in asked if item.code == code), None)
    if step is None:
        raise Invalid("表单里没有这一项。", where="step", code="unknown_answer")
    number, count = applications.place(form, application, step)
    return request.page(
        "citizen/apply_step.html",
        case=case,
        key=key,
        form=form,
        base=_base(application),
        step=step,
        number=number,
        count=count,
        before=asked[number - 2].code if number > 1 else "",
        value=application.answers.get(step.code, [] if step.type == "many" else ""),
        problem=problem,
        status=422 if problem else 200,
        headers=_NO_STORE,
    )


def _done(request: Request, application: Application) -> web.Response:
    return request.page(
        "citizen/apply_done.html",
        application=application,
        form=_form(request.uow, application),
        state=STATE_NAMES[application.state],
        headers=_NO_STORE,
    )


def _rows(uow: UnitOfWork, application: Application) -> list[dict[str, Any]]:
    form = _form(uow, application)
    return [
        {"code": step.code, "ask": step.ask, "shown": step.show(application.answers[step.code])}
        for step in form.asked(application.answers)
        if step.code in application.answers
    ]


def _form(uow: UnitOfWork, application: Application) -> Form:
    return uow.get(Forms).form(application.kind)


def _base(application: Application) -> str:
    return f"/apply/{application.kind.replace('_', '-')}"


def _kind(request: Request) -> str:
    kind = _PATHS.get(request.path("kind"))
    if kind is None:
        raise NotFound("没有这种申请。", code="unknown_application")
    return kind


def routes() -> list[Route]:
    """The pages."""

    def post(path: str, handler: Handler, summary: str, body: type[BaseModel]) -> Route:
        return Route("POST", path, handler, summary, public=True, work="write", body=body)

    one = "/apply/{kind}"
    return [
        Route("GET", one, enter, "提出申请", public=True, work="write"),
        post(one, begin, "开始申请", Opened),
        post(f"{one}/step", take_answer, "填一项", Answered),
        post(f"{one}/submit", hand_in, "提交申请", Opened),
        post("/my/applications", answer_decision, "对申请的决定表态", Told),
        Route(
            "POST",
            "/desk/contacts/{id}/apply/{kind}",
            begin_at_desk,
            "替群众填申请",
            requires="desk.use",
            work="write",
            channel="desk",
        ),
    ]
