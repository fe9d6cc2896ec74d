"""Fifty questions at four doors: the same citations, read from what arrives."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar
from twilio.request_validator import RequestValidator

from backend import bootstrap
from backend.bootstrap import Platform
from backend.cli.serving import listen
from backend.identity import service as identity
from backend.kernel.actor import SYSTEM
from knowledge import KnowledgeBase
from tests.support.house import settings_for
from tests.support.servers import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
QUESTIONS = (Path(__file__).parent / "parity_questions.txt").read_text("utf-8").split()
TOKEN, PASSWORD = "the-carriers-token", "correct-horse-battery-staple-12348"
ARTICLE = re.compile(r"第[一二三四五六七八九十百千零]+条(?:之[一二三四五六七八九十]+)?")
A_CHAT = 6  # as many sentences as a conversation may say in ten seconds
Cited = frozenset[tuple[str, str]]


def named(cited: list[dict]) -> Cited:
    return frozenset((one["law"], one["article"]) for one in cited)


@pytest.fixture(scope="session")
def laws(knowledge_base: KnowledgeBase) -> re.Pattern[str]:
    """A law's short name before the number of an article; the longest name first."""
    names = {article.law for article in knowledge_base.collection.articles}
    longest = sorted(map(re.escape, names), key=len, reverse=True)
    return re.compile(f"({'|'.join(longest)})》?({ARTICLE.pattern})")


@pytest.fixture
async def platform(tmp_path, sqlite_url, knowledge_base) -> AsyncIterator[Platform]:
    settings = settings_for(
        tmp_path / "data", sqlite_url, port=free_port(), carrier_token=TOKEN, worker=False
    )
    made = await bootstrap.build(settings, knowledge=knowledge_base)
    runner = await listen(made.application, settings.host, settings.port)
    yield made
    await runner.cleanup()
    await made.close()


class Call:
    """A caller's telephone, as the carrier's webhooks tell it."""

    def __init__(self, session: ClientSession, base: str, number: int) -> None:
        self._session, self._base = session, base
        self._sid = f"CA{number:032d}"
        self._next = "/hotline/voice"

    async def turn(self, **fields: str) -> str:
        """One webhook; the document that answers it."""
        url = self._base + self._next
        form = {
            "CallSid": self._sid,
            "AccountSid": "AC" + "0" * 32,
            "From": "+8613900001234",
            "CallStatus": "in-progress",
            **fields,
        }
        signed = RequestValidator(TOKEN).compute_signature(url, form)
        headers = {"X-Twilio-Signature": signed, "I-Twilio-Idempotency-Token": f"{url}{fields}"}
        async with self._session.post(url, data=form, headers=headers) as reply:
            document = await reply.text()
            assert reply.status == 200, document
        found = re.search(r'action="([^"]+)"', document) or re.search(
            r"<Redirect[^>]*>([^<]+)<", document
        )
        assert found, document
        self._next = unescape(found[1]).removeprefix(self._base)
        return document


async def by_phone(session, base) -> list[str]:
    """Each question in one call; the caller presses 0 at the end."""
    call = Call(session, base, 1)
    await call.turn(CallStatus="ringing")
    documents = [await call.turn(SpeechResult=one, Confidence="0.9") for one in QUESTIONS]
    await call.turn(Digits="0")
    return documents


async def on_television(session, base) -> list[str]:
    """Each question's first page."""
    pages = []
    for question in QUESTIONS:
        async with session.get(f"{base}/tv/answer", params={"q": question}) as reply:
            pages.append(await reply.text())
            assert reply.status == 200, pages[-1]
    return pages


async def in_chat(base) -> list[dict]:
    """The frame that answers each question; some conversations, since one may not say so much."""

    async def talk(questions: list[str]) -> list[dict]:
        frames = []
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
            await session.post(f"{base}/chat/join")
            async with session.ws_connect(f"{base}/chat/socket") as socket:
                for number, question in enumerate(questions):
                    await socket.send_json({"type": "say", "text": question, "key": f"k{number}"})
                    frame: dict = {}
                    while (frame.get("type"), frame.get("speaker")) != ("message", "system"):
                        frame = await socket.receive_json(timeout=30)
                    frames.append(frame)
        return frames

    parts = [QUESTIONS[at : at + A_CHAT] for at in range(0, len(QUESTIONS), A_CHAT)]
    return [frame for part in await asyncio.gather(*map(talk, parts)) for frame in part]


async def at_the_desk(platform, base) -> list[dict]:
    """The call as the agent's page is given it."""
    async with platform.units(SYSTEM, "test") as uow:
        await identity.create_account(
            uow,
            username="agent",
            name="坐席",
            roles=frozenset({"agent"}),
            password=PASSWORD,
            region="150400",
        )
    async with ClientSession(base, cookie_jar=CookieJar(unsafe=True)) as desk:
        form = {"username": "agent", "password": PASSWORD, "next": "/desk"}
        async with desk.post("/login", data=form) as reply:
            assert reply.status == 200
        await desk.post("/desk/presence", json={"ready": True})
        async with desk.get("/desk/state") as reply:
            ring = (await reply.json())["ring"]
        wanted = {name: ring[name] for name in ("contact", "reservation")}
        async with desk.post("/desk/accept", json=wanted) as reply:
            assert reply.status == 200
        async with desk.get(f"/desk/contacts/{ring['contact']}") as reply:
            said = (await reply.json())["messages"]
    asked = [at for at, one in enumerate(said) if one["text"] in QUESTIONS]
    return [said[at + 1] for at in asked]


async def test_fifty_questions_have_the_same_citations_at_every_door(platform, laws) -> None:
    base = platform.settings.address
    assert len(set(QUESTIONS)) == 50
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        documents = await by_phone(session, base)
        screens = await on_television(session, base)
    frames = await in_chat(base)
    notes = await at_the_desk(platform, base)
    assert len(documents) == len(screens) == len(frames) == len(notes) == 50
    differing = []
    for question, document, screen, frame, note in zip(
        QUESTIONS, documents, screens, frames, notes, strict=True
    ):
        cited = named(frame["citations"])
        on_screen = "".join(re.findall(r'<p class="source">(.*?)</p>', screen, re.DOTALL))
        # Other articles may be named inside what is quoted; they are no sources.
        quoted = frozenset(
            pair
            for text in (frame["text"], *(one["quote"] for one in frame["citations"]))
            for pair in laws.findall(text)
        )
        heard = frozenset(laws.findall(unescape(document)))
        doors = {
            "phone": heard - (quoted - cited),
            "tv": frozenset(laws.findall(unescape(on_screen))),
            "desk": named(note["citations"]),
        }
        differing += [
            (question, door, cited ^ seen) for door, seen in doors.items() if seen != cited
        ]
    assert differing == []
    assert sum(bool(frame["citations"]) for frame in frames) >= 45
