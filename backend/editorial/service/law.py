"""A change of the law: what it touches, and what the public must not see until reviewed."""

from __future__ import annotations

from collections.abc import Sequence

from backend.editorial.model.entry import EntryRecord, EntryState
from backend.editorial.model.law import (
    CHANGE_NAMES,
    HIDES,
    ArticleState,
    Cited,
    Touch,
    change_of,
)
from backend.editorial.ports import Entries, LawWatch
from backend.editorial.published import PublishedKnowledge
from backend.editorial.service import entries
from backend.editorial.service.texts import cited_articles
from backend.kernel.errors import Invalid, NotFound
from backend.kernel.ids import new_id
from backend.kernel.journal import Aggregate
from backend.kernel.unit_of_work import UnitOfWork

LAW = Aggregate("knowledge", "law")
_ORDER = {"gone": 0, "words": 1, "version": 2}


async def check_law(uow: UnitOfWork, rules: Sequence[Cited]) -> list[Touch]:
    """Compare every cited article with the last look at it, and list what a change touches.

    An entry whose article is gone or reads otherwise is hidden until a reviewer has decided. Runs
    after an import and once a day; the same corpus on the same day changes nothing.
    """
    law, watch = uow.get(PublishedKnowledge), uow.get(LawWatch)
    on = entries.today(uow)
    records = {one.id: one for one in await uow.get(Entries).all() if one.published}
    cited = [*await _cited_by(uow, records), *rules]
    known = await watch.known()
    pairs = sorted({(one.law, one.article) for one in cited})
    states = {pair: law.article_state(*pair, on) for pair in pairs}
    changes = {
        pair: change
        for pair, state in states.items()
        if (change := change_of(known.get(pair), state)) is not None
    }
    touches = [
        _touch(uow, one, changes[one.law, one.article], known, states)
        for one in cited
        if (one.law, one.article) in changes
    ]
    moved = [state for pair, state in states.items() if _news(known.get(pair), state)]
    await watch.remember(moved)
    if not touches:
        return []
    await watch.add(touches)
    await uow.append(
        LAW,
        "law.changed",
        {
            "corpus": law.base.collection.corpus_id,
            "entries": sorted({one.ref for one in touches if one.kind == "entry"}),
            "rules": sorted({one.ref for one in touches if one.kind == "rule"}),
        },
    )
    await _call_for_review(uow, records, touches)
    for role in ("knowledge_editor", "knowledge_reviewer"):
        await uow.announce("law", f"role:{role}", law.base.collection.corpus_id)
    return touches


async def settle_rule(uow: UnitOfWork, rule: str, note: str) -> None:
    """A reviewer has looked at a rule that a change touched."""
    uow.permissions.demand(uow.actor, "knowledge.review")
    if not note.strip():
        raise Invalid("请写明核对结果。", where="note")
    settled = await uow.get(LawWatch).resolve(
        "rule", rule, at=uow.now, by=uow.actor.name, note=note.strip()
    )
    if not settled:
        raise NotFound("没有待核对的变动。", code="no_touch")
    await uow.append(LAW, "law.rule_reviewed", {"rule": rule, "note": note.strip()})


async def _call_for_review(
    uow: UnitOfWork, records: dict[str, EntryRecord], touches: list[Touch]
) -> None:
    worst: dict[str, Touch] = {}
    for one in sorted(touches, key=lambda touch: _ORDER[touch.change], reverse=True):
        if one.kind == "entry":
            worst[one.ref] = one
    for ref, one in worst.items():
        record = records[ref]
        if record.state is EntryState.WITHDRAWN:
            continue
        reason = f"《{one.law}》{one.article}{CHANGE_NAMES[one.change]}"
        await entries.fall_due(uow, record, reason, hide=one.change in HIDES)
    await entries.publish_set(uow, "法律变动")


async def _cited_by(uow: UnitOfWork, records: dict[str, EntryRecord]) -> list[Cited]:
    pairs = tuple((one.id, one.published) for one in records.values())
    return [
        Cited("entry", version.entry, records[version.entry].title, law, article)
        for version in await uow.get(Entries).bodies(pairs)
        for law, article in cited_articles(version.body)
    ]


def _touch(
    uow: UnitOfWork,
    one: Cited,
    change: str,
    known: dict[tuple[str, str], ArticleState],
    states: dict[tuple[str, str], ArticleState],
) -> Touch:
    pair = (one.law, one.article)
    before = known.get(pair)
    return Touch(
        id=new_id(),
        kind=one.kind,
        ref=one.ref,
        title=one.title,
        law=one.law,
        article=one.article,
        change=change,
        version_before=before.version if before else "",
        version_after=states[pair].version,
        at=uow.now,
    )


def _news(known: ArticleState | None, now: ArticleState) -> bool:
    return known is None or (known.valid, known.version, known.text_hash) != (
        now.valid,
        now.version,
        now.text_hash,
    )
