"""Where applications live."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from backend.applications.model import Application
from backend.kernel.actor import Actor


class Applications(Protocol):
    """Applications."""

    async def add(self, application: Application) -> None:
        """Store a new one, its answers sealed."""
        ...

    async def update(self, application: Application) -> None:
        """Store a changed one."""
        ...

    async def by_id(self, id: str, *, lock: bool = False) -> Application | None:
        """An application by id."""
        ...

    async def of_case(self, case: str) -> list[Application]:
        """The applications of a case, oldest first."""
        ...

    async def visible_to(self, actor: Actor, *, limit: int) -> list[Application]:
        """Submitted applications the actor may read, the tightest clock first."""
        ...

    async def overdue(self, day: date, *, limit: int) -> list[Application]:
        """Applications whose clock ended before this day and of whom nobody was told yet."""
        ...

    async def told(self, id: str, due: date) -> bool:
        """Remember that the overrun of this clock was told; False when it was before."""
        ...
