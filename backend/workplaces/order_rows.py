"""How work orders are shown in tables: the same in every workplace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from backend.directory.model import Regions
from backend.directory.ports import Directory
from backend.kernel.unit_of_work import UnitOfWork
from backend.orders.exchange import Peer
from backend.orders.model import KINDS, STATE_NAMES, Order, OrderState, colour

COLOUR_NAMES = {"green": "正常", "yellow": "快到期", "red": "已超期"}
_CHIPS = {"green": "good", "yellow": "warning", "red": "danger"}


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order, ready for a page. A confidential order shows its title to nobody in a table."""

    id: str
    number: str
    kind: str
    title: str
    region: str
    body: str
    state: str
    state_name: str
    colour: str
    colour_name: str
    citizen_due: datetime
    running: datetime | None
    urgent: bool
    returns: int
    extension_asked: str
    reply: str
    extended: bool


def passed_on(order: Order) -> bool:
    """Whether the order lies with the other system."""
    return order.state is OrderState.PASSED_ON


async def rows(uow: UnitOfWork, orders: list[Order], *, whole: bool = False) -> list[OrderRow]:
    """Rows for a table; `whole` shows titles of confidential orders to whoever handles them."""
    regions = uow.get(Regions)
    away = uow.get(Peer).name
    names = {body.code: body.name for body in await uow.get(Directory).all()}
    made = []
    for order in orders:
        tone = colour(order, uow.now)
        made.append(
            OrderRow(
                id=order.id,
                number=order.number,
                kind=KINDS[order.kind],
                title=order.title if whole or not order.confidential else "（保密工单）",
                region=regions.name(order.region),
                body=names.get(order.organisation, away if passed_on(order) else "未派单"),
                state=order.state,
                state_name=STATE_NAMES[order.state],
                colour=_CHIPS[tone],
                colour_name=COLOUR_NAMES[tone],
                citizen_due=order.citizen_due,
                running=order.running,
                urgent=order.urgent,
                returns=order.returns,
                extension_asked=order.extension_asked,
                reply=order.reply,
                extended=order.extended,
            )
        )
    return made
