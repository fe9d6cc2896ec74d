"""Tables of places and seats."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, Integer, String, Table, func, insert, select, update

from backend.queue.model import Place, PlaceState, Seat, SeatState
from backend.storage.tables import Moment, metadata
from backend.storage.unit_of_work import SqlUnitOfWork

places = Table(
    "queue_places",
    metadata,
    Column("contact", String(36), primary_key=True),
    Column("region", String(12), nullable=False),
    Column("language", String(8), nullable=False),
    Column("door", String(8), nullable=False),
    Column("score", Moment, nullable=False),
    Column("arrived_at", Moment, nullable=False),
    Column("state", String(10), nullable=False),
    Column("agent", String(36), nullable=False),
    Column("reservation", String(36), nullable=False),
    Column("deadline", Moment),
    Column("tried", JSON, nullable=False),
    Index(None, "state", "score"),
)

seats = Table(
    "queue_seats",
    metadata,
    Column("agent", String(36), primary_key=True),
    Column("region", String(12), nullable=False),
    Column("languages", JSON, nullable=False),
    Column("state", String(10), nullable=False),
    Column("since", Moment, nullable=False),
    Column("idle_since", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("contact", String(36), nullable=False),
    Column("wants", String(10), nullable=False),
    Column("epoch", Integer, nullable=False),
)


class SqlQueue:
    """Places and seats over SQL."""

    def __init__(self, unit: SqlUnitOfWork) -> None:
        self._connection = unit.connection

    async def add_place(self, place: Place) -> None:
        """Store a place; one the contact left before is taken up again."""
        row = _place_row(place)
        changed = await self._connection.execute(
            update(places).where(places.c.contact == place.contact).values(**row)
        )
        if changed.rowcount == 0:
            await self._connection.execute(insert(places).values(**row))

    async def place(self, contact: str) -> Place | None:
        """The place of a contact."""
        row = (
            await self._connection.execute(select(places).where(places.c.contact == contact))
        ).first()
        return _place(row) if row else None

    async def waiting(self, *, limit: int = 64) -> list[Place]:
        """Waiting places in the order in which they are served."""
        rows = await self._connection.execute(
            select(places)
            .where(places.c.state == PlaceState.WAITING)
            .order_by(places.c.score, places.c.contact)
            .limit(limit)
        )
        return [_place(row) for row in rows]

    async def ahead_of(self, place: Place) -> int:
        """How many unserved places stand before this one."""
        found = await self._connection.execute(
            select(func.count())
            .select_from(places)
            .where(
                places.c.state.in_((PlaceState.WAITING, PlaceState.RESERVED)),
                places.c.score < place.score,
            )
        )
        return int(found.scalar_one())

    async def overdue(self, now: datetime) -> list[Place]:
        """Reserved places whose agent did not answer in time."""
        rows = await self._connection.execute(
            select(places).where(places.c.state == PlaceState.RESERVED, places.c.deadline < now)
        )
        return [_place(row) for row in rows]

    async def change_place(self, place: Place, *, was: PlaceState, reservation: str = "") -> bool:
        """Store a place if nobody changed it before."""
        condition = [places.c.contact == place.contact, places.c.state == was]
        if reservation:
            condition.append(places.c.reservation == reservation)
        changed = await self._connection.execute(
            update(places).where(*condition).values(**_place_row(place))
        )
        return int(changed.rowcount) == 1

    async def put_seat(self, seat: Seat) -> None:
        """Store a seat."""
        row = _seat_row(seat)
        changed = await self._connection.execute(
            update(seats).where(seats.c.agent == seat.agent).values(**row)
        )
        if changed.rowcount == 0:
            await self._connection.execute(insert(seats).values(**row))

    async def seat(self, agent: str) -> Seat | None:
        """An agent's seat."""
        row = (await self._connection.execute(select(seats).where(seats.c.agent == agent))).first()
        return _seat(row) if row else None

    async def seats(self) -> list[Seat]:
        """Every seat."""
        rows = await self._connection.execute(select(seats).order_by(seats.c.agent))
        return [_seat(row) for row in rows]

    async def ready_seats(self) -> list[Seat]:
        """Seats that are free now, longest idle first."""
        rows = await self._connection.execute(
            select(seats)
            .where(seats.c.state == SeatState.READY)
            .order_by(seats.c.idle_since, seats.c.agent)
        )
        return [_seat(row) for row in rows]

    async def change_seat(self, seat: Seat, *, was: SeatState) -> bool:
        """Store a seat if nobody changed it before."""
        changed = await self._connection.execute(
            update(seats)
            .where(seats.c.agent == seat.agent, seats.c.state == was)
            .values(**_seat_row(seat))
        )
        return int(changed.rowcount) == 1


def _place_row(place: Place) -> dict[str, Any]:
    row = {item.name: getattr(place, item.name) for item in fields(place)}
    row["tried"] = list(place.tried)
    return row


def _place(row: Any) -> Place:
    values = dict(row._mapping)
    values["state"] = PlaceState(values["state"])
    values["tried"] = tuple(values["tried"])
    return Place(**values)


def _seat_row(seat: Seat) -> dict[str, Any]:
    row = {item.name: getattr(seat, item.name) for item in fields(seat)}
    row["languages"] = sorted(seat.languages)
    return row


def _seat(row: Any) -> Seat:
    values = dict(row._mapping)
    values["state"] = SeatState(values["state"])
    values["wants"] = SeatState(values["wants"])
    values["languages"] = frozenset(values["languages"])
    return Seat(**values)
