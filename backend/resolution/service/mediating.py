"""A mediation from the parties' consent to the archived file."""

from __future__ import annotations

from backend.cases import service as cases
from backend.kernel.errors import Invalid
from backend.kernel.personal import Personal
from backend.kernel.unit_of_work import UnitOfWork
from backend.resolution.model import FAILURES, Mediation, MediationState
from backend.resolution.ports import Resolutions
from backend.resolution.service.steps import (
    LONGEST_TEXT,
    case_of,
    mediation_aggregate,
    own_mediation,
    step,
)


async def consent(uow: UnitOfWork, id: str) -> Mediation:
    """All parties have agreed to mediate."""
    return await step(uow, id, "consent", "mediation.consented")


async def begin(uow: UnitOfWork, id: str) -> Mediation:
    """The first session begins."""
    return await step(uow, id, "begin", "mediation.begun")


async def note(uow: UnitOfWork, id: str, text: str) -> None:
    """Keep a session note."""
    mediation = await own_mediation(uow, id)
    words = text.strip()
    if not words or len(words) > LONGEST_TEXT:
        raise Invalid("记录要有内容，且不超过两万字。", where="text")
    case = await case_of(uow, mediation.case)
    await uow.get(Resolutions).add_note(mediation.id, case.person, words, uow.now, uow.actor.id)
    await uow.append(
        mediation_aggregate(id),
        "mediation.noted",
        {"text": Personal(case.person, words)},
        before=mediation.state,
        after=mediation.state,
        visibility="mediator",
    )


async def fail(uow: UnitOfWork, id: str, code: str) -> Mediation:
    """The mediation has come to nothing, for one of the coded reasons."""
    if code not in FAILURES:
        raise Invalid("请选择调解不成的原因。", where="code")
    return await step(uow, id, "fail", "mediation.failed", {"code": code}, failure=code)


async def archive(uow: UnitOfWork, id: str) -> Mediation:
    """Close the file; the case is closed with it when there was an agreement."""
    before = await own_mediation(uow, id)
    mediation = await step(
        uow,
        id,
        "archive",
        "mediation.archived",
        {"performed": before.state is MediationState.PERFORMED, "failure": before.failure},
        closed_at=uow.now,
    )
    case = await case_of(uow, mediation.case)
    if case.state == "open" and not mediation.failure:
        await cases.close_case(uow, case, "mediated")
    return mediation
