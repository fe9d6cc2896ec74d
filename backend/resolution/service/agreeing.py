"""What was agreed, whether it is carried out, and the court's confirmation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.ids import new_id
from backend.kernel.personal import Personal
from backend.kernel.unit_of_work import UnitOfWork
from backend.resolution.model import (
    CONFIRMATION_WINDOW,
    FORMS,
    Agreement,
    Mediation,
    MediationState,
    Obligation,
    ObligationState,
)
from backend.resolution.model.agreement import MOST_OBLIGATIONS
from backend.resolution.ports import Resolutions
from backend.resolution.service.steps import (
    LONGEST_TEXT,
    case_of,
    change,
    end_of,
    mediation_aggregate,
    own_mediation,
    step,
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
    case = await case_of(uow, mediation.case)
    agreement = Agreement(
        mediation=id,
        form=form,
        terms=terms.strip()[:LONGEST_TEXT],
        effective_on=effective_on,
        obligations=tuple(
            _obligation(id, number, row, effective_on)
            for number, row in enumerate(obligations, start=1)
        ),
    )
    await step(
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
        confirmation_due=end_of(effective_on + CONFIRMATION_WINDOW),
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
    if mediation.state not in (MediationState.AGREED, MediationState.BREACHED):
        raise Conflict("这件调解现在的状态不允许这样做。", code="mediation_state")
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
        return await step(uow, id, "perform", "mediation.performed")
    if not done and mediation.state is MediationState.AGREED:
        return await step(uow, id, "breach", "mediation.breached")
    return mediation


async def perform(uow: UnitOfWork, id: str) -> Mediation:
    """An agreement without separate obligations was carried out."""
    agreement = await uow.get(Resolutions).agreement(id)
    if agreement is not None and any(
        o.state is not ObligationState.DONE for o in agreement.obligations
    ):
        raise Conflict("还有义务没有履行。", code="obligations_open")
    return await step(uow, id, "perform", "mediation.performed")


async def confirm(uow: UnitOfWork, id: str) -> Mediation:
    """Both parties asked the court to confirm the agreement, within thirty days of its effect."""
    mediation = await own_mediation(uow, id)
    if mediation.confirmation_due is None or mediation.confirmed_at is not None:
        raise Conflict("没有可以申请司法确认的协议，或已经申请。", code="no_confirmation")
    if uow.now > mediation.confirmation_due:
        raise Conflict("已超过三十日，不能再申请司法确认。", code="confirmation_lapsed")
    return await change(uow, mediation, "mediation.confirmation_applied", {}, confirmed_at=uow.now)


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
        if amount and not (Decimal(amount).is_finite() and Decimal(amount) >= 0):
            raise Invalid("金额不能为负，也不能无限。", where=where)
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
