"""Scores by month and unit, each figure down to its events; storing and pushing them."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, Field

from backend.directory.ports import Directory
from backend.kernel.clock import CHINA
from backend.kernel.errors import NotFound
from backend.kernel.journal import Aggregate
from backend.scoring import service as scoring
from backend.scoring.model import Score, Sheet, read_period, total
from backend.scoring.ports import Snapshots
from backend.web.request import Request
from backend.web.routing import Route


class Period(BaseModel):
    """A month."""

    period: str = Field(max_length=7)


async def show_scores(request: Request) -> web.StreamResponse:
    """The scores of a month: every unit for whoever checks, its own for whoever is scored."""
    uow = request.uow
    period = _period(request)
    scores = await _visible(request, period)
    sheet = uow.get(Sheet)
    bodies = {body.code: body.name for body in await uow.get(Directory).all()}
    units = sorted({score.unit for score in scores})
    receipts = {
        (item.score.unit, item.score.indicator): item.receipt
        for item in await uow.get(Snapshots).of(period)
    }
    return request.page(
        "auditor/scores.html",
        period=period,
        sheet=sheet,
        names={indicator.id: indicator for indicator in sheet.indicators},
        units=[(unit, bodies.get(unit, unit), total(scores, unit)) for unit in units],
        scores=scores,
        receipts=receipts,
        may_push=uow.permissions.may(uow.actor, "score.push"),
    )


async def explain(request: Request) -> web.StreamResponse:
    """One figure, event by event."""
    period = _period(request)
    unit, indicator = request.path("unit"), request.path("indicator")
    found = [
        score
        for score in await _visible(request, period)
        if score.unit == unit and score.indicator == indicator
    ]
    if not found:
        raise NotFound("这个月没有这项分数，或者您无权查看。", code="no_scores")
    sheet = request.uow.get(Sheet)
    return request.page(
        "auditor/explain.html",
        score=found[0],
        period=period,
        indicator=next(item for item in sheet.indicators if item.id == indicator),
        counted=set(found[0].numerator),
    )


async def store(request: Request) -> web.StreamResponse:
    """Compute and store the scores of a month."""
    period = read_period(request.body(Period).period)
    await scoring.take_snapshot(request.uow, period)
    return request.see_other(f"/scores?period={period}")


async def push(request: Request) -> web.StreamResponse:
    """Push what has no receipt yet."""
    period = read_period(request.body(Period).period)
    await scoring.push(request.uow, period)
    return request.see_other(f"/scores?period={period}")


async def appeal(request: Request) -> web.StreamResponse:
    """Whoever is scored objects to a figure; the auditor is told."""
    form = request.body(Appeal)
    uow = request.uow
    unit = uow.actor.organisation
    await uow.append(
        Aggregate("score_appeal", f"{form.period}:{unit}:{form.indicator}"[:64]),
        "score.appealed",
        {
            "unit": unit,
            "period": read_period(form.period),
            "indicator": form.indicator,
            "reason": form.reason,
        },
        after="open",
        visibility="public",
    )
    await uow.announce("appeal", "role:score_auditor", unit)
    return request.see_other(f"/scores?period={form.period}")


class Appeal(BaseModel):
    """An objection."""

    period: str = Field(max_length=7)
    indicator: str = Field(max_length=40)
    reason: str = Field(min_length=1, max_length=2000)


async def _visible(request: Request, period: str) -> list[Score]:
    uow = request.uow
    scores = await scoring.scores_of(uow, period)
    bodies = {body.code: body for body in await uow.get(Directory).all()}
    return [
        score
        for score in scores
        if uow.permissions.allows(
            uow.actor,
            "score.read",
            {
                "organisation": score.unit,
                "region": bodies[score.unit].region if score.unit in bodies else uow.actor.region,
            },
        )
    ]


def _period(request: Request) -> str:
    this_month = request.uow.now.astimezone(CHINA).strftime("%Y-%m")
    return read_period(request.query("period") or this_month)


def routes() -> list[Route]:
    """The pages of whoever is scored and whoever checks."""
    return [
        Route("GET", "/auditor", show_scores, "评分", requires="score.see"),
        Route("GET", "/scores", show_scores, "评分", requires="score.see"),
        Route("GET", "/scores/{unit}/{indicator}", explain, "分数的由来", requires="score.see"),
        Route(
            "POST",
            "/scores/snapshot",
            store,
            "保存分数",
            requires="score.push",
            work="write",
            body=Period,
        ),
        Route(
            "POST",
            "/scores/push",
            push,
            "推送分数",
            requires="score.push",
            work="write",
            body=Period,
        ),
        Route(
            "POST",
            "/scores/appeal",
            appeal,
            "对分数提出异议",
            requires="score.see",
            work="write",
            body=Appeal,
        ),
    ]
