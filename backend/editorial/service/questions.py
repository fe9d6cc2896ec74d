"""Gathering what nobody could answer, and beginning an entry from it."""

from __future__ import annotations

from backend.editorial.model.entry import EntryRecord
from backend.editorial.model.unanswered import (
    Cluster,
    Unanswered,
    cluster,
    strip_personal,
    week_of,
)
from backend.editorial.ports import Questions
from backend.editorial.service import entries
from backend.kernel.errors import Conflict, NotFound
from backend.kernel.unit_of_work import UnitOfWork
from knowledge.query.normalise import normalise
from knowledge.search.tokens import STOP_WORDS, cut_bigrams, cut_words

_WORD_LENGTH = 16
_MOST_QUESTIONS = 20


async def gather(
    uow: UnitOfWork,
    *,
    message: str,
    person: str,
    question: str,
    region: str,
    matter: str,
    reason: str,
) -> bool:
    """Keep a question without basis, stripped and sealed; False when it is known or empty."""
    text = strip_personal(question)
    words = words_of(text)
    if not words:
        return False
    kept = Unanswered(
        message=message,
        person=person,
        text=text,
        words=frozenset(uow.keyed_hash("unanswered", word)[:_WORD_LENGTH] for word in words),
        week=week_of(uow.now),
        region=region,
        matter=matter,
        reason=reason,
        at=uow.now,
    )
    try:
        return await uow.get(Questions).add(kept)
    except Conflict as error:
        if error.code == "person_erased":
            return False
        raise


def words_of(text: str) -> frozenset[str]:
    """The words by which questions are compared."""
    plain = normalise(text)
    words = {word for word in cut_words(plain) if len(word) > 1 and word not in STOP_WORDS}
    return frozenset(words or cut_bigrams(plain))


async def ranked(uow: UnitOfWork, week: str) -> list[Cluster]:
    """The week's questions, alike ones together, the most asked first."""
    uow.permissions.demand(uow.actor, "knowledge.see")
    return cluster(await uow.get(Questions).of_week(week))


async def begin_entry(
    uow: UnitOfWork, *, week: str, message: str, matter: str, title: str
) -> EntryRecord:
    """Begin an entry for a group of questions; they become its first questions."""
    groups = await ranked(uow, week)
    found = next((group for group in groups if group.first.message == message), None)
    if found is None:
        raise NotFound("没有这组问题，可能已经并到别的组里，请刷新。", code="no_questions")
    members = (found.first, *found.others)
    texts = list(dict.fromkeys(member.text for member in members))[:_MOST_QUESTIONS]
    record = await entries.draft(
        uow,
        {
            "matter": matter,
            "title": title,
            "kind": "procedure",
            "region": ["*"],
            "questions": [{"q": text, "style": "plain"} for text in texts],
        },
        note=f"从{week}的{found.size}个无依据问题开始",
    )
    await uow.get(Questions).taken_up([member.message for member in members], record.id)
    return record
