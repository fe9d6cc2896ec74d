"""The corpus in memory: every article of every version, and the days on which each is law."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from knowledge.corpus.names import LawNames
from knowledge.corpus.numerals import article_number
from knowledge.corpus.periods import Period
from knowledge.model import Article


@dataclass(frozen=True, slots=True)
class LawVersion:
    """One dated version of a law; its articles are `corpus.articles[start:stop]`.

    `digest` is a hash over the words of the whole version.
    """

    law: str
    title: str
    kind: str
    passed: date | None
    period: Period
    digest: str
    sources: tuple[str, ...]
    start: int
    stop: int

    @property
    def size(self) -> int:
        """How many articles the version has."""
        return self.stop - self.start

    @property
    def version(self) -> str:
        """The day of passing as text, or `undated`."""
        return self.passed.isoformat() if self.passed else "undated"


class Corpus:
    """All texts a platform knows. Immutable and safe to share between threads."""

    def __init__(
        self,
        articles: Sequence[Article],
        versions: Sequence[LawVersion],
        abbreviations: Mapping[str, str],
        notes: Sequence[str] = (),
    ) -> None:
        """`articles` stand in the order of `versions`; `notes` say what went wrong on loading."""
        self.articles: tuple[Article, ...] = tuple(articles)
        self.notes: tuple[str, ...] = tuple(notes)
        self._all = tuple(versions)
        self._versions: dict[str, tuple[LawVersion, ...]] = {}
        for version in versions:
            self._versions[version.law] = (*self._versions.get(version.law, ()), version)
        self._names = LawNames(self._versions, abbreviations)
        self.id = _content_id(self.articles, self._all)
        self.current = lru_cache(maxsize=2)(self._current)

    def __len__(self) -> int:
        return len(self.articles)

    def laws(self) -> tuple[str, ...]:
        """Return the short names of all laws, in the order of the articles."""
        return tuple(self._versions)

    law_names = laws

    def resolve(self, name: str) -> str | None:
        """Return the short name of a law known by any name, or None."""
        return self._names.law(name)

    def versions(self, law: str | None = None) -> tuple[LawVersion, ...]:
        """Return the versions of one law, oldest first, or of all; () for an unknown law."""
        if law is None:
            return self._all
        return self._versions.get(self._names.law(law) or "", ())

    def version_on(self, law: str, as_of: date) -> LawVersion | None:
        """Return the version of a law that is in force on a day."""
        return next((each for each in self.versions(law) if each.period.covers(as_of)), None)

    def find(self, law: str, number: str | int, as_of: date) -> Article | None:
        """Return the text of one article that is law on a day.

        `law` is any known name, `number` as printed (第十七条之一), an integer or 17-1. None when
        law or article are unknown or not in force on that day.
        """
        found = self.texts(law, number)
        return next((article for article in found if article.in_force_on(as_of)), None)

    def texts(self, law: str, number: str | int) -> tuple[Article, ...]:
        """Return every text that an article has had, oldest version first."""
        parsed = article_number(number)
        found = []
        for version in self.versions(law):
            for place in range(version.start, version.stop):
                article = self.articles[place]
                if parsed:
                    if (article.order, article.suffix) == parsed:
                        found.append(article)
                elif article.number == str(number).strip():
                    found.append(article)
        return tuple(found)

    def in_force(self, as_of: date) -> list[Article]:
        """Return the articles in force on a day."""
        return [self.articles[place] for place in self.current(as_of)]

    def _current(self, as_of: date) -> tuple[int, ...]:
        """Return the places in `articles` of those in force on a day, ascending."""
        return tuple(
            place for place, article in enumerate(self.articles) if article.in_force_on(as_of)
        )


def _content_id(articles: Sequence[Article], versions: Sequence[LawVersion]) -> str:
    """A hash over the words of all versions and the days on which each article is law."""
    sum_ = hashlib.sha256()
    for version in versions:
        sum_.update(f"{version.law}\x1f{version.version}\x1f{version.digest}".encode())
        last: tuple[date | None, date | None] | None = None
        for place in range(version.start, version.stop):
            days = (articles[place].in_force_from, articles[place].in_force_to)
            if days != last:
                sum_.update(f"\x1f{place - version.start}:{days[0]}:{days[1]}".encode())
                last = days
        sum_.update(b"\x1e")
    return sum_.hexdigest()[:16]
