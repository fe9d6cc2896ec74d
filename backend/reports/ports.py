"""A day of the journal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from backend.kernel.journal import Event


class DayFeed(Protocol):
    """The journal, a day at a time."""

    def day(self, day: str, types: frozenset[str]) -> AsyncIterator[Event]:
        """Yield a day's events of these types in order."""
        ...
