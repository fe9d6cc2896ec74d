"""What a change of the law touches: entries and rules, by the articles they cite."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Change = Literal["gone", "words", "version"]
CHANGE_NAMES = {
    "gone": "不再有效或找不到",
    "words": "条文内容变了",
    "version": "法律换了版本，条文没变",
}
HIDES = frozenset({"gone", "words"})
"""Changes after which the text an entry was checked against is no longer law."""


@dataclass(frozen=True, slots=True)
class ArticleState:
    """One cited article on a day: whether it is law, in which version, and its words' hash."""

    law: str
    article: str
    valid: bool
    version: str = ""
    text_hash: str = ""
    message: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Cited:
    """A rule or an entry that cites an article."""

    kind: Literal["entry", "rule"]
    ref: str
    title: str
    law: str
    article: str


@dataclass(frozen=True, slots=True)
class Touch:
    """One entry or rule that a change touches, until somebody has looked at it."""

    id: str
    kind: str
    ref: str
    title: str
    law: str
    article: str
    change: str
    version_before: str
    version_after: str
    at: datetime
    resolved_at: datetime | None = None
    resolved_by: str = ""
    note: str = ""


def change_of(known: ArticleState | None, now: ArticleState) -> Change | None:
    """How an article changed since it was looked at last; None when it did not."""
    if known is None:
        return None if now.valid else "gone"
    if not now.valid:
        return "gone" if known.valid else None
    if known.text_hash != now.text_hash:
        return "words"
    return "version" if known.version != now.version else None
