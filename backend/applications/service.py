"""Opening, filling, submitting and deciding applications. One verb each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from backend.applications.model import (
    FORM_STATES,
    OPEN_STATES,
    STATE_NAMES,
    Application,
    Form,
    Forms,
    Move,
    Question,
    State,
    due_of,
    move,
)
from backend.applications.papers import said_code
from backend.applications.ports import Applications
from backend.cases.model import UNKNOWN, Case
from backend.cases.ports import Cases, FactVocabulary
from backend.clocks import Calendar
from backend.directory import service as directory
from backend.directory.ports import Directory
from backend.documents import service as documents
from backend.documents.model import Paper
from backend.kernel.clock import CHINA
from backend.kernel.errors import Conflict, Denied, Invalid, NotFound
from backend.kernel.ids import new_id
from backend.kernel.journal import Aggregate
from backend.kernel.personal import Personal
from backend.kernel.unit_of_work import UnitOfWork

_BATCH = 200
_PERMISSION = {"clerk": "application.decide", "bureau": "application.rule"}


def aggregate(application: str) -> Aggregate:
    """The journal's name of an application."""
    return Aggregate("application", application)


async def open_application(
    uow: UnitOfWork, case: Case, kind: str, *, proposed: bool = False
) -> Application:
    """Open one for a case, with what is known already filled in; an open one is gone on with.

    `proposed` makes it our suggestion of advance aid (法律援助法 第四十四条).
    """
    form = uow.get(Forms).form(kind)
    store = uow.get(Applications)
    earlier = await store.of_case(case.id)
    for known in earlier:
        if known.kind == kind and known.state in OPEN_STATES:
            return known
    state = State.PROPOSED if proposed else State.DRAFT
    application = Application(
        id=new_id(),
        number=f"{case.code}-S{len(earlier) + 1}",
        case=case.id,
        person=case.person,
        kind=kind,
        state=state,
        region=case.region,
        opened_at=uow.now,
        opened_by=f"{uow.actor.kind}:{uow.actor.id}",
        answers=await _known(uow, case, form),
        advance=proposed,
    )
    await store.add(application)
    await uow.append(
        aggregate(application.id),
        "application.opened",
        {"case": case.id, "kind": kind, "region": case.region, "advance": proposed},
        after=state,
        visibility="public",
    )
    return application


async def answer(
    uow: UnitOfWork, application: Application, code: str, value: str | list[str]
) -> Application:
    """Take one answer; a later answer to the same question takes its place."""
    form = uow.get(Forms).form(application.kind)
    if application.state not in FORM_STATES:
        raise Conflict("申请已经提交，不能再改。", code="application_state")
    step = next((item for item in form.asked(application.answers) if item.code == code), None)
    if step is None:
        raise Invalid("表单里没有这一项。", where=code, code="unknown_answer")
    answers = {**application.answers, code: step.read(value)}
    asked = {item.code for item in form.asked(answers)}
    changed = replace(
        application, answers={key: kept for key, kept in answers.items() if key in asked}
    )
    await uow.get(Applications).update(changed)
    return changed


def place(form: Form, application: Application, step: Question) -> tuple[int, int]:
    """Which step this is, and of how many (第 2 步，共 N 步)."""
    asked = form.asked(application.answers)
    return asked.index(step) + 1, len(asked)


async def submit(uow: UnitOfWork, application: Application) -> Application:
    """Hand it to the competent body; its clock starts. Raises `Invalid` naming what is missing.

    A notary may not act where the parties dispute the item (公证法 第三十一条).
    """
    form = uow.get(Forms).form(application.kind)
    step = move(application, "submit")
    missing = form.next(application.answers)
    if missing is not None:
        raise Invalid(f"还没有填：{missing.ask}", where=missing.code, code="answer_needed")
    if application.kind == "notary" and application.answers.get("dispute") == "yes":
        raise Conflict(
            "有争议的事项公证机构不能办理（《公证法》第三十一条），可以先申请调解。",
            code="notary_dispute",
        )
    body = application.organisation or await _competent(uow, application, form)
    return await _move(uow, application, "submit", step, organisation=body, submitted_at=uow.now)


async def act(uow: UnitOfWork, id: str, event: str, reason: str = "") -> Application:
    """A clerk or the bureau takes a step. Raises `Denied` where the step is another's."""
    application = await read(uow, id, lock=True)
    step = move(application, event)
    if step.who not in _PERMISSION or not uow.permissions.allows(
        uow.actor, _PERMISSION[step.who], application.thing()
    ):
        raise Denied("这一步不归您办。", code="denied")
    changes: dict[str, Any] = {"extended": True} if event == "extend" else {}
    return await _move(uow, application, event, step, reason=_reason(step, reason), **changes)


async def applicant_acts(
    uow: UnitOfWork, application: Application, event: str, reason: str = ""
) -> Application:
    """The applicant, or an agent for them, withdraws, objects or accepts the refusal."""
    step = move(application, event)
    if step.who != "applicant" or event == "submit":
        raise Denied("这一步不归您办。", code="denied")
    return await _move(uow, application, event, step, reason=_reason(step, reason))


async def read(uow: UnitOfWork, id: str, *, lock: bool = False) -> Application:
    """An application the actor may read; "not found" otherwise."""
    found = await uow.get(Applications).by_id(id, lock=lock)
    if found is None or not uow.permissions.allows(uow.actor, "application.read", found.thing()):
        raise NotFound("没有这份申请，或者不是交给您单位的。", code="no_application")
    return found


async def paper(uow: UnitOfWork, application: Application) -> Paper:
    """The form as a paper, addressed to the body that decides."""
    form = uow.get(Forms).form(application.kind)
    case = await uow.get(Cases).by_id(application.case)
    person = await uow.get(Cases).person(application.person)
    body = await uow.get(Directory).get(application.organisation)
    if case is None or person is None or person.erased:
        raise NotFound("没有这份申请。", code="no_application")
    shown = {
        step.code: step.show(application.answers[step.code])
        for step in form.steps
        if step.code in application.answers
    }
    household = f"{shown['members']}口人，月收入{shown['income']}元" if shown.get("members") else ""
    return await documents.fill_in(
        uow,
        form.template,
        {
            **shown,
            "case_code": said_code(case.code),
            "organisation": body.name if body else "",
            "phone": person.phone.removeprefix("+86"),
            "income": household,
        },
        case=case.id,
        case_code=case.code,
        issuer=shown.get("applicant", ""),
    )


async def sweep(uow: UnitOfWork) -> int:
    """Tell the body and the supervisor of a clock that has run out; each clock once."""
    today = uow.now.astimezone(CHINA).date()
    count = 0
    for late in await uow.get(Applications).overdue(today, limit=_BATCH):
        if late.due is None or not await uow.get(Applications).told(late.id, late.due):
            continue
        await uow.append(
            aggregate(late.id),
            "application.overdue",
            {"case": late.case, "organisation": late.organisation, "due": late.due.isoformat()},
            before=late.state,
            after=late.state,
        )
        await uow.announce("application", f"organisation:{late.organisation}", late.id)
        await uow.announce("alarm", "role:supervisor", late.case)
        count += 1
    return count


async def _move(
    uow: UnitOfWork, application: Application, event: str, step: Move, **changes: Any
) -> Application:
    start = uow.now.astimezone(CHINA).date()
    if event == "extend" and application.due is not None:
        start = application.due
    due = due_of(application.kind, step.to, start, uow.get(Calendar))
    changed = replace(application, state=step.to, due=due, **changes)
    await uow.get(Applications).update(changed)
    await uow.append(
        aggregate(application.id),
        f"application.{event}",
        {
            "case": application.case,
            "kind": application.kind,
            "organisation": changed.organisation,
            "region": application.region,
            "due": due.isoformat() if due else "",
            "advance": application.advance,
            "reason": Personal(application.person, changed.reason),
        },
        before=application.state,
        after=step.to,
        visibility="public",
    )
    await uow.announce("application", f"case:{application.case}", application.id)
    if changed.organisation:
        await uow.announce("application", f"organisation:{changed.organisation}", application.id)
    if step.who in _PERMISSION:
        await _tell_applicant(uow, changed)
    return changed


async def _tell_applicant(uow: UnitOfWork, application: Application) -> None:
    """A short message that something was decided, without what."""
    person = await uow.get(Cases).person(application.person)
    case = await uow.get(Cases).by_id(application.case)
    if person is None or case is None or person.erased or not person.phone:
        return
    text = f"【12348】案件{said_code(case.code)}的申请有了新进展，请用案件编码查询或拨打12348。"
    await uow.post(
        "sms", {"to": Personal(person.id, person.phone), "text": Personal(person.id, text)}
    )


async def _competent(uow: UnitOfWork, application: Application, form: Form) -> str:
    serving = await directory.bodies_for(uow, region=application.region, channel=form.channel)
    if not serving:
        raise Conflict(
            f"目录里还没有当地能受理{form.name}的机构，内容已保存，请拨打12348。",
            code="no_body",
        )
    return serving[0].code


async def _known(uow: UnitOfWork, case: Case, form: Form) -> Mapping[str, Any]:
    """What the case knows already is never asked again."""
    person = await uow.get(Cases).person(case.person)
    sheet = await uow.get(Cases).facts(case.id)
    answers: dict[str, Any] = {}
    for step in form.steps:
        fact = sheet.get(step.known) if step.known else None
        if step.known == "name" and person is not None and person.name and not person.erased:
            answers[step.code] = person.name
        elif fact is not None and fact.value != UNKNOWN:
            if isinstance(fact.value, bool):
                answers[step.code] = "yes" if fact.value else "no"
            else:
                answers[step.code] = uow.get(FactVocabulary).show(fact.code, fact.value)
    return answers


def _reason(step: Move, reason: str) -> str:
    if step.reason and not reason.strip():
        raise Invalid(f"“{step.name}”要写明理由或内容。", where="reason", code="needs_reason")
    if len(reason) > 1000:
        raise Invalid("写得太长了，请简短些。", where="reason")
    return reason.strip()


def state_name(application: Application) -> str:
    """Where it stands, in words."""
    return STATE_NAMES[application.state]
