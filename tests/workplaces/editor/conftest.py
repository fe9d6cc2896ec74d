"""The editors' pages on a running platform over a small law book."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from backend import bootstrap
from backend.bootstrap import Platform
from backend.editorial.service import entries
from backend.identity import service as identity
from backend.kernel.actor import SYSTEM
from tests.backend.editorial.conftest import LawBook, book, shipped
from tests.support.house import clock, logged, settings_for, sqlite_template, sqlite_url

__all__ = ["book", "clock", "logged", "sqlite_template", "sqlite_url"]

PASSWORD = "correct-horse-battery"
PEOPLE = {
    "editor": ("编辑", "knowledge_editor"),
    "reviewer": ("审核", "knowledge_reviewer"),
    "agent": ("坐席", "agent"),
}


@dataclass
class Pages:
    """Somebody's browser without a browser."""

    session: aiohttp.ClientSession
    base: str

    async def get(self, path: str, status: int = 200) -> str:
        async with self.session.get(self.base + path) as response:
            text = await response.text("utf-8-sig")
            assert response.status == status, text
            return text

    async def post(self, path: str, status: int = 200, **form: str) -> str:
        async with self.session.post(self.base + path, data=form) as response:
            text = await response.text()
            assert response.status == status, text
            return text


@pytest.fixture
async def platform(sqlite_url, tmp_path, clock, book: LawBook) -> AsyncIterator[Platform]:
    made = await bootstrap.build(
        settings_for(tmp_path / "data", sqlite_url),
        clock=clock,
        knowledge=book,  # type: ignore[arg-type]
    )
    async with made.units(SYSTEM, "test") as uow:
        await entries.seed(uow, [shipped("1003-a", ("民法典", "第一条"), title="路上被撞")])
        for username, (name, role) in PEOPLE.items():
            await identity.create_account(
                uow,
                username=username,
                name=name,
                roles=frozenset({role}),
                password=PASSWORD,
                region="150400",
            )
    yield made
    await made.close()


@pytest.fixture
async def sign_in(platform: Platform) -> AsyncIterator[Callable[[str], Awaitable[Pages]]]:
    """Opens the pages of one of the people."""
    server = TestServer(platform.application)
    await server.start_server()
    base = str(server.make_url("")).rstrip("/")
    sessions: list[aiohttp.ClientSession] = []

    async def open_one(username: str) -> Pages:
        session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        sessions.append(session)
        pages = Pages(session, base)
        form = {"username": username, "password": PASSWORD}
        async with session.post(f"{base}/login", data=form, allow_redirects=False) as response:
            assert response.status == 303
        return pages

    yield open_one
    for session in sessions:
        await session.close()
    await server.close()
