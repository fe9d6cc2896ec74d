"""How a short message leaves the house, whom it goes to, and where reminders wait."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from backend.notices.model import Reminder


class ShortMessages(Protocol):
    """Sends a text to a telephone. Raises `Unavailable` to be tried again, `Invalid` to give up."""

    async def send(self, to: str, text: str) -> None:
        """Send one message."""
        ...


class NoShortMessages:
    """The twin that needs nothing: keeps what it was given, for tests and dry runs."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    async def send(self, to: str, text: str) -> None:
        """Keep the message."""
        self.sent.append((to, text))


class Recipient(Protocol):
    """Whom a reminder goes to."""

    @property
    def phone(self) -> str:
        """The number, or ""."""
        ...

    @property
    def erased(self) -> bool:
        """Whether this person was erased."""
        ...


class Recipients(Protocol):
    """Finds people; the room of cases stands behind it."""

    async def person(self, id: str) -> Recipient | None:
        """A person by id."""
        ...


class Reminders(Protocol):
    """Planned reminders."""

    async def add(self, reminder: Reminder) -> bool:
        """Store; False when the same one is known already, done or not."""
        ...

    async def of_case(self, case: str) -> list[Reminder]:
        """The reminders of a case, by moment."""
        ...

    async def due(self, now: datetime, *, limit: int) -> list[Reminder]:
        """Those to be done now, the oldest first."""
        ...

    async def done(self, id: str, at: datetime, how: str) -> bool:
        """Mark as done; False when it was done before."""
        ...
