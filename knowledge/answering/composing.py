"""Writing the one answer: danger first, then refusals, then what the law says."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date

from knowledge.model import Answer, AnswerDeadline, Article, Audience, Citation, Handoff
from knowledge.query.reader import Understanding
from knowledge.query.resources import load_yaml
from knowledge.search.collection import Collection
from knowledge.search.retrieval import Ranking

MAX_CITATIONS = 3
_NEAR_BEST = 0.82
LEGAL_ENOUGH = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether there is a basis to answer on, and if not, why and who is next."""

    found: bool
    reason: str = ""
    to: str = "agent"


class Composer:
    """Composes answers from an understood question and ranked articles. Thread-safe."""

    def __init__(self, collection: Collection) -> None:
        """Cite from `collection`."""
        self._collection = collection
        self._dangers = load_yaml("dangers.yaml")

    def compose(
        self,
        question: str,
        read: Understanding,
        ranking: Ranking,
        *,
        as_of: date,
        region: str,
        audience: Audience,
        snapshot: str,
        started: float,
    ) -> Answer:
        """Return the answer; every citation in it is in force on `as_of` and quotes truly."""
        verdict = self.judge(read, ranking, as_of)
        articles = self._chosen(ranking) if verdict.found else []
        danger = next((self._dangers[code] for code in read.red_flags), None)
        handoff = None
        if danger is not None:
            handoff = Handoff(danger["reason"], danger["to"])
        elif not verdict.found:
            handoff = Handoff(verdict.reason, verdict.to)
        words = _plain_words(articles) if verdict.found else verdict.reason
        if danger is not None:
            words = f"{danger['first']}{words if verdict.found else ''}"
        return Answer(
            question=question,
            as_of=as_of,
            region=region,
            basis="found" if verdict.found else "none",
            answer=words,
            citations=tuple(Citation.of(article) for article in articles),
            steps=tuple(danger["steps"]) if danger is not None else (),
            deadlines=self._deadlines(),
            red_flags=read.red_flags,
            matter=read.matter.code,
            handoff=handoff,
            reason=verdict.reason,
            snapshot=snapshot,
            engine=ranking.engine,
            marks=_marks(ranking),
            ms=(time.perf_counter() - started) * 1000,
        )

    def judge(self, read: Understanding, ranking: Ranking, as_of: date) -> Verdict:
        """Decide whether a question can be answered from the corpus."""
        if read.refusal is not None:
            return Verdict(False, read.refusal.reason, read.refusal.to)
        if read.articles:
            return self._named(read, ranking, as_of)
        if read.unknown_law is not None:
            return Verdict(False, f"知识库里没有《{read.unknown_law}》，无法引用。")
        if not read.meaningful or not _about_law(read) or not ranking.places:
            return Verdict(False, "没有找到可以引用的法律依据，为您转接人工。")
        return Verdict(True)

    def _named(self, read: Understanding, ranking: Ranking, as_of: date) -> Verdict:
        if ranking.named:
            return Verdict(True)
        wanted = read.articles[0]
        last = self._collection.last_order(wanted.law, as_of)
        if last == 0:
            return Verdict(False, f"{as_of.isoformat()}这一天，《{wanted.law}》还没有施行或已经失效。")
        suffix = f"之{wanted.suffix}" if wanted.suffix else ""
        number = f"第{wanted.order}条{suffix}"
        return Verdict(False, f"《{wanted.law}》没有{number}，它一共到第{last}条。")

    def _chosen(self, ranking: Ranking) -> list[Article]:
        if ranking.named:
            count = min(ranking.named, MAX_CITATIONS)
        else:
            best = ranking.scores[0]
            near = [score for score in ranking.scores[:MAX_CITATIONS] if score >= best * _NEAR_BEST]
            count = max(1, len(near))
        return [self._collection.articles[place] for place in ranking.places[:count]]

    def _deadlines(self) -> tuple[AnswerDeadline, ...]:
        return ()


def _about_law(read: Understanding) -> bool:
    return read.legal > LEGAL_ENOUGH or read.matter.code is not None or bool(read.expansions)


def _plain_words(articles: list[Article]) -> str:
    """The articles' own words, each with law and number."""
    return "\n".join(f"《{article.law}》{article.number}：{article.text}" for article in articles)


def _marks(ranking: Ranking) -> tuple[str, ...]:
    marks = []
    if not ranking.semantic:
        marks.append("words_only")
    if ranking.stand_in:
        marks.append("stand_in")
    return tuple(marks)
