"""Passing orders to a 12345-type system and taking them from it. One verb each.

The citizen's clock runs on wherever the order lies, and the case keeps one code on both sides.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from backend.cases import service as cases
from backend.cases.model import Case
from backend.directory.model import Regions
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.ids import new_id
from backend.kernel.journal import Event
from backend.kernel.personal import Personal
from backend.kernel.unit_of_work import UnitOfWork
from backend.orders import service as orders
from backend.orders.exchange import (
    IN,
    OUT,
    STATUSES,
    Exchanged,
    Peer,
    Receipt,
    check_text,
    message_of,
)
from backend.orders.model import Order, OrderState
from backend.orders.ports import Exchanges, Orders

LETTER = "exchange"
SUBSCRIBER = "exchange"
# Our events of an order that came from the other side, and what we tell it.
TOLD = {
    "order.accepted": "accepted",
    "order.replied": "replied",
    "order.closed": "closed",
    "order.cancelled": "closed",
}
EVENTS = frozenset(TOLD)


async def pass_on(uow: UnitOfWork, id: str, text: str) -> Order:
    """Send an order to the other side; only from the dispatcher's own hands, never confidential.

    Raises `Conflict` with code `confidential` or `exchange_off`, `Invalid` for words that name a
    person's number.
    """
    peer = uow.get(Peer)
    order = await uow.get(Orders).by_id(id, lock=True)
    if order is None or not uow.permissions.allows(uow.actor, "order.dispatch", order.thing()):
        raise NotFound("没有这个工单，或者您无权办理。", code="no_order")
    if order.confidential:
        raise Conflict("保密工单不转出。", code="confidential")
    if not peer.sends:
        raise Conflict(f"还没有设置{peer.name}的地址和密钥，不能转出。", code="exchange_off")
    words = check_text(text)
    case = await orders.case_of(uow, order)
    sent = Exchanged(new_id(), order.id, order.case, OUT, peer.name, uow.now, status="sending")
    await uow.get(Exchanges).add(sent, order.person)
    changed = await orders.step(
        uow,
        order,
        "pass_on",
        "order.passed_on",
        {"partner": peer.name},
        organisation="",
        dispatch_due=None,
        accept_due=orders.end_of_span(uow, order, "accept"),
        handle_due=None,
    )
    body = message_of(order, case.code, Personal(order.person, words))
    await uow.post(LETTER, {"exchange": sent.id, "path": "/orders", "body": body})
    return changed


async def delivered(uow: UnitOfWork, id: str, receipt: Receipt) -> None:
    """Keep the receipt of a message; the first one also says the other side's number."""
    found = await uow.get(Exchanges).by_id(id)
    if found is None or not receipt.receipt:
        return
    if found.receipt:
        return
    kept = replace(
        found,
        receipt=receipt.receipt,
        number=found.number or receipt.number,
        status="sent" if found.status == "sending" else found.status,
        changed_at=uow.now,
    )
    await _keep(uow, kept, "order.exchange_receipted", {"receipt": receipt.receipt})


async def take_in(
    uow: UnitOfWork,
    *,
    number: str,
    digest: str,
    text: str,
    kind: str,
    region: str,
    case_code: str = "",
    urgent: bool = False,
) -> tuple[Exchanged, Case]:
    """Take an order from the other side, once per number of theirs.

    A code of ours joins the case it names; without one a case is opened, whose code goes back in
    the receipt. The same number again gives the same receipt; with other contents it is refused.
    """
    peer = uow.get(Peer)
    store = uow.get(Exchanges)
    earlier = await store.by_number(peer.name, IN, number)
    if earlier is not None:
        if earlier.digest != digest:
            raise Conflict("这个编号已经用于另一件事。", code="number_reused", where="number")
        return earlier, await case_of(uow, earlier)
    if not uow.get(Regions).knows(region):
        raise Invalid("不认识的地区编码。", where="region")
    words = check_text(text)
    case = await _case_for(uow, case_code, region)
    order = await orders.open_order(uow, case, title=words, kind=kind, urgent=urgent)
    taken = Exchanged(
        new_id(),
        order.id,
        case.id,
        IN,
        peer.name,
        uow.now,
        number=number,
        receipt=f"FT-{order.number}",
        digest=digest,
        status="received",
    )
    await store.add(taken, case.person)
    await uow.append(
        orders.aggregate(order.id),
        "order.taken_in",
        {"case": case.id, "partner": peer.name, "number": number, "receipt": taken.receipt},
        before=order.state,
        after=order.state,
        visibility="public",
    )
    return taken, case


async def hear(uow: UnitOfWork, number: str, *, status: str, text: str = "") -> Exchanged:
    """What the other side says of an order of ours; a repeat changes nothing.

    `number` is ours. Raises `NotFound` for an order that was never passed on.
    """
    if status not in STATUSES:
        raise Invalid("不认识的办理状态。", where="status")
    found = await uow.get(Exchanges).sent_as(uow.get(Peer).name, number)
    order = await uow.get(Orders).by_id(found.order, lock=True) if found else None
    if found is None or order is None:
        raise NotFound("没有向您转过这个编号。", code="no_order", where="number")
    if found.status == status:
        return found
    if order.state is OrderState.PASSED_ON:
        await _act(uow, order, status, text.strip()[:4_000])
    kept = replace(found, status=status, text=text.strip()[:4_000], changed_at=uow.now)
    return await _keep(uow, kept, "order.exchange_status", {"status": status})


async def on_event(uow: UnitOfWork, event: Event) -> None:
    """Tell the other side what became of its order; never of a confidential one."""
    peer = uow.get(Peer)
    order = await uow.get(Orders).by_id(event.aggregate.id)
    taken = await uow.get(Exchanges).of_order(event.aggregate.id)
    source = next((item for item in taken if item.direction == IN), None)
    if order is None or source is None or order.confidential or not peer.sends:
        return
    status = TOLD[event.type]
    await uow.post(
        LETTER,
        {
            "exchange": source.id,
            "path": f"/orders/{source.number}/status",
            "body": {"number": source.number, "status": status, "at": event.recorded_at},
        },
    )


async def _act(uow: UnitOfWork, order: Order, status: str, text: str) -> None:
    """What the other side's word does to our order."""
    if status in ("accepted", "handling") and order.handle_due is None:
        due = orders.end_of_span(uow, order, "handle")
        await orders.step(uow, order, None, "order.accepted_there", {}, handle_due=due)
    elif status in ("replied", "closed"):
        words = text or "对方已办结，未附文字答复。"
        payload = {
            "text": Personal(order.person, words),
            "in_time": uow.now <= order.citizen_due,
        }
        await orders.step(uow, order, "reply", "order.replied", payload, reply=words)
    elif status == "returned":
        due = orders.end_of_span(uow, order, "dispatch")
        await orders.step(
            uow,
            order,
            "come_back",
            "order.came_back",
            {"reason": Personal(order.person, text)},
            accept_due=None,
            handle_due=None,
            dispatch_due=due,
        )


async def _keep(uow: UnitOfWork, kept: Exchanged, type: str, payload: dict[str, Any]) -> Exchanged:
    order = await uow.get(Orders).by_id(kept.order)
    if order is None:
        raise NotFound("工单不在了。", code="no_order")
    await uow.get(Exchanges).update(kept, order.person)
    await uow.append(
        orders.aggregate(order.id),
        type,
        {"case": order.case, "partner": kept.partner, "number": kept.number, **payload},
        before=order.state,
        after=order.state,
        visibility="public",
    )
    await uow.announce("order", "role:dispatcher", order.id)
    return kept


async def _case_for(uow: UnitOfWork, code: str, region: str) -> Case:
    if code:
        found = await cases.find_by_code(uow, code)
        if found is None:
            raise Invalid("没有这个案件编码。", where="case_code")
        return found
    person = await cases.person_at(uow, "")
    return await cases.open_case(uow, person=person, region=region)


async def case_of(uow: UnitOfWork, item: Exchanged) -> Case:
    """The case of an exchanged order."""
    order = await uow.get(Orders).by_id(item.order)
    if order is None:
        raise NotFound("工单不在了。", code="no_order")
    return await orders.case_of(uow, order)
