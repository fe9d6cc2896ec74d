"""What comes to the editors: corrections, questions without basis, use, changes of the law."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

from aiohttp import web
from pydantic import BaseModel, Field

from backend.editorial.model.correction import DECISIONS
from backend.editorial.model.law import CHANGE_NAMES
from backend.editorial.model.unanswered import week_days, week_of
from backend.editorial.model.usage import ArticleUse
from backend.editorial.ports import Corrections, Entries, LawWatch, Questions, Usage
from backend.editorial.service import corrections, entries, law, questions
from backend.kernel.errors import Invalid
from backend.web.request import Request
from backend.web.routing import Handler, Route
from backend.workplaces.editor.matters import matter_names

_PERIODS = {"7": 7, "30": 30, "90": 90, "365": 365}
_FORMULA = ("=", "+", "-", "@")


class Answered(BaseModel):
    """What was done about a correction."""

    decision: str = Field(max_length=12)
    reply: str = Field(max_length=2_000)


class Begun(BaseModel):
    """An entry begun from a group of questions."""

    week: str = Field(max_length=8)
    message: str = Field(max_length=36)
    matter: str = Field(max_length=4)
    title: str = Field(max_length=200)


class Looked(BaseModel):
    """What a look at a rule found."""

    rule: str = Field(max_length=80)
    note: str = Field(max_length=1_000)


async def show_corrections(request: Request) -> web.StreamResponse:
    """Corrections, the tightest clock first."""
    found = await request.uow.get(Corrections).all(open_only=request.query("all") != "1")
    return request.page(
        "editor/corrections.html",
        rows=found,
        everything=request.query("all") == "1",
        now=request.uow.now,
        decisions=DECISIONS,
        may_edit=request.uow.permissions.may(request.actor, "knowledge.edit"),
    )


async def answer_correction(request: Request) -> web.StreamResponse:
    """Answer one."""
    form = request.body(Answered)
    await corrections.answer(
        request.uow, request.path("id"), decision=form.decision, reply=form.reply
    )
    return request.see_other("/editor/corrections")


async def show_questions(request: Request) -> web.StreamResponse:
    """A week's questions without basis, alike ones together, the most asked first."""
    week = request.query("week") or week_of(request.uow.now)
    try:
        days = week_days(week)
    except ValueError as error:
        raise Invalid("周次写成 2026-W48 这样。", where="week") from error
    return request.page(
        "editor/questions.html",
        week=week,
        days=days,
        groups=await questions.ranked(request.uow, week),
        weeks=await request.uow.get(Questions).weeks(),
        matters=matter_names(),
        may_edit=request.uow.permissions.may(request.actor, "knowledge.edit"),
    )


async def begin_entry(request: Request) -> web.StreamResponse:
    """Begin an entry for a group."""
    form = request.body(Begun)
    record = await questions.begin_entry(
        request.uow, week=form.week, message=form.message, matter=form.matter, title=form.title
    )
    return request.see_other(f"/editor/entries/{record.id}/edit")


async def show_usage(request: Request) -> web.StreamResponse:
    """How entries and articles were used."""
    period, since = _period(request)
    titles = {one.id: one.title for one in await request.uow.get(Entries).all()}
    return request.page(
        "editor/usage.html",
        period=period,
        periods=_PERIODS,
        since=since,
        entries=(await request.uow.get(Usage).by_entry(since))[:200],
        titles=titles,
        articles=(await request.uow.get(Usage).by_article(since))[:200],
    )


async def download_usage(request: Request) -> web.StreamResponse:
    """The table of cited articles as CSV that a spreadsheet opens."""
    _, since = _period(request)
    found = await request.uow.get(Usage).by_article(since)
    name = f"usage-{since.isoformat()}.csv"
    return web.Response(
        body=usage_csv(found).encode("utf-8-sig"),
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def usage_csv(found: list[ArticleUse]) -> str:
    """The table as CSV; a cell that a spreadsheet would take for a formula is quoted."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["法律", "条", "版本", "引用次数", "使用率", "最近一次"])
    for one in found:
        writer.writerow(
            [
                _cell(one.law),
                _cell(one.article),
                one.version,
                one.uses,
                f"{one.share:.4f}",
                one.last_day.isoformat(),
            ]
        )
    return out.getvalue()


async def show_law(request: Request) -> web.StreamResponse:
    """Entries and rules that a change of the law touched."""
    everything = request.query("all") == "1"
    found = await request.uow.get(LawWatch).touches(open_only=not everything)
    return request.page(
        "editor/law.html",
        entries=[one for one in found if one.kind == "entry"],
        rules=[one for one in found if one.kind == "rule"],
        changes=CHANGE_NAMES,
        everything=everything,
        hidden={one.id for one in await request.uow.get(Entries).all() if one.hidden},
        may_review=request.uow.permissions.may(request.actor, "knowledge.review"),
    )


async def settle_rule(request: Request) -> web.StreamResponse:
    """A reviewer has looked at a rule."""
    form = request.body(Looked)
    await law.settle_rule(request.uow, form.rule, form.note)
    return request.see_other("/editor/law")


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _period(request: Request) -> tuple[str, date]:
    period = request.query("days") or "30"
    if period not in _PERIODS:
        raise Invalid("天数只能是 7、30、90 或 365。", where="days")
    return period, entries.today(request.uow) - timedelta(days=_PERIODS[period] - 1)


def routes() -> list[Route]:
    """What comes to the editors."""

    def read(path: str, handler: Handler, summary: str) -> Route:
        return Route("GET", path, handler, summary, requires="knowledge.see", channel="editor")

    def write(
        path: str, handler: Handler, summary: str, body: type[BaseModel], requires: str
    ) -> Route:
        return Route(
            "POST",
            path,
            handler,
            summary,
            requires=requires,
            work="write",
            body=body,
            channel="editor",
        )

    return [
        read("/editor/corrections", show_corrections, "纠错"),
        write(
            "/editor/corrections/{id}", answer_correction, "答复纠错", Answered, "knowledge.edit"
        ),
        read("/editor/questions", show_questions, "没有依据的问题"),
        write("/editor/questions", begin_entry, "从问题起草", Begun, "knowledge.edit"),
        read("/editor/usage", show_usage, "使用率"),
        read("/editor/usage.csv", download_usage, "使用率下载"),
        read("/editor/law", show_law, "法律变动"),
        write("/editor/law", settle_rule, "规则已核对", Looked, "knowledge.review"),
    ]
