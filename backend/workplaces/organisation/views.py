"""The in-tray of a body, and what it does with an order or a referral."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, Field

from backend.kernel.errors import NotFound
from backend.orders import service as orders
from backend.orders.ports import Orders
from backend.resolution import service as resolution
from backend.resolution.model import DECLINES
from backend.resolution.ports import Resolutions
from backend.web.request import Request
from backend.web.routing import Handler, Route
from backend.workplaces.order_rows import rows


class GivenBack(BaseModel):
    """Why it is not ours, and by which article."""

    reason: str = Field(max_length=1000)
    article: str = Field(max_length=200)


class Text(BaseModel):
    """A reply, or a reason."""

    text: str = Field(max_length=4000)


class Code(BaseModel):
    """A coded reason."""

    code: str = Field(max_length=30)


async def show_tray(request: Request) -> web.StreamResponse:
    """What waits for this body."""
    uow = request.uow
    found = await uow.get(Orders).visible_to(request.actor, limit=200)
    return request.page(
        "organisation/tray.html",
        rows=await rows(uow, found, whole=True),
        referrals=await uow.get(Resolutions).offered_to(request.actor.organisation),
        declines=DECLINES,
    )


async def show_order(request: Request) -> web.StreamResponse:
    """One order."""
    uow = request.uow
    order = await uow.get(Orders).by_id(request.path("id"))
    if order is None or not uow.permissions.allows(uow.actor, "order.read", order.thing()):
        raise NotFound("没有这个工单，或者不是派给您单位的。", code="no_order")
    return request.page("organisation/order.html", row=(await rows(uow, [order], whole=True))[0])


async def accept(request: Request) -> web.StreamResponse:
    """Take it on."""
    await orders.accept(request.uow, request.path("id"))
    return _back(request)


async def give_back(request: Request) -> web.StreamResponse:
    """Return it, once, with the article of competence."""
    form = request.body(GivenBack)
    await orders.give_back(
        request.uow, request.path("id"), reason=form.reason, article=form.article
    )
    return request.see_other("/organisation")


async def reply(request: Request) -> web.StreamResponse:
    """Answer it."""
    await orders.reply(request.uow, request.path("id"), request.body(Text).text)
    return _back(request)


async def ask_extension(request: Request) -> web.StreamResponse:
    """Ask for more time."""
    await orders.ask_extension(request.uow, request.path("id"), request.body(Text).text)
    return _back(request)


async def take_on(request: Request) -> web.StreamResponse:
    """Take a referral on."""
    await resolution.take_on(request.uow, request.path("id"))
    return request.see_other("/organisation")


async def decline(request: Request) -> web.StreamResponse:
    """Decline a referral with a code."""
    await resolution.decline(request.uow, request.path("id"), request.body(Code).code)
    return request.see_other("/organisation")


def _back(request: Request) -> web.Response:
    return request.see_other(f"/organisation/orders/{request.path('id')}")


def routes() -> list[Route]:
    """The body's workplace."""

    def step(
        path: str, handler: Handler, summary: str, body: type[BaseModel] | None = None
    ) -> Route:
        return Route(
            "POST",
            path,
            handler,
            summary,
            requires="organisation.use",
            work="write",
            body=body,
            channel="organisation",
        )

    one = "/organisation/orders/{id}"
    referral = "/organisation/referrals/{id}"
    return [
        Route("GET", "/organisation", show_tray, "收件箱", requires="organisation.use"),
        Route("GET", one, show_order, "一件工单", requires="organisation.use"),
        step(f"{one}/accept", accept, "签收"),
        step(f"{one}/return", give_back, "退回", GivenBack),
        step(f"{one}/reply", reply, "答复", Text),
        step(f"{one}/extension", ask_extension, "申请延期", Text),
        step(f"{referral}/accept", take_on, "受理转介"),
        step(f"{referral}/decline", decline, "不受理转介", Code),
    ]
