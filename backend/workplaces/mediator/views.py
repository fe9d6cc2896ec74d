"""Pages of the mediator: offers, cases, one case with its next steps."""

from __future__ import annotations

from datetime import date
from typing import Any

from aiohttp import web
from pydantic import BaseModel, Field

from backend.cases.model import Person
from backend.cases.ports import Cases, FactVocabulary
from backend.directory.model import Regions
from backend.kernel.clock import CHINA
from backend.kernel.errors import Invalid
from backend.kernel.unit_of_work import UnitOfWork
from backend.resolution import service as resolution
from backend.resolution.model import DECLINES, FAILURES, FORMS, Mediation, MediationState
from backend.resolution.model.mediation import MOVES, STATE_NAMES
from backend.resolution.ports import Resolutions
from backend.web.request import Request
from backend.web.routing import Handler, Route

_SOON_DAYS = 7
_OBLIGATION_ROWS = 3


class Code(BaseModel):
    """A coded reason."""

    code: str = Field(max_length=30)


class Note(BaseModel):
    """A session note."""

    text: str = Field(max_length=20_000)


class AgreementForm(BaseModel):
    """What was agreed; obligations come as numbered fields."""

    terms: str = Field(max_length=20_000)
    form: str = Field(max_length=10)
    effective_on: date
    who: list[str] | str = Field(default_factory=list)
    what: list[str] | str = Field(default_factory=list)
    amount: list[str] | str = Field(default_factory=list)
    due_on: list[str] | str = Field(default_factory=list)

    def obligations(self) -> list[dict[str, str]]:
        """The rows that say something."""
        columns = [
            [value] if isinstance(value, str) else value
            for value in (self.who, self.what, self.amount, self.due_on)
        ]
        rows = zip(*columns, strict=True)
        return [
            {"who": who, "what": what, "amount": amount, "due_on": due_on}
            for who, what, amount, due_on in rows
            if what.strip()
        ]


class Settled(BaseModel):
    """An obligation that was met or broken."""

    obligation: str = Field(max_length=36)
    done: bool


async def show_today(request: Request) -> web.StreamResponse:
    """Whose move it is, which clock runs: offers first, then my cases."""
    uow = request.uow
    store = uow.get(Resolutions)
    offers = await store.offered_to(request.actor.organisation)
    mine = await store.visible_to(request.actor, limit=200)
    open_ones = [m for m in mine if m.state is not MediationState.ARCHIVED]
    return request.page(
        "mediator/today.html",
        offers=[await _offer(uow, referral) for referral in offers],
        cases=[await _row(uow, mediation) for mediation in open_ones],
        archived=len(mine) - len(open_ones),
        declines=DECLINES,
    )


async def show_one(request: Request) -> web.StreamResponse:
    """One mediation: parties, facts, notes, agreement, and the steps possible now."""
    uow = request.uow
    mediation = await resolution.own_mediation(uow, request.path("id"))
    cases = uow.get(Cases)
    case = await cases.by_id(mediation.case)
    assert case is not None
    vocabulary = uow.get(FactVocabulary)
    sheet = await cases.facts(case.id)
    person = await cases.person(case.person)
    return request.page(
        "mediator/case.html",
        mediation=mediation,
        case=case,
        state=STATE_NAMES[mediation.state],
        move=MOVES[mediation.state],
        days_left=_days_left(uow, mediation),
        person=person or Person(id=""),
        region=uow.get(Regions).name(case.region),
        facts=[
            (vocabulary.label(fact.code), vocabulary.show(fact.code, fact.value))
            for fact in sheet.facts
            if fact.current
        ],
        notes=await uow.get(Resolutions).notes(mediation.id),
        agreement=await uow.get(Resolutions).agreement(mediation.id),
        referral=await uow.get(Resolutions).referral(mediation.referral),
        failures=FAILURES,
        forms=FORMS,
        rows=range(_OBLIGATION_ROWS),
        today=uow.now.astimezone(CHINA).date(),
    )


async def accept(request: Request) -> web.StreamResponse:
    """Take a referral on."""
    mediation = await resolution.accept(request.uow, request.path("id"))
    return request.see_other(f"/mediator/cases/{mediation.id}")


async def decline(request: Request) -> web.StreamResponse:
    """Decline a referral with a code."""
    await resolution.decline(request.uow, request.path("id"), request.body(Code).code)
    return request.see_other("/mediator")


async def agree(request: Request) -> web.StreamResponse:
    """Record the agreement."""
    form = request.body(AgreementForm)
    try:
        rows = form.obligations()
    except ValueError as error:
        raise Invalid("义务的各列没有填齐。", where="obligations") from error
    await resolution.agree(
        request.uow,
        request.path("id"),
        terms=form.terms,
        form=form.form,
        effective_on=form.effective_on,
        obligations=rows,
    )
    return _back(request)


async def settle(request: Request) -> web.StreamResponse:
    """An obligation was met or broken."""
    form = request.body(Settled)
    await resolution.settle(request.uow, request.path("id"), form.obligation, done=form.done)
    return _back(request)


async def note(request: Request) -> web.StreamResponse:
    """Keep a session note."""
    await resolution.note(request.uow, request.path("id"), request.body(Note).text)
    return _back(request)


async def fail(request: Request) -> web.StreamResponse:
    """The mediation came to nothing."""
    await resolution.fail(request.uow, request.path("id"), request.body(Code).code)
    return _back(request)


def _plain_step(verb: Any) -> Handler:
    async def step(request: Request) -> web.StreamResponse:
        await verb(request.uow, request.path("id"))
        return _back(request)

    return step


def _back(request: Request) -> web.Response:
    return request.see_other(f"/mediator/cases/{request.path('id')}")


async def _offer(uow: UnitOfWork, referral: Any) -> dict[str, Any]:
    case = await uow.get(Cases).by_id(referral.case)
    return {
        "id": referral.id,
        "code": case.code if case else "",
        "region": uow.get(Regions).name(referral.region),
        "due_at": referral.due_at,
        "note": referral.note,
        "danger": bool(case and case.danger),
    }


async def _row(uow: UnitOfWork, mediation: Mediation) -> dict[str, Any]:
    case = await uow.get(Cases).by_id(mediation.case)
    days_left = _days_left(uow, mediation)
    return {
        "id": mediation.id,
        "code": case.code if case else "",
        "state": STATE_NAMES[mediation.state],
        "move": MOVES[mediation.state],
        "due_at": mediation.due_at,
        "days_left": days_left,
        "colour": "danger" if days_left < 0 else "warning" if days_left < _SOON_DAYS else "good",
    }


def _days_left(uow: UnitOfWork, mediation: Mediation) -> int:
    due = mediation.due_at.astimezone(CHINA).date()
    return (due - uow.now.astimezone(CHINA).date()).days


def routes() -> list[Route]:
    """The mediator's workplace."""

    def page(path: str, handler: Handler, summary: str, *, work: Any = "read") -> Route:
        return Route("GET", path, handler, summary, requires="mediator.use", work=work)

    def step(
        path: str, handler: Handler, summary: str, body: type[BaseModel] | None = None
    ) -> Route:
        return Route(
            "POST",
            path,
            handler,
            summary,
            requires="mediator.use",
            work="write",
            body=body,
            channel="mediator",
        )

    one = "/mediator/cases/{id}"
    return [
        page("/mediator", show_today, "调解员今日"),
        page(one, show_one, "一件调解"),
        step("/mediator/offers/{id}/accept", accept, "受理转介"),
        step("/mediator/offers/{id}/decline", decline, "不受理转介", Code),
        step(f"{one}/consent", _plain_step(resolution.consent), "双方同意"),
        step(f"{one}/begin", _plain_step(resolution.begin), "开始调解"),
        step(f"{one}/notes", note, "调解记录", Note),
        step(f"{one}/agree", agree, "登记协议", AgreementForm),
        step(f"{one}/settle", settle, "登记履行", Settled),
        step(f"{one}/perform", _plain_step(resolution.perform), "已履行"),
        step(f"{one}/confirm", _plain_step(resolution.confirm), "申请司法确认"),
        step(f"{one}/fail", fail, "调解不成", Code),
        step(f"{one}/archive", _plain_step(resolution.archive), "归档"),
    ]
