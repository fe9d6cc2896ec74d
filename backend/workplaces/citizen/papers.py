"""What a citizen who gave both codes takes along: papers, and the deadlines as a calendar file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from aiohttp import web
from pydantic import BaseModel, Field

from backend.applications import papers
from backend.cases import passes
from backend.clocks import Deadline
from backend.documents import service as documents
from backend.documents.ports import Documents, Papers
from backend.kernel.errors import NotFound
from backend.resolution import progress
from backend.routing import service as routing
from backend.web.request import Request
from backend.web.routing import Handler, Route
from backend.workplaces import downloads

CalendarFile = Callable[[Sequence[Deadline], str, datetime], bytes]
NEW_RECEIPT = "receipt"


class Wanted(BaseModel):
    """The case, the pass of the page, and which paper."""

    code: str = Field(max_length=40)
    key: str = Field(max_length=120)
    document: str = Field(default=NEW_RECEIPT, max_length=40)


async def download(request: Request) -> web.StreamResponse:
    """A paper of this case, or a new receipt."""
    form = request.body(Wanted)
    wanted = form.document
    if wanted == NEW_RECEIPT:
        wanted = await _new_receipt(request, form)
    async with request.open_unit(request.actor, "web") as uow:
        case = await passes.case_of(uow, form.code, form.key)
        known = await uow.get(Documents).by_id(wanted)
        if known is None or known.case != case.id:
            raise NotFound("没有这份文书，或者它已经删除。", code="no_document")
        document, content = await documents.read(uow, known.id)
    return downloads.paper(document, content)


async def _new_receipt(request: Request, form: Wanted) -> str:
    async with request.open_unit(request.actor, "web", read_only=True) as uow:
        case = await passes.case_of(uow, form.code, form.key)
        told = await progress.of_case(uow, case)
        paper = await papers.reception_receipt(
            uow,
            case,
            None,
            progress=told.now,
            next_step=told.next,
            by=told.by.date() if told.by else None,
        )
        printers = uow.get(Papers)
    content = await documents.print_out(printers, paper, "pdf")
    async with request.open_unit(request.actor, "web") as uow:
        kept = await documents.keep(
            uow, paper, content, case=case.id, person=case.person, format="pdf"
        )
    return kept.id


def routes(calendar_file: CalendarFile) -> list[Route]:
    """The citizen's downloads."""

    async def calendar(request: Request) -> web.StreamResponse:
        form = request.body(Wanted)
        case = await passes.case_of(request.uow, form.code, form.key)
        decision = await routing.consider(request.uow, case)
        content = calendar_file(decision.deadlines, case.code, request.uow.now)
        return downloads.attachment(content, f"期限-{case.code}.ics", "text/calendar")

    def post(path: str, handler: Handler, summary: str, work: str) -> Route:
        return Route(
            "POST",
            path,
            handler,
            summary,
            public=True,
            work="read" if work == "read" else "none",
            body=Wanted,
        )

    return [
        post("/my/documents", download, "下载我的文书", "none"),
        post("/my/calendar", calendar, "下载我的期限日历", "read"),
    ]
