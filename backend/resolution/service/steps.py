"""What the verbs of this room stand on: whose mediation it is, and one step along its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from backend.cases.model import Case
from backend.cases.ports import Cases
from backend.kernel.clock import CHINA
from backend.kernel.errors import Denied, NotFound
from backend.kernel.journal import Aggregate
from backend.kernel.unit_of_work import UnitOfWork
from backend.resolution.model import Mediation, next_state
from backend.resolution.ports import Resolutions

LONGEST_TEXT = 20_000


def mediation_aggregate(id: str) -> Aggregate:
    """The journal's name of a mediation."""
    return Aggregate("mediation", id)


async def own_mediation(uow: UnitOfWork, id: str) -> Mediation:
    """A mediation the actor works on, locked."""
    mediation = await uow.get(Resolutions).mediation(id, lock=True)
    if mediation is None or not uow.permissions.allows(
        uow.actor, "mediation.work", mediation.thing()
    ):
        raise NotFound("没有这件调解，或者不是您承办的。", code="no_mediation")
    return mediation


async def step(
    uow: UnitOfWork,
    id: str,
    event: str,
    type: str,
    payload: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Mediation:
    """Move a mediation along its table and append the event that says so."""
    mediation = await own_mediation(uow, id)
    return await change(
        uow, mediation, type, payload or {}, state=next_state(mediation.state, event), **changes
    )


async def change(
    uow: UnitOfWork, mediation: Mediation, type: str, payload: Mapping[str, Any], **changes: Any
) -> Mediation:
    """Change a mediation, append the event, tell its mediator."""
    changed = replace(mediation, **changes)
    await uow.get(Resolutions).update_mediation(changed)
    await uow.append(
        mediation_aggregate(mediation.id),
        type,
        {**about(mediation), **payload},
        before=mediation.state,
        after=changed.state,
        visibility="public",
    )
    await uow.announce("mediation", f"staff:{mediation.mediator}", mediation.id)
    return changed


async def case_of(uow: UnitOfWork, id: str) -> Case:
    """A case by id, locked."""
    case = await uow.get(Cases).by_id(id, lock=True)
    if case is None:
        raise Denied("案件不在了。", code="no_case")
    return case


def about(mediation: Mediation) -> dict[str, Any]:
    """What every event of a mediation tells."""
    return {
        "case": mediation.case,
        "organisation": mediation.organisation,
        "mediator": mediation.mediator,
        "region": mediation.region,
        "due_at": mediation.due_at,
    }


def today(uow: UnitOfWork) -> date:
    """The day in China."""
    return uow.now.astimezone(CHINA).date()


def end_of(day: date) -> datetime:
    """The last second of a day in China."""
    return datetime.combine(day, time(23, 59, 59), CHINA).astimezone(UTC)
