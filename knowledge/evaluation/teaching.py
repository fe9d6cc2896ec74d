"""Features of judged questions for the ranker, as if each had never been asked before."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.answering.opening import known_questions
from knowledge.corpus import load_corpus
from knowledge.entries import load_entries, questions_of
from knowledge.evaluation.folds import fold_of, kept_back, part_of
from knowledge.evaluation.lines import Judged
from knowledge.query.reader import Reader
from knowledge.search.collection import Collection, head
from knowledge.search.embedded import EmbeddedEngine
from knowledge.search.encoder import Encoder
from knowledge.search.evidence import Evidence, Gatherer, Semantic, candidates
from knowledge.search.features import features
from knowledge.search.questions import KnownQuestion, QuestionMemory
from knowledge.search.remembered import save_remembered
from knowledge.search.vectors import VectorCache
from knowledge.search.words import WordSearch

_CANDIDATES = 100
_FORGETFUL = 0.25
# Share of the entries' own questions that hear the rest of their entry while teaching.
_HEARD = 0.5
# The entries' own questions are many; those that people asked shall not be drowned by them.
_ASKED_LESSONS = 3
_SEED = 20261125


@dataclass(frozen=True, slots=True)
class Row:
    """One question with its candidates: places, features and which of them are right.

    `fold` says by which ranker it is scored: one fitted on the other folds. `taught` are the
    features the ranker learns from: for a share of the questions those it would have if no known
    question had the same answer, so that it does not lean on memory alone. `lessons` says how
    often the question is taught.
    """

    judged: Judged
    fold: int
    places: NDArray[np.int64]
    features: NDArray[np.float64]
    right: NDArray[np.float64]
    taught: NDArray[np.float64]
    lessons: int


class Teacher:
    """Computes the features of judged questions over the corpus and the entries.

    With `held`, the fold an encoder never saw, only questions of that fold and the kept-back ones
    of other entries count; they are divided anew for scoring.
    """

    def __init__(self, data_dir: Path, as_of: date, held: int | None = None) -> None:
        """Work on the corpus and the entries as the product opens them."""
        corpus = load_corpus(data_dir, print_progress)
        self.as_of = as_of
        self.held = held
        self.collection = Collection(corpus.id, corpus.articles)
        self.entries = load_entries(data_dir / "entries.json")
        self.reader = Reader(self.collection.law_names, questions_of(self.entries.entries))
        engine = EmbeddedEngine(data_dir / "index")
        if not engine.has(corpus.id):
            engine.build(corpus.id, self.collection.documents(), print_progress)
        self.words = WordSearch(engine)
        self._vectors = data_dir / "vectors"
        self._own = known_questions(self.entries)
        self._owners = np.array([known.entry for known in self._own])

    def own(self, count: int) -> dict[str, Judged]:
        """Return `count` questions of each entry with its citations as their answers, by id."""
        chosen = {}
        for entry in self.entries.entries:
            places = (
                self.collection.place_of(law, number, self.as_of) for law, number in entry.citations
            )
            gold = frozenset(place for place in places if place is not None)
            # Questions from all over the list: its head is plain, its tail tells stories.
            step = max(1, len(entry.questions) // max(1, count))
            numbers = list(range(0, len(entry.questions), step))[:count]
            if self.held is not None and fold_of(entry.id) != self.held:
                numbers = [n for n in range(len(entry.questions)) if kept_back(n)]
            for number in numbers if gold else ():
                identifier = f"{entry.id}#{number}"
                chosen[identifier] = Judged(identifier, entry.questions[number].q, gold)
        return chosen

    def counts(self, one: Judged) -> bool:
        """Whether a question may be scored: with an encoder that never saw it."""
        return self.held is None or "#" in one.id or fold_of(one.id) == self.held

    def entry_is_silent(self, one: Judged) -> bool:
        """Whether a question of an entry is scored without the rest of its entry."""
        entry, _, number = one.id.partition("#")
        return bool(number) and (self.held is None or fold_of(entry) == self.held)

    def rows(self, judged: Sequence[Judged], kind: str, encoder: Encoder | None) -> list[Row]:
        """Return the features of all questions that count; `encoder` where vectors take part."""
        asked = [one for one in judged if "#" not in one.id]
        asked_folds = np.array([fold_of(one.id) for one in asked])
        told = [KnownQuestion("", self.citations(one)) for one in asked]
        known = self._own if encoder is None else [*self._own, *told]
        memory = QuestionMemory(self.collection, known)
        gatherer = Gatherer(self.collection, self.words, memory)
        semantic = None if encoder is None else self._semantic(encoder, memory, asked)
        random = np.random.default_rng(_SEED)
        rows: list[Row] = []
        for one in (one for one in judged if self.counts(one)):
            find = partial(
                gatherer.gather, self.reader.read(one.query), on=self.as_of, semantic=semantic
            )
            silent = np.zeros(len(memory.questions), dtype=bool)
            itself = silent.copy()
            own = "#" in one.id
            if own:
                entry = one.id.partition("#")[0]
                itself[: len(self._own)] = np.array([q.text == one.query for q in self._own])
                silent[: len(self._own)] = self._owners == entry
                silent = silent if self.entry_is_silent(one) else itself
            elif encoder is not None:
                silent[len(self._own) :] = asked_folds == fold_of(one.id)
            evidence = find(exclude=silent)
            places = candidates(evidence, _CANDIDATES)
            columns = self._features(evidence, places, memory)
            taught = columns
            if own and random.random() < _HEARD:
                taught = self._features(find(exclude=itself), places, memory)
            elif not own and random.random() < _FORGETFUL:
                forgotten = silent | memory.answered_by(one.gold)
                taught = self._features(find(exclude=forgotten), places, memory)
            right = np.isin(places, list(one.gold)).astype(np.float64)
            lessons = 0 if own and not self.entry_is_silent(one) else 1 if own else _ASKED_LESSONS
            rows.append(Row(one, self._fold(one), places, columns, right, taught, lessons))
        return rows

    def remember(self, judged: Sequence[Judged], encoder: Encoder, directory: Path) -> None:
        """Write the vectors and article ids of the questions, never their text."""
        texts = [self.reader.read(one.query).text for one in judged]
        cache = VectorCache(self._vectors, encoder)
        vectors = cache.vectors(texts, what="questions", progress=print_progress)
        save_remembered(directory, encoder.id, vectors, [self.citations(one) for one in judged])

    def citations(self, judged: Judged) -> tuple[tuple[str, str], ...]:
        """Law and number of each article that answers a question."""
        articles = [self.collection.articles[place] for place in sorted(judged.gold)]
        return tuple((article.law, article.number) for article in articles)

    def _fold(self, one: Judged) -> int:
        """All questions of an entry share one."""
        identifier = one.id.partition("#")[0]
        return fold_of(identifier) if self.held is None else part_of(identifier)

    def _semantic(
        self, encoder: Encoder, memory: QuestionMemory, asked: Sequence[Judged]
    ) -> Semantic:
        cache = VectorCache(self._vectors, encoder)
        passages = [head(article) for article in self.collection.articles]
        articles = cache.vectors(passages, what="articles", progress=print_progress)
        texts = [*memory.texts, *(self.reader.read(one.query).text for one in asked)]
        questions = cache.vectors(texts, what="questions", progress=print_progress)
        return Semantic(encoder, articles, questions)

    def _features(
        self, evidence: Evidence, places: NDArray[np.int64], memory: QuestionMemory
    ) -> NDArray[np.float64]:
        return features(self.collection, evidence, places, memory.law_counts)


def print_progress(what: str, done: int, total: int) -> None:
    """Progress on the standard error, in one line."""
    sys.stderr.write(f"\r{what} {done}/{total}")
