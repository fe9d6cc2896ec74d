"""My case: where it is, whose move it is, what comes next, by when."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, Field

from backend.applications.model import STATE_NAMES, moves_from
from backend.applications.ports import Applications
from backend.cases import passes
from backend.cases import service as cases
from backend.cases.model import Case
from backend.contacts.ports import Contacts
from backend.documents.ports import Documents
from backend.kernel.errors import FatongError
from backend.resolution import progress
from backend.routing.model.words import review_words
from backend.routing.ports import ActiveRules, Decisions
from backend.web.request import Request
from backend.web.routing import Route
from backend.workplaces.citizen import standing

_NO_STORE = {"Cache-Control": "no-store"}


MOST_TRIES = 5  # of a person; a machine is stopped by the phone code, of which a case allows five


class CaseCode(BaseModel):
    """The ten digits, and how often wrong ones were given before."""

    code: str = Field(max_length=40)
    tries: int = Field(default=0, ge=0, le=1000)


class BothCodes(BaseModel):
    """The ten digits, and the six that were sent."""

    code: str = Field(max_length=40)
    phone_code: str = Field(max_length=20)


async def show_start(request: Request) -> web.StreamResponse:
    """Home: the hotline, the doors, my case."""
    return request.page("citizen/home.html")


async def ask_code(request: Request) -> web.StreamResponse:
    """Step one of two."""
    return request.page("citizen/code.html", problem="", code=request.query("code"), tries=0)


async def send_code(request: Request) -> web.StreamResponse:
    """Look the code up and send the six digits; a wrong code is answered alike in time and form."""
    form = request.body(CaseCode)
    case = await cases.find_by_code(request.uow, form.code)
    if case is None:
        tries = form.tries + 1
        again = "没有找到这个案件编码，请对照短信或回执再输一次。"
        enough = "几次都没有找到这个案件编码，请让工作人员帮您查。"
        return request.page(
            "citizen/code.html",
            status=404,
            problem=again if tries < MOST_TRIES else enough,
            code=form.code,
            tries=tries,
        )
    sent = await cases.send_phone_code(request.uow, case)
    return request.page("citizen/phone_code.html", code=case.code, sent=sent, problem="")


async def show_case(request: Request) -> web.StreamResponse:
    """Step two of two, and the case."""
    form = request.body(BothCodes)
    case = await cases.find_by_code(request.uow, form.code)
    problem = "查询码不对或已过期，请再输一次。"
    if case is not None:
        try:
            if await cases.check_phone_code(request.uow, case, form.phone_code):
                return await _case_page(request, case)
        except FatongError as error:
            problem = error.message
    return request.page(
        "citizen/phone_code.html",
        status=403,
        code=form.code,
        sent=True,
        problem=problem,
        headers=_NO_STORE,
    )


async def _case_page(request: Request, case: Case) -> web.Response:
    told = await progress.of_case(request.uow, case)
    promises = await request.uow.get(Contacts).promises_of_case(case.id)
    decision = await request.uow.get(Decisions).latest(case.id)
    orders = await standing.orders_of(request.uow, case)
    return request.page(
        "citizen/case.html",
        case=case,
        told=standing.lead(told, orders),
        orders=orders,
        timeline=await standing.timeline_of(request.uow, case, told.timeline),
        review=review_words(decision.record) if decision and decision.record else "",
        decision=decision.record if decision else {},
        channels=request.uow.get(ActiveRules).rules.vocabulary.channels,
        key=passes.issue(request.uow, case),
        applications=[
            (item, STATE_NAMES[item.state], moves_from(item, "applicant"))
            for item in await request.uow.get(Applications).of_case(case.id)
        ],
        documents=await request.uow.get(Documents).of_case(case.id),
        promises=[promise for promise in promises if promise.state in ("open", "dialling")],
        headers=_NO_STORE,
    )


def routes() -> list[Route]:
    """The citizen's pages."""
    return [
        Route("GET", "/", show_start, "首页", public=True),
        Route("GET", "/my", ask_code, "查我的案件", public=True),
        Route("POST", "/my", send_code, "发送查询码", public=True, work="write", body=CaseCode),
        Route(
            "POST", "/my/case", show_case, "看我的案件", public=True, work="write", body=BothCodes
        ),
    ]
