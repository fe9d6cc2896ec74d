"""What follows from a decision: reminders are planned, and short deadlines open advance aid.

With fewer than seven days to a statutory deadline a legal aid body may help first and check later
(法律援助法 第四十四条). We propose it; the person decides.
"""

from __future__ import annotations

from datetime import date

from backend.applications.model import OPEN_STATES
from backend.applications.ports import Applications
from backend.applications.service import open_application
from backend.cases.model import Case, CaseState
from backend.cases.ports import Cases
from backend.cases.service import aggregate as case_aggregate
from backend.clocks import Nature
from backend.kernel.clock import CHINA
from backend.kernel.journal import Event
from backend.kernel.unit_of_work import UnitOfWork
from backend.notices import service as notices
from backend.notices.model import ALARM_AHEAD, Kind, plan_deadlines, plan_expiry
from backend.routing.ports import ActiveRules, Decisions

EVENTS = frozenset({"decision.made", "case.closed", "reminder.done"})


async def on_event(uow: UnitOfWork, event: Event) -> None:
    """Hear of decisions, closed cases and alarms; safe to repeat."""
    if event.type == "case.closed":
        await notices.cancel(uow, event.aggregate.id)
        return
    case = await uow.get(Cases).by_id(str(event.payload["case"]))
    if case is None or case.state is not CaseState.OPEN:
        return
    if event.type == "decision.made":
        await _plan(uow, case)
    elif event.payload["kind"] == Kind.ALARM and event.payload["how"] == "alarm":
        await _propose(uow, case, date.fromisoformat(str(event.payload["due"])))


async def _plan(uow: UnitOfWork, case: Case) -> None:
    decision = await uow.get(Decisions).latest(case.id)
    if decision is None or not decision.record:
        return
    clocks = uow.get(ActiveRules).rules.clocks
    deadlines = [
        (item["clock"], date.fromisoformat(item["due"]))
        for item in decision.record.get("deadlines", ())
        if item["clock"] in clocks and clocks[item["clock"]].nature is Nature.DEADLINE
    ]
    plans = plan_deadlines(deadlines, uow.now)
    expires = decision.record.get("expires_on")
    if expires:
        plans.append(plan_expiry(date.fromisoformat(expires)))
    await notices.plan(
        uow, plans, case=case.id, case_code=case.code, person=case.person, region=case.region
    )
    today = uow.now.astimezone(CHINA).date()
    near = [due for _, due in deadlines if 0 <= (due - today).days <= ALARM_AHEAD]
    if near:
        await _propose(uow, case, min(near))


async def _propose(uow: UnitOfWork, case: Case, due: date) -> None:
    earlier = await uow.get(Applications).of_case(case.id)
    if any(known.kind == "legal_aid" and known.state in OPEN_STATES for known in earlier):
        return
    application = await open_application(uow, case, "legal_aid", proposed=True)
    await uow.append(
        case_aggregate(case.id),
        "case.advance_aid_proposed",
        {"application": application.id, "due": due.isoformat(), "region": case.region},
        before=case.state,
        after=case.state,
    )
    await uow.announce("alarm", "role:supervisor", case.id)
