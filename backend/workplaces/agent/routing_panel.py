"""The routing panel and work orders of the desk."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from pydantic import BaseModel, Field

from backend.cases import service as cases
from backend.cases.model import Case
from backend.contacts import service as contacts
from backend.dialogue.ports import Answers
from backend.kernel.clock import CHINA
from backend.kernel.errors import Invalid
from backend.orders import service as orders
from backend.routing import service as routing
from backend.routing.model.vocabulary import Fact, Vocabulary
from backend.routing.model.words import review_words
from backend.routing.ports import ActiveRules, Decisions, StoredDecision
from backend.web.request import Request
from backend.web.routing import Handler, Route
from knowledge.corpus.numerals import to_chinese
from knowledge.model import Audience
from knowledge.rendering import to_json

_COLOURS = {"green": "good", "yellow": "warning", "red": "danger"}


class Choice(BaseModel):
    """What the person chose."""

    channel: str = Field(max_length=40)
    override: str = Field(default="", max_length=1000)


class NewOrder(BaseModel):
    """A work order."""

    title: str = Field(max_length=200)
    organisation: str = Field(default="", max_length=40)
    urgent: bool = False
    confidential: bool = False
    kind: str = Field(default="request", max_length=30)


async def _case(request: Request) -> Case:
    contact = await contacts.read_contact(request.uow, request.path("id"), "contact.serve")
    return await cases.get_case(request.uow, contact.case, "case.write")


async def show_questions(request: Request) -> web.StreamResponse:
    """The facts still worth asking, and the decision in force."""
    contact = await contacts.read_contact(request.uow, request.path("id"))
    case = await cases.get_case(request.uow, contact.case)
    vocabulary = request.uow.get(ActiveRules).rules.vocabulary
    stored = await request.uow.get(Decisions).latest(case.id)
    return request.json(
        {
            "questions": [question(fact) for fact in await routing.questions(request.uow, case)],
            "decision": shown(stored, vocabulary) if stored else None,
        }
    )


async def decide(request: Request) -> web.StreamResponse:
    """Decide by what is known now."""
    stored = await routing.route(request.uow, await _case(request))
    vocabulary = request.uow.get(ActiveRules).rules.vocabulary
    return request.json({"decision": shown(stored, vocabulary)})


async def choose(request: Request) -> web.StreamResponse:
    """Record the person's choice."""
    form = request.body(Choice)
    await routing.choose(request.uow, await _case(request), form.channel, override=form.override)
    return request.json({})


async def open_order(request: Request) -> web.StreamResponse:
    """Open a work order."""
    form = request.body(NewOrder)
    order = await orders.open_order(
        request.uow,
        await _case(request),
        title=form.title,
        organisation=form.organisation,
        urgent=form.urgent,
        confidential=form.confidential,
        kind=form.kind,
    )
    return request.json({"number": order.number, "due": order.citizen_due})


def question(fact: Fact) -> dict[str, Any]:
    """How the page asks for a fact."""
    choices: list[dict[str, Any]] | None = None
    if fact.type == "bool":
        choices = [{"label": "是", "value": True}, {"label": "不是", "value": False}]
    elif fact.type == "enum":
        choices = [{"label": item.name, "value": item.code} for item in fact.values]
    return {
        "code": fact.code,
        "question": fact.question,
        "type": fact.type,
        "choices": choices,
    }


def shown(stored: StoredDecision, vocabulary: Vocabulary) -> dict[str, Any]:
    """A decision as the desk shows it: names beside codes, why and why not."""
    record = stored.record
    why = {item["channel"]: item for item in record.get("why", ())}

    def channel(code: str, reason: str = "") -> dict[str, str]:
        known = vocabulary.channels.get(code)
        because = why.get(code, {}).get("because", ())
        return {
            "code": code,
            "name": known.name if known else code,
            "body": record.get("competent", {}).get(code, ""),
            "reason": reason or "；".join(text.partition("：")[2] or text for text in because),
            "rules": "、".join(text.partition("：")[0] for text in because),
        }

    precondition = vocabulary.preconditions.get(record.get("precondition", "NONE"))
    return {
        "id": stored.id,
        "made_at": stored.made_at,
        "explanation": record.get("explanation", ""),
        "precondition": record.get("precondition", "NONE"),
        "precondition_name": precondition.name if precondition else "",
        "deadlines": [
            {**item, "colour": _COLOURS.get(item["colour"], "")}
            for item in record.get("deadlines", ())
        ],
        "recommended": [channel(code) for code in record.get("recommended", ())],
        "possible": [channel(code) for code in record.get("possible", ())],
        "blocked": [channel(code, why_not) for code, why_not in record.get("blocked", {}).items()],
        "cite": [
            {"law": item["law"], "article": f"第{to_chinese(item['article'])}条"}
            for item in record.get("cite", ())
        ],
        "chosen": stored.chosen,
        "review": review_words(record),
    }


def routes(answers: Answers) -> list[Route]:
    """The panel's routes."""

    async def search(request: Request) -> web.StreamResponse:
        text = request.query("q").strip()
        if not text:
            raise Invalid("请输入要查的话。", where="q")
        as_of = request.uow.now.astimezone(CHINA).date()
        answer = answers.answer(
            text, as_of=as_of, region=request.actor.region, audience=Audience.DESK
        )
        return request.json(to_json(answer, Audience.DESK))

    one = "/desk/contacts/{id}"

    def write(path: str, handler: Handler, summary: str, body: type[BaseModel] | None) -> Route:
        return Route(
            "POST",
            path,
            handler,
            summary,
            requires="desk.use",
            work="write",
            body=body,
            channel="desk",
        )

    return [
        Route("GET", "/desk/search", search, "查知识库", requires="desk.use", channel="desk"),
        Route("GET", f"{one}/questions", show_questions, "还值得问的", requires="desk.use"),
        write(f"{one}/route", decide, "分流", None),
        write(f"{one}/choose", choose, "选择途径", Choice),
        write(f"{one}/order", open_order, "开工单", NewOrder),
    ]
