"""The wall, and the rulings a supervisor gives."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, Field

from backend.applications import service as applications
from backend.applications.model import CLOCKS, STATE_NAMES, Forms, State, economic, moves_from
from backend.applications.ports import Applications
from backend.clocks import colour
from backend.contacts.model import DOOR_NAMES, Door
from backend.contacts.ports import Contacts
from backend.directory.ports import Directory
from backend.identity.ports import Accounts
from backend.kernel.clock import CHINA
from backend.kernel.errors import NotFound
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


class Words(BaseModel):
    """What is decided, and why."""

    reason: str = Field(max_length=2000)


_COLOURS = {"green": "good", "yellow": "warning", "red": "danger", "expired": "danger"}


async def show_objections(request: Request) -> web.StreamResponse:
    """Objections to refusals of legal aid, the tightest first (法律援助法 第四十九条)."""
    uow = request.uow
    today = uow.now.astimezone(CHINA).date()
    found = await uow.get(Applications).visible_to(request.actor, limit=300)
    bodies = {body.code: body.name for body in await uow.get(Directory).all()}
    return request.page(
        "supervisor/objections.html",
        rows=[
            {
                "application": item,
                "body": bodies.get(item.organisation, item.organisation),
                "colour": _COLOURS[colour((item.due - today).days)] if item.due else "",
            }
            for item in found
            if item.state is State.OBJECTED
        ],
        decided=[(item, STATE_NAMES[item.state]) for item in found if item.state is State.UPHELD],
    )


async def show_objection(request: Request) -> web.StreamResponse:
    """One objection: what was asked, why it was refused, what the applicant says."""
    uow = request.uow
    application = await applications.read(uow, request.path("id"))
    moves = moves_from(application, "bureau")
    if not moves and application.state is not State.UPHELD:
        raise NotFound("这份申请没有待审查的异议。", code="no_objection")
    form = uow.get(Forms).form(application.kind)
    clock = CLOCKS.get((application.kind, application.state))
    events = await uow.events(applications.aggregate(application.id))
    return request.page(
        "supervisor/objection.html",
        application=application,
        form=form,
        state=STATE_NAMES[application.state],
        basis=clock[2] if clock else "",
        moves=moves,
        economic=economic(application, uow.get(Forms), uow.now.astimezone(CHINA).date()),
        reasons=[
            (event.recorded_at, _REASONS[event.type], (await uow.reveal(event.payload))["reason"])
            for event in events
            if event.type in _REASONS
        ],
        rows=[
            (step.ask, step.show(application.answers[step.code]))
            for step in form.steps
            if step.code in application.answers
        ],
    )


_REASONS = {
    "application.refuse": "不予援助的理由",
    "application.object": "申请人的异议",
    "application.uphold": "维持的理由",
    "application.overturn": "责令改正的理由",
}


async def decide_objection(request: Request) -> web.StreamResponse:
    """Uphold the refusal or have it corrected."""
    await applications.act(
        request.uow,
        request.path("id"),
        request.path("event"),
        request.body(Words).reason,
    )
    return request.see_other("/supervisor/objections")


def routes() -> list[Route]:
    """The supervisor's workplace."""
    return [
        Route(
            "GET",
            "/supervisor/objections",
            show_objections,
            "对法律援助决定的异议",
            requires="supervision.see",
        ),
        Route(
            "GET",
            "/supervisor/objections/{id}",
            show_objection,
            "一件异议",
            requires="supervision.see",
        ),
        Route(
            "POST",
            "/supervisor/objections/{id}/{event}",
            decide_objection,
            "审查异议",
            requires="supervision.see",
            work="write",
            body=Words,
            channel="supervisor",
        ),
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
