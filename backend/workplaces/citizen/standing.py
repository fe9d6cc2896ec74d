"""What a citizen sees of work orders and applications: whose move, what next, by when; what was."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from backend.applications import service as applications
from backend.applications.ports import Applications
from backend.cases.model import Case
from backend.directory.ports import Directory
from backend.kernel.unit_of_work import UnitOfWork
from backend.orders import service as orders
from backend.orders.model import STATE_NAMES, Order, OrderState
from backend.orders.ports import Orders
from backend.resolution.progress import TimelineItem, Told

NOTHING_RUNS = "您"
_MOVES = {
    OrderState.NEW: ("12348派单员", "派给有权办理的单位"),
    OrderState.DISPATCHED: ("承办单位", "签收，或者写明依据退回一次"),
    OrderState.RETURNED: ("12348派单员", "改派给别的单位"),
    OrderState.ARBITRATION: ("上一级值班长", "裁定由谁办，裁定以后不再退"),
    OrderState.RULED: ("承办单位", "签收办理"),
    OrderState.PASSED_ON: ("12345", "办理后答复，我们给您回访"),
    OrderState.HANDLING: ("承办单位", "办完答复"),
    OrderState.REPLIED: ("12348", "给您打电话，问是否满意；不满意的重办一次"),
}
ORDER_WORDS = {
    "order.dispatched": "工单派给承办单位",
    "order.accepted": "承办单位已签收",
    "order.returned": "承办单位退回，重新安排",
    "order.ruled": "裁定了由谁办理",
    "order.extended": "同意延期",
    "order.replied": "承办单位已答复",
    "order.redone": "按您的意见重办",
    "order.closed": "工单办结",
    "order.cancelled": "工单撤销",
    "order.passed_on": "转给12345办理",
    "order.taken_in": "12345转来",
    "order.accepted_there": "12345已受理",
    "order.came_back": "12345退回，重新安排",
}
APPLICATION_WORDS = {
    "application.opened": "开始填写申请",
    "application.proposed": "建议您申请法律援助先行帮助",
    "application.submit": "申请已提交",
    "application.ask_more": "请您补充材料",
    "application.grant": "决定给予援助",
    "application.assign": "已指派承办人",
    "application.accept": "申请已受理",
    "application.refuse": "决定不予办理",
    "application.object": "您提出了异议",
    "application.uphold": "异议审查：维持原决定",
    "application.overturn": "异议审查：责令改正",
    "application.extend": "办理期限延长",
    "application.finish": "申请办结",
    "application.end": "援助终止",
    "application.withdraw": "申请撤回",
    "application.lapse": "没有补充材料，视为撤回",
}


@dataclass(frozen=True, slots=True)
class OrderStanding:
    """One work order in a citizen's words; `by` is their own clock, which no return moves."""

    number: str
    state: str
    move: str
    next: str
    by: datetime | None
    body: str
    reply: str


async def orders_of(uow: UnitOfWork, case: Case) -> list[OrderStanding]:
    """The work orders of a case, the newest first."""
    names = {body.code: body.name for body in await uow.get(Directory).all()}
    found = await uow.get(Orders).of_case(case.id)
    return [_standing(order, names.get(order.organisation, "")) for order in reversed(found)]


def lead(told: Told, found: list[OrderStanding]) -> Told:
    """What stands at the top of the page: an order that somebody works on goes before "registered".

    Only where nothing else runs; of several orders the one that is due first.
    """
    running = [order for order in found if order.move]
    if told.move != NOTHING_RUNS or not running:
        return told
    first = min(running, key=lambda order: order.by or datetime.max.replace(tzinfo=UTC))
    return replace(
        told,
        now=f"转办工单{first.state}",
        move=first.move,
        next=first.next,
        by=first.by,
        body=first.body or told.body,
    )


async def timeline_of(
    uow: UnitOfWork, case: Case, told: tuple[TimelineItem, ...]
) -> list[TimelineItem]:
    """What happened to the case, its orders and its applications, in order of time."""
    items = list(told)
    for order in await uow.get(Orders).of_case(case.id):
        items += [
            TimelineItem(event.recorded_at, ORDER_WORDS[event.type])
            for event in await uow.events(orders.aggregate(order.id))
            if event.type in ORDER_WORDS
        ]
    for application in await uow.get(Applications).of_case(case.id):
        items += [
            TimelineItem(event.recorded_at, APPLICATION_WORDS[event.type])
            for event in await uow.events(applications.aggregate(application.id))
            if event.type in APPLICATION_WORDS
        ]
    return sorted(items, key=lambda item: item.at)


def _standing(order: Order, body: str) -> OrderStanding:
    move, coming = _MOVES.get(order.state, ("", ""))
    return OrderStanding(
        number=order.number,
        state=STATE_NAMES[order.state],
        move=move,
        next=coming,
        by=order.citizen_due if move else None,
        body=body,
        reply=order.reply if order.state in (OrderState.REPLIED, OrderState.CLOSED) else "",
    )
