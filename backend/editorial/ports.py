"""Where editorial keeps its work."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from backend.editorial.model.correction import Correction
from backend.editorial.model.entry import EntryRecord, EntryVersion, PublishedSet
from backend.editorial.model.law import ArticleState, Touch
from backend.editorial.model.unanswered import Unanswered
from backend.editorial.model.usage import ArticleUse, EntryUse, Use


class Entries(Protocol):
    """Entries, their versions, and the sets that answered."""

    async def add(self, record: EntryRecord) -> None:
        """Store a new entry; raises `Conflict` when its id is taken."""
        ...

    async def update(self, record: EntryRecord) -> None:
        """Store a changed entry."""
        ...

    async def by_id(self, id: str, *, lock: bool = False) -> EntryRecord | None:
        """An entry by id."""
        ...

    async def all(self) -> list[EntryRecord]:
        """Every entry, by id."""
        ...

    async def ids(self) -> frozenset[str]:
        """The ids of all entries."""
        ...

    async def due(self, today: date, *, limit: int = 50) -> list[EntryRecord]:
        """Published entries whose day of review has come."""
        ...

    async def add_version(self, version: EntryVersion) -> None:
        """Store a text; it is never changed."""
        ...

    async def version(self, entry: str, number: int) -> EntryVersion | None:
        """One text."""
        ...

    async def versions(self, entry: str) -> list[EntryVersion]:
        """Every text of an entry, oldest first."""
        ...

    async def bodies(self, pairs: tuple[tuple[str, int], ...]) -> list[EntryVersion]:
        """The texts of pairs of entry and version, by entry."""
        ...

    async def add_set(self, made: PublishedSet) -> PublishedSet:
        """Store a set; returns it with its number."""
        ...

    async def latest_set(self) -> PublishedSet | None:
        """The set that answers now."""
        ...

    async def latest_number(self) -> int:
        """The number of that set; 0 when there is none."""
        ...

    async def add_snapshot(self, snapshot: str, number: int, corpus: str, at: datetime) -> bool:
        """Remember which set and corpus a snapshot was made of; False when it is known."""
        ...

    async def set_of_snapshot(self, snapshot: str) -> PublishedSet | None:
        """The set behind an answer."""
        ...


class Corrections(Protocol):
    """Corrections; their texts are sealed."""

    async def add(self, correction: Correction) -> None:
        """Store a new correction."""
        ...

    async def update(self, correction: Correction) -> None:
        """Store a changed correction."""
        ...

    async def by_id(self, id: str, *, lock: bool = False) -> Correction | None:
        """A correction by id."""
        ...

    async def all(self, *, open_only: bool, limit: int = 200) -> list[Correction]:
        """Corrections, the tightest clock first."""
        ...

    async def overdue(self, now: datetime) -> list[Correction]:
        """Open corrections whose day is over and that were not told of yet; marks them told."""
        ...


class Questions(Protocol):
    """Questions without basis; their texts are sealed."""

    async def add(self, question: Unanswered) -> bool:
        """Store a question; False when it is known."""
        ...

    async def of_week(self, week: str, *, limit: int = 2000) -> list[Unanswered]:
        """The questions of a week."""
        ...

    async def weeks(self) -> list[tuple[str, int]]:
        """The weeks that have questions, newest first, with how many."""
        ...

    async def taken_up(self, messages: list[str], entry: str) -> None:
        """Remember which entry was begun for questions."""
        ...


class Usage(Protocol):
    """How entries and articles are used."""

    async def add(self, use: Use) -> bool:
        """Count an answer; False when it was counted before."""
        ...

    async def vote(self, message: str, helpful: bool) -> bool:
        """Store or change a vote on an answer; False when there is no such answer."""
        ...

    async def handed_over(self, contact: str) -> str:
        """A person was needed after the newest answer of a contact; returns its entry."""
        ...

    async def by_entry(self, since: date) -> list[EntryUse]:
        """Hits, votes and hand-overs of each entry since a day, the most used first."""
        ...

    async def by_article(self, since: date) -> list[ArticleUse]:
        """How often each article was cited since a day, the most cited first."""
        ...


class LawWatch(Protocol):
    """What was known of cited articles, and what changes touched."""

    async def known(self) -> dict[tuple[str, str], ArticleState]:
        """The last look at every cited article."""
        ...

    async def remember(self, states: list[ArticleState]) -> None:
        """Store a new look at articles."""
        ...

    async def add(self, touches: list[Touch]) -> None:
        """Store what a change touched."""
        ...

    async def touches(self, *, open_only: bool, limit: int = 500) -> list[Touch]:
        """What changes touched, newest first."""
        ...

    async def open_of(self, kind: str, ref: str) -> list[Touch]:
        """What still waits to be looked at for one entry or rule."""
        ...

    async def resolve(self, kind: str, ref: str, *, at: datetime, by: str, note: str) -> int:
        """Somebody has looked at it; returns how many touches that settles."""
        ...
