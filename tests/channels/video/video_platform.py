"""A whole platform on loopback for tests of sound and picture, with one article of knowledge."""

from __future__ import annotations

import asyncio
import threading
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from aiohttp import ClientSession, CookieJar, web

from backend import bootstrap
from backend.contacts.model import Contact
from backend.contacts.ports import Contacts, MediaBackend
from backend.identity import service as identity
from backend.kernel.actor import SYSTEM
from channels.media.load import Lag
from tests.channels.media.media_clients import until
from tests.support.house import settings_for
from tests.support.servers import free_port
from tests.support.small_knowledge import SmallKnowledge

PASSWORD = "correct-horse-battery-staple-12348"


async def eventually(ask, find, seconds: float = 15.0):
    """Ask again and again until what is asked for is found; returns it, fails by time."""
    async with asyncio.timeout(seconds):
        while True:
            found = find(await ask())
            if found:
                return found
            await asyncio.sleep(0.05)


class Page:
    """A browser in miniature: cookies and JSON."""

    def __init__(self, session: ClientSession, base: str) -> None:
        self.session = session
        self.base = base

    async def post(self, path: str, body: dict | None = None) -> tuple[int, dict]:
        headers = {"Accept": "application/json"}
        async with self.session.post(f"{self.base}{path}", json=body or {}, headers=headers) as got:
            return got.status, await got.json(content_type=None)

    async def get(self, path: str) -> tuple[int, str]:
        async with self.session.get(
            f"{self.base}{path}", headers={"Accept": "text/html"}, allow_redirects=False
        ) as got:
            return got.status, await got.text()

    async def json(self, path: str) -> dict:
        async with self.session.get(f"{self.base}{path}") as got:
            return await got.json()

    def cookie(self, name: str) -> str:
        return next((c.value for c in self.session.cookie_jar if c.key == name), "")


class World:
    """The platform, and whoever looks at it."""

    def __init__(self, platform: bootstrap.Platform, stack: AsyncExitStack) -> None:
        self.platform = platform
        self.base = platform.settings.address
        self._stack = stack

    async def page(self) -> Page:
        session = ClientSession(cookie_jar=CookieJar(unsafe=True))
        await self._stack.enter_async_context(session)
        return Page(session, self.base)

    async def agent(self, name: str = "agent") -> Page:
        """An agent at the desk, ready."""
        async with self.platform.units(SYSTEM, "test") as uow:
            await identity.create_account(
                uow,
                username=name,
                name=f"坐席{name}",
                roles=frozenset({"agent"}),
                password=PASSWORD,
                region="150400",
            )
        page = await self.page()
        form = {"username": name, "password": PASSWORD, "next": "/desk"}
        async with page.session.post(f"{self.base}/login", data=form) as signed_in:
            assert signed_in.status == 200
        await page.post("/desk/presence", {"ready": True})
        return page

    async def answer(self, agent: Page) -> str:
        """Answer what rings; returns the contact."""
        ring = await eventually(lambda: agent.json("/desk/state"), lambda board: board["ring"])
        wanted = {name: ring[name] for name in ("contact", "reservation")}
        status, answered = await agent.post("/desk/accept", wanted)
        assert status == 200
        return answered["contact"]

    async def contact(self, id: str) -> Contact:
        async with self.platform.units(SYSTEM, read_only=True) as uow:
            found = await uow.get(Contacts).by_id(id)
        assert found is not None
        return found

    async def events(self, contact: str) -> list[tuple[str, dict]]:
        """The journal of a contact: type and payload."""
        from backend.contacts.service import aggregate

        async with self.platform.units(SYSTEM, read_only=True) as uow:
            return [(event.type, event.payload) for event in await uow.events(aggregate(contact))]


@asynccontextmanager
async def open_world(folder: Path, url: str, **settings: object):
    """Start a platform and stop it."""
    values = {"port": free_port(), "worker": True} | settings
    platform = await bootstrap.build(
        settings_for(folder, url, **values), knowledge=SmallKnowledge()
    )
    # How late this machine's loop is while other tests run is not what is tested here.
    platform.parts[MediaBackend]._lag = Lag()
    runner = web.AppRunner(platform.application, shutdown_timeout=2)
    async with AsyncExitStack() as stack:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", platform.settings.port).start()
        tasks = [asyncio.create_task(work()) for work in platform.background]
        try:
            yield World(platform, stack)
        finally:
            await stack.aclose()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await runner.cleanup()
            await platform.close()
            await _database_threads_ended()


async def _database_threads_ended() -> None:
    """A driver's thread that was interrupted reports to the loop once more; let it."""
    await until(lambda: not any("_connection_worker" in one.name for one in threading.enumerate()))
