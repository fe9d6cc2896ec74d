"""Which way to go: the facts that change it, one a screen, and the decision."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, Field

from backend.cases import service as cases
from backend.cases.ports import Cases
from backend.contacts import service as contacts
from backend.kernel.actor import citizen
from backend.kernel.errors import NotFound
from backend.queue import service as queue
from backend.routing import service as routing
from backend.routing.model.decision import Decision
from backend.web.pages import said_code
from backend.web.request import Request
from tv_app import presenter, session
from tv_app.questions import numbered
from tv_app.television import Television, case_of, number_of, show

_DANGER_FACT = "danger_now"
_MOST_TOLD = 6  # the issue and what changes most; the rest is for whoever talks with them


class FactAnswer(BaseModel):
    """An answer to one question of the fact sheet; "" is "I cannot say"."""

    code: str = Field(max_length=40)
    value: str = Field(default="", max_length=40)


async def route(tv: Television, request: Request) -> web.StreamResponse:
    """Which way to go for an issue: ask what changes it, then tell it."""
    issue = request.query("issue")
    if not tv.vocabulary.facts["issue"].allows(issue):
        raise NotFound("没有这个选项，请返回再选。", code="no_tile")
    uow = request.uow
    contact, token = await session.ensure(uow, request, tv.region)
    case = await case_of(uow, contact)
    await cases.record_facts(uow, case, {"issue": issue})
    # Dates and sums are not typed with a remote: the desk asks for them.
    asked = [f for f in await routing.questions(uow, case) if f.type in ("bool", "enum")]
    code = said_code(case.code)
    told = len((await uow.get(Cases).facts(case.id)).values())
    if asked and told <= _MOST_TOLD and request.query("tell") != "1":
        await cases.put_question(uow, case, asked[0].code)
        choices = [choice for choice in asked[0].tv.choices if choice.value is not None]
        response = show(
            request, "question", fact=asked[0], choices=choices[:9], issue=issue, code=code
        )
        return session.remember(response, token, secure=tv.secure)
    decision = await routing.consider(uow, case)
    response = show(
        request,
        "route",
        shown=presenter.page(_pages(decision), number_of(request.query("page"), 1)),
        issue=issue,
        number=next((q.number for q in numbered(tv.vocabulary) if q.issue == issue), None),
        cite=decision.cite,
        code=code,
    )
    return session.remember(response, token, secure=tv.secure)


async def fact(tv: Television, request: Request) -> web.StreamResponse:
    """A fact told by a digit; "I cannot say" is an answer too, and danger leads to a person."""
    form = request.body(FactAnswer)
    uow = request.uow
    contact = await session.current(uow, request)
    if contact is None:
        return request.see_other("/tv/")
    uow.actor = citizen(contact.id)
    asked = tv.vocabulary.facts.get(form.code)
    if asked is None:
        raise NotFound("没有这个问题，请返回再选。", code="no_fact")
    chosen = next((c.value for c in asked.tv.choices if str(c.value) == form.value), None)
    case = await case_of(uow, contact)
    await cases.record_facts(uow, case, {form.code: "unknown" if chosen is None else chosen})
    if form.code == _DANGER_FACT and chosen is True:
        contact = await contacts.mark_danger(uow, contact, ("violence",))
        await queue.want_person(uow, contact, "danger")
        return request.see_other("/tv/danger")
    sheet = await uow.get(Cases).facts(case.id)
    return request.see_other(f"/tv/route?issue={sheet.values().get('issue', '')}")


async def danger(tv: Television, request: Request) -> web.StreamResponse:
    """Safety first, with a person next."""
    contact = await session.current(request.uow, request)
    code = said_code((await case_of(request.uow, contact)).code) if contact else ""
    return show(request, "danger", code=code, lines=presenter.danger_lines(None), law="")


def _pages(decision: Decision) -> tuple[tuple[str, ...], ...]:
    lines = tuple(decision.tv)
    if not lines:
        return presenter.cut("".join(decision.explanation))
    return tuple(lines[at : at + presenter.LINES] for at in range(0, len(lines), presenter.LINES))
