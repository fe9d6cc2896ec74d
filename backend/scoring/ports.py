"""What scoring needs: the journal's events, a place for snapshots, the assessment platform."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from backend.kernel.journal import Event
from backend.scoring.model import Score


class JournalFeed(Protocol):
    """The journal, from its beginning."""

    def events(self, types: frozenset[str]) -> AsyncIterator[Event]:
        """Yield events of these types in order."""
        ...


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A stored score; `receipt` is the assessment platform's, once it has taken it."""

    score: Score
    sheet: str
    digest: str
    made_at: datetime
    receipt: str = ""


class Snapshots(Protocol):
    """Stored scores."""

    async def put(self, snapshot: Snapshot) -> None:
        """Store a snapshot in place of the same unit's, indicator's and period's."""
        ...

    async def of(self, period: str, *, unit: str = "") -> list[Snapshot]:
        """Snapshots of a period."""
        ...

    async def all(self) -> list[Snapshot]:
        """Every snapshot."""
        ...

    async def received(self, digest: str, receipt: str) -> None:
        """Store the receipt of a pushed snapshot."""
        ...


class Assessment(Protocol):
    """The assessment platform. Raises `Unavailable` to be tried again, `Invalid` to give up."""

    async def push(self, body: Mapping[str, Any], *, key: str) -> str:
        """Deliver one score; the same key again gives the same receipt."""
        ...


class NoAssessment:
    """The twin that needs nothing: keeps what it was given and numbers the receipts."""

    def __init__(self) -> None:
        self.taken: dict[str, Mapping[str, Any]] = {}

    async def push(self, body: Mapping[str, Any], *, key: str) -> str:
        """Keep the score."""
        self.taken.setdefault(key, dict(body))
        return f"local-{list(self.taken).index(key) + 1}"
