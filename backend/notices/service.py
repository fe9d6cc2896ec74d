"""Planning reminders, and doing each once when its moment comes."""

from __future__ import annotations

from collections.abc import Sequence

from backend.kernel.ids import new_id
from backend.kernel.journal import Aggregate
from backend.kernel.personal import Personal
from backend.kernel.unit_of_work import UnitOfWork
from backend.notices.model import Kind, Plan, Reminder, text_of
from backend.notices.ports import Recipients, Reminders

_BATCH = 100


async def plan(
    uow: UnitOfWork,
    plans: Sequence[Plan],
    *,
    case: str,
    case_code: str,
    person: str,
    region: str,
) -> int:
    """Put the reminders of a case in place of those still open; what is known stays. How many new.

    Safe to repeat: the same clock, day and distance is one reminder for ever.
    """
    store = uow.get(Reminders)
    wanted = {(item.kind, item.clock, item.due, item.ahead) for item in plans}
    for old in await store.of_case(case):
        key = (old.plan.kind, old.plan.clock, old.plan.due, old.plan.ahead)
        if old.done_at is None and key not in wanted:
            await store.done(old.id, uow.now, "cancelled")
    added = 0
    for item in plans:
        added += await store.add(Reminder(new_id(), case, case_code, person, region, item))
    return added


async def cancel(uow: UnitOfWork, case: str) -> None:
    """Nothing more is told of a case."""
    await plan(uow, (), case=case, case_code="", person="", region="")


async def sweep(uow: UnitOfWork) -> int:
    """Do what is due: a short message, or an alarm to the supervisor."""
    count = 0
    for reminder in await uow.get(Reminders).due(uow.now, limit=_BATCH):
        how = await _tell(uow, reminder)
        if await uow.get(Reminders).done(reminder.id, uow.now, how):
            await uow.append(
                Aggregate("reminder", reminder.id),
                "reminder.done",
                {
                    "case": reminder.case,
                    "region": reminder.region,
                    "kind": reminder.plan.kind,
                    "clock": reminder.plan.clock,
                    "due": reminder.plan.due.isoformat(),
                    "how": how,
                },
                after=how,
            )
            count += 1
    return count


async def _tell(uow: UnitOfWork, reminder: Reminder) -> str:
    recipient = await uow.get(Recipients).person(reminder.person)
    if recipient is None or recipient.erased:
        return "cancelled"
    if reminder.plan.kind is Kind.ALARM:
        await uow.announce("alarm", "role:supervisor", reminder.case)
        return "alarm"
    if not recipient.phone:
        await uow.announce("reminder", "role:agent", reminder.case)
        return "no_phone"
    await uow.post(
        "sms",
        {
            "to": Personal(reminder.person, recipient.phone),
            "text": Personal(reminder.person, text_of(reminder, uow.now)),
        },
    )
    return "sms"
