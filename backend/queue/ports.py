"""Where places and seats live; every change of state is conditional, so that one wins."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from backend.queue.model import Place, PlaceState, Seat, SeatState


class Queue(Protocol):
    """Places and seats."""

    async def add_place(self, place: Place) -> None:
        """Store a place; one the contact left before is taken up again."""
        ...

    async def place(self, contact: str) -> Place | None:
        """The place of a contact."""
        ...

    async def waiting(self, *, limit: int = 64) -> list[Place]:
        """Waiting places in the order in which they are served."""
        ...

    async def ahead_of(self, place: Place) -> int:
        """How many unserved places stand before this one."""
        ...

    async def overdue(self, now: datetime) -> list[Place]:
        """Reserved places whose agent did not answer in time."""
        ...

    async def change_place(self, place: Place, *, was: PlaceState, reservation: str = "") -> bool:
        """Store a place if it still is in state `was` (under `reservation`); False when not."""
        ...

    async def put_seat(self, seat: Seat) -> None:
        """Store a seat."""
        ...

    async def seat(self, agent: str) -> Seat | None:
        """An agent's seat."""
        ...

    async def seats(self) -> list[Seat]:
        """Every seat."""
        ...

    async def ready_seats(self) -> list[Seat]:
        """Seats that are free now, longest idle first."""
        ...

    async def change_seat(self, seat: Seat, *, was: SeatState) -> bool:
        """Store a seat if it still is in state `was`; False when not."""
        ...
