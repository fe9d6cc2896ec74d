"""How entries and articles are used: hits, votes, hand-overs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Use:
    """One answer given; nothing of who asked. `articles` are (law, article, version)."""

    message: str
    contact: str
    entry: str
    region: str
    door: str
    snapshot: str
    day: date
    articles: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class EntryUse:
    """What became of an entry's answers; entry "" are answers by articles alone."""

    entry: str
    hits: int
    helpful: int
    unhelpful: int
    handed_over: int

    @property
    def hand_over_rate(self) -> float:
        """The share of answers after which a person was needed, 0 to 1."""
        return self.handed_over / self.hits if self.hits else 0.0


@dataclass(frozen=True, slots=True)
class ArticleUse:
    """How often an article was cited in answers (使用率: `share` of all answers)."""

    law: str
    article: str
    version: str
    uses: int
    last_day: date
    share: float
