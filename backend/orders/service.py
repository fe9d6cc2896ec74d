"""Opening, dispatching, returning, ruling, handling, replying, following up. One verb each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from backend.cases import service as cases
from backend.cases.model import Case
from backend.cases.ports import Cases
from backend.clocks import Calendar
from backend.directory import service as directory
from backend.directory.model import Ruling
from backend.directory.ports import Directory
from backend.kernel.clock import CHINA
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.ids import new_id
from backend.kernel.journal import Aggregate
from backend.kernel.personal import Personal
from backend.kernel.unit_of_work import UnitOfWork
from backend.orders.model import (
    KINDS,
    MOST_REDOS,
    ComplaintClocks,
    Order,
    OrderState,
    Presets,
    check_return,
    colour,
    next_state,
)
from backend.orders.ports import Orders

DEFAULT_PRESET = "shandong-2017"
_LONGEST = 4_000


def aggregate(order: str) -> Aggregate:
    """The journal's name of an order."""
    return Aggregate("order", order)


async def open_order(
    uow: UnitOfWork,
    case: Case,
    *,
    title: str,
    kind: str = "request",
    organisation: str = "",
    urgent: bool = False,
    confidential: bool = False,
    preset: str = DEFAULT_PRESET,
) -> Order:
    """Open an order; with a body named it is dispatched at once. The citizen's clock starts."""
    uow.permissions.demand(uow.actor, "order.open")
    if not title.strip():
        raise Invalid("请写明要办什么事。", where="title")
    if kind not in KINDS:
        raise Invalid("请选择工单类型。", where="kind")
    presets = uow.get(Presets)
    if preset not in presets:
        raise Invalid("没有这套工单时限。", where="preset")
    spans, calendar = presets[preset].spans, uow.get(Calendar)
    complaint = uow.get(ComplaintClocks).of(kind)
    own = complaint.spans if complaint else None
    earlier = await uow.get(Orders).of_case(case.id)
    order = Order(
        id=new_id(),
        number=f"{case.code}-{len(earlier) + 1}",
        case=case.id,
        person=case.person,
        kind=kind,
        title=title.strip()[:_LONGEST],
        region=case.region,
        matter=case.matter,
        state=OrderState.NEW,
        preset=preset,
        opened_at=uow.now,
        opened_by=f"{uow.actor.kind}:{uow.actor.id}",
        citizen_due=(own or spans)["citizen"].end(uow.now, calendar),
        urgent=urgent,
        confidential=confidential,
        dispatch_due=spans["dispatch_urgent" if urgent else "dispatch"].end(uow.now, calendar),
    )
    await uow.get(Orders).add(order)
    await uow.append(
        aggregate(order.id),
        "order.opened",
        {
            **_about(order),
            "kind": kind,
            "number": order.number,
            "title": Personal(order.person, order.title),
            "urgent": urgent,
        },
        after=OrderState.NEW,
        visibility="public",
    )
    await cases.change_case(
        uow, case, "case.work_order_opened", {"order": order.id, "number": order.number}
    )
    await _tell(uow, order)
    return await _dispatch(uow, order, organisation) if organisation else order


async def dispatch(uow: UnitOfWork, id: str, organisation: str) -> Order:
    """Send an order to a body; its acceptance clock starts."""
    return await _dispatch(uow, await _order(uow, id, "order.dispatch"), organisation)


async def accept(uow: UnitOfWork, id: str) -> Order:
    """The body takes the order on; its handling clock starts."""
    order = await _order(uow, id, "order.handle")
    span = "handle_extended" if order.extended else "handle"
    return await step(
        uow, order, "accept", "order.accepted", {}, handle_due=end_of_span(uow, order, span)
    )


async def give_back(uow: UnitOfWork, id: str, *, reason: str, article: str) -> Order:
    """The body is not competent, and says by which article. The citizen's clock runs on."""
    order = await _order(uow, id, "order.handle")
    event = check_return(order, reason, article)
    return await step(
        uow,
        order,
        event,
        "order.returned",
        {"reason": Personal(order.person, reason), "article": article},
        organisation="",
        returns=order.returns + 1,
        accept_due=None,
        dispatch_due=end_of_span(uow, order, "dispatch"),
    )


async def rule(uow: UnitOfWork, id: str, *, organisation: str, reason: str) -> Order:
    """The arbiter says whose it is; the ruling is a dated rule of the directory from now on."""
    order = await _order(uow, id, "order.arbitrate")
    await _check_body(uow, organisation)
    if not reason.strip():
        raise Invalid("裁定要写明理由。", where="reason")
    await directory.rule_competence(
        uow,
        Ruling(
            order.region,
            order.matter,
            organisation,
            uow.now.astimezone(CHINA).date(),
            reason.strip(),
            id,
        ),
    )
    return await step(
        uow,
        order,
        "rule",
        "order.ruled",
        {"to": organisation},
        organisation=organisation,
        accept_due=end_of_span(uow, order, "accept"),
    )


async def ask_extension(uow: UnitOfWork, id: str, reason: str) -> Order:
    """The body asks for more time; a dispatcher decides."""
    order = await _order(uow, id, "order.handle")
    if order.state is not OrderState.HANDLING or order.extended:
        raise Conflict("现在不能申请延期，或已经延过一次。", code="no_extension")
    if not reason.strip():
        raise Invalid("请写明延期理由。", where="reason")
    return await step(
        uow, order, None, "order.extension_asked", {}, extension_asked=reason.strip()[:_LONGEST]
    )


async def decide_extension(uow: UnitOfWork, id: str, *, granted: bool) -> Order:
    """Grant or refuse more time; the citizen's date moves only by such a decision."""
    order = await _order(uow, id, "order.dispatch")
    if not order.extension_asked:
        raise Conflict("没有待批的延期申请。", code="no_extension")
    if not granted:
        return await step(uow, order, None, "order.extension_refused", {}, extension_asked="")
    calendar, spans = uow.get(Calendar), uow.get(Presets)[order.preset].spans
    return await step(
        uow,
        order,
        None,
        "order.extended",
        {},
        extension_asked="",
        extended=True,
        handle_due=max(
            order.handle_due or uow.now, spans["handle_extended"].end(order.opened_at, calendar)
        ),
        citizen_due=max(
            order.citizen_due, spans["citizen_extended"].end(order.opened_at, calendar)
        ),
    )


async def reply(uow: UnitOfWork, id: str, text: str) -> Order:
    """The body answers; whoever asked is called and asked whether it helped."""
    order = await _order(uow, id, "order.handle")
    if not text.strip():
        raise Invalid("请写明办理结果。", where="text")
    words = text.strip()[:_LONGEST]
    return await step(
        uow,
        order,
        "reply",
        "order.replied",
        {"text": Personal(order.person, words), "in_time": uow.now <= order.citizen_due},
        reply=words,
    )


async def follow_up(uow: UnitOfWork, id: str, *, satisfied: int) -> Order:
    """What the citizen says of it (3, 2, 1). Dissatisfied: it is done again, once."""
    order = await _order(uow, id, "order.dispatch")
    if satisfied not in (1, 2, 3):
        raise Invalid("满意度只能是1到3。", where="satisfied")
    again = satisfied == 1 and order.redos < MOST_REDOS
    if again:
        return await step(
            uow,
            order,
            "redo" if order.organisation else "redo_elsewhere",
            "order.redone",
            {"satisfied": satisfied},
            redos=order.redos + 1,
            satisfied=satisfied,
            handle_due=end_of_span(uow, order, "handle"),
            dispatch_due=None if order.organisation else end_of_span(uow, order, "dispatch"),
        )
    closed = await step(
        uow,
        order,
        "close",
        "order.closed",
        {"satisfied": satisfied},
        satisfied=satisfied,
        closed_at=uow.now,
    )
    if satisfied == 1:
        await uow.announce("alarm", "role:supervisor", order.id)
    return closed


async def cancel(uow: UnitOfWork, id: str, reason: str) -> Order:
    """The citizen no longer wants it."""
    order = await _order(uow, id, "order.dispatch")
    return await step(
        uow, order, "cancel", "order.cancelled", {"reason": reason}, closed_at=uow.now
    )


async def sweep(uow: UnitOfWork) -> int:
    """Tell the body and the dispatcher when an order turns yellow or red; each once."""
    told = 0
    for order in await uow.get(Orders).overdue():
        now_colour = colour(order, uow.now)
        if now_colour == "green" or not await uow.get(Orders).alarmed(order.id, now_colour):
            continue
        await uow.append(
            aggregate(order.id),
            "order.alarmed",
            {**_about(order), "colour": now_colour},
            before=order.state,
            after=order.state,
        )
        await _tell(uow, order)
        told += 1
    return told


async def _dispatch(uow: UnitOfWork, order: Order, organisation: str) -> Order:
    await _check_body(uow, organisation)
    return await step(
        uow,
        order,
        "dispatch",
        "order.dispatched",
        {"to": organisation},
        organisation=organisation,
        dispatch_due=None,
        accept_due=end_of_span(uow, order, "accept"),
    )


async def _check_body(uow: UnitOfWork, organisation: str) -> None:
    if await uow.get(Directory).get(organisation) is None:
        raise Invalid("目录里没有这个单位。", where="organisation")


async def _order(uow: UnitOfWork, id: str, action: str) -> Order:
    order = await uow.get(Orders).by_id(id, lock=True)
    if order is None or not uow.permissions.allows(uow.actor, action, order.thing()):
        raise NotFound("没有这个工单，或者您无权办理。", code="no_order")
    return order


def end_of_span(uow: UnitOfWork, order: Order, span: str) -> datetime:
    """When a span of the order's preset ends if it starts now."""
    complaint = uow.get(ComplaintClocks).of(order.kind)
    spans = uow.get(Presets)[order.preset].spans
    own = complaint.spans.get(span) if complaint else None
    return (own or spans[span]).end(uow.now, uow.get(Calendar))


async def step(
    uow: UnitOfWork,
    order: Order,
    event: str | None,
    type: str,
    payload: Mapping[str, Any],
    **changes: Any,
) -> Order:
    """Take one step of the table (None keeps the state), with its event and the changed fields."""
    state = order.state if event is None else next_state(order.state, event)
    changed = replace(order, state=state, **changes)
    await uow.get(Orders).update(changed)
    await uow.append(
        aggregate(order.id),
        type,
        {**_about(changed), "from": order.organisation, **payload},
        before=order.state,
        after=state,
        visibility="public",
    )
    await _tell(uow, changed)
    if order.organisation and order.organisation != changed.organisation:
        await uow.announce("order", f"organisation:{order.organisation}", order.id)
    return changed


async def _tell(uow: UnitOfWork, order: Order) -> None:
    if order.organisation:
        await uow.announce("order", f"organisation:{order.organisation}", order.id)
    await uow.announce("order", "role:dispatcher", order.id)


def _about(order: Order) -> dict[str, Any]:
    return {
        "case": order.case,
        "organisation": order.organisation,
        "region": order.region,
        "citizen_due": order.citizen_due,
        "returns": order.returns,
    }


async def case_of(uow: UnitOfWork, order: Order) -> Case:
    """The case an order belongs to."""
    case = await uow.get(Cases).by_id(order.case)
    if case is None:
        raise NotFound("案件不在了。")
    return case
