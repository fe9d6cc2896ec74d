"""Referring a case to a body, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from backend.cases import service as cases
from backend.cases.model import Case
from backend.clocks import Calendar
from backend.directory.ports import Directory
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.ids import new_id
from backend.kernel.journal import Aggregate
from backend.kernel.personal import Personal
from backend.kernel.unit_of_work import UnitOfWork
from backend.resolution.model import (
    DECLINES,
    Mediation,
    MediationState,
    Referral,
    ReferralState,
)
from backend.resolution.model.mediation import MEDIATION_DAYS
from backend.resolution.model.referral import ACCEPT_WORKING_DAYS
from backend.resolution.ports import Resolutions
from backend.resolution.service import steps
from backend.resolution.service.steps import LONGEST_TEXT, case_of, end_of, today

_MEDIATION_CHANNELS = ("people_mediation", "industry_mediation")


def referral_aggregate(id: str) -> Aggregate:
    """The journal's name of a referral."""
    return Aggregate("referral", id)


async def refer(
    uow: UnitOfWork,
    case: Case,
    *,
    organisation: str,
    channel: str,
    decision: str = "",
    note: str = "",
) -> Referral:
    """Offer a case to a body; it has three working days to answer.

    Raises `Conflict` while another body still has to answer or a mediation runs: the same dispute
    cannot be in two mediations.
    """
    resolutions = uow.get(Resolutions)
    body = await uow.get(Directory).get(organisation)
    if body is None or body.closed_at is not None:
        raise NotFound("目录里没有这个机构。", where="organisation")
    if channel not in body.serves:
        raise Invalid("这个机构不受理此途径。", where="organisation")
    if any(r.state is ReferralState.OFFERED for r in await resolutions.referrals_of_case(case.id)):
        raise Conflict("已经转出，正在等对方受理。", code="already_referred")
    running = await resolutions.mediations_of_case(case.id)
    if any(m.state not in (MediationState.FAILED, MediationState.ARCHIVED) for m in running):
        raise Conflict("这件事正在调解，不能重复转出。", code="already_mediated")
    referral = Referral(
        id=new_id(),
        case=case.id,
        organisation=organisation,
        channel=channel,
        region=case.region,
        state=ReferralState.OFFERED,
        offered_at=uow.now,
        offered_by=f"{uow.actor.kind}:{uow.actor.id}",
        due_at=end_of(uow.get(Calendar).add_working_days(today(uow), ACCEPT_WORKING_DAYS).day),
        decision=decision,
        note=note[:LONGEST_TEXT],
    )
    await resolutions.add_referral(referral, case.person)
    await uow.append(
        referral_aggregate(referral.id),
        "referral.offered",
        {**_about(referral), "note": Personal(case.person, referral.note)},
        after=ReferralState.OFFERED,
        visibility="public",
    )
    await cases.change_case(
        uow,
        case,
        "case.referred",
        {"organisation": organisation, "channel": channel, "referral": referral.id},
        organisation=organisation,
    )
    await uow.announce("referral", f"organisation:{organisation}", referral.id)
    return referral


async def accept(uow: UnitOfWork, referral_id: str) -> Mediation:
    """A mediator of the body takes the case on; only the first one gets it."""
    resolutions = uow.get(Resolutions)
    referral = await _own_referral(uow, referral_id)
    if referral.channel not in _MEDIATION_CHANNELS:
        raise Invalid("这不是调解转介。", code="not_mediation")
    accepted = replace(
        referral,
        state=ReferralState.ACCEPTED,
        mediator=uow.actor.id,
        answered_at=uow.now,
    )
    if not await resolutions.change_referral(accepted, was=ReferralState.OFFERED):
        raise Conflict("这件转介已经有人处理了。", code="gone")
    case = await case_of(uow, referral.case)
    mediation = Mediation(
        id=new_id(),
        case=case.id,
        referral=referral.id,
        organisation=referral.organisation,
        mediator=uow.actor.id,
        region=case.region,
        state=MediationState.INVITING,
        opened_at=uow.now,
        due_at=end_of(today(uow) + timedelta(days=MEDIATION_DAYS)),
        matter=case.matter,
    )
    await resolutions.add_mediation(mediation)
    await uow.append(
        referral_aggregate(referral.id),
        "referral.accepted",
        {**_about(referral), "mediator": uow.actor.id},
        before=ReferralState.OFFERED,
        after=ReferralState.ACCEPTED,
        visibility="public",
    )
    await uow.append(
        steps.mediation_aggregate(mediation.id),
        "mediation.opened",
        steps.about(mediation),
        after=MediationState.INVITING,
        visibility="public",
    )
    await cases.change_case(
        uow,
        case,
        "case.mediator_set",
        {"mediator": uow.actor.id, "mediation": mediation.id},
        mediator=uow.actor.id,
    )
    return mediation


async def take_on(uow: UnitOfWork, referral_id: str) -> Referral:
    """A body that does not mediate takes the case on; what it does is reported by work orders."""
    referral = await _own_referral(uow, referral_id)
    if referral.channel in _MEDIATION_CHANNELS:
        raise Invalid("调解转介由调解员受理。", code="needs_mediator")
    accepted = replace(referral, state=ReferralState.ACCEPTED, answered_at=uow.now)
    if not await uow.get(Resolutions).change_referral(accepted, was=ReferralState.OFFERED):
        raise Conflict("这件转介已经有人处理了。", code="gone")
    await uow.append(
        referral_aggregate(referral.id),
        "referral.accepted",
        _about(referral),
        before=ReferralState.OFFERED,
        after=ReferralState.ACCEPTED,
        visibility="public",
    )
    return accepted


async def decline(uow: UnitOfWork, referral_id: str, code: str) -> Referral:
    """The body does not take the case on, and says why by a code."""
    if code not in DECLINES:
        raise Invalid("请选择不受理的原因。", where="code")
    referral = await _own_referral(uow, referral_id)
    declined = replace(
        referral, state=ReferralState.DECLINED, decline_code=code, answered_at=uow.now
    )
    await _end_referral(uow, declined, "referral.declined", {"code": code})
    return declined


async def sweep(uow: UnitOfWork) -> int:
    """Expire referrals that nobody answered in time; the case comes back to the dispatcher."""
    overdue = await uow.get(Resolutions).overdue(uow.now)
    for referral in overdue:
        await _end_referral(
            uow, replace(referral, state=ReferralState.EXPIRED), "referral.expired", {}
        )
        await uow.announce("alarm", "role:dispatcher", referral.id)
    return len(overdue)


async def _own_referral(uow: UnitOfWork, id: str) -> Referral:
    referral = await uow.get(Resolutions).referral(id)
    if referral is None or referral.organisation != uow.actor.organisation:
        raise NotFound("没有这件转介，或者不是转给您单位的。", code="no_referral")
    return referral


async def _end_referral(
    uow: UnitOfWork, referral: Referral, type: str, payload: Mapping[str, Any]
) -> None:
    if not await uow.get(Resolutions).change_referral(referral, was=ReferralState.OFFERED):
        raise Conflict("这件转介已经有人处理了。", code="gone")
    await uow.append(
        referral_aggregate(referral.id),
        type,
        {**_about(referral), **payload},
        before=ReferralState.OFFERED,
        after=referral.state,
        visibility="public",
    )
    case = await case_of(uow, referral.case)
    await cases.change_case(
        uow,
        case,
        "case.came_back",
        {"referral": referral.id, "why": referral.state},
        organisation="",
    )
    await uow.announce("referral", "role:dispatcher", referral.id)


def _about(referral: Referral) -> dict[str, Any]:
    return {
        "case": referral.case,
        "organisation": referral.organisation,
        "channel": referral.channel,
        "region": referral.region,
        "due_at": referral.due_at,
    }
