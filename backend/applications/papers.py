"""From a case to a paper: what each template of a case wants, found in the rooms below."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from backend.cases.model import Case
from backend.cases.ports import Cases, FactVocabulary
from backend.clocks import Calendar, Interruption, run_period
from backend.contacts.model import DOOR_NAMES, Contact
from backend.documents import service as documents
from backend.documents.model import Paper, chinese_day
from backend.kernel.clock import CHINA
from backend.kernel.errors import Conflict, Invalid
from backend.kernel.unit_of_work import UnitOfWork
from backend.routing.ports import ActiveRules, Decisions, StoredDecision
from knowledge.corpus.numerals import to_chinese

ISSUER = "12348公共法律服务热线平台"
INTERRUPTIONS = {
    "demand": "权利人向义务人提出履行请求",
    "acknowledged": "义务人同意履行义务",
    "suit": "权利人提起诉讼或者申请仲裁",
    "equal": "与提起诉讼或者申请仲裁具有同等效力的其他情形",
}
NO_NAME = "当事人"


def said_code(code: str) -> str:
    """A case code as it is said."""
    return f"{code[:3]} {code[3:6]} {code[6:]}"


async def precondition_notice(uow: UnitOfWork, case: Case) -> Paper:
    """The notice of what the law demands first; raises `Conflict` where it demands nothing."""
    decision = await uow.get(Decisions).latest(case.id)
    if decision is None or not decision.record:
        raise Conflict("还没有分流决定，请先按要素分流。", code="no_decision")
    code = decision.record.get("precondition", "NONE")
    vocabulary = uow.get(ActiveRules).rules.vocabulary
    precondition = vocabulary.preconditions.get(code)
    if precondition is None or code == "NONE":
        raise Conflict("这件事没有前置程序，不用告知书。", code="no_precondition")
    competent = decision.record.get("competent", {})
    channels = [vocabulary.channels[step] for step in precondition.steps]
    return await documents.fill_in(
        uow,
        "precondition_notice",
        {
            **await _about(uow, case),
            "precondition": precondition.name,
            "notice": precondition.notice,
            "steps": [
                {
                    "name": channel.name,
                    "body": competent.get(channel.code, channel.note),
                    "cost": channel.cost,
                }
                for channel in channels
            ],
            "deadlines": [_deadline(item) for item in decision.record.get("deadlines", ())],
            "basis": "、".join(_cited(item) for item in decision.record.get("cite", ())),
        },
        case=case.id,
        case_code=case.code,
        issuer=ISSUER,
    )


async def reception_receipt(
    uow: UnitOfWork,
    case: Case,
    contact: Contact | None,
    *,
    progress: str,
    next_step: str = "",
    by: date | None = None,
) -> Paper:
    """The receipt with the case code; `progress` is what the citizen is told of the case."""
    opened = contact.opened_at if contact else case.opened_at
    return await documents.fill_in(
        uow,
        "reception_receipt",
        {
            **await _about(uow, case),
            "received_on": chinese_day(opened.astimezone(CHINA).date()),
            "door": DOOR_NAMES[contact.door] if contact else "12348",
            "progress": progress,
            "next": next_step,
            "by": chinese_day(by) if by else "",
            "agent": uow.actor.name if uow.actor.kind == "staff" else "",
        },
        case=case.id,
        case_code=case.code,
        issuer=ISSUER,
    )


async def interruption_receipt(
    uow: UnitOfWork, case: Case, *, clock: str, kind: str, on: date, evidence: str
) -> Paper:
    """The receipt of evidence that a limitation period began anew (民法典 第一百九十五条).

    Raises `Invalid` with the reason where the event does not interrupt the period.
    """
    decision = await uow.get(Decisions).latest(case.id)
    running = _running(decision, clock)
    rules = uow.get(ActiveRules).rules
    if running is None or clock not in rules.clocks:
        raise Conflict("最近一次分流没有算出这个时效。", code="no_clock", where="clock")
    if kind not in INTERRUPTIONS:
        raise Invalid("请选择中断的事由。", where="kind")
    period = run_period(
        rules.clocks[clock],
        date.fromisoformat(running["starts"]),
        uow.now.astimezone(CHINA).date(),
        uow.get(Calendar),
        interruptions=[Interruption(on, kind, evidence)],
    )
    if period.refused:
        raise Invalid(f"不能作为中断证据：{period.refused[0][1]}。", where="on")
    return await documents.fill_in(
        uow,
        "interruption_receipt",
        {
            **await _about(uow, case),
            "clock": running["name"],
            "event": INTERRUPTIONS[kind],
            "event_on": chinese_day(on),
            "evidence": evidence,
            "due": chinese_day(period.deadline.due) if period.deadline else "",
        },
        case=case.id,
        case_code=case.code,
        issuer=ISSUER,
    )


async def interruptible(uow: UnitOfWork, case: Case) -> list[tuple[str, str]]:
    """The clocks of the decision in force that evidence can start again: code and name."""
    decision = await uow.get(Decisions).latest(case.id)
    clocks = uow.get(ActiveRules).rules.clocks
    running = (decision.record if decision else {}).get("deadlines", ())
    return [
        (item["clock"], item["name"])
        for item in running
        if item["clock"] in clocks and clocks[item["clock"]].interruptible
    ]


async def _about(uow: UnitOfWork, case: Case) -> dict[str, Any]:
    person = await uow.get(Cases).person(case.person)
    sheet = await uow.get(Cases).facts(case.id)
    issue = sheet.get("issue")
    return {
        "applicant": (person.name if person else "") or NO_NAME,
        "case_code": said_code(case.code),
        "issue": uow.get(FactVocabulary).show("issue", issue.value) if issue else "",
    }


def _running(decision: StoredDecision | None, clock: str) -> Mapping[str, Any] | None:
    record = decision.record if decision else {}
    return next((item for item in record.get("deadlines", ()) if item["clock"] == clock), None)


def _deadline(item: Mapping[str, Any]) -> dict[str, str]:
    basis = [_cited(cited) for cited in item["basis"]] + list(item["basis_other"])
    return {
        "name": item["name"],
        "due": chinese_day(date.fromisoformat(item["due"])),
        "starts": chinese_day(date.fromisoformat(item["starts"])),
        "basis": "、".join(basis),
    }


def _cited(item: Mapping[str, Any]) -> str:
    return f"《{item['law']}》第{to_chinese(item['article'])}条"
