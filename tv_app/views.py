"""The screens: home, watch, choose, ask, answer, a person, my case; no script needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web
from pydantic import BaseModel, Field

from backend.cases import service as cases
from backend.cases.model import Case
from backend.cases.ports import Cases
from backend.contacts import access
from backend.contacts.model import Contact, ContactState
from backend.contacts.ports import Contacts
from backend.dialogue import service as dialogue
from backend.dialogue.model import Reply
from backend.dialogue.ports import Answers, Dialogue
from backend.kernel.actor import citizen
from backend.kernel.errors import FatongError, Invalid, NotFound
from backend.kernel.unit_of_work import UnitOfWork
from backend.queue import service as queue
from backend.resolution import progress
from backend.routing import service as routing
from backend.routing.model.vocabulary import Vocabulary
from backend.web.pages import said_code
from backend.web.request import Request
from backend.web.routing import Handler, Route, Work
from tv_app import presenter, qr, session, topics
from tv_app.questions import ON_A_SCREEN, NumberedQuestion, numbered

_NO_STORE = {"Cache-Control": "no-store"}
_CHANNEL = "tv"


class Codes(BaseModel):
    """What is typed on the remote."""

    code: str = Field(max_length=40)
    phone_code: str = Field(default="", max_length=20)


class Phone(BaseModel):
    """A telephone number typed on the remote."""

    phone: str = Field(max_length=30)


class FactAnswer(BaseModel):
    """An answer to one question of the fact sheet; "" skips it."""

    code: str = Field(max_length=40)
    value: str = Field(default="", max_length=40)


@dataclass(frozen=True, slots=True)
class Television:
    """What the screens are made of. `read_phone` normalises a number ("" when it is none)."""

    answers: Answers
    dialogue: Dialogue
    vocabulary: Vocabulary
    region: str
    public_url: str
    read_phone: Callable[[str], str]

    @property
    def secure(self) -> bool:
        """Whether cookies may travel over https only."""
        return self.public_url.startswith("https://")

    async def home(self, request: Request) -> web.StreamResponse:
        """Three tiles; a promise that is open stands above them."""
        contact = await session.current(request.uow, request)
        promised = None
        if contact is not None:
            open_ones = await request.uow.get(Contacts).promises_of_case(contact.case)
            promised = next((p for p in open_ones if p.state in ("open", "dialling")), None)
        return request.page("tv/home.html", promised=promised, code=await _code(request, contact))

    async def watch(self, request: Request) -> web.StreamResponse:
        """想看的: questions that others ask, by page, each with its number."""
        questions = numbered(self.vocabulary)
        pages = [questions[at : at + ON_A_SCREEN] for at in range(0, len(questions), ON_A_SCREEN)]
        number = min(max(_number(request.query("page"), 1), 1), len(pages))
        return request.page(
            "tv/watch.html", questions=pages[number - 1], number=number, count=len(pages)
        )

    async def choose(self, request: Request) -> web.StreamResponse:
        """想选的: the tree, at most four choices a screen."""
        path = request.query("path")
        screen = topics.walk(self.vocabulary, path)
        if screen.issue:
            return request.see_other(f"/tv/route?issue={screen.issue}")
        return request.page("tv/choose.html", screen=screen, back=topics.parent(path))

    async def ask(self, request: Request) -> web.StreamResponse:
        """想问的: by number, by topic, or a person."""
        return request.page("tv/ask.html", problem="")

    async def by_number(self, request: Request) -> web.StreamResponse:
        """A typed number leads to its question."""
        typed = request.query("number").strip()
        found = next((q for q in numbered(self.vocabulary) if str(q.number) == typed), None)
        if found is None:
            return request.page(
                "tv/ask.html",
                status=404,
                problem=f"没有编号 {typed[:6]} 的问题，请看屏幕上的编号。",
            )
        return request.see_other(f"/tv/answer?number={found.number}")

    async def answer(self, request: Request) -> web.StreamResponse:
        """One page of an answer. The first page asks the knowledge base and is recorded."""
        asked = self._asked(request)
        text = asked.question if asked else request.query("q").strip()
        if not text:
            raise Invalid("请先选一个问题。", where="q")
        number = _number(request.query("page"), 1)
        async with request.open_unit(request.actor, _CHANNEL) as uow:
            contact, token = await session.ensure(uow, request, self.region)
            heard = await dialogue.hear(uow, contact.id, text, key=f"tv:{contact.case}:{text[:60]}")
            if asked:
                case = await uow.get(Cases).by_id(contact.case)
                assert case is not None
                await cases.record_facts(uow, case, {"issue": asked.issue})
        thought = await dialogue.think(
            request.open_unit, heard, answers=self.answers, dialogue=self.dialogue
        )
        async with request.open_unit(citizen(contact.id), _CHANNEL) as uow:
            reply = Reply(contact, thought.answer, ())
            if not heard.repeated:
                reply = await dialogue.respond(uow, heard, thought)
            code = (await _case_of(uow, contact)).code
        if reply.handoff == "danger":
            return session.remember(
                request.page("tv/danger.html", code=said_code(code)), token, secure=self.secure
            )
        pages = presenter.answer_pages(thought.answer) if thought.answer else (("",),)
        link = f"number={asked.number}" if asked else f"q={quote(text)}"
        response = request.page(
            "tv/answer.html",
            title=asked.label if asked else text[:18],
            shown=presenter.page(pages, number),
            citations=thought.answer.citations if thought.answer else (),
            link=f"/tv/answer?{link}",
            issue=asked.issue if asked else "",
            waiting=reply.contact.state is ContactState.WAITING,
            code=said_code(code),
        )
        return session.remember(response, token, secure=self.secure)

    async def route(self, request: Request) -> web.StreamResponse:
        """Which way to go for an issue: ask what changes it, then tell it."""
        issue = request.query("issue")
        if not self.vocabulary.facts["issue"].allows(issue):
            raise NotFound("没有这个选项，请返回再选。", code="no_tile")
        uow = request.uow
        contact, token = await session.ensure(uow, request, self.region)
        case = await _case_of(uow, contact)
        await cases.record_facts(uow, case, {"issue": issue})
        asked = [fact for fact in await routing.questions(uow, case) if fact.type != "number"]
        wanted = next((fact for fact in asked if fact.type in ("bool", "enum")), None)
        decision = await routing.consider(uow, case)
        if wanted is not None and request.query("tell") != "1":
            choices = [c for c in wanted.tv.choices if c.value is not None][:8]
            response = request.page("tv/question.html", fact=wanted, choices=choices, issue=issue)
        else:
            pages = presenter.cut("".join(decision.explanation))
            if decision.tv:
                pages = tuple(
                    decision.tv[at : at + presenter.LINES]
                    for at in range(0, len(decision.tv), presenter.LINES)
                )
            response = request.page(
                "tv/route.html",
                shown=presenter.page(pages, _number(request.query("page"), 1)),
                issue=issue,
                number=next(
                    (q.number for q in numbered(self.vocabulary) if q.issue == issue), None
                ),
                cite=decision.cite,
                code=said_code(case.code),
            )
        return session.remember(response, token, secure=self.secure)

    async def fact(self, request: Request) -> web.StreamResponse:
        """A fact told by a digit; "unknown" is an answer too."""
        form = request.body(FactAnswer)
        uow = request.uow
        contact = await session.current(uow, request)
        if contact is None:
            return request.see_other("/tv/")
        uow.actor = citizen(contact.id)
        fact = self.vocabulary.facts.get(form.code)
        if fact is None:
            raise NotFound("没有这个问题。", code="no_fact")
        chosen = next((c.value for c in fact.tv.choices if str(c.value) == form.value), None)
        case = await _case_of(uow, contact)
        await cases.record_facts(uow, case, {form.code: "unknown" if chosen is None else chosen})
        sheet = await uow.get(Cases).facts(case.id)
        issue = sheet.values().get("issue", "")
        return request.see_other(f"/tv/route?issue={issue}")

    async def person(self, request: Request) -> web.StreamResponse:
        """A person please: video on the box, a code for a phone, or a call back."""
        uow = request.uow
        contact, token = await session.ensure(uow, request, self.region)
        case = await _case_of(uow, contact)
        link = f"{self.public_url}/video/join/" + await access.give(
            uow, contact, life=access.LINK_LIFE, once=True
        )
        view = await queue.view(uow, contact.id)
        response = request.page(
            "tv/person.html",
            headers=_NO_STORE,
            code=said_code(case.code),
            picture=qr.svg(link),
            view=view,
            state=contact.state,
            problem=request.query("problem"),
        )
        return session.remember(response, token, secure=self.secure)

    async def call_me_back(self, request: Request) -> web.StreamResponse:
        """Promise a call to a number typed on the remote."""
        uow = request.uow
        contact, token = await session.ensure(uow, request, self.region)
        phone = self.read_phone(request.body(Phone).phone)
        if not phone:
            return session.remember(
                request.see_other("/tv/person?problem=" + quote("号码不对，请再输一次。")),
                token,
                secure=self.secure,
            )
        case = await _case_of(uow, contact)
        holder = await uow.get(Cases).person(case.person)
        if holder is not None and not holder.phone:
            await cases.give_phone(uow, case, phone)
        promise = await queue.promise_instead(uow, contact, phone)
        response = request.page("tv/promised.html", promise=promise, code=said_code(case.code))
        return session.remember(response, token, secure=self.secure)

    async def ask_codes(self, request: Request) -> web.StreamResponse:
        """My case, step one: the ten digits."""
        return request.page("tv/my.html", step=1, code="", problem="", headers=_NO_STORE)

    async def my_case(self, request: Request) -> web.StreamResponse:
        """My case, step two, and the case itself: never stored by the box."""
        form = request.body(Codes)
        uow = request.uow
        case = await cases.find_by_code(uow, form.code)
        if case is None:
            return request.page(
                "tv/my.html",
                status=404,
                step=1,
                code="",
                problem="没有这个案件编码，请再看看短信。",
                headers=_NO_STORE,
            )
        if not form.phone_code:
            sent = await cases.send_phone_code(uow, case)
            problem = "" if sent else "没有留手机号，请输入六位密码。"
            return request.page(
                "tv/my.html", step=2, code=case.code, problem=problem, headers=_NO_STORE
            )
        problem = "查询码不对，请再输一次。"
        try:
            if await cases.check_phone_code(uow, case, form.phone_code):
                told = await progress.of_case(uow, case)
                return request.page(
                    "tv/case.html",
                    code=said_code(case.code),
                    lines=presenter.case_lines(told),
                    headers=_NO_STORE,
                )
        except FatongError as error:
            problem = error.message
        return request.page(
            "tv/my.html", status=403, step=2, code=case.code, problem=problem, headers=_NO_STORE
        )

    async def leave(self, request: Request) -> web.StreamResponse:
        """Leave at once: the screen is wiped, the contact is over, nothing stays in the box."""
        contact = await session.current(request.uow, request)
        if contact is not None and contact.state is ContactState.BOT:
            request.uow.actor = citizen(contact.id)
            await queue.left(request.uow, contact.id, "left_screen")
        response = request.page("tv/left.html", headers={**_NO_STORE, "Clear-Site-Data": '"cache"'})
        return session.forget(response)

    def _asked(self, request: Request) -> NumberedQuestion | None:
        typed = request.query("number")
        if not typed:
            return None
        found = next((q for q in numbered(self.vocabulary) if str(q.number) == typed), None)
        if found is None:
            raise NotFound("没有这个编号的问题。", code="no_number")
        return found


async def _case_of(uow: UnitOfWork, contact: Contact) -> Case:
    case = await uow.get(Cases).by_id(contact.case)
    assert case is not None
    return case


async def _code(request: Request, contact: Contact | None) -> str:
    return said_code((await _case_of(request.uow, contact)).code) if contact else ""


def _number(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else default


def routes(television: Television) -> list[Route]:
    """The screens' routes."""

    def screen(path: str, handler: Handler, summary: str, *, work: Work = "read") -> Route:
        return Route("GET", path, handler, summary, public=True, work=work, channel=_CHANNEL)

    def form(path: str, handler: Handler, summary: str, body: type[BaseModel]) -> Route:
        return Route(
            "POST", path, handler, summary, public=True, work="write", body=body, channel=_CHANNEL
        )

    tv = television
    return [
        screen("/tv/", tv.home, "电视首页"),
        screen("/tv/watch", tv.watch, "想看的"),
        screen("/tv/choose", tv.choose, "想选的"),
        screen("/tv/ask", tv.ask, "想问的"),
        screen("/tv/number", tv.by_number, "按编号问"),
        screen("/tv/answer", tv.answer, "电视答复", work="none"),
        screen("/tv/route", tv.route, "电视分流", work="write"),
        form("/tv/fact", tv.fact, "回答要素", FactAnswer),
        screen("/tv/person", tv.person, "找人", work="write"),
        form("/tv/callback", tv.call_me_back, "约回电", Phone),
        screen("/tv/my", tv.ask_codes, "我的案件"),
        form("/tv/my", tv.my_case, "看我的案件", Codes),
        screen("/tv/leave", tv.leave, "马上离开", work="write"),
    ]
