"""The board, and what a dispatcher does with an order."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, Field

from backend.directory.ports import Directory
from backend.kernel.errors import NotFound
from backend.orders import exchanging
from backend.orders import service as orders
from backend.orders.exchange import LONGEST_TEXT, STATUSES, Peer
from backend.orders.model import STATE_NAMES, ComplaintClocks, OrderState, is_complaint
from backend.orders.ports import Exchanges, Orders
from backend.web.request import Request
from backend.web.routing import Handler, Route
from backend.workplaces.order_rows import rows


class Body(BaseModel):
    """The body an order goes to."""

    organisation: str = Field(max_length=40)


class Granted(BaseModel):
    """Whether more time is given."""

    granted: bool


class Satisfied(BaseModel):
    """What the citizen says of the reply."""

    satisfied: int


class Words(BaseModel):
    """What is written to the other system."""

    text: str = Field(max_length=LONGEST_TEXT)


class Reason(BaseModel):
    """Why."""

    reason: str = Field(max_length=1000)


async def show_board(request: Request) -> web.StreamResponse:
    """Every open order of the region, the most urgent first."""
    uow = request.uow
    found = await uow.get(Orders).visible_to(request.actor, limit=300)
    wanted, kinds = request.query("state"), request.query("kinds")
    shown = [
        order
        for order in found
        if (not wanted or order.state == wanted)
        and (not kinds or is_complaint(order.kind) == (kinds == "complaints"))
    ]
    return request.page(
        "dispatcher/board.html",
        rows=await rows(uow, shown),
        states=[(state.value, STATE_NAMES[state], state) for state in OrderState],
        kinds=kinds,
        complaints=sum(is_complaint(order.kind) for order in found),
        wanted=wanted,
        counts={state: sum(o.state == state for o in found) for state in OrderState},
        bodies=await uow.get(Directory).all(),
    )


async def show_order(request: Request) -> web.StreamResponse:
    """One order, with the steps possible now."""
    uow = request.uow
    order = await uow.get(Orders).by_id(request.path("id"))
    if order is None or not uow.permissions.allows(uow.actor, "order.read", order.thing()):
        raise NotFound("没有这个工单，或者您无权查看。", code="no_order")
    events = await uow.events(orders.aggregate(order.id))
    return request.page(
        "dispatcher/order.html",
        row=(await rows(uow, [order], whole=True))[0],
        events=events,
        words=EVENT_WORDS,
        bodies=await uow.get(Directory).all(),
        complaint=uow.get(ComplaintClocks).of(order.kind),
        peer=uow.get(Peer),
        confidential=order.confidential,
        exchanges=await uow.get(Exchanges).of_order(order.id),
        statuses=EXCHANGE_WORDS,
    )


EXCHANGE_WORDS = {
    "sending": "等待送达",
    "sent": "已送达",
    "received": "已收下",
    **STATUSES,
}
EVENT_WORDS = {
    "order.opened": "开出工单",
    "order.dispatched": "派单",
    "order.accepted": "签收",
    "order.returned": "退回",
    "order.ruled": "裁定归属",
    "order.extension_asked": "申请延期",
    "order.extension_refused": "不同意延期",
    "order.extended": "同意延期",
    "order.replied": "答复",
    "order.redone": "不满意，重办",
    "order.closed": "办结",
    "order.cancelled": "撤销",
    "order.alarmed": "时限提醒",
    "order.passed_on": "转给12345",
    "order.taken_in": "12345转来",
    "order.exchange_receipted": "收到对方回执",
    "order.exchange_status": "对方告知办理情况",
    "order.accepted_there": "对方已受理",
    "order.came_back": "对方退回",
}


async def dispatch(request: Request) -> web.StreamResponse:
    """Send it to a body."""
    await orders.dispatch(request.uow, request.path("id"), request.body(Body).organisation)
    return _back(request)


async def decide_extension(request: Request) -> web.StreamResponse:
    """Give more time, or not."""
    await orders.decide_extension(
        request.uow, request.path("id"), granted=request.body(Granted).granted
    )
    return _back(request)


async def follow_up(request: Request) -> web.StreamResponse:
    """Write down what the citizen says."""
    await orders.follow_up(
        request.uow, request.path("id"), satisfied=request.body(Satisfied).satisfied
    )
    return _back(request)


async def pass_on(request: Request) -> web.StreamResponse:
    """Send it to the 12345-type system."""
    await exchanging.pass_on(request.uow, request.path("id"), request.body(Words).text)
    return _back(request)


async def cancel(request: Request) -> web.StreamResponse:
    """The citizen no longer wants it."""
    await orders.cancel(request.uow, request.path("id"), request.body(Reason).reason)
    return _back(request)


def _back(request: Request) -> web.Response:
    return request.see_other(f"/dispatch/orders/{request.path('id')}")


def routes() -> list[Route]:
    """The dispatcher's workplace."""

    def step(path: str, handler: Handler, summary: str, body: type[BaseModel]) -> Route:
        return Route(
            "POST",
            f"/dispatch/orders/{{id}}/{path}",
            handler,
            summary,
            requires="dispatch.use",
            work="write",
            body=body,
            channel="dispatch",
        )

    return [
        Route("GET", "/dispatch", show_board, "派单台", requires="dispatch.use"),
        Route("GET", "/dispatch/orders/{id}", show_order, "一件工单", requires="dispatch.use"),
        step("dispatch", dispatch, "派单", Body),
        step("extension", decide_extension, "批延期", Granted),
        step("follow-up", follow_up, "回访", Satisfied),
        step("pass-on", pass_on, "转给12345", Words),
        step("cancel", cancel, "撤销", Reason),
    ]
