"""The port of word search, and the values that cross it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from knowledge.search.tokens import Tokens, WeightedTerms

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""

ALWAYS = date(9999, 12, 31)
NEVER = date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """One article as an engine stores it.

    `position` is its place in the corpus; `first` and `last` are the days it is law, both
    inclusive. A text whose start is unknown has `first` after `last` and is never found.
    """

    position: int
    tokens: Tokens
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Hit:
    """An article found, by its place in the corpus, with the engine's own score."""

    position: int
    score: float


class SearchUnavailable(Exception):
    """The engine cannot answer now; another one should (retry later)."""


class SearchEngine(Protocol):
    """Finds articles by words. Thread-safe once `build` has returned."""

    @property
    def name(self) -> str:
        """Which engine this is, as settings and answers name it."""
        ...

    def has(self, corpus_id: str) -> bool:
        """Whether an intact index of this very corpus is ready to serve."""
        ...

    def build(
        self,
        corpus_id: str,
        documents: Sequence[SearchDocument],
        progress: Progress | None = None,
    ) -> None:
        """Index all documents and serve them from then on; the old index serves until then."""
        ...

    def search(self, terms: WeightedTerms, *, on: date, k: int) -> list[Hit]:
        """Return the best `k` articles in force on a day, best first.

        Raises SearchUnavailable when the engine is down, slow or has no index.
        """
        ...
