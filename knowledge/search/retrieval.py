"""From an understood question to articles in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from knowledge.query.reader import Understanding
from knowledge.search.evidence import Evidence, Gatherer, Semantic, candidates
from knowledge.search.features import features
from knowledge.search.ranker import Ranker

CANDIDATES = 100


@dataclass(frozen=True, slots=True)
class Ranking:
    """Articles by place in the corpus, best first, with scores, and how they were found.

    The first `named` of them are named in the question itself. `entries` are the entries whose
    questions come near, with their likeness (0 to 1).
    `about` says, with vectors, how much the question sounds like one of law (1) or talk (-1).
    """

    places: tuple[int, ...]
    scores: tuple[float, ...]
    engine: str
    stand_in: bool
    semantic: bool
    named: int
    entries: Mapping[str, float]
    about: float | None


class Retriever:
    """Finds and orders articles. Thread-safe; vectors may join while it serves."""

    def __init__(self, gatherer: Gatherer, rankers: Mapping[str, Ranker]) -> None:
        """`rankers` by kind of search (`words`, `vectors`); without one, plain sums order."""
        self.gatherer = gatherer
        self.semantic: Semantic | None = None
        self._collection = gatherer.collection
        self._rankers = rankers

    def rank(self, question: Understanding, *, on: date, k: int = CANDIDATES) -> Ranking:
        """Return `k` articles in force on a day: those named first, then by score.

        Always returns `k` articles when as many are in force, so that lists can be compared.
        """
        named = self.named(question, on)
        semantic = self.semantic
        evidence = self.gatherer.gather(question, on=on, semantic=semantic)
        places = candidates(evidence, max(k, CANDIDATES))
        scores = self._scores(evidence, places)
        order = np.argsort(-scores, kind="stable")
        ranked = {int(places[i]): float(scores[i]) for i in order}
        listed = list(dict.fromkeys([*named, *ranked]))
        if len(listed) < k:
            listed += self._others(listed, evidence, k - len(listed))
        floor = float(scores.min()) - 1.0 if len(scores) else 0.0
        top = float(scores.max()) + 1.0 if len(scores) else 1.0
        values = [top if place in named else ranked.get(place, floor) for place in listed[:k]]
        near = evidence.meant or evidence.said
        return Ranking(
            places=tuple(listed[:k]),
            scores=tuple(values),
            engine=evidence.engine,
            stand_in=evidence.stand_in,
            semantic=semantic is not None,
            named=len(named),
            entries=near.entries,
            about=evidence.about,
        )

    def named(self, question: Understanding, on: date) -> list[int]:
        """The places of the articles a question names, as they stand on a day."""
        places = (
            self._collection.place(article.law, article.order, article.suffix, on)
            for article in question.articles
        )
        return list(dict.fromkeys(place for place in places if place is not None))

    def _scores(self, evidence: Evidence, places: np.ndarray) -> np.ndarray:
        kind = "words" if evidence.cosine is None else "vectors"
        ranker = self._rankers.get(kind)
        if ranker is None:
            words = evidence.both[places] / (float(evidence.both.max()) or 1.0)
            if evidence.cosine is None:
                return np.asarray(words, dtype=np.float64)
            return np.asarray(evidence.cosine[places] + 0.15 * words, dtype=np.float64)
        rows = features(self._collection, evidence, places, self.gatherer.memory.law_counts)
        return ranker.score(rows)

    def _others(self, listed: list[int], evidence: Evidence, count: int) -> list[int]:
        """More articles in force to fill a list, in the order of the corpus."""
        seen = set(listed)
        rest = np.flatnonzero(evidence.in_force)[: count + len(seen)]
        return [int(place) for place in rest if int(place) not in seen][:count]
