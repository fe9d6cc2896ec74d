"""Where work orders live, and the system they are exchanged with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from backend.kernel.actor import Actor
from backend.orders.exchange import Exchanged, Receipt
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


class Exchanges(Protocol):
    """Which orders passed between the two systems, and the nonces that were used."""

    async def add(self, item: Exchanged, person: str) -> None:
        """Store a new exchange; what is said in it is sealed under the person's key."""
        ...

    async def update(self, item: Exchanged, person: str) -> None:
        """Store a changed exchange."""
        ...

    async def by_id(self, id: str) -> Exchanged | None:
        """An exchange by id."""
        ...

    async def by_number(self, partner: str, direction: str, number: str) -> Exchanged | None:
        """The exchange under the other side's number."""
        ...

    async def sent_as(self, partner: str, number: str) -> Exchanged | None:
        """The newest exchange by which we sent our order of this number."""
        ...

    async def of_order(self, order: str) -> list[Exchanged]:
        """The exchanges of an order, oldest first."""
        ...

    async def use_nonce(self, nonce: str, at: datetime) -> bool:
        """Use up a nonce; False when it was used before. Old ones are forgotten."""
        ...


class OtherSystem(Protocol):
    """The 12345-type system. Raises `Unavailable` to be tried again, `Invalid` to give up."""

    async def send(self, path: str, body: Mapping[str, Any]) -> Receipt:
        """Deliver one message; the same message again gives the same receipt."""
        ...


class NoOtherSystem:
    """The twin that needs nothing: it takes everything and answers like the other side."""

    async def send(self, path: str, body: Mapping[str, Any]) -> Receipt:
        """A receipt made of the number, so that the same message gives the same one."""
        number = str(body.get("number", ""))
        return Receipt(receipt=f"T-{number}", number=f"T{number}")
