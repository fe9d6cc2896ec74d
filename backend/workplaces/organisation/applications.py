"""Applications at the body that decides: the list, one application, its steps, its form."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, Field

from backend.applications import service as applications
from backend.applications.model import CLOCKS, STATE_NAMES, Forms, economic, moves_from
from backend.applications.ports import Applications
from backend.clocks import colour
from backend.documents import service as documents
from backend.documents.ports import Papers
from backend.kernel.clock import CHINA
from backend.web.request import Request
from backend.web.routing import Handler, Route
from backend.workplaces import downloads


class Reason(BaseModel):
    """Why, or who is assigned."""

    reason: str = Field(default="", max_length=2000)


async def show_list(request: Request) -> web.StreamResponse:
    """What waits for this body, the tightest clock first."""
    uow = request.uow
    today = uow.now.astimezone(CHINA).date()
    found = await uow.get(Applications).visible_to(request.actor, limit=200)
    return request.page(
        "organisation/applications.html",
        rows=[
            {
                "application": item,
                "name": uow.get(Forms).form(item.kind).name,
                "state": STATE_NAMES[item.state],
                "colour": colour((item.due - today).days) if item.due else "",
            }
            for item in found
        ],
    )


async def show_one(request: Request) -> web.StreamResponse:
    """One application with its answers, the economic test in words, and the steps open now."""
    uow = request.uow
    application = await applications.read(uow, request.path("id"))
    form = uow.get(Forms).form(application.kind)
    clock = CLOCKS.get((application.kind, application.state))
    today = uow.now.astimezone(CHINA).date()
    return request.page(
        "organisation/application.html",
        application=application,
        form=form,
        state=STATE_NAMES[application.state],
        basis=clock[2] if clock else "",
        moves=moves_from(application, "clerk"),
        economic=economic(application, uow.get(Forms), today)
        if application.kind == "legal_aid"
        else "",
        rows=[
            (step.ask, step.show(application.answers[step.code]))
            for step in form.steps
            if step.code in application.answers
        ],
    )


async def act(request: Request) -> web.StreamResponse:
    """Take a step."""
    await applications.act(
        request.uow,
        request.path("id"),
        request.path("event"),
        request.body(Reason).reason,
    )
    return request.see_other(f"/organisation/applications/{request.path('id')}")


async def print_form(request: Request) -> web.StreamResponse:
    """The form as a PDF, kept on the case."""
    async with request.open_unit(request.actor, "organisation", read_only=True) as uow:
        application = await applications.read(uow, request.path("id"))
        paper = await applications.paper(uow, application)
        printers = uow.get(Papers)
    content = await documents.print_out(printers, paper, "pdf")
    async with request.open_unit(request.actor, "organisation") as uow:
        kept = await documents.keep(
            uow,
            paper,
            content,
            case=application.case,
            person=application.person,
            format="pdf",
        )
    return downloads.paper(kept, content)


def routes() -> list[Route]:
    """The body's applications."""
    one = "/organisation/applications/{id}"

    def page(path: str, handler: Handler, summary: str) -> Route:
        return Route(
            "GET", path, handler, summary, requires="organisation.use", channel="organisation"
        )

    return [
        page("/organisation/applications", show_list, "申请"),
        page(one, show_one, "一份申请"),
        Route(
            "POST",
            f"{one}/paper",
            print_form,
            "下载申请表",
            requires="organisation.use",
            work="none",
            channel="organisation",
        ),
        Route(
            "POST",
            f"{one}/steps/{{event}}",
            act,
            "办理申请",
            requires="organisation.use",
            work="write",
            body=Reason,
            channel="organisation",
        ),
    ]
