"""The tables of work orders and their exchange; texts are sealed here."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from backend.kernel.actor import Actor
from backend.kernel.personal import Personal
from backend.orders.exchange import OUT, WINDOW, Exchanged
from backend.orders.model import Order, OrderState
from backend.storage.filters import to_sql
from backend.storage.tables import Moment, metadata
from backend.storage.unit_of_work import SqlUnitOfWork

orders = Table(
    "work_orders",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("case", String(36), nullable=False, index=True),
    Column("person", String(36), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("title", Text, nullable=False),
    Column("region", String(12), nullable=False),
    Column("matter", String(4), nullable=False),
    Column("state", String(12), nullable=False),
    Column("preset", String(30), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("opened_by", String(60), nullable=False),
    Column("citizen_due", Moment, nullable=False),
    Column("organisation", String(40), nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("confidential", Boolean, nullable=False),
    Column("dispatch_due", Moment),
    Column("accept_due", Moment),
    Column("handle_due", Moment),
    Column("returns", Integer, nullable=False),
    Column("redos", Integer, nullable=False),
    Column("extended", Boolean, nullable=False),
    Column("extension_asked", Text, nullable=False),
    Column("reply", Text, nullable=False),
    Column("satisfied", Integer),
    Column("closed_at", Moment),
    Column("told", String(10), nullable=False, default=""),
    Index(None, "organisation", "state"),
    Index(None, "state", "citizen_due"),
)
exchanges = Table(
    "order_exchanges",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("order", String(36), nullable=False, index=True),
    Column("case", String(36), nullable=False),
    Column("direction", String(3), nullable=False),
    Column("partner", String(40), nullable=False),
    Column("at", Moment, nullable=False),
    # Null until the other side has said its number: then no two exchanges share it.
    Column("number", String(60)),
    Column("receipt", String(80), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("status", String(12), nullable=False),
    Column("text", Text, nullable=False),
    Column("changed_at", Moment),
    UniqueConstraint("partner", "direction", "number"),
)
nonces = Table(
    "exchange_nonces",
    metadata,
    Column("nonce", String(64), primary_key=True),
    Column("at", Moment, nullable=False, index=True),
)
_SEALED = ("title", "extension_asked", "reply")
_ENDED = (OrderState.CLOSED, OrderState.CANCELLED)


class SqlOrders:
    """Work orders over SQL."""

    def __init__(self, unit: SqlUnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    async def add(self, order: Order) -> None:
        """Store a new order."""
        await self._connection.execute(insert(orders).values(told="", **await self._row(order)))

    async def update(self, order: Order) -> None:
        """Store a changed order."""
        await self._connection.execute(
            update(orders).where(orders.c.id == order.id).values(**await self._row(order))
        )

    async def by_id(self, id: str, *, lock: bool = False) -> Order | None:
        """An order by id."""
        query = select(orders).where(orders.c.id == id)
        row = (await self._connection.execute(query.with_for_update() if lock else query)).first()
        return await self._order(row) if row else None

    async def of_case(self, case: str) -> list[Order]:
        """The orders of a case, oldest first."""
        return await self._orders(
            select(orders).where(orders.c.case == case).order_by(orders.c.opened_at)
        )

    async def visible_to(self, actor: Actor, *, limit: int, open_only: bool = True) -> list[Order]:
        """Orders the actor may read, the most urgent first."""
        allowed = to_sql(self._unit.permissions.filter(actor, "order.read"), dict(orders.c.items()))
        query = select(orders).where(allowed)
        if open_only:
            query = query.where(orders.c.state.not_in(_ENDED))
        return await self._orders(query.order_by(orders.c.citizen_due).limit(limit))

    async def overdue(self, *, limit: int = 200) -> list[Order]:
        """Open orders that have not been told red yet, the tightest citizen's clock first."""
        return await self._orders(
            select(orders)
            .where(orders.c.state.not_in(_ENDED), orders.c.told != "red")
            .order_by(orders.c.citizen_due)
            .limit(limit)
        )

    async def alarmed(self, order: str, colour: str) -> bool:
        """Remember that a colour was told; False when it was told before."""
        changed = await self._connection.execute(
            update(orders).where(orders.c.id == order, orders.c.told != colour).values(told=colour)
        )
        return int(changed.rowcount) == 1

    async def _row(self, order: Order) -> dict[str, Any]:
        row = {item.name: getattr(order, item.name) for item in fields(order)}
        for name in _SEALED:
            text = row[name]
            row[name] = await self._unit.seal(Personal(order.person, text)) if text else ""
        return row

    async def _orders(self, query: Any) -> list[Order]:
        rows = (await self._connection.execute(query)).all()
        return [await self._order(row) for row in rows]

    async def _order(self, row: Any) -> Order:
        values = dict(row._mapping)
        del values["told"]
        values["state"] = OrderState(values["state"])
        for name in _SEALED:
            values[name] = await self._unit.unseal(row.person, values[name])
        return Order(**values)


class SqlExchanges:
    """Exchanges over SQL."""

    def __init__(self, unit: SqlUnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    async def add(self, item: Exchanged, person: str) -> None:
        """Store a new exchange."""
        await self._connection.execute(insert(exchanges).values(**await self._row(item, person)))

    async def update(self, item: Exchanged, person: str) -> None:
        """Store a changed exchange."""
        row = await self._row(item, person)
        await self._connection.execute(
            update(exchanges).where(exchanges.c.id == item.id).values(**row)
        )

    async def by_id(self, id: str) -> Exchanged | None:
        """An exchange by id."""
        found = await self._all(select(exchanges).where(exchanges.c.id == id))
        return found[0] if found else None

    async def by_number(self, partner: str, direction: str, number: str) -> Exchanged | None:
        """The exchange under the other side's number."""
        found = await self._all(
            select(exchanges).where(
                exchanges.c.partner == partner,
                exchanges.c.direction == direction,
                exchanges.c.number == number,
            )
        )
        return found[0] if found else None

    async def sent_as(self, partner: str, number: str) -> Exchanged | None:
        """The newest exchange by which we sent our order of this number."""
        found = await self._all(
            select(exchanges)
            .join(orders, orders.c.id == exchanges.c.order)
            .where(
                exchanges.c.partner == partner,
                exchanges.c.direction == OUT,
                orders.c.number == number,
            )
            .order_by(exchanges.c.at.desc())
            .limit(1)
        )
        return found[0] if found else None

    async def of_order(self, order: str) -> list[Exchanged]:
        """The exchanges of an order, oldest first."""
        return await self._all(
            select(exchanges).where(exchanges.c.order == order).order_by(exchanges.c.at)
        )

    async def use_nonce(self, nonce: str, at: datetime) -> bool:
        """Use up a nonce; what is too old to pass the check of time is forgotten."""
        await self._connection.execute(
            delete(nonces).where(nonces.c.at < at - timedelta(seconds=3 * WINDOW))
        )
        try:
            async with self._unit.savepoint():
                await self._connection.execute(insert(nonces).values(nonce=nonce, at=at))
        except IntegrityError:
            return False
        return True

    async def _row(self, item: Exchanged, person: str) -> dict[str, Any]:
        row = {name.name: getattr(item, name.name) for name in fields(item)}
        row["number"] = item.number or None
        row["text"] = await self._unit.seal(Personal(person, item.text)) if item.text else ""
        return row

    async def _all(self, query: Any) -> list[Exchanged]:
        made = []
        for row in (await self._connection.execute(query)).all():
            values = dict(row._mapping)
            values["number"] = row.number or ""
            values["text"] = await self._text(row)
            made.append(Exchanged(**values))
        return made

    async def _text(self, row: Any) -> str:
        if not row.text:
            return ""
        person = await self._connection.execute(
            select(orders.c.person).where(orders.c.id == row.order)
        )
        return await self._unit.unseal(person.scalar_one(), row.text)
