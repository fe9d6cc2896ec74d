"""Training the ranker on questions with known answers, scored out of fold.

    python -m knowledge.evaluation.train_ranker FILE.jsonl … --data-dir var [--write]

Every question belongs to one of five folds by the hash of its id. While its features are
computed, the known questions of its own fold are silent, and with `--fold-models` the encoder is
one that never saw the fold; the ranker that scores it was fitted on the other folds. So the
figures printed are those of questions never met before.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.answering.opening import known_questions
from knowledge.corpus import load_corpus
from knowledge.entries import load_entries, questions_of
from knowledge.evaluation.lines import Judged, read_judged
from knowledge.evaluation.metrics import summary
from knowledge.query.reader import Reader
from knowledge.query.resources import data_directory
from knowledge.search.collection import Collection, passage
from knowledge.search.embedded import EmbeddedEngine
from knowledge.search.encoder import Encoder, OnnxEncoder
from knowledge.search.evidence import Evidence, Gatherer, Semantic, candidates
from knowledge.search.features import KINDS, features
from knowledge.search.questions import KnownQuestion, QuestionMemory
from knowledge.search.ranker import Ranker, fit
from knowledge.search.remembered import save_remembered
from knowledge.search.vectors import VectorCache
from knowledge.search.words import WordSearch

FOLDS = 5
RANKER = "ranker.json"
_CANDIDATES = 100
_FORGETFUL = 0.25
# Share of the entries' own questions that hear the rest of their entry while teaching.
_HEARD = 0.5
_SEED = 20261125


@dataclass(frozen=True, slots=True)
class Row:
    """One question with its candidates: places, features and which of them are right.

    `taught` are the features the ranker learns from: for a share of the questions those it would
    have if no known question had the same answer, so that it does not lean on memory alone.
    """

    judged: Judged
    fold: int
    places: NDArray[np.int64]
    features: NDArray[np.float64]
    right: NDArray[np.float64]
    taught: NDArray[np.float64]


def fold_of(identifier: str) -> int:
    """The fold of a question, by the hash of its id: the same in every training."""
    return int(hashlib.sha256(identifier.encode("utf-8")).hexdigest()[:8], 16) % FOLDS


def _fold(one: Judged) -> int:
    """The fold of a question; all questions of an entry share one."""
    return fold_of(one.id.partition("#")[0])


class Trainer:
    """Computes features of judged questions and fits rankers on them."""

    def __init__(self, data_dir: Path, as_of: date) -> None:
        """Work on the corpus and the entries as the product opens them."""
        corpus = load_corpus(data_dir, _print_progress)
        self.as_of = as_of
        self.collection = Collection(corpus.id, corpus.articles)
        self.entries = load_entries(data_dir / "entries.json")
        self.reader = Reader(self.collection.law_names, questions_of(self.entries.entries))
        engine = EmbeddedEngine(data_dir / "index")
        if not engine.has(corpus.id):
            engine.build(corpus.id, self.collection.documents(), _print_progress)
        self.words = WordSearch(engine)
        self._vectors = data_dir / "vectors"

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
            for number in list(range(0, len(entry.questions), step))[:count]:
                identifier = f"{entry.id}#{number}"
                if gold:
                    text = entry.questions[number].q
                    chosen[identifier] = Judged(identifier, text, gold)
        return chosen

    def rows(self, judged: Sequence[Judged], kind: str, encoders: Sequence[Encoder]) -> list[Row]:
        """Return the features of all questions; `encoders` has one a fold, or one for all.

        Questions of entries are scored with their whole entry silent.
        """
        own = known_questions(self.entries)
        owners = np.array([known.entry for known in own])
        asked = [one for one in judged if "#" not in one.id]
        asked_folds = np.array([fold_of(one.id) for one in asked])
        told = [KnownQuestion("", self._citations(one)) for one in asked]
        memory = QuestionMemory(self.collection, [*own, *told] if kind == "vectors" else own)
        gatherer = Gatherer(self.collection, self.words, memory)
        random = np.random.default_rng(_SEED)
        rows: list[Row] = []
        for fold in range(FOLDS):
            inside = [one for one in judged if _fold(one) == fold]
            semantic = self._semantic(kind, encoders, fold, memory, asked)
            for one in inside:
                read = self.reader.read(one.query)
                silent = np.zeros(len(memory.questions), dtype=bool)
                entry, _, number = one.id.partition("#")
                if number:
                    silent[: len(own)] = owners == entry
                elif kind == "vectors":
                    silent[len(own) :] = asked_folds == fold
                find = partial(gatherer.gather, read, on=self.as_of, semantic=semantic)
                evidence = find(exclude=silent)
                places = candidates(evidence, _CANDIDATES)
                columns = self._features(evidence, places, memory)
                taught = columns
                if number and random.random() < _HEARD:
                    itself = silent.copy()
                    itself[: len(own)] = np.array([known.text == one.query for known in own])
                    taught = self._features(find(exclude=itself), places, memory)
                elif not number and random.random() < _FORGETFUL:
                    forgotten = silent | memory.answered_by(one.gold)
                    taught = self._features(find(exclude=forgotten), places, memory)
                right = np.isin(places, list(one.gold)).astype(np.float64)
                rows.append(Row(one, fold, places, columns, right, taught))
        return rows

    def remember(self, judged: Sequence[Judged], encoder: Encoder, directory: Path) -> None:
        """Write the vectors and article ids of the questions, never their text."""
        texts = [self.reader.read(one.query).text for one in judged]
        cache = VectorCache(self._vectors, encoder)
        vectors = cache.vectors(texts, what="questions", progress=_print_progress)
        save_remembered(directory, encoder.id, vectors, [self._citations(one) for one in judged])

    def _citations(self, judged: Judged) -> tuple[tuple[str, str], ...]:
        articles = [self.collection.articles[place] for place in sorted(judged.gold)]
        return tuple((article.law, article.number) for article in articles)

    def _semantic(
        self,
        kind: str,
        encoders: Sequence[Encoder],
        fold: int,
        memory: QuestionMemory,
        asked: Sequence[Judged],
    ) -> Semantic | None:
        if kind == "words":
            return None
        encoder = encoders[fold % len(encoders)]
        cache = VectorCache(self._vectors, encoder)
        passages = [passage(article) for article in self.collection.articles]
        articles = cache.vectors(passages, what="articles", progress=_print_progress)
        texts = [*memory.texts, *(self.reader.read(one.query).text for one in asked)]
        return Semantic(encoder, articles, cache.vectors(texts, what="questions"))

    def _features(
        self, evidence: Evidence, places: NDArray[np.int64], memory: QuestionMemory
    ) -> NDArray[np.float64]:
        return features(self.collection, evidence, places, memory.law_counts)


def fit_rows(rows: Sequence[Row], kind: str) -> Ranker:
    """Fit one ranker; each question weighs the same, however many answers it has."""
    return fit([(row.taught, row.right) for row in rows], KINDS[kind])


def out_of_fold(rows: Sequence[Row], kind: str) -> dict[str, Any]:
    """Score every question by a ranker fitted on the other folds."""
    ranked: dict[str, list[int]] = {}
    golds: dict[int, set[int]] = {fold: set() for fold in range(FOLDS)}
    for row in rows:
        golds[row.fold] |= row.judged.gold
    for fold in range(FOLDS):
        ranker = fit_rows([row for row in rows if row.fold != fold], kind)
        for row in (row for row in rows if row.fold == fold):
            order = np.argsort(-ranker.score(row.features), kind="stable")
            ranked[row.judged.id] = [int(row.places[n]) for n in order]

    def seen(row: Row) -> bool:
        others = set().union(*(gold for fold, gold in golds.items() if fold != row.fold))
        return bool(row.judged.gold & others)

    def part(chosen: Sequence[Row]) -> dict[str, float | int]:
        return summary([ranked[r.judged.id] for r in chosen], [r.judged.gold for r in chosen])

    return {
        **part(rows),
        "seen": part([row for row in rows if seen(row)]),
        "unseen": part([row for row in rows if not seen(row)]),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Train both rankers, print honest scores, and write ranker.json when told to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--data-dir", type=Path, default=Path("var"))
    parser.add_argument("--model-dir", type=Path, default=data_directory())
    parser.add_argument("--fold-models", type=Path, help="folder of fold-0 … fold-4 with encoders")
    parser.add_argument("--own", type=int, default=3, help="questions taken of each entry")
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 11, 25))
    parser.add_argument("--words-only", action="store_true", help="leave the encoder out")
    parser.add_argument("--write", action="store_true", help="write ranker.json and questions.npz")
    options = parser.parse_args(arguments)
    trainer = Trainer(options.data_dir, options.as_of)
    encoders: list[Encoder] = []
    if not options.words_only:
        encoders = [OnnxEncoder(options.model_dir)]
    if options.fold_models:
        encoders = [OnnxEncoder(options.fold_models / f"fold-{fold}") for fold in range(FOLDS)]
    own = trainer.own(options.own)
    by_file = [read_judged(path, trainer.collection, options.as_of) for path in options.files]
    judged = [one for questions in by_file for one in questions]
    rankers = _written()
    for kind in KINDS if encoders else ("words",):
        rows = trainer.rows([*judged, *own.values()], kind, encoders)
        report = {"kind": kind, "all": out_of_fold(rows, kind)}
        report["own, entry silent"] = _of_file(rows, set(own), kind)
        for path, questions in zip(options.files, by_file, strict=True):
            ids = {one.id for one in questions}
            report[path.name] = _of_file(rows, ids, kind)
        sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
        rankers[kind] = fit_rows(rows, kind).to_data()
    if options.write:
        text = json.dumps(rankers, ensure_ascii=False, indent=1)
        (data_directory() / RANKER).write_text(text + "\n", "utf-8")
        if encoders:
            trainer.remember(judged, OnnxEncoder(options.model_dir), options.model_dir)
    return 0


def _written() -> dict[str, Any]:
    """The rankers as they stand in the data, to be replaced one by one."""
    path = data_directory() / RANKER
    return dict(json.loads(path.read_text("utf-8"))) if path.is_file() else {}


def _of_file(rows: Sequence[Row], ids: set[str], kind: str) -> dict[str, Any]:
    """Out-of-fold scores of one file's questions by rankers fitted on all files."""
    fitted = [fit_rows([row for row in rows if row.fold != fold], kind) for fold in range(FOLDS)]
    chosen = [row for row in rows if row.judged.id in ids]
    ranked = []
    for row in chosen:
        order = np.argsort(-fitted[row.fold].score(row.features), kind="stable")
        ranked.append([int(row.places[n]) for n in order])
    return summary(ranked, [row.judged.gold for row in chosen])


def _print_progress(what: str, done: int, total: int) -> None:
    sys.stderr.write(f"\r{what} {done}/{total}")


if __name__ == "__main__":
    raise SystemExit(main())
