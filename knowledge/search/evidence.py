"""All that speaks for an article as the answer to a question, gathered once a question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from knowledge.query.reader import Understanding
from knowledge.search.aboutness import Aboutness
from knowledge.search.collection import Collection
from knowledge.search.encoder import Encoder, Vectors
from knowledge.search.questions import Neighbours, QuestionMemory
from knowledge.search.tokens import WeightedTerms
from knowledge.search.words import WordSearch

_DEEP = 250
_FIRST_STAGE_WORDS = 0.35
_BY_ONE_SIGN = 33
_BY_NEIGHBOURS = 30

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Semantic:
    """An encoder with the vectors of all articles and known questions, in their orders.

    `about` tells questions of law from everyday talk.
    """

    encoder: Encoder
    articles: Vectors
    questions: Vectors
    about: Aboutness | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Signs for every article of the corpus (arrays by place); `cosine` only with vectors.

    `about` says how much the question sounds like one of law (about 1) or like talk (about -1).
    """

    in_force: NDArray[np.bool_]
    both: Floats
    words: Floats
    pairs: Floats
    said: Neighbours
    meant: Neighbours | None
    cosine: Floats | None
    about: float | None
    named_laws: frozenset[int]
    engine: str
    stand_in: bool


class Gatherer:
    """Gathers evidence from word search, vectors and known questions. Thread-safe."""

    def __init__(self, collection: Collection, words: WordSearch, memory: QuestionMemory) -> None:
        """Search `collection` with `words`; `memory` holds what was asked before."""
        self.collection = collection
        self.memory = memory
        self._words = words
        self._law_numbers = {law: number for number, law in enumerate(collection.law_names)}

    def gather(
        self,
        read: Understanding,
        *,
        on: date,
        semantic: Semantic | None,
        exclude: NDArray[np.bool_] | None = None,
    ) -> Evidence:
        """Return the evidence; `exclude` marks known questions that must not speak (training)."""
        found = self._words.search(read.terms, on=on, k=_DEEP)
        plain = read.plain_terms
        words = self._words.search(WeightedTerms(plain.words, ()), on=on, k=_DEEP)
        pairs = self._words.search(WeightedTerms((), plain.bigrams), on=on, k=_DEEP)
        said = self.memory.by_words(plain, read.text, exclude)
        meant = cosine = about = None
        if semantic is not None:
            query = semantic.encoder.encode([read.text or " "])[0]
            cosine = semantic.articles @ query
            meant = self.memory.by_vector(semantic.questions, query, exclude)
            about = semantic.about.score(query) if semantic.about is not None else None
        return Evidence(
            in_force=self.collection.in_force(on),
            both=self._array(found.hits),
            words=self._array(words.hits),
            pairs=self._array(pairs.hits),
            said=said,
            meant=meant,
            cosine=cosine,
            about=about,
            named_laws=frozenset(
                self._law_numbers[law] for law in read.laws if law in self._law_numbers
            ),
            engine=found.engine,
            stand_in=found.stand_in,
        )

    def _array(self, hits: tuple[object, ...]) -> Floats:
        values = np.zeros(len(self.collection.articles), dtype=np.float32)
        for hit in hits:
            values[hit.position] = hit.score  # type: ignore[attr-defined]
        return values


def candidates(evidence: Evidence, count: int) -> NDArray[np.int64]:
    """Return the places worth ranking: the best by all signs, and the best by each alone."""
    law = evidence.in_force
    chosen: list[NDArray[np.int64]] = []
    first = _standard(evidence.both, law)
    if evidence.cosine is not None:
        chosen.append(_top(evidence.cosine, law, _BY_ONE_SIGN))
        first = _standard(evidence.cosine, law) + _FIRST_STAGE_WORDS * first
    chosen.append(_top(first, law, count))
    chosen.append(_top(evidence.both, law, _BY_ONE_SIGN, positive=True))
    chosen.append(_top(evidence.pairs, law, _BY_ONE_SIGN, positive=True))
    for neighbours in (evidence.said, evidence.meant):
        if neighbours is not None:
            chosen.append(_top(neighbours.share, law, _BY_NEIGHBOURS, positive=True))
    return np.unique(np.concatenate(chosen))


def _standard(values: Floats, law: NDArray[np.bool_]) -> Floats:
    """Values as standard scores over the articles in force."""
    inside = values[law]
    if not len(inside):
        return np.zeros_like(values)
    return np.asarray((values - inside.mean()) / (inside.std() + 1e-6), dtype=np.float32)


def _top(
    values: Floats, law: NDArray[np.bool_], count: int, *, positive: bool = False
) -> NDArray[np.int64]:
    masked = np.where(law, values, -np.inf)
    count = min(count, len(masked))
    if count == 0:
        return np.zeros(0, dtype=np.int64)
    best = np.argpartition(-masked, count - 1)[:count]
    floor = 0.0 if positive else -np.inf
    return np.asarray(best[masked[best] > floor], dtype=np.int64)
