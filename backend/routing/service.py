"""Deciding for a case, and recording what the person chooses."""

from __future__ import annotations

from collections.abc import Sequence

from backend.cases import service as cases
from backend.cases.model import Case
from backend.cases.ports import Cases
from backend.clocks import Calendar
from backend.kernel.clock import CHINA
from backend.kernel.errors import Conflict, Invalid
from backend.kernel.ids import new_id
from backend.kernel.journal import Aggregate
from backend.kernel.personal import Personal
from backend.kernel.unit_of_work import UnitOfWork
from backend.routing.model.decide import decide
from backend.routing.model.decision import Decision, RoutingRequest, to_record
from backend.routing.model.vocabulary import Fact
from backend.routing.ports import ActiveRules, Decisions, StoredDecision

_MOST_QUESTIONS = 6
_FIRST_QUESTIONS = ("issue",)


async def consider(uow: UnitOfWork, case: Case) -> Decision:
    """Decide by what is known now, without keeping it: for what is worth asking next."""
    sheet = await uow.get(Cases).facts(case.id)
    values = sheet.values()
    return decide(
        RoutingRequest(
            matter=case.matter,
            as_of=uow.now.astimezone(CHINA).date(),
            region=case.region,
            facts=values,
        ),
        uow.get(ActiveRules).rules,
        uow.get(Calendar),
    )


async def route(uow: UnitOfWork, case: Case) -> StoredDecision:
    """Decide and keep the decision; the one before it is superseded, never edited."""
    uow.permissions.demand(uow.actor, "routing.decide")
    decision = await consider(uow, case)
    stored = StoredDecision(
        id=new_id(),
        case=case.id,
        made_at=uow.now,
        made_by=f"{uow.actor.kind}:{uow.actor.id}",
        record=to_record(decision),
    )
    await uow.get(Decisions).add(stored, case.person)
    await uow.append(
        Aggregate("decision", stored.id),
        "decision.made",
        {
            "case": case.id,
            "region": case.region,
            "rules": list(decision.rules),
            "rule_set": decision.rule_set,
            "recommended": list(decision.recommended),
            "precondition": decision.precondition,
            "explanation": Personal(case.person, "".join(decision.explanation)),
        },
        after=decision.status,
        visibility="public",
    )
    matter = _matter_of(uow, decision)
    if matter and matter != case.matter:
        await cases.change_case(uow, case, "case.matter_set", {"matter": matter}, matter=matter)
    if "deadline_lt7" in decision.red_flags:
        await uow.announce("alarm", "role:supervisor", case.id)
    await uow.announce("decision", f"case:{case.id}", case.id)
    return stored


async def choose(
    uow: UnitOfWork, case: Case, channel: str, *, override: str = ""
) -> StoredDecision:
    """Record the person's choice; a blocked channel needs a reason, and what is forbidden by law
    stays on record as blocked.
    """
    decisions = uow.get(Decisions)
    stored = await decisions.latest(case.id)
    if stored is None:
        raise Conflict("还没有分流决定，请先按要素分流。", code="no_decision")
    offered = {*stored.record.get("recommended", ()), *stored.record.get("possible", ())}
    if channel not in uow.get(ActiveRules).rules.vocabulary.channels:
        raise Invalid("没有这条途径。", where="channel")
    if channel not in offered and not override.strip():
        raise Invalid("这条途径不在建议之列，请写明理由。", where="override", code="needs_reason")
    await decisions.choose(stored.id, channel, uow.now, override.strip())
    await uow.append(
        Aggregate("decision", stored.id),
        "decision.chosen",
        {"case": case.id, "channel": channel, "override": Personal(case.person, override.strip())},
        before="decided",
        after="chosen",
        visibility="public",
    )
    await cases.change_case(
        uow, case, "case.decision_chosen", {"channel": channel, "decision": stored.id}
    )
    return stored


async def questions(uow: UnitOfWork, case: Case) -> Sequence[Fact]:
    """The unanswered facts still worth asking, the one that changes most first."""
    decision = await consider(uow, case)
    sheet = await uow.get(Cases).facts(case.id)
    vocabulary = uow.get(ActiveRules).rules.vocabulary
    wanted = decision.missing_facts or (() if sheet.knows("issue") else _FIRST_QUESTIONS)
    return [
        vocabulary.facts[code]
        for code in wanted
        if code in vocabulary.facts and not sheet.knows(code)
    ][:_MOST_QUESTIONS]


def _matter_of(uow: UnitOfWork, decision: Decision) -> str:
    issue = decision.request.facts.get("issue")
    values = uow.get(ActiveRules).rules.vocabulary.facts["issue"].values
    return next((value.matter for value in values if value.code == issue), "")
