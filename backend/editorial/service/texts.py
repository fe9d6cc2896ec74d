"""An entry as the plain data that editors change, and back, with everything that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from backend.editorial.model.law import ArticleState
from backend.editorial.published import PublishedKnowledge
from backend.kernel.canonical import to_bytes
from backend.kernel.crypto import sm3
from backend.kernel.errors import Invalid
from knowledge.entries import BadEntry, entry_from, too_alike
from knowledge.model import Entry

NOT_REVIEWED = "not yet"
_MOST_SHOWN = 6


def body_of(entry: Entry) -> dict[str, Any]:
    """An entry as plain data."""
    body = asdict(entry)
    body["citations"] = [{"law": law, "article": article} for law, article in entry.citations]
    for name, value in body.items():
        if isinstance(value, date):
            body[name] = value.isoformat()
        elif isinstance(value, tuple):
            body[name] = list(value)
    return body


def entry_of(body: Mapping[str, Any], id: str) -> Entry:
    """The entry that will answer; raises `Invalid` saying what is wrong."""
    served = {**body, "id": id, "status": "published", "checked": "text"}
    served["reviewed_by_lawyer"] = body.get("reviewed_by_lawyer") or NOT_REVIEWED
    try:
        return entry_from(served, "条目")
    except BadEntry as error:
        raise Invalid(str(error), code="bad_entry", where=id) from error


def cited_articles(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The (law, article) pairs of a text, complete or not."""
    return [
        (str(one.get("law", "")), str(one.get("article", ""))) for one in body.get("citations", ())
    ]


def check_citations(
    body: Mapping[str, Any], law: PublishedKnowledge, on: date
) -> list[ArticleState]:
    """Every citation of a text against the corpus in force on a day."""
    return [law.article_state(name, number, on) for name, number in cited_articles(body)]


def demand_publishable(
    body: Mapping[str, Any], id: str, law: PublishedKnowledge, on: date
) -> Entry:
    """The entry, when it may answer; raises `Invalid` naming everything that is wrong."""
    missing = [name for name in ("valid_from", "review_due") if not body.get(name)]
    if missing:
        raise Invalid("条目缺少生效日或复核日。", code="bad_entry", where=missing[0])
    entry = entry_of(body, id)
    wrong = [state.message for state in check_citations(body, law, on) if not state.valid]
    if entry.review_due <= on:
        wrong.append("复核日要晚于今天。")
    if entry.valid_to is not None and entry.valid_to < entry.valid_from:
        wrong.append("失效日早于生效日。")
    alike = too_alike([(entry.id, question.q) for question in entry.questions])
    wrong += [f"问法太像：“{left}”和“{right}”。" for left, right, _ in alike]
    if wrong:
        raise Invalid("".join(wrong[:_MOST_SHOWN]), code="bad_entry", where=id)
    return entry


def hash_of(body: Mapping[str, Any]) -> str:
    """SM3 over a text, as the journal records it."""
    return sm3(to_bytes(dict(body))).hex()
