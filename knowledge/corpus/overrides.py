"""Our own dated table: when versions took effect, what repealed them, which articles changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import yaml

from knowledge.corpus.numerals import article_number
from knowledge.corpus.texts import name_key
from knowledge.errors import CorpusError

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class VersionDates:
    """What the table says of one version: its first and last day and what that rests on.

    `unknown_end` marks a text that is known to be repealed, but not since when.
    """

    first: date | None
    last: date | None
    proof: str
    unknown_end: bool = False


@dataclass(frozen=True, slots=True)
class ChangedArticle:
    """An article that an amendment in the corpus gives new words: all, or one paragraph of it."""

    order: int
    suffix: int
    item: int
    paragraph: int | None


@dataclass(frozen=True, slots=True)
class Amendment:
    """An amendment whose words are in the corpus while the law's own text lacks them."""

    law: str
    version: date
    by: str
    passed: date
    first: date
    articles: tuple[ChangedArticle, ...]


@dataclass(frozen=True, slots=True)
class Overrides:
    """The table. Laws are looked up by any spelling of their short name."""

    checked_by: str
    checked_at: date
    versions: Mapping[tuple[str, date], VersionDates] = field(default_factory=dict)
    decisions: Mapping[date, date] = field(default_factory=dict)
    amendments: tuple[Amendment, ...] = ()

    def of(self, law: str, passed: date | None) -> VersionDates | None:
        """What the table says of one version, or None."""
        return self.versions.get((name_key(law), passed)) if passed else None

    def start(self, law: str, passed: date | None, *, amended: bool | None) -> date | None:
        """The first day of a version: its own line, else that of the decision that amended it."""
        own = self.of(law, passed)
        if own and own.first:
            return own.first
        return self.decisions.get(passed) if passed and amended else None


@cache
def our_overrides() -> Overrides:
    """Return the table of the project."""
    path = resources.files("knowledge").joinpath("data", "corpus", "overrides.yaml")
    return parse_overrides(path.read_text("utf-8"))


def parse_overrides(text: str) -> Overrides:
    """Read a table; CorpusError (`overrides`) names the line that is wrong."""
    try:
        data = yaml.load(text, Loader=_LOADER)  # noqa: S506 (a safe loader, in C where there is one)
        versions: dict[tuple[str, date], VersionDates] = {}
        for row in data["versions"]:
            key = (name_key(row["law"]), _day(row["version"]))
            if key in versions:
                raise ValueError(f"{row['law']} {row['version']} stands twice")
            versions[key] = _version(row)
        return Overrides(
            checked_by=str(data["checked_by"]),
            checked_at=_day(data["checked_at"]),
            versions=versions,
            decisions={
                _day(row["passed"]): _day(row["in_force_from"]) for row in data["decisions"]
            },
            amendments=tuple(_amendment(row) for row in data.get("amendments", ())),
        )
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise CorpusError("overrides", f"版本日期表有误：{error}") from error


def _version(row: Mapping[str, Any]) -> VersionDates:
    first, last = row.get("in_force_from"), row.get("in_force_to")
    dates = VersionDates(
        first=_day(first) if first else None,
        last=_day(last) if last and last != "unknown" else None,
        proof=str(row["proof"]),
        unknown_end=last == "unknown",
    )
    if dates.first and dates.last and dates.last < dates.first:
        raise ValueError(f"{row['law']} ends before it begins")
    return dates


def _amendment(row: Mapping[str, Any]) -> Amendment:
    return Amendment(
        law=str(row["law"]),
        version=_day(row["version"]),
        by=str(row["by"]),
        passed=_day(row["passed"]),
        first=_day(row["in_force_from"]),
        articles=tuple(_changed(change) for change in row["articles"]),
    )


def _changed(row: Mapping[str, Any]) -> ChangedArticle:
    number = article_number(row["article"])
    if number is None:
        raise ValueError(f"{row['article']} is no number of an article")
    return ChangedArticle(number.order, number.suffix, int(row["item"]), row.get("paragraph"))


def _day(value: Any) -> date:
    if not isinstance(value, date):
        raise TypeError(f"{value!r} is no date")
    return value
