"""The knowledge base: an immutable snapshot that answers questions as of a day."""

from __future__ import annotations

import dataclasses
import threading
import time
from datetime import date

from knowledge.answering.composing import Asked, Composer
from knowledge.model import Answer, Article, Audience
from knowledge.query.reader import Reader
from knowledge.search.collection import Collection
from knowledge.search.encoder import Encoder
from knowledge.search.retrieval import CANDIDATES, Ranking, Retriever

FIRST_DAY = date(1949, 10, 1)
LAST_DAY = date(2100, 12, 31)
DEFAULT_REGION = "150000"


class DayOutOfRange(ValueError):
    """A question as of a day for which no law can be named."""


class KnowledgeBase:
    """Answers with dated, cited law. Thread-safe; nothing in it changes what it answers."""

    def __init__(
        self,
        snapshot: str,
        collection: Collection,
        reader: Reader,
        retriever: Retriever,
        composer: Composer,
        *,
        engine: str = "embedded",
    ) -> None:
        """`snapshot` names corpus, entries, engine and encoder; answers carry it."""
        self.snapshot = snapshot
        self.collection = collection
        self.engine = engine
        self.vectors_note = ""
        self.encoder: Encoder | None = None
        self._reader = reader
        self._retriever = retriever
        self._composer = composer
        self._stop = threading.Event()
        self._background: threading.Thread | None = None

    @property
    def vectors_ready(self) -> bool:
        """Whether vectors take part; until then, and without a model, words alone do."""
        return self._retriever.semantic is not None

    def answer(
        self,
        question: str,
        *,
        as_of: date,
        region: str = DEFAULT_REGION,
        audience: Audience = Audience.DESK,
    ) -> Answer:
        """Answer one question with the law of `as_of`.

        `region` is an administrative code; entries for other regions are not used. `audience`
        only decides whether other entries are offered beside the answer, never the law cited.
        Raises DayOutOfRange when `as_of` is before 1949-10-01 or after 2100.
        """
        answer, _ = self.answer_with_ranking(question, as_of=as_of, region=region)
        return answer if audience is Audience.DESK else dataclasses.replace(answer, similar=())

    def answer_with_ranking(
        self, question: str, *, as_of: date, region: str = DEFAULT_REGION
    ) -> tuple[Answer, Ranking]:
        """Answer as `answer` does, and return the ranked articles it was chosen from."""
        _check_day(as_of)
        started = time.perf_counter()
        read = self._reader.read(question)
        ranking = self._retriever.rank(read, on=as_of)
        answer = self._composer.compose(Asked(question, read, ranking, as_of, region))
        spent = (time.perf_counter() - started) * 1000
        return dataclasses.replace(answer, ms=spent), ranking

    def rank(self, question: str, *, as_of: date, k: int = CANDIDATES) -> Ranking:
        """Return the ranking of `k` articles by their places in the collection."""
        _check_day(as_of)
        return self._retriever.rank(self._reader.read(question), on=as_of, k=k)

    def retrieve(self, question: str, as_of: date, k: int = 100) -> list[tuple[Article, float]]:
        """Return the best `k` articles in force on a day with their scores, best first."""
        return self.listed(self.rank(question, as_of=as_of, k=k), k)

    def listed(self, ranking: Ranking, k: int) -> list[tuple[Article, float]]:
        """Return the first `k` articles of a ranking with their scores."""
        pairs = zip(ranking.places[:k], ranking.scores[:k], strict=True)
        return [(self.collection.articles[place], score) for place, score in pairs]

    def article(self, law: str, number: str, as_of: date) -> Article | None:
        """Return the text of one article (law's short name, number as printed) as of a day."""
        place = self.collection.place_of(law, number, as_of)
        return None if place is None else self.collection.articles[place]

    def topic(self, question: str) -> str | None:
        """Return the topic of a question as lay forums sort them; None without any sign."""
        return self._reader.topics.guess(question).code

    def is_known(self, place: int) -> bool:
        """Whether the article at a place answers a question that is known already."""
        return bool(self._retriever.gatherer.memory.known[place])

    def in_background(self, work: threading.Thread, stop: threading.Event) -> None:
        """Own the thread that computes vectors; called once, when the base is opened."""
        self._background, self._stop = work, stop

    def wait_for_vectors(self, timeout: float | None = None) -> bool:
        """Wait until vectors take part or cannot; return whether they do."""
        if self._background is not None:
            self._background.join(timeout)
        return self.vectors_ready

    def close(self) -> None:
        """Stop what runs in the background; what was computed is kept."""
        self._stop.set()
        if self._background is not None:
            self._background.join()


def _check_day(day: date) -> None:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise DayOutOfRange(f"{day.isoformat()} 不在可以回答的日期（1949-10-01 至 2100-12-31）内。")
