"""Writing the one answer: danger first, then refusals, then what entries and the law say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from knowledge.answering.basis import Verdict, judge
from knowledge.answering.choosing import EntryChooser
from knowledge.model import (
    Answer,
    AnswerDeadline,
    Article,
    Citation,
    Entry,
    Handoff,
)
from knowledge.query.reader import Understanding
from knowledge.query.resources import load_yaml
from knowledge.search.collection import Collection
from knowledge.search.retrieval import Ranking

MAX_CITATIONS = 4
_MOST_ARTICLES = 3
_NEAR_BEST = 0.75


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with all that is known when the answer is written."""

    question: str
    read: Understanding
    ranking: Ranking
    as_of: date
    region: str


class Composer:
    """Composes answers from an understood question and ranked articles. Thread-safe."""

    def __init__(self, collection: Collection, entries: EntryChooser, snapshot: str) -> None:
        """Cite from `collection`; answers carry the id of the `snapshot`."""
        self._collection = collection
        self._entries = entries
        self._snapshot = snapshot
        self._dangers: Mapping[str, Any] = load_yaml("dangers.yaml")
        self._clocks: Mapping[str, Mapping[str, str]] = load_yaml("clocks.yaml")

    def compose(self, asked: Asked) -> Answer:
        """Return the answer; every citation in it is in force on the day and quotes truly."""
        read, ranking = asked.read, asked.ranking
        verdict = judge(read, ranking, self._collection, asked.as_of)
        entries = self._entries.choose(ranking, read, asked.region, asked.as_of)
        entry = entries[0] if entries and verdict.found and not ranking.named else None
        articles = self._articles(entry, ranking, asked.as_of) if verdict.found else []
        danger = next((self._dangers[code] for code in read.red_flags), None)
        first = str(danger["first"]) if danger else ""
        if not verdict.found:
            words = verdict.reason
        else:
            words = entry.answer if entry else _plain_words(articles)
        steps = tuple(danger["steps"]) if danger else ()
        return Answer(
            question=asked.question,
            as_of=asked.as_of,
            region=asked.region,
            basis="found" if verdict.found else "none",
            answer=f"{first}\n{words}" if first else words,
            citations=tuple(Citation.of(article) for article in articles),
            steps=(*steps, *(entry.steps if entry else ())),
            deadlines=self._deadlines(entry, asked.as_of),
            red_flags=read.red_flags,
            matter=entry.matter if entry else read.matter.code,
            handoff=_handoff(danger, verdict),
            reason=verdict.reason,
            snapshot=self._snapshot,
            first=first,
            engine=ranking.engine,
            marks=_marks(ranking),
            similar=tuple((other.id, other.title) for other in entries[1:4]),
            **(_renderings(entry) if entry else {}),
        )

    def _articles(self, entry: Entry | None, ranking: Ranking, as_of: date) -> list[Article]:
        if entry is not None:
            places = [
                self._collection.place_of(law, number, as_of) for law, number in entry.citations
            ]
            return [self._collection.articles[p] for p in places[:MAX_CITATIONS] if p is not None]
        if ranking.named:
            count = min(ranking.named, MAX_CITATIONS)
        else:
            best = ranking.scores[0]
            floor = best - (1 - _NEAR_BEST) * abs(best)
            near = [score for score in ranking.scores[:_MOST_ARTICLES] if score >= floor]
            count = max(1, len(near))
        return [self._collection.articles[place] for place in ranking.places[:count]]

    def _deadlines(self, entry: Entry | None, as_of: date) -> tuple[AnswerDeadline, ...]:
        """The clocks an entry names, each with an article that is in force on the day."""
        deadlines = []
        for code in entry.clocks if entry else ():
            clock = self._clocks.get(code)
            if clock is None:
                continue
            law, article = clock["law"], clock["article"]
            if law and self._collection.place_of(law, article, as_of) is None:
                continue
            deadlines.append(
                AnswerDeadline(
                    clock=code,
                    text=clock["text"],
                    starts_from=clock["starts_from"],
                    basis=f"{law}{article}",
                )
            )
        return tuple(deadlines)


def _handoff(danger: Mapping[str, Any] | None, verdict: Verdict) -> Handoff | None:
    if danger is not None:
        return Handoff(str(danger["reason"]), str(danger["to"]))
    return None if verdict.found else Handoff(verdict.reason, verdict.to)


def _plain_words(articles: list[Article]) -> str:
    """The articles' own words, each with law and number."""
    return "\n".join(f"《{article.law}》{article.number}：{article.text}" for article in articles)


def _renderings(entry: Entry) -> dict[str, Any]:
    reviewed = entry.reviewed_by_lawyer or "not yet"
    return {
        "title": entry.title,
        "entry": entry.id,
        "review": f"checked: {entry.checked}; reviewed by a lawyer: {reviewed}",
        "script": entry.script,
        "spoken": entry.spoken,
        "tv": entry.tv,
        "chat": entry.chat,
        "followups": entry.followups,
        "mongolian": entry.mongolian,
    }


def _marks(ranking: Ranking) -> tuple[str, ...]:
    marks = []
    if not ranking.semantic:
        marks.append("words_only")
    if ranking.stand_in:
        marks.append("stand_in")
    return tuple(marks)
