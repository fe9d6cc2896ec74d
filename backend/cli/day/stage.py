"""The stage: a platform on a free port with a clock of its own, and the people who act on it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from backend import bootstrap
from backend.bootstrap import Platform
from backend.cli import demonstration
from backend.cli.serving import listen
from backend.kernel.clock import SetClock
from backend.kernel.errors import FatongError
from backend.settings import Settings
from channels.hotline.simulator.caller import ScriptedCaller
from channels.hotline.simulator.exchange import CarrierExchange
from knowledge import KnowledgeBase

SPEED = 40.0
_SECONDS = 20


class DidNotHappen(FatongError):
    """A step of the day did not happen; the message says which and what was seen."""

    code = "did_not_happen"


@dataclass
class Stage:
    """What the play needs."""

    platform: Platform
    exchange: CarrierExchange
    clock: SetClock
    passwords: dict[str, str]
    base: str
    stack: AsyncExitStack

    async def later(self, **span: float) -> None:
        """Let time pass: seats stay alive, what is due is done."""
        self.clock.forward(timedelta(**span))
        await self.work()

    async def work(self) -> None:
        """Deliver and sweep what is due now."""
        await self.platform.worker.round()

    async def sign_in(self, username: str) -> Browser:
        """A colleague's browser."""
        browser = await self.browser()
        page = await browser.form(
            "/login", {"username": username, "password": self.passwords[username]}
        )
        if page.status != 200 or "/login" in str(page.url):
            raise DidNotHappen(f"{username} 登录不了：{page.status}")
        return browser

    async def browser(self) -> Browser:
        """Somebody's browser, with cookies of its own."""
        session = aiohttp.ClientSession(
            self.base,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            timeout=aiohttp.ClientTimeout(total=_SECONDS),
        )
        await self.stack.enter_async_context(session)
        return Browser(session)

    def caller(self, number: str) -> ScriptedCaller:
        """Somebody with a telephone."""
        return ScriptedCaller(self.exchange, number)

    def last_message(self, number: str) -> str:
        """The newest short message on a handset."""
        texts = [m.body for m in self.exchange.messages if m.to_number == number]
        if not texts:
            raise DidNotHappen(f"{number} 没有收到短信")
        return texts[-1]


@dataclass
class Page:
    """What a browser got."""

    status: int
    url: Any
    text: str


class Browser:
    """A browser without a screen."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def get(self, path: str) -> Page:
        """Open a page."""
        async with self.session.get(path, headers={"Accept": "text/html"}) as answer:
            return Page(answer.status, answer.url, await answer.text())

    async def form(self, path: str, fields: dict[str, str] | list[tuple[str, str]]) -> Page:
        """Send a form and follow to the page after it."""
        async with self.session.post(
            path,
            data=urlencode(fields),
            headers={
                "Accept": "text/html",
                "Content-Type": "application/x-www-form-urlencoded",
            },
        ) as answer:
            return Page(answer.status, answer.url, await answer.text())

    async def data(self, path: str) -> Any:
        """Fetch JSON."""
        async with self.session.get(path, headers={"Accept": "application/json"}) as answer:
            return await _checked(path, answer)

    async def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Post JSON."""
        async with self.session.post(
            path, json=body or {}, headers={"Accept": "application/json"}
        ) as answer:
            return await _checked(path, answer)


async def _checked(path: str, answer: aiohttp.ClientResponse) -> Any:
    data = await answer.json(content_type=None)
    if answer.status >= 400:
        raise DidNotHappen(f"{path}：{answer.status} {data.get('title', '')}")
    return data


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def set_up(
    settings: Settings, start: datetime, knowledge: KnowledgeBase
) -> AsyncIterator[Stage]:
    """A fresh platform for one day; nothing of it is kept."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="fatong-day-"))
        own = settings.model_copy(
            update={
                "data_dir": Path(folder),
                "database_url": "",
                "public_url": "",
                "host": "127.0.0.1",
                "port": free_port(),
                "carrier": "simulator",
                "worker": False,
                "bot": "off",
            }
        )
        clock = SetClock(start)
        platform = await bootstrap.build(own, clock=clock, knowledge=knowledge, speed=SPEED)
        stack.push_async_callback(platform.close)
        passwords = await demonstration.load(platform)
        runner: web.AppRunner = await listen(platform.application, own.host, own.port)
        stack.push_async_callback(runner.cleanup)
        exchange = platform.parts[CarrierExchange]
        yield Stage(platform, exchange, clock, passwords, own.address, stack)
