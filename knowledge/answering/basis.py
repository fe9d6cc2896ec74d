"""Whether a question can be answered from the corpus, and if not, why and who is next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from knowledge.query.legality import THRESHOLD
from knowledge.query.reader import Understanding
from knowledge.search.collection import Collection
from knowledge.search.retrieval import Ranking

# What a question sounds like, as points beside those of its words: nothing half way to talk.
_HALF_WAY = -0.15
_SOUND = 4.0
_SOUND_BOUND = 3.0

# A longer question that names a law nobody knows still has facts to go by.
_A_STORY = 30

NO_BASIS = "没有找到可以引用的法律依据，为您转接人工。"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`found`, or the reason why not in a sentence for the person, and who is next."""

    found: bool
    reason: str = ""
    to: str = "agent"


def judge(read: Understanding, ranking: Ranking, collection: Collection, as_of: date) -> Verdict:
    """Decide whether there is a basis: refusals first, then named articles, then the search."""
    if read.refusal is not None:
        return Verdict(False, read.refusal.reason, read.refusal.to)
    if read.articles:
        return _named(read, ranking, collection, as_of)
    if read.unknown_law is not None and not read.laws and len(read.text) < _A_STORY:
        return Verdict(False, f"知识库里没有《{read.unknown_law}》，无法引用，为您转接人工。")
    if not ranking.places or not _about_law(read, ranking):
        return Verdict(False, NO_BASIS)
    return Verdict(True)


def _about_law(read: Understanding, ranking: Ranking) -> bool:
    """Whether a question is about law at all, by its words and by what it sounds like."""
    if not read.meaningful:
        return False
    points = read.legal + THRESHOLD * len(read.laws)
    if ranking.about is not None:
        sound = (ranking.about - _HALF_WAY) * _SOUND
        points += max(-_SOUND_BOUND, min(_SOUND_BOUND, sound))
    return points >= THRESHOLD


def _named(read: Understanding, ranking: Ranking, collection: Collection, as_of: date) -> Verdict:
    if ranking.named:
        return Verdict(True)
    wanted = read.articles[0]
    last = collection.last_order(wanted.law, as_of)
    if last == 0:
        day = as_of.isoformat()
        return Verdict(False, f"《{wanted.law}》在{day}没有施行或已经失效，无法引用。")
    suffix = f"之{wanted.suffix}" if wanted.suffix else ""
    number = f"第{wanted.order}条{suffix}"
    if wanted.order > last:
        return Verdict(False, f"《{wanted.law}》没有{number}，它一共到第{last}条。")
    return Verdict(False, f"知识库里没有《{wanted.law}》{number}。")
