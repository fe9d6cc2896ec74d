"""Entries: the list, one of them, its form, its history, and the steps of its way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from pydantic import BaseModel, Field

from backend.editorial.model.difference import differences
from backend.editorial.model.entry import (
    ENTRY_STEPS,
    STATE_NAMES,
    STEP_NAMES,
    EntryRecord,
    EntryState,
    possible,
)
from backend.editorial.model.standing import standing
from backend.editorial.ports import Corrections, Entries, LawWatch
from backend.editorial.published import PublishedKnowledge
from backend.editorial.service import entries
from backend.editorial.service.texts import check_citations
from backend.web.request import Request
from backend.web.routing import Handler, Route
from backend.workplaces.editor import work
from backend.workplaces.editor.forms import KIND_NAMES, EntryForm, to_body, to_form
from backend.workplaces.editor.matters import matter_names

_PAGE = 200
_EVENT_NAMES = {
    "entry.drafted": "起草",
    "entry.saved": "保存",
    "entry.submitted": "提交审核",
    "entry.discarded": "放弃修改",
    "entry.withdrawn": "下架",
    "entry.published": "审核通过，发布",
    "entry.sent_back": "退回修改",
    "entry.revised": "开始修改",
    "entry.fell_due": "转入待复核",
    "entry.hidden": "暂停对外使用",
    "entry.confirmed": "复核后继续使用",
}


class Decision(BaseModel):
    """A step with its reason."""

    reason: str = Field(default="", max_length=1_000)


async def show_list(request: Request) -> web.StreamResponse:
    """Every entry, filtered; what waits for a person comes first."""
    request.uow.permissions.demand(request.actor, "knowledge.see")
    everything = await request.uow.get(Entries).all()
    state, matter = request.query("state"), request.query("matter")
    words = request.query("q").strip()
    shown = [
        one
        for one in everything
        if (not state or one.state == state)
        and (not matter or one.matter == matter)
        and (not words or words in one.title or words in one.id)
    ]
    order = [EntryState.IN_REVIEW, EntryState.DUE, EntryState.DRAFT]
    shown.sort(
        key=lambda one: (order.index(one.state) if one.state in order else len(order), one.id)
    )
    counts = Counter(one.state for one in everything)
    names = matter_names()
    return request.page(
        "editor/list.html",
        rows=[_row(one, names) for one in shown[:_PAGE]],
        found=len(shown),
        states=[(value.value, STATE_NAMES[value], counts[value]) for value in EntryState],
        matters=names,
        chosen={"state": state, "matter": matter, "q": words},
        hidden=sum(bool(one.hidden) for one in everything),
        open_corrections=len(await request.uow.get(Corrections).all(open_only=True)),
        snapshot=request.uow.get(PublishedKnowledge).base.snapshot,
        may_edit=request.uow.permissions.may(request.actor, "knowledge.edit"),
    )


async def show_entry(request: Request) -> web.StreamResponse:
    """One entry: its text, its citations against the law, its history, the steps possible now."""
    uow = request.uow
    record = await entries.read_entry(uow, request.path("id"))
    versions = await uow.get(Entries).versions(record.id)
    current = next(one for one in versions if one.number == record.version)
    events = await uow.events(entries.aggregate(record.id))
    steps = possible(
        record,
        actor=request.actor.id,
        roles=request.actor.roles,
        authors=await entries.authors(uow, record),
    )
    return request.page(
        "editor/entry.html",
        row=_row(record, matter_names()),
        record=record,
        body=current.body,
        shown=to_form(current.body),
        kind=KIND_NAMES.get(str(current.body.get("kind")), ""),
        version=current,
        versions=list(reversed(versions)),
        cited=check_citations(current.body, uow.get(PublishedKnowledge), entries.today(uow)),
        steps=[
            (event, STEP_NAMES[event], ENTRY_STEPS[record.state, event].reason)
            for event in steps
            if event != "save"
        ],
        may_edit="save" in steps,
        own_text=_own_text(request, record, steps),
        touches=await uow.get(LawWatch).open_of("entry", record.id),
        events=[event for event in reversed(events) if event.type in _EVENT_NAMES],
        words=_EVENT_NAMES,
        standing=_standing(record, current.body),
    )


async def show_difference(request: Request) -> web.StreamResponse:
    """Two texts of an entry beside each other."""
    uow = request.uow
    record = await entries.read_entry(uow, request.path("id"))
    numbers = [one.number for one in await uow.get(Entries).versions(record.id)]
    new = _number(request.query("new"), record.version)
    old = _number(request.query("old"), record.published or max(new - 1, 1))
    left = await entries.version_of(uow, record.id, old)
    right = await entries.version_of(uow, record.id, new)
    return request.page(
        "editor/difference.html",
        record=record,
        numbers=numbers,
        left=left,
        right=right,
        fields=differences(left.body, right.body),
    )


async def show_new(request: Request) -> web.StreamResponse:
    """An empty form."""
    return _form(request, None, to_form({"region": ["*"]}))


async def show_edit(request: Request) -> web.StreamResponse:
    """The form of a draft."""
    record = await entries.read_entry(request.uow, request.path("id"))
    version = await entries.version_of(request.uow, record.id, record.version)
    return _form(request, record, to_form(version.body))


async def create(request: Request) -> web.StreamResponse:
    """Begin an entry."""
    form = request.body(EntryForm)
    record = await entries.draft(request.uow, to_body(form), form.note)
    return request.see_other(f"/editor/entries/{record.id}")


async def save(request: Request) -> web.StreamResponse:
    """Store a new text."""
    form = request.body(EntryForm)
    await entries.save(request.uow, request.path("id"), to_body(form), form.note)
    return _back(request)


async def take_step(request: Request) -> web.StreamResponse:
    """Move an entry along its table."""
    uow, entry, reason = request.uow, request.path("id"), request.body(Decision).reason
    match request.path("step"):
        case "submit":
            await entries.submit(uow, entry)
        case "revise":
            await entries.revise(uow, entry)
        case "publish":
            await entries.publish(uow, entry, reason)
        case "send_back":
            await entries.send_back(uow, entry, reason)
        case "confirm":
            await entries.confirm(uow, entry, reason)
        case "withdraw":
            await entries.withdraw(uow, entry, reason)
        case "discard":
            await entries.discard(uow, entry, reason)
        case _:
            raise web.HTTPNotFound
    return _back(request)


def _standing(record: EntryRecord, body: Mapping[str, Any]) -> str:
    """What readers are told of this text; one that nobody reviewed yet claims nothing."""
    if record.version != record.published:
        return "这一版还没有审核"
    return standing(str(body.get("reviewed_by_lawyer") or ""))


def _row(record: EntryRecord, names: dict[str, str]) -> dict[str, Any]:
    chips = {
        EntryState.PUBLISHED: "good",
        EntryState.DUE: "warning",
        EntryState.IN_REVIEW: "warning",
    }
    return {
        "record": record,
        "state": STATE_NAMES[record.state],
        "chip": chips.get(record.state, ""),
        "matter": names.get(record.matter, record.matter),
    }


def _own_text(request: Request, record: EntryRecord, steps: list[str]) -> bool:
    """Whether a reviewer waits in vain because the text is their own."""
    waits = record.state is EntryState.IN_REVIEW and "publish" not in steps
    return waits and "knowledge_reviewer" in request.actor.roles


def _form(
    request: Request, record: EntryRecord | None, values: dict[str, str]
) -> web.StreamResponse:
    return request.page(
        "editor/form.html",
        record=record,
        values=values,
        matters=matter_names(),
        kinds=KIND_NAMES,
    )


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isdigit() and len(text) < 6 else otherwise


def _back(request: Request) -> web.Response:
    return request.see_other(f"/editor/entries/{request.path('id')}")


def routes() -> list[Route]:
    """The editors' workplace."""

    def read(path: str, handler: Handler, summary: str, requires: str = "knowledge.see") -> Route:
        return Route("GET", path, handler, summary, requires=requires, channel="editor")

    def write(path: str, handler: Handler, summary: str, body: type[BaseModel]) -> Route:
        requires = "knowledge.see" if body is Decision else "knowledge.edit"
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
        read("/editor", show_list, "知识条目"),
        read("/editor/new", show_new, "新条目", "knowledge.edit"),
        write("/editor/new", create, "起草", EntryForm),
        read("/editor/entries/{id}", show_entry, "一个条目"),
        read("/editor/entries/{id}/edit", show_edit, "修改条目", "knowledge.edit"),
        write("/editor/entries/{id}/edit", save, "保存条目", EntryForm),
        read("/editor/entries/{id}/difference", show_difference, "版本对照"),
        write("/editor/entries/{id}/step/{step}", take_step, "条目的一步", Decision),
        *work.routes(),
    ]
