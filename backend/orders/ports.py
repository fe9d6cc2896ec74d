"""Where work orders live."""

from __future__ import annotations

from typing import Protocol

from backend.kernel.actor import Actor
from backend.orders.model import Order


class Orders(Protocol):
    """Work orders."""

    async def add(self, order: Order) -> None:
        """Store a new order, its texts sealed."""
        ...

    async def update(self, order: Order) -> None:
        """Store a changed order."""
        ...

    async def by_id(self, id: str, *, lock: bool = False) -> Order | None:
        """An order by id."""
        ...

    async def of_case(self, case: str) -> list[Order]:
        """The orders of a case, oldest first."""
        ...

    async def visible_to(self, actor: Actor, *, limit: int, open_only: bool = True) -> list[Order]:
        """Orders the actor may read, the most urgent first."""
        ...

    async def overdue(self, *, limit: int = 200) -> list[Order]:
        """Open orders, the tightest clock first, for the sweep."""
        ...

    async def alarmed(self, order: str, colour: str) -> bool:
        """Remember that a colour was told; False when it was told before."""
        ...
