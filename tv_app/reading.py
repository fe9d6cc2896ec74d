"""Home, 想看的, 想选的 and 想问的: everything that is read from the sofa."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from aiohttp import web

from backend.cases import service as cases
from backend.cases.ports import Cases
from backend.contacts.model import Contact, ContactState
from backend.contacts.ports import Contacts
from backend.dialogue import service as dialogue
from backend.dialogue.model import DANGER, Heard, Reply, Thought, kind_of, tidy
from backend.editorial.model.standing import standing_of_answer
from backend.kernel.actor import citizen
from backend.kernel.errors import Invalid, NotFound
from backend.web.pages import said_code
from backend.web.request import Request
from knowledge.model import Answer
from tv_app import presenter, session, topics
from tv_app.questions import ON_A_SCREEN, NumberedQuestion, numbered
from tv_app.television import CHANNEL, Television, case_of, number_of, show

_LONGEST_TITLE = 20


async def home(tv: Television, request: Request) -> web.StreamResponse:
    """Three tiles; a promise that is open stands above them."""
    contact = await session.current(request.uow, request)
    promised, code = None, ""
    if contact is not None:
        known = await request.uow.get(Contacts).promises_of_case(contact.case)
        promised = next((p for p in known if p.state in ("open", "dialling")), None)
        code = said_code((await case_of(request.uow, contact)).code)
    return show(request, "home", promised=promised, code=code)


async def watch(tv: Television, request: Request) -> web.StreamResponse:
    """想看的: questions that others ask, by page, each with its number."""
    questions = numbered(tv.vocabulary)
    pages = [questions[at : at + ON_A_SCREEN] for at in range(0, len(questions), ON_A_SCREEN)]
    number = min(max(number_of(request.query("page"), 1), 1), len(pages))
    return show(request, "watch", questions=pages[number - 1], number=number, count=len(pages))


async def choose(tv: Television, request: Request) -> web.StreamResponse:
    """想选的: the tree, at most four choices a screen."""
    path = request.query("path")
    screen = topics.walk(tv.vocabulary, path)
    if screen.issue:
        return request.see_other(f"/tv/route?issue={screen.issue}")
    return show(request, "choose", screen=screen, back=topics.parent(path))


async def ask(tv: Television, request: Request) -> web.StreamResponse:
    """想问的: by number, by topic, or a person."""
    return show(request, "ask", problem="")


async def by_number(tv: Television, request: Request) -> web.StreamResponse:
    """A typed number leads to its question."""
    typed = request.query("number").strip()
    found = _numbered(tv, typed)
    if found is None:
        said = f"没有编号 {typed[:6]} 的问题，请看屏幕上的编号。" if typed else "请先输入编号。"
        return show(request, "ask", status=404, problem=said)
    return request.see_other(f"/tv/answer?number={found.number}")


async def answer(tv: Television, request: Request) -> web.StreamResponse:
    """One page of an answer; asked once, recorded once, however often its pages are turned."""
    asked, text = _asked(tv, request)
    heard = await _turned(request, text)
    token = ""
    if heard is None:
        async with request.open_unit(request.actor, CHANNEL) as uow:
            contact, token = await session.ensure(uow, request, tv.region)
            heard = await dialogue.hear(uow, contact.id, text, key=_key(contact, text))
            if asked is not None:
                case = await case_of(uow, contact)
                # Reading about something is no statement: it never replaces what was told.
                if not (await uow.get(Cases).facts(case.id)).knows("issue"):
                    await cases.record_facts(uow, case, {"issue": asked.issue})
    contact = heard.contact
    thought = await dialogue.think(
        request.open_unit, heard, answers=tv.answers, dialogue=tv.dialogue
    )
    async with request.open_unit(citizen(contact.id), CHANNEL, read_only=heard.repeated) as uow:
        reply = Reply(contact, thought.answer, ())
        if not heard.repeated:
            reply = await dialogue.respond(uow, heard, thought)
        code = said_code((await case_of(uow, contact)).code)
    link = f"/tv/answer?number={asked.number}" if asked else f"/tv/answer?q={quote(text)}"
    typed_page = request.query("page")
    if thought.answer is not None and _danger(thought) and not typed_page:
        response = show(
            request,
            "danger",
            code=code,
            lines=presenter.danger_lines(thought.answer),
            law=f"{link}&page=1",
        )
        return session.remember(response, token, secure=tv.secure)
    found: Answer | None = thought.answer
    title = asked.label if asked else text
    response = show(
        request,
        "answer",
        title=title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1]}…",
        shown=presenter.page(presenter.answer_pages(found), number_of(typed_page, 1)),
        citations=found.citations if found is not None else (),
        mongolian=found.mongolian if found is not None else "",
        standing=standing_of_answer(found.review) if found is not None else "",
        link=link,
        issue=asked.issue if asked else "",
        waiting=reply.contact.state is ContactState.WAITING,
        code=code,
    )
    return session.remember(response, token, secure=tv.secure)


async def _turned(request: Request, text: str) -> Heard | None:
    """The question, where this box has asked it before: turning its pages writes nothing."""
    async with request.open_unit(request.actor, CHANNEL, read_only=True) as uow:
        contact = await session.current(uow, request)
        if contact is None:
            return None
        key = _key(contact, text)
        said = await uow.get(Contacts).messages(contact.id)
        known = next((message for message in said if message.key == key), None)
    if known is None:
        return None
    words = tidy(text)
    kind = kind_of(words)
    return Heard(contact, kind, words, message=known.id, key=key, repeated=True)


def _asked(tv: Television, request: Request) -> tuple[NumberedQuestion | None, str]:
    typed = request.query("number")
    if typed:
        found = _numbered(tv, typed)
        if found is None:
            raise NotFound("没有这个编号的问题，请看屏幕上的编号。", code="no_number")
        return found, found.question
    text = request.query("q").strip()
    if not text:
        raise Invalid("请先选一个问题。", where="q")
    return None, text


def _numbered(tv: Television, typed: str) -> NumberedQuestion | None:
    return next((q for q in numbered(tv.vocabulary) if str(q.number) == typed), None)


def _danger(thought: Thought) -> bool:
    return thought.answer is not None and bool(DANGER & set(thought.answer.red_flags))


def _key(contact: Contact, text: str) -> str:
    return f"tv:{contact.id}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"
