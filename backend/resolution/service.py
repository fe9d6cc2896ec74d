"""Referring a case, and mediating it to its end. One function a verb."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from backend.cases import service as cases
from backend.cases.model import Case
from backend.cases.ports import Cases
from backend.clocks import Calendar
from backend.directory.ports import Directory
from backend.kernel.clock import CHINA
from backend.kernel.errors import Conflict, Denied, Invalid, NotFound
from backend.kernel.ids import new_id
from backend.kernel.journal import Aggregate
from backend.kernel.personal import Personal
from backend.kernel.unit_of_work import UnitOfWork
from backend.resolution.model import (
    CONFIRMATION_WINDOW,
    DECLINES,
    FAILURES,
    FORMS,
    Agreement,
    Mediation,
    MediationState,
    Obligation,
    ObligationState,
    Referral,
    ReferralState,
    next_state,
)
from backend.resolution.model.agreement import MOST_OBLIGATIONS
from backend.resolution.model.mediation import MEDIATION_DAYS
from backend.resolution.model.referral import ACCEPT_WORKING_DAYS
from backend.resolution.ports import Resolutions

_MEDIATION_CHANNELS = ("people_mediation", "industry_mediation")
_LONGEST_TEXT = 20_000


def referral_aggregate(id: str) -> Aggregate:
    """The journal's name of a referral."""
    return Aggregate("referral", id)


def mediation_aggregate(id: str) -> Aggregate:
    """The journal's name of a mediation."""
    return Aggregate("mediation", id)


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
        due_at=_end_of(uow.get(Calendar).add_working_days(_today(uow), ACCEPT_WORKING_DAYS).day),
        decision=decision,
        note=note[:_LONGEST_TEXT],
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
    case = await _case(uow, referral.case)
    mediation = Mediation(
        id=new_id(),
        case=case.id,
        referral=referral.id,
        organisation=referral.organisation,
        mediator=uow.actor.id,
        region=case.region,
        state=MediationState.INVITING,
        opened_at=uow.now,
        due_at=_end_of(_today(uow) + timedelta(days=MEDIATION_DAYS)),
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
        mediation_aggregate(mediation.id),
        "mediation.opened",
        _of(mediation),
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


async def consent(uow: UnitOfWork, id: str) -> Mediation:
    """All parties have agreed to mediate."""
    return await _step(uow, id, "consent", "mediation.consented")


async def begin(uow: UnitOfWork, id: str) -> Mediation:
    """The first session begins."""
    return await _step(uow, id, "begin", "mediation.begun")


async def note(uow: UnitOfWork, id: str, text: str) -> None:
    """Keep a session note."""
    mediation = await own_mediation(uow, id)
    words = text.strip()
    if not words or len(words) > _LONGEST_TEXT:
        raise Invalid("记录要有内容，且不超过两万字。", where="text")
    case = await _case(uow, mediation.case)
    await uow.get(Resolutions).add_note(mediation.id, case.person, words, uow.now, uow.actor.id)
    await uow.append(
        mediation_aggregate(id),
        "mediation.noted",
        {"text": Personal(case.person, words)},
        before=mediation.state,
        after=mediation.state,
        visibility="mediator",
    )


async def agree(
    uow: UnitOfWork,
    id: str,
    *,
    terms: str,
    form: str,
    effective_on: date,
    obligations: Sequence[Mapping[str, Any]],
) -> Agreement:
    """Record what was agreed. Raises `Invalid` for obligations without a content or a day."""
    mediation = await own_mediation(uow, id)
    if form not in FORMS:
        raise Invalid("请选择协议形式。", where="form")
    if not terms.strip():
        raise Invalid("请写明协议内容。", where="terms")
    if len(obligations) > MOST_OBLIGATIONS:
        raise Invalid(f"义务最多{MOST_OBLIGATIONS}项。", where="obligations")
    case = await _case(uow, mediation.case)
    agreement = Agreement(
        mediation=id,
        form=form,
        terms=terms.strip()[:_LONGEST_TEXT],
        effective_on=effective_on,
        obligations=tuple(
            _obligation(id, number, row, effective_on)
            for number, row in enumerate(obligations, start=1)
        ),
    )
    await _step(
        uow,
        id,
        "agree",
        "mediation.agreed",
        {
            "form": form,
            "effective_on": effective_on,
            "terms": Personal(case.person, agreement.terms),
            "obligations": [
                {"id": o.id, "who": o.who, "amount": o.amount, "due_on": o.due_on}
                for o in agreement.obligations
            ],
        },
        confirmation_due=_end_of(effective_on + CONFIRMATION_WINDOW),
    )
    await uow.get(Resolutions).add_agreement(agreement, case.person)
    return agreement


async def settle(uow: UnitOfWork, id: str, obligation_id: str, *, done: bool) -> Mediation:
    """An obligation was met or broken; when all are met, the agreement is performed."""
    resolutions = uow.get(Resolutions)
    mediation = await own_mediation(uow, id)
    agreement = await resolutions.agreement(id)
    found = [o for o in agreement.obligations if o.id == obligation_id] if agreement else []
    if not found or agreement is None:
        raise NotFound("没有这项义务。", where="obligation")
    state = ObligationState.DONE if done else ObligationState.BROKEN
    await resolutions.update_obligation(replace(found[0], state=state, settled_at=uow.now))
    await uow.append(
        mediation_aggregate(id),
        "mediation.obligation_settled",
        {"obligation": obligation_id, "done": done},
        before=mediation.state,
        after=mediation.state,
        visibility="public",
    )
    others = [o.state for o in agreement.obligations if o.id != obligation_id]
    if done and all(other is ObligationState.DONE for other in others):
        return await _step(uow, id, "perform", "mediation.performed")
    if not done and mediation.state is MediationState.AGREED:
        return await _step(uow, id, "breach", "mediation.breached")
    return mediation


async def perform(uow: UnitOfWork, id: str) -> Mediation:
    """An agreement without separate obligations was carried out."""
    agreement = await uow.get(Resolutions).agreement(id)
    if agreement is not None and any(
        o.state is not ObligationState.DONE for o in agreement.obligations
    ):
        raise Conflict("还有义务没有履行。", code="obligations_open")
    return await _step(uow, id, "perform", "mediation.performed")


async def confirm(uow: UnitOfWork, id: str) -> Mediation:
    """Both parties asked the court to confirm the agreement, within thirty days of its effect."""
    mediation = await own_mediation(uow, id)
    if mediation.confirmation_due is None or mediation.confirmed_at is not None:
        raise Conflict("没有可以申请司法确认的协议，或已经申请。", code="no_confirmation")
    if uow.now > mediation.confirmation_due:
        raise Conflict("已超过三十日，不能再申请司法确认。", code="confirmation_lapsed")
    return await _change(uow, mediation, "mediation.confirmation_applied", {}, confirmed_at=uow.now)


async def fail(uow: UnitOfWork, id: str, code: str) -> Mediation:
    """The mediation has come to nothing, for one of the coded reasons."""
    if code not in FAILURES:
        raise Invalid("请选择调解不成的原因。", where="code")
    return await _step(uow, id, "fail", "mediation.failed", {"code": code}, failure=code)


async def archive(uow: UnitOfWork, id: str) -> Mediation:
    """Close the file; the case is closed with it when there was an agreement."""
    before = await own_mediation(uow, id)
    mediation = await _step(
        uow,
        id,
        "archive",
        "mediation.archived",
        {"performed": before.state is MediationState.PERFORMED, "failure": before.failure},
        closed_at=uow.now,
    )
    case = await _case(uow, mediation.case)
    if case.state == "open" and not mediation.failure:
        await cases.close_case(uow, case, "mediated")
    return mediation


async def own_mediation(uow: UnitOfWork, id: str) -> Mediation:
    """A mediation the actor works on, locked."""
    mediation = await uow.get(Resolutions).mediation(id, lock=True)
    if mediation is None or not uow.permissions.allows(
        uow.actor, "mediation.work", mediation.thing()
    ):
        raise NotFound("没有这件调解，或者不是您承办的。", code="no_mediation")
    return mediation


async def _step(
    uow: UnitOfWork,
    id: str,
    event: str,
    type: str,
    payload: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Mediation:
    mediation = await own_mediation(uow, id)
    return await _change(
        uow, mediation, type, payload or {}, state=next_state(mediation.state, event), **changes
    )


async def _change(
    uow: UnitOfWork, mediation: Mediation, type: str, payload: Mapping[str, Any], **changes: Any
) -> Mediation:
    changed = replace(mediation, **changes)
    await uow.get(Resolutions).update_mediation(changed)
    await uow.append(
        mediation_aggregate(mediation.id),
        type,
        {**_of(mediation), **payload},
        before=mediation.state,
        after=changed.state,
        visibility="public",
    )
    await uow.announce("mediation", f"staff:{mediation.mediator}", mediation.id)
    return changed


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
    case = await _case(uow, referral.case)
    await cases.change_case(
        uow,
        case,
        "case.came_back",
        {"referral": referral.id, "why": referral.state},
        organisation="",
    )
    await uow.announce("referral", "role:dispatcher", referral.id)


async def _case(uow: UnitOfWork, id: str) -> Case:
    case = await uow.get(Cases).by_id(id, lock=True)
    if case is None:
        raise Denied("案件不在了。", code="no_case")
    return case


def _about(referral: Referral) -> dict[str, Any]:
    return {
        "case": referral.case,
        "organisation": referral.organisation,
        "channel": referral.channel,
        "region": referral.region,
        "due_at": referral.due_at,
    }


def _of(mediation: Mediation) -> dict[str, Any]:
    return {
        "case": mediation.case,
        "organisation": mediation.organisation,
        "mediator": mediation.mediator,
        "region": mediation.region,
        "due_at": mediation.due_at,
    }


def _today(uow: UnitOfWork) -> date:
    return uow.now.astimezone(CHINA).date()


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), CHINA).astimezone(UTC)


def _obligation(
    mediation: str, number: int, row: Mapping[str, Any], effective_on: date
) -> Obligation:
    where = f"obligations.{number}"
    what = str(row.get("what", "")).strip()
    who = row.get("who")
    if not what:
        raise Invalid("请写明要做什么。", where=where)
    if who not in ("applicant", "respondent"):
        raise Invalid("请选择由谁履行。", where=where)
    amount = str(row.get("amount") or "").replace(",", "").strip()
    try:
        if amount and Decimal(amount) < 0:
            raise Invalid("金额不能为负。", where=where)
    except InvalidOperation as error:
        raise Invalid("金额要写成数字。", where=where) from error
    try:
        due_on = date.fromisoformat(str(row.get("due_on", "")))
    except ValueError as error:
        raise Invalid("请写明履行日期。", where=where) from error
    if due_on < effective_on:
        raise Invalid("履行日期不能早于协议生效日。", where=where)
    return Obligation(
        id=new_id(), mediation=mediation, who=who, what=what, amount=amount, due_on=due_on
    )
