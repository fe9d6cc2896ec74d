"""Question-to-question evidence: what people asked before, and which articles answered it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.query.prepared import Prepared, prepare
from knowledge.search.collection import Collection
from knowledge.search.embedded import EmbeddedEngine
from knowledge.search.encoder import Vectors
from knowledge.search.ports import ALWAYS, NEVER, SearchDocument
from knowledge.search.tokens import Tokens, WeightedTerms, cut_bigrams

NEIGHBOURS = 30


@dataclass(frozen=True, slots=True)
class KnownQuestion:
    """A question with the articles that answer it (law's short name, number as printed).

    `text` is empty where only its vector is kept; `entry` is the entry it belongs to, if any.
    """

    text: str
    articles: tuple[tuple[str, str], ...]
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What the nearest known questions say, over all articles, laws and entries."""

    share: NDArray[np.float32]
    best: NDArray[np.float32]
    entries: dict[str, float]


class QuestionMemory:
    """All known questions. Those with texts come first and can be searched by words."""

    def __init__(
        self,
        collection: Collection,
        questions: Sequence[KnownQuestion],
        prepared: Prepared | None = None,
        index: Path | None = None,
    ) -> None:
        """Resolve the articles of every question in `collection`; unknown ones are left out.

        `prepared` has the texts cut already; without it they are cut here. `index` is the folder
        in which their index is kept between starts; without it one is built in memory.
        """
        with_text = [question for question in questions if question.text]
        self.questions = (*with_text, *(q for q in questions if not q.text))
        self.texts = tuple(question.text for question in with_text)
        self._size = len(collection.articles)
        self._places = tuple(
            np.array(
                sorted({p for cited in q.articles for p in collection.texts(*cited)}), np.int64
            )
            for q in self.questions
        )
        self.law_counts = np.zeros(len(collection.law_names), dtype=np.float32)
        for places in self._places:
            for law in {int(collection.law_of[place]) for place in places}:
                self.law_counts[law] += 1
        self.known = np.zeros(self._size, dtype=bool)
        for places in self._places:
            self.known[places] = True
        ready = prepare(self.texts) if prepared is None else prepared
        terms = [ready[text].terms for text in self.texts]
        self._bigrams = tuple(frozenset(one.bigrams) for one in terms)
        # A pair that stands in every second question ("怎么", "要办") says little about the matter.
        counts = Counter(pair for pairs in self._bigrams for pair in pairs)
        self._weights = {
            pair: log(1 + len(self._bigrams) / count) for pair, count in counts.items()
        }
        self._rare = log(1 + len(self._bigrams))
        self._sizes = tuple(self._weight(pairs) for pairs in self._bigrams)
        self._engine = EmbeddedEngine(index)
        content = _digest(terms)
        if not self._engine.has(content):
            self._engine.build(
                content,
                [SearchDocument(number, one, NEVER, ALWAYS) for number, one in enumerate(terms)],
            )

    def answered_by(self, places: frozenset[int]) -> NDArray[np.bool_]:
        """Which known questions share an answer with these places."""
        wanted = np.array(sorted(places), dtype=np.int64)
        return np.array([bool(np.isin(own, wanted).any()) for own in self._places], dtype=bool)

    def by_words(
        self, terms: WeightedTerms, text: str, exclude: NDArray[np.bool_] | None = None
    ) -> Neighbours:
        """Return the neighbours by shared character pairs among the best word hits."""
        if not self.texts:
            return self._weigh([], [])
        hits = self._engine.search(terms, on=ALWAYS, k=NEIGHBOURS * (1 if exclude is None else 3))
        own = frozenset(cut_bigrams(text.lower()))
        numbers, likeness, telling = [], [], []
        size = self._weight(own)
        for hit in hits:
            if exclude is not None and exclude[hit.position]:
                continue
            other = self._bigrams[hit.position]
            if own and other:
                numbers.append(hit.position)
                likeness.append(len(own & other) / float(np.sqrt(len(own) * len(other))))
                common = self._weight(own & other)
                telling.append(common / sqrt(size * self._sizes[hit.position]))
        found = self._weigh(numbers[:NEIGHBOURS], likeness[:NEIGHBOURS], power=2)
        return replace(found, entries=self._best_of(numbers, telling))

    def _weight(self, pairs: frozenset[str]) -> float:
        return sum(self._weights.get(pair, self._rare) for pair in pairs)

    def _best_of(self, numbers: Sequence[int], likeness: Sequence[float]) -> dict[str, float]:
        entries: dict[str, float] = {}
        for number, value in zip(numbers, likeness, strict=True):
            entry = self.questions[number].entry
            if entry:
                entries[entry] = max(entries.get(entry, 0.0), value)
        return entries

    def by_vector(
        self,
        vectors: Vectors,
        query: NDArray[np.float32],
        exclude: NDArray[np.bool_] | None = None,
    ) -> Neighbours:
        """Return the neighbours by cosine; `vectors` has one row a question, in our order."""
        if not len(vectors):
            return self._weigh([], [])
        likeness = vectors @ query
        if exclude is not None:
            likeness = np.where(exclude, -1.0, likeness)
        count = min(NEIGHBOURS, len(likeness))
        nearest = np.argpartition(-likeness, count - 1)[:count]
        chosen = [int(n) for n in nearest if likeness[n] > 0]
        return self._weigh(chosen, [float(likeness[n]) for n in chosen])

    def _weigh(self, numbers: list[int], likeness: list[float], power: int = 4) -> Neighbours:
        share = np.zeros(self._size, dtype=np.float32)
        best = np.zeros(self._size, dtype=np.float32)
        total = sum(value**power for value in likeness) or 1.0
        for number, value in zip(numbers, likeness, strict=True):
            places = self._places[number]
            share[places] += value**power / total
            best[places] = np.maximum(best[places], value)
        entries = self._best_of(numbers, likeness)
        return Neighbours(share, best, entries)


def _digest(terms: Sequence[Tokens]) -> str:
    """Names an index by everything that went into it, in its order."""
    digest = hashlib.sha256()
    for one in terms:
        digest.update(" ".join((*one.words, "", *one.bigrams)).encode() + b"\n")
    return digest.hexdigest()[:16]
