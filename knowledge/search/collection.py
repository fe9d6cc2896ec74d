"""The articles of a corpus as arrays: what ranking needs to know of each at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from knowledge.model import Article
from knowledge.search.ports import ALWAYS, NEVER, SearchDocument
from knowledge.search.tokens import document_tokens

_HEAD = 144


def passage(article: Article) -> str:
    """The text by which an article is indexed: short law name and words."""
    return f"{article.law} {article.text}"


def head(article: Article) -> str:
    """What of it is embedded: the encoder was trained on beginnings, and length costs time."""
    return passage(article)[:_HEAD]


class Collection:
    """Articles by place, with the days they are law and quick look-up by law and number."""

    def __init__(self, corpus_id: str, articles: Sequence[Article]) -> None:
        """Keep the articles in the order of the corpus; places are indexes into it."""
        self.corpus_id = corpus_id
        self.articles: tuple[Article, ...] = tuple(articles)
        self.first: NDArray[np.int32] = np.array(
            [_first(article).toordinal() for article in self.articles], dtype=np.int32
        )
        self.last: NDArray[np.int32] = np.array(
            [_last(article).toordinal() for article in self.articles], dtype=np.int32
        )
        laws: dict[str, int] = {}
        self.law_of: NDArray[np.int32] = np.array(
            [laws.setdefault(article.law, len(laws)) for article in self.articles], dtype=np.int32
        )
        self.law_names: tuple[str, ...] = tuple(laws)
        self.lengths: NDArray[np.int32] = np.array(
            [len(article.text) for article in self.articles], dtype=np.int32
        )
        self._places: dict[tuple[str, int, int], list[int]] = {}
        for place, article in enumerate(self.articles):
            key = (article.law, article.order, article.suffix)
            self._places.setdefault(key, []).append(place)
        self._printed: dict[tuple[str, str], tuple[str, int, int]] = {
            (article.law, article.number): (article.law, article.order, article.suffix)
            for article in self.articles
        }

    def place(self, law: str, order: int, suffix: int, on: date) -> int | None:
        """Where the text of an article stands that is law on a day."""
        day = on.toordinal()
        for place in self._places.get((law, order, suffix), ()):
            if self.first[place] <= day <= self.last[place]:
                return place
        return None

    def place_of(self, law: str, number: str, on: date) -> int | None:
        """The same by the number as it is printed (第一千零四十三条)."""
        key = self._printed.get((law, number))
        return self.place(*key, on) if key else None

    def texts(self, law: str, number: str) -> tuple[int, ...]:
        """The places of all versions of an article, by its number as printed."""
        key = self._printed.get((law, number))
        return tuple(self._places[key]) if key else ()

    def last_order(self, law: str, on: date) -> int:
        """The highest article number a law has on a day; 0 when it is not law then."""
        index = {name: number for number, name in enumerate(self.law_names)}.get(law)
        if index is None:
            return 0
        day = on.toordinal()
        chosen = (self.law_of == index) & (self.first <= day) & (self.last >= day)
        return max((self.articles[place].order for place in np.flatnonzero(chosen)), default=0)

    def in_force(self, on: date) -> NDArray[np.bool_]:
        """For each place, whether it is law on a day."""
        day = on.toordinal()
        return (self.first <= day) & (self.last >= day)

    def documents(self) -> list[SearchDocument]:
        """All articles as engines index them."""
        return [
            SearchDocument(place, document_tokens(passage(one)), _first(one), _last(one))
            for place, one in enumerate(self.articles)
        ]


def _first(article: Article) -> date:
    return article.in_force_from or ALWAYS


def _last(article: Article) -> date:
    if article.in_force_from is None:
        return NEVER
    return article.in_force_to or ALWAYS
