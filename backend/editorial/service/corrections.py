"""Somebody says an answer is wrong; the editors answer within three working days."""

from __future__ import annotations

from dataclasses import replace

from backend.clocks import Calendar
from backend.editorial.model.correction import DECISIONS, Correction, CorrectionState, due
from backend.editorial.ports import Corrections
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.ids import new_id
from backend.kernel.journal import Aggregate
from backend.kernel.personal import Personal
from backend.kernel.unit_of_work import UnitOfWork

_LONGEST = 2_000


def aggregate(correction: str) -> Aggregate:
    """The journal's name of a correction."""
    return Aggregate("correction", correction)


async def flag(
    uow: UnitOfWork,
    *,
    what: str,
    question: str,
    entry: str = "",
    snapshot: str = "",
    person: str = "",
    contact: str = "",
) -> Correction:
    """Say that an answer is wrong. `person` is whose words the question is, "" for nobody's."""
    uow.permissions.demand(uow.actor, "knowledge.flag")
    if not what.strip():
        raise Invalid("请写明哪里不对。", where="what")
    if len(what) > _LONGEST:
        raise Invalid(f"最多{_LONGEST}字。", where="what", code="too_long")
    identity = new_id()
    correction = Correction(
        id=identity,
        entry=entry,
        snapshot=snapshot,
        person=person or identity,
        contact=contact,
        question=question.strip()[:_LONGEST],
        what=what.strip(),
        opened_by=uow.actor.id,
        opened_name=uow.actor.name,
        opened_at=uow.now,
        due_at=due(uow.now, uow.get(Calendar)),
    )
    await uow.get(Corrections).add(correction)
    await uow.append(
        aggregate(identity),
        "correction.opened",
        {
            "entry": entry,
            "snapshot": snapshot,
            "contact": contact,
            "what": Personal(correction.person, correction.what),
            "due_at": correction.due_at,
        },
        after=CorrectionState.OPEN,
    )
    await uow.announce("correction", "role:knowledge_editor", identity)
    return correction


async def answer(uow: UnitOfWork, id: str, *, decision: str, reply: str) -> Correction:
    """Say what was done about it; whoever opened it is told."""
    uow.permissions.demand(uow.actor, "knowledge.edit")
    correction = await uow.get(Corrections).by_id(id, lock=True)
    if correction is None:
        raise NotFound("没有这个纠错。", code="no_correction")
    if correction.state is not CorrectionState.OPEN:
        raise Conflict("这个纠错已经答复过了。", code="answered")
    if decision not in DECISIONS:
        raise Invalid("请选择处理结果。", where="decision")
    if not reply.strip():
        raise Invalid("请写明答复。", where="reply")
    answered = replace(
        correction,
        state=CorrectionState.ANSWERED,
        decision=decision,
        reply=reply.strip()[:_LONGEST],
        answered_name=uow.actor.name,
        answered_at=uow.now,
    )
    await uow.get(Corrections).update(answered)
    await uow.append(
        aggregate(id),
        "correction.answered",
        {
            "entry": correction.entry,
            "decision": decision,
            "reply": answered.reply,
            "in_time": uow.now <= correction.due_at,
        },
        before=CorrectionState.OPEN,
        after=CorrectionState.ANSWERED,
    )
    await uow.announce("correction", f"staff:{correction.opened_by}", id)
    await uow.announce("correction", "role:knowledge_editor", id)
    return answered


async def sweep(uow: UnitOfWork) -> int:
    """Tell editors, reviewers and supervisors of corrections that nobody answered in time."""
    late = await uow.get(Corrections).overdue(uow.now)
    for correction in late:
        await uow.append(
            aggregate(correction.id),
            "correction.overdue",
            {"entry": correction.entry, "due_at": correction.due_at},
            before=correction.state,
            after=correction.state,
        )
        for role in ("knowledge_editor", "knowledge_reviewer", "supervisor"):
            await uow.announce("alarm", f"role:{role}", correction.id)
    return len(late)
