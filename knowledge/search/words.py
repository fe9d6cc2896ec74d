"""Word search with a stand-in: the chosen engine answers, or the embedded one does, marked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from knowledge.search.ports import Hit, SearchEngine, SearchUnavailable
from knowledge.search.tokens import WeightedTerms


@dataclass(frozen=True, slots=True)
class WordHits:
    """What word search found, and which engine found it."""

    hits: tuple[Hit, ...]
    engine: str
    stand_in: bool


class WordSearch:
    """Asks the chosen engine first. Thread-safe."""

    def __init__(self, engine: SearchEngine, stand_in: SearchEngine | None = None) -> None:
        """`stand_in` answers when `engine` cannot."""
        self._engine = engine
        self._stand_in = stand_in

    @property
    def name(self) -> str:
        """The name of the chosen engine."""
        return self._engine.name

    def search(self, terms: WeightedTerms, *, on: date, k: int) -> WordHits:
        """Return the best `k`; raises SearchUnavailable only when no engine can answer."""
        try:
            return WordHits(tuple(self._engine.search(terms, on=on, k=k)), self._engine.name, False)
        except SearchUnavailable:
            if self._stand_in is None:
                raise
        hits = self._stand_in.search(terms, on=on, k=k)
        return WordHits(tuple(hits), self._stand_in.name, True)
