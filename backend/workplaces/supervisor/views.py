"""The wall, and the rulings a supervisor gives."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, Field

from backend.contacts.model import DOOR_NAMES, Door
from backend.contacts.ports import Contacts
from backend.directory.ports import Directory
from backend.identity.ports import Accounts
from backend.orders import service as orders
from backend.orders.model import OrderState
from backend.orders.ports import Orders
from backend.queue.model import SeatState
from backend.queue.ports import Queue
from backend.reports import service as reports
from backend.web.request import Request
from backend.web.routing import Route
from backend.workplaces.order_rows import rows

_SEAT_NAMES = {
    SeatState.AWAY: "小休",
    SeatState.READY: "等待来话",
    SeatState.RESERVED: "振铃",
    SeatState.BUSY: "通话中",
    SeatState.WRAP: "话后整理",
    SeatState.MISSED: "漏接",
}
_LONG_WAIT_SECONDS = 15


class Ruling(BaseModel):
    """Whose an order is, and why."""

    organisation: str = Field(max_length=40)
    reason: str = Field(max_length=1000)


async def show_wall(request: Request) -> web.StreamResponse:
    """Figures first: who waits, who serves, how today goes, what needs a ruling."""
    uow = request.uow
    waiting = await uow.get(Queue).waiting()
    seats = await uow.get(Queue).seats()
    figures = await reports.today(uow)
    names = {account.id: account.name for account in await uow.get(Accounts).all()}
    longest = max(((uow.now - place.arrived_at).total_seconds() for place in waiting), default=0.0)
    disputed = [
        order
        for order in await uow.get(Orders).visible_to(request.actor, limit=300)
        if order.state is OrderState.ARBITRATION
    ]
    busiest = max(figures.by_hour) or 1
    return request.page(
        "supervisor/wall.html",
        waiting=len(waiting),
        longest=round(longest),
        late=longest > _LONG_WAIT_SECONDS,
        seats=[
            (names.get(seat.agent, "坐席"), _SEAT_NAMES[seat.state], seat.since) for seat in seats
        ],
        serving=sum(seat.state is SeatState.BUSY for seat in seats),
        ready=sum(seat.state is SeatState.READY for seat in seats),
        figures=figures,
        doors=[(DOOR_NAMES[Door(door)], number) for door, number in figures.by_door.items()],
        hours=[
            (hour, number, 100 * number // busiest) for hour, number in enumerate(figures.by_hour)
        ],
        promises=await uow.get(Contacts).open_promises(),
        disputed=await rows(uow, disputed, whole=True),
        bodies=await uow.get(Directory).all(),
        now=uow.now,
    )


async def rule(request: Request) -> web.StreamResponse:
    """Say whose an order is."""
    form = request.body(Ruling)
    await orders.rule(
        request.uow, request.path("id"), organisation=form.organisation, reason=form.reason
    )
    return request.see_other("/supervisor")


def routes() -> list[Route]:
    """The supervisor's workplace."""
    return [
        Route("GET", "/supervisor", show_wall, "值班大屏", requires="supervision.see"),
        Route(
            "POST",
            "/supervisor/orders/{id}/rule",
            rule,
            "裁定归属",
            requires="supervision.see",
            work="write",
            body=Ruling,
            channel="supervisor",
        ),
    ]
