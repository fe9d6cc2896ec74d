"""How fresh the corpus is: what is law on a day, what is coming, what nobody has looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from knowledge.corpus.corpus import Corpus, LawVersion
from knowledge.corpus.effect import UNCERTAIN
from knowledge.corpus.overrides import Overrides, our_overrides

REVIEW_MONTHS = 6
"""After so many months without a look at the table of dates the corpus counts as stale."""

COMING_DAYS = 60
"""A version that takes effect within so many days is announced."""


SOURCE_DAYS = 365
"""A source whose newest text was passed more days ago counts as stale."""


@dataclass(frozen=True, slots=True)
class CorpusWarning:
    """Something about the corpus that a person should look at; `fix` says what to do."""

    code: str
    message: str
    fix: str

    def as_json(self) -> dict[str, str]:
        """Return the warning as a JSON object."""
        return {"code": self.code, "message": self.message, "fix": self.fix}


def status(corpus: Corpus, as_of: date, overrides: Overrides | None = None) -> dict[str, Any]:
    """Return the state of the corpus on a day as a JSON object.

    `laws` tells of each law which version is in force, since when, what that rests on, when it
    was last checked, and which version comes next; `starts` counts versions by what their first
    day rests on, `sources` by where they came from; `table` tells how many lines of our table of
    dates the words of a text prove, and how many are not yet compared with the gazette.
    """
    table = overrides or our_overrides()
    versions = corpus.versions()
    current = corpus.current(as_of)
    return {
        "id": corpus.id,
        "as_of": as_of.isoformat(),
        "laws": len(corpus.laws()),
        "versions": len(versions),
        "articles": len(corpus),
        "articles_in_force": len(current),
        "laws_in_force": len({corpus.articles[place].law for place in current}),
        "starts": dict(Counter(each.period.basis for each in versions)),
        "kinds": dict(Counter(each.kind for each in versions)),
        "sources": _sources(corpus),
        "table": {
            "checked_at": table.checked_at.isoformat(),
            "checked_by": table.checked_by,
            "proved_by": dict(Counter(each.proof for each in table.versions.values())),
        },
        "unknown_starts": [
            {"law": each.law, "version": each.version, "start": each.period.basis}
            for each in versions
            if each.period.basis in UNCERTAIN
        ],
        "coming": [_coming(each) for each in _not_yet(corpus, as_of)],
        "freshness": [_freshness(corpus, law, as_of, table) for law in corpus.laws()],
        "warnings": [each.as_json() for each in warnings(corpus, as_of, table)],
        "notes": list(corpus.notes),
    }


def warnings(
    corpus: Corpus, as_of: date, overrides: Overrides | None = None
) -> list[CorpusWarning]:
    """Return what `doctor` must say about the corpus, most pressing first."""
    table = overrides or our_overrides()
    found = [CorpusWarning("corpus_note", note, "查看日志后重新导入。") for note in corpus.notes]
    if not corpus.current(as_of):
        found.append(
            CorpusWarning("corpus_empty", "法律库在今天没有任何有效条文。", "运行 corpus import。")
        )
    age = (as_of.year - table.checked_at.year) * 12 + as_of.month - table.checked_at.month
    if age >= REVIEW_MONTHS:
        found.append(
            CorpusWarning(
                "corpus_stale",
                f"版本日期表上次核对是 {table.checked_at.isoformat()}，已过 {age} 个月。",
                "核对新公布的法律，更新 knowledge/data/corpus/overrides.yaml，或导入新文本。",
            )
        )
    for name, source in _sources(corpus).items():
        newest = source["newest"]
        if newest and as_of - date.fromisoformat(newest) > timedelta(days=SOURCE_DAYS):
            found.append(
                CorpusWarning(
                    "source_stale",
                    f"来源“{name}”中最新的文本通过于 {newest}，此后的修改和废止不在法律库中。",
                    "向该来源取得新文本后重新导入。",
                )
            )
    found.extend(_gaps(corpus, as_of))
    for each in _not_yet(corpus, as_of):
        first = each.period.first
        if first and first - as_of <= timedelta(days=COMING_DAYS):
            found.append(
                CorpusWarning(
                    "version_coming",
                    f"《{each.law}》{each.version} 版将于 {first.isoformat()} 起施行。",
                    "检查引用该法的知识条目和分流规则。",
                )
            )
    return found


def _gaps(corpus: Corpus, as_of: date) -> Iterator[CorpusWarning]:
    """Laws that had a text before and will surely have one later, but none today."""
    for law in corpus.laws():
        versions = corpus.versions(law)
        if any(each.period.covers(as_of) for each in versions):
            continue
        uncertain = [
            each
            for each in versions
            if each.period.basis in UNCERTAIN
            and each.passed
            and each.passed <= as_of
            and (each.period.first is None or each.period.first > as_of)
        ]
        if uncertain:
            yield CorpusWarning(
                "start_unknown",
                f"《{law}》{uncertain[-1].version} 版的施行日期不明，今天不引用该法。",
                "查明施行日期后写入 knowledge/data/corpus/overrides.yaml。",
            )


def _not_yet(corpus: Corpus, as_of: date) -> list[LawVersion]:
    """The versions that are to be law later, in the order in which they begin."""
    found = [
        each
        for each in corpus.versions()
        if each.period.first and each.period.first > as_of and each.period.basis not in UNCERTAIN
    ]
    return sorted(found, key=lambda each: (each.period.first or as_of, each.law))


def _sources(corpus: Corpus) -> dict[str, dict[str, Any]]:
    """Of each source how many versions it gave and when the newest was passed."""
    found: dict[str, list[LawVersion]] = {}
    for version in corpus.versions():
        for name in version.sources:
            found.setdefault(name, []).append(version)
    return {
        name: {
            "versions": len(versions),
            "newest": _text(max((each.passed for each in versions if each.passed), default=None)),
        }
        for name, versions in found.items()
    }


def _coming(version: LawVersion) -> dict[str, Any]:
    return {
        "law": version.law,
        "version": version.version,
        "in_force_from": _text(version.period.first),
    }


def _freshness(corpus: Corpus, law: str, as_of: date, table: Overrides) -> dict[str, Any]:
    versions = corpus.versions(law)
    now = corpus.version_on(law, as_of)
    latest = now or versions[-1]
    return {
        "law": law,
        "versions": len(versions),
        "state": _state(versions, now, as_of),
        "version": latest.version,
        "in_force_from": None if latest.period.basis in UNCERTAIN else _text(latest.period.first),
        "in_force_to": _text(latest.period.last),
        "start": latest.period.basis,
        "repealed_by": latest.period.repealed_by or None,
        "articles": latest.size,
        "sources": list(latest.sources),
        "checked_at": table.checked_at.isoformat() if latest.period.checked else None,
    }


def _state(versions: tuple[LawVersion, ...], now: LawVersion | None, as_of: date) -> str:
    """One of in_force, not_yet, ended and unknown."""
    if now:
        return "in_force"
    firsts = [each.period.first for each in versions if each.period.first]
    if not firsts or any(each.period.basis in UNCERTAIN for each in versions):
        return "unknown"
    return "not_yet" if min(firsts) > as_of else "ended"


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
