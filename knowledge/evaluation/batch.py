"""Answering a file of questions, one line each."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

from knowledge.answering.knowledge_base import DEFAULT_REGION, KnowledgeBase

LISTED = 100
_CHINA = timezone(timedelta(hours=8))


class BadQuestion(ValueError):
    """A line of a batch that cannot be answered; the message names the line."""


def ask_batch(
    lines: Iterable[Mapping[str, Any]], base: KnowledgeBase, *, today: date | None = None
) -> Iterator[dict[str, Any]]:
    """Answer lines `{id, query, as_of?, region?}`; yield one result a line, in order.

    Each result lists 100 articles in force on the day, also when there is no basis. `today`
    stands for a line without `as_of`; without it, the date in China.
    """
    day = today or datetime.now(_CHINA).date()
    for number, line in enumerate(lines, start=1):
        query = line.get("query")
        if not isinstance(query, str):
            raise BadQuestion(f"第{number}行缺少字段 query。")
        try:
            as_of = date.fromisoformat(line["as_of"]) if line.get("as_of") else day
        except (TypeError, ValueError) as error:
            raise BadQuestion(f"第{number}行的 as_of 不是 YYYY-MM-DD。") from error
        started = time.perf_counter()
        answer, ranking = base.answer_with_ranking(
            query, as_of=as_of, region=str(line.get("region") or DEFAULT_REGION)
        )
        spent = (time.perf_counter() - started) * 1000
        listed = base.listed(ranking, LISTED)
        yield {
            "id": line.get("id", number),
            "basis": answer.basis,
            "articles": [
                {"law": article.law, "article": article.number, "score": round(score, 4)}
                for article, score in listed
            ],
            "matter": answer.matter,
            "red_flags": list(answer.red_flags),
            "ms": round(spent, 2),
        }
