"""From an understood question to articles in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from knowledge.query.reader import Understanding
from knowledge.search.collection import Collection
from knowledge.search.words import WordSearch

CANDIDATES = 100


@dataclass(frozen=True, slots=True)
class Ranking:
    """Articles by place in the corpus, best first, with scores, and how they were found."""

    places: tuple[int, ...]
    scores: tuple[float, ...]
    engine: str
    stand_in: bool
    semantic: bool
    named: int = 0


class Retriever:
    """Finds and orders articles. Thread-safe."""

    def __init__(self, collection: Collection, words: WordSearch) -> None:
        """Search `collection` by words."""
        self._collection = collection
        self._words = words

    def rank(self, question: Understanding, *, on: date, k: int = CANDIDATES) -> Ranking:
        """Return `k` articles in force on a day: those named first, then the found, then others.

        Always returns `k` articles when as many are in force, so that lists can be compared.
        """
        named = self.named(question, on)
        found = self._words.search(question.terms, on=on, k=max(k, CANDIDATES) + len(named))
        scores = {hit.position: hit.score for hit in found.hits}
        order = list(dict.fromkeys([*named, *scores]))
        if len(order) < k:
            seen = set(order)
            rest = np.flatnonzero(self._collection.in_force(on))
            order.extend(int(place) for place in rest[: k + len(seen)] if int(place) not in seen)
        order = order[:k]
        top = max(scores.values(), default=0.0) + 1.0
        values = [top + 1.0 if place in named else scores.get(place, 0.0) for place in order]
        return Ranking(
            tuple(order), tuple(values), found.engine, found.stand_in, False, len(named)
        )

    def named(self, question: Understanding, on: date) -> list[int]:
        """The places of the articles a question names, as they stand on a day."""
        places = (
            self._collection.place(article.law, article.order, article.suffix, on)
            for article in question.articles
        )
        return [place for place in places if place is not None]
