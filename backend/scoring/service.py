"""Computing, explaining, verifying and pushing scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.kernel.errors import NotFound
from backend.kernel.journal import Aggregate
from backend.kernel.unit_of_work import UnitOfWork
from backend.scoring.model import EVENT_TYPES, Score, Sheet, compute, read_period
from backend.scoring.ports import JournalFeed, Snapshot, Snapshots

PUSH = "score_push"


async def scores_of(uow: UnitOfWork, period: str, *, unit: str = "") -> list[Score]:
    """Compute the scores of a period, of all units or one; raises `NotFound` without data."""
    read_period(period)
    events = [event async for event in uow.get(JournalFeed).events(EVENT_TYPES)]
    scores = [
        score for score in compute(events, uow.get(Sheet), period) if not unit or score.unit == unit
    ]
    if unit and not scores:
        raise NotFound(f"{unit} 在 {period} 没有可计分的事件。", where="unit", code="no_scores")
    return scores


async def take_snapshot(uow: UnitOfWork, period: str) -> list[Snapshot]:
    """Compute and store the scores of a period; the event records each digest."""
    sheet = uow.get(Sheet)
    taken = []
    for score in await scores_of(uow, period):
        snapshot = Snapshot(score, sheet.id, score.digest(sheet.id), uow.now)
        await uow.get(Snapshots).put(snapshot)
        taken.append(snapshot)
    await uow.append(
        Aggregate("scores", period),
        "score.computed",
        {
            "sheet": sheet.id,
            "digests": [snapshot.digest for snapshot in taken],
        },
        after="computed",
        visibility="public",
    )
    return taken


async def verify(uow: UnitOfWork) -> list[str]:
    """Compute every stored score again; returns what does not agree."""
    wrong = []
    sheet = uow.get(Sheet)
    stored = await uow.get(Snapshots).all()
    recomputed: dict[str, dict[tuple[str, str], Score]] = {}
    events = [event async for event in uow.get(JournalFeed).events(EVENT_TYPES)]
    for snapshot in stored:
        period = snapshot.score.period
        if period not in recomputed:
            recomputed[period] = {
                (score.unit, score.indicator): score for score in compute(events, sheet, period)
            }
        again = recomputed[period].get((snapshot.score.unit, snapshot.score.indicator))
        name = f"{period} {snapshot.score.unit} {snapshot.score.indicator}"
        if snapshot.digest != snapshot.score.digest(snapshot.sheet):
            wrong.append(f"{name}：保存的分数与其摘要不符")
        elif again is None or again.digest(sheet.id) != snapshot.digest:
            wrong.append(f"{name}：与日志重算的结果不同（其后有新事件，或被改动）")
    return wrong


async def push(uow: UnitOfWork, period: str) -> int:
    """Put every score of a period that has no receipt yet into the outbox."""
    uow.permissions.demand(uow.actor, "score.push")
    sent = 0
    for snapshot in await uow.get(Snapshots).of(period):
        if not snapshot.receipt:
            await uow.post(PUSH, body_of(snapshot))
            sent += 1
    return sent


async def received(uow: UnitOfWork, digest: str, receipt: str) -> None:
    """The assessment platform has taken a score: keep its receipt, and say so in the journal."""
    await uow.get(Snapshots).received(digest, receipt)
    await uow.append(
        Aggregate("score_push", digest), "score.received", {"receipt": receipt}, after="received"
    )


def body_of(snapshot: Snapshot) -> dict[str, Any]:
    """What is pushed: figures and event ids, no personal data."""
    score = snapshot.score
    return {
        "sheet": snapshot.sheet,
        "unit": score.unit,
        "indicator": score.indicator,
        "period": score.period,
        "numerator": list(score.numerator),
        "denominator": list(score.denominator),
        "value": score.value,
        "points": score.points,
        "kinds": dict(score.kinds),
        "digest": snapshot.digest,
    }


def as_row(score: Score, names: Mapping[str, str]) -> dict[str, Any]:
    """A score as the command line prints it."""
    return {
        "unit": score.unit,
        "indicator": score.indicator,
        "name": names.get(score.indicator, ""),
        "numerator": len(score.numerator),
        "denominator": len(score.denominator),
        "value": score.value,
        "points": score.points,
        "kinds": dict(score.kinds),
        "events": {"numerator": list(score.numerator), "denominator": list(score.denominator)},
    }
