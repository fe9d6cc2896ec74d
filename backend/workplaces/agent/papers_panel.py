"""Papers at the desk: print a notice or a receipt, list them, download one."""

from __future__ import annotations

from datetime import date

from aiohttp import web
from pydantic import BaseModel, Field

from backend.applications import papers
from backend.cases import service as cases
from backend.cases.model import Case
from backend.contacts import service as contacts
from backend.documents import service as documents
from backend.documents.model import Paper, StoredDocument
from backend.documents.ports import Documents, Papers
from backend.kernel.errors import Invalid, NotFound
from backend.kernel.unit_of_work import UnitOfWork
from backend.resolution import progress
from backend.web.request import Request
from backend.web.routing import Route
from backend.workplaces import downloads


class NewPaper(BaseModel):
    """Which paper; the last four say what interrupted a limitation period."""

    template: str = Field(max_length=40)
    format: str = Field(default="pdf", max_length=8)
    clock: str = Field(default="", max_length=60)
    kind: str = Field(default="", max_length=20)
    on: date | None = None
    evidence: str = Field(default="", max_length=1000)


async def make(request: Request) -> web.StreamResponse:
    """Fill in one unit, print without any, keep in the next."""
    form = request.body(NewPaper)
    async with request.open_unit(request.actor, "desk", read_only=True) as uow:
        case, paper = await _fill(uow, request.path("id"), form)
        printers = uow.get(Papers)
    content = await documents.print_out(printers, paper, form.format)
    async with request.open_unit(request.actor, "desk") as uow:
        kept = await documents.keep(
            uow, paper, content, case=case.id, person=case.person, format=form.format
        )
    return request.json(row(kept))


async def show(request: Request) -> web.StreamResponse:
    """The papers of the case of a contact."""
    contact = await contacts.read_contact(request.uow, request.path("id"))
    case = await cases.get_case(request.uow, contact.case)
    found = await request.uow.get(Documents).of_case(case.id)
    return request.json([row(document) for document in found])


async def show_interruptible(request: Request) -> web.StreamResponse:
    """What the form of evidence offers: periods that can start again, and what starts them."""
    contact = await contacts.read_contact(request.uow, request.path("id"))
    case = await cases.get_case(request.uow, contact.case)
    return request.json(
        {
            "clocks": [
                {"code": code, "name": name}
                for code, name in await papers.interruptible(request.uow, case)
            ],
            "kinds": [{"code": code, "name": name} for code, name in papers.INTERRUPTIONS.items()],
        }
    )


async def download(request: Request) -> web.StreamResponse:
    """One paper, to whoever may read its case; that it was read is an event."""
    known = await request.uow.get(Documents).by_id(request.path("id"))
    if known is None:
        raise NotFound("没有这份文书，或者它已经删除。", code="no_document")
    await cases.get_case(request.uow, known.case)
    return downloads.paper(*await documents.read(request.uow, known.id))


def row(document: StoredDocument) -> dict[str, object]:
    """A paper in a list."""
    return {
        "id": document.id,
        "title": document.title,
        "number": document.number,
        "format": document.format,
        "made_at": document.made_at,
        "url": f"/desk/documents/{document.id}",
    }


async def _fill(uow: UnitOfWork, contact_id: str, form: NewPaper) -> tuple[Case, Paper]:
    contact = await contacts.read_contact(uow, contact_id, "contact.serve")
    case = await cases.get_case(uow, contact.case)
    if form.template == "precondition_notice":
        return case, await papers.precondition_notice(uow, case)
    if form.template == "reception_receipt":
        told = await progress.of_case(uow, case)
        by = told.by.date() if told.by else None
        return case, await papers.reception_receipt(
            uow, case, contact, progress=told.now, next_step=told.next, by=by
        )
    if form.template == "interruption_receipt":
        if form.on is None:
            raise Invalid("请填事情发生的日期。", where="on")
        return case, await papers.interruption_receipt(
            uow, case, clock=form.clock, kind=form.kind, on=form.on, evidence=form.evidence
        )
    raise Invalid("没有这种文书。", code="unknown_template", where="template")


def routes() -> list[Route]:
    """The panel's routes."""
    one = "/desk/contacts/{id}/documents"
    return [
        Route("GET", one, show, "本案文书", requires="desk.use", channel="desk"),
        Route(
            "GET",
            "/desk/contacts/{id}/interruptible",
            show_interruptible,
            "可以登记中断证据的时效",
            requires="desk.use",
            channel="desk",
        ),
        Route(
            "POST",
            one,
            make,
            "制作文书",
            requires="desk.use",
            work="none",
            body=NewPaper,
            channel="desk",
        ),
        Route(
            "GET",
            "/desk/documents/{id}",
            download,
            "下载文书",
            requires="desk.use",
            work="write",
            channel="desk",
        ),
    ]
