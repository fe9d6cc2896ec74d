"""A platform with a chat, and a Rasa whose wire is faked by a server of the test's own."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from backend import bootstrap
from backend.bootstrap import Platform
from backend.cases.model import FactSheet
from backend.cases.ports import Cases
from backend.cli.serving import listen
from backend.contacts import access
from backend.contacts.model import Message
from backend.contacts.ports import Contacts
from backend.kernel.actor import SYSTEM
from backend.settings import Settings
from channels.chat.adapters.rasa import RasaDialogue
from knowledge.model import Answer, Audience, Citation, text_hash
from tests.support.house import logged, sqlite_template, sqlite_url
from tests.support.servers import free_port

__all__ = ["logged", "sqlite_template", "sqlite_url"]
# Long enough that the pace of a person is kept: six messages in ten seconds.
_A_BREATH = 1.7
SECRET = "the-bots-secret-in-this-test"
Replying = Callable[[dict[str, Any]], Awaitable[web.Response]]


class OneArticle:
    """A knowledge base of one article, found by any question about money; it sees violence."""

    def answer(self, question: str, *, as_of: date, region: str, audience: Audience) -> Answer:
        if "坏了" in question:
            raise RuntimeError("the index is broken")
        found = any(word in question for word in ("工资", "钱", "离婚"))
        quote = "工资应当以货币形式按月支付给劳动者本人。"
        cited = Citation("劳动法", "第五十条", "2018-12-29", "1995-01-01", quote, text_hash(quote))
        return Answer(
            question=question,
            as_of=as_of,
            region=region,
            basis="found" if found else "none",
            answer="工资要按月发给您本人。" if found else "",
            citations=(cited,) if found else (),
            steps=("先向人社局投诉。",) if found else (),
            deadlines=(),
            red_flags=("violence",) if "打我" in question else (),
            matter="1003" if found else None,
            handoff=None,
            reason="" if found else "no_article",
            snapshot="test",
            followups=("投诉要带什么？",) if found else (),
        )


@dataclass
class FakeRasa:
    """Rasa's REST channel: greets a probe, and else does what the test says."""

    url: str = ""
    heard: list[tuple[str, str]] = field(default_factory=list)
    greeting: list[dict[str, Any]] = field(default_factory=lambda: [{"text": "您好"}])
    answer: Replying | None = None
    said: list[dict[str, Any]] = field(default_factory=list)
    server: TestServer | None = None

    async def webhook(self, request: web.Request) -> web.Response:
        message = await request.json()
        if message["message"] == "/greet":
            return web.json_response(self.greeting)
        self.heard.append((message["sender"], message["message"]))
        if self.answer is not None:
            return await self.answer(message)
        return web.json_response(self.said)

    async def kill(self) -> None:
        assert self.server is not None
        await self.server.close()


@pytest.fixture
async def rasa() -> AsyncIterator[FakeRasa]:
    fake = FakeRasa()
    application = web.Application()
    application.router.add_post("/webhooks/rest/webhook", fake.webhook)
    fake.server = TestServer(application)
    await fake.server.start_server()
    fake.url = str(fake.server.make_url("")).rstrip("/")
    yield fake
    await fake.server.close()


@pytest.fixture
async def dialogue(rasa: FakeRasa) -> AsyncIterator[RasaDialogue]:
    """The client of that Rasa, ready."""
    client = RasaDialogue(rasa.url, timeout=4.0, probe_every=0.05)
    assert await client.probe()
    yield client
    await client.close()


@dataclass
class Room:
    """A running platform, seen from the chat."""

    platform: Platform

    @property
    def base(self) -> str:
        return self.platform.settings.address

    async def contact_of(self, session: aiohttp.ClientSession) -> str:
        """The conversation that a browser's cookie opens."""
        cookies = session.cookie_jar.filter_cookies(URL(self.base))
        async with self.platform.units(SYSTEM, "test", read_only=True) as uow:
            contact = await access.contact_of(uow, cookies["fatong_chat"].value)
        assert contact is not None
        return contact.id

    async def facts(self, contact: str) -> FactSheet:
        async with self.platform.units(SYSTEM, "test", read_only=True) as uow:
            found = await uow.get(Contacts).by_id(contact)
            assert found is not None
            return await uow.get(Cases).facts(found.case)

    async def said(self, contact: str) -> list[Message]:
        async with self.platform.units(SYSTEM, "test", read_only=True) as uow:
            return await uow.get(Contacts).messages(contact)


@pytest.fixture
def platform_port() -> int:
    """Where the platform listens."""
    return free_port()


@pytest.fixture
async def room(
    tmp_path: Path, sqlite_url: str, dialogue: RasaDialogue, platform_port: int
) -> AsyncIterator[Room]:
    """The platform, with the client of the faked Rasa behind its dialogue port."""
    settings = Settings(
        data_dir=tmp_path / "data",
        database_url=sqlite_url,
        redis_url="",
        elasticsearch_url="",
        port=platform_port,
        public_url="",
        bot="off",
        bot_secret=SECRET,  # type: ignore[arg-type]
        worker=False,
    )
    knowledge: Any = OneArticle()
    platform = await bootstrap.build(settings, knowledge=knowledge, dialogue=dialogue)
    runner = await listen(platform.application, settings.host, settings.port)
    yield Room(platform)
    await runner.cleanup()
    await platform.close()


@dataclass
class Page:
    """A browser's side of the socket."""

    session: aiohttp.ClientSession
    socket: aiohttp.ClientWebSocketResponse

    async def send(self, **frame: Any) -> None:
        await self.socket.send_json(frame)

    async def until(self, wanted: str, **fields: Any) -> dict[str, Any]:
        """The next frame of a type with these fields; others pass by."""
        async with asyncio.timeout(10):
            while True:
                frame = await self.socket.receive_json()
                if frame["type"] == wanted and fields.items() <= frame.items():
                    return dict(frame)

    async def reply_to(self, text: str, key: str) -> dict[str, Any]:
        """Say something and return what the platform says first."""
        await self.send(type="say", text=text, key=key)
        return await self.until("message", speaker="system")

    async def talk(self, *sentences: str) -> list[str]:
        """Say one after the other, at a person's pace; all that the platform said."""
        heard: list[str] = []
        for sentence in sentences:
            first = await self.reply_to(sentence, f"k{time.monotonic_ns()}")
            heard.append(first["text"])
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_A_BREATH):
                    while True:
                        heard.append((await self.until("message", speaker="system"))["text"])
        return heard


OpenChat = Callable[..., Awaitable[Page]]


@pytest.fixture
async def open_chat(room: Room) -> AsyncIterator[OpenChat]:
    """Opens the page's socket; in a new browser, or again in one that was there before."""
    pages: list[Page] = []

    async def open_one(session: aiohttp.ClientSession | None = None, *, after: int = 0) -> Page:
        origin = {"Origin": room.base}
        if session is None:
            session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        await session.post(f"{room.base}/chat/join", headers=origin)
        socket = await session.ws_connect(f"{room.base}/chat/socket", headers=origin)
        page = Page(session, socket)
        pages.append(page)
        await page.send(type="seen", after=after)
        return page

    yield open_one
    for page in pages:
        await page.socket.close()
        await page.session.close()
