"""The knowledge base: an immutable snapshot that answers questions as of a day."""

from __future__ import annotations

import time
from datetime import date

from knowledge.answering.composing import Composer
from knowledge.model import Answer, Article, Audience
from knowledge.query.reader import Reader
from knowledge.search.collection import Collection
from knowledge.search.retrieval import Retriever

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
    ) -> None:
        """`snapshot` names corpus, entries, engine and encoder; answers carry it."""
        self.snapshot = snapshot
        self._collection = collection
        self._reader = reader
        self._retriever = retriever
        self._composer = composer

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
        does not change the law cited, only how many other questions are offered.
        Raises DayOutOfRange when `as_of` is before 1949-10-01 or after 2100.
        """
        _check_day(as_of)
        started = time.perf_counter()
        read = self._reader.read(question)
        ranking = self._retriever.rank(read, on=as_of)
        return self._composer.compose(
            question,
            read,
            ranking,
            as_of=as_of,
            region=region,
            audience=audience,
            snapshot=self.snapshot,
            started=started,
        )

    def retrieve(self, question: str, as_of: date, k: int = 100) -> list[tuple[Article, float]]:
        """Return the best `k` articles in force on a day with their scores, best first."""
        _check_day(as_of)
        ranking = self._retriever.rank(self._reader.read(question), on=as_of, k=k)
        return [
            (self._collection.articles[place], score)
            for place, score in zip(ranking.places, ranking.scores, strict=True)
        ]

    def article(self, law: str, number: str, as_of: date) -> Article | None:
        """Return the text of one article (law's short name, number as printed) as of a day."""
        place = self._collection.place_of(law, number, as_of)
        return None if place is None else self._collection.articles[place]


def _check_day(day: date) -> None:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise DayOutOfRange(f"{day.isoformat()} 不在可回答的范围（1949-10-01 至 2100-12-31）内。")
