"""Four contacts from four doors wait for one agent; the process is killed between reserve and join,
and Redis, where it is used, is flushed: all are served once, in the order in which they came."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar
from redis import Redis

from backend import bootstrap
from backend.bootstrap import House
from backend.contacts.model import Door
from backend.identity import service as identity
from backend.kernel.actor import SYSTEM
from backend.kernel.journal import ChainChecker, read_event
from tests.support.house import settings_for
from tests.support.platform_process import PlatformProcess
from tests.support.servers import free_port
from tests.wire.test_killed_between_webhooks import Carrier

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
PASSWORD = "correct-horse-battery-staple-12348"
DOORS = [Door.VIDEO, Door.PHONE, Door.CHAT, Door.TV]


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def redis(request: pytest.FixtureRequest) -> str:
    """Where wake-ups travel; "" for memory."""
    return request.getfixturevalue("redis_url") if request.param == "redis" else ""


@pytest.fixture
async def platform(tmp_path: Path, sqlite_template: Path, redis: str):
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "fatong.db")
    house: House = await bootstrap.build_without_doors(settings_for(folder))
    async with house.units(SYSTEM, "test") as uow:
        await identity.create_account(
            uow,
            username="agent",
            name="坐席",
            roles=frozenset({"agent"}),
            password=PASSWORD,
            region="150400",
        )
    await house.close()
    process = PlatformProcess(folder, free_port(), redis_url=redis)
    await asyncio.to_thread(process.start)
    yield process
    await asyncio.to_thread(process.kill)


class Citizens:
    """Four people, each with what their door gave them."""

    def __init__(self, platform: PlatformProcess, stack: AsyncExitStack) -> None:
        self._platform = platform
        self._stack = stack

    async def session(self) -> ClientSession:
        made = ClientSession(self._platform.address, cookie_jar=CookieJar(unsafe=True))
        return await self._stack.enter_async_context(made)

    async def come_by(self, door: Door) -> None:
        """Ask for a person at a door, over its own wire."""
        if door is Door.PHONE:
            await asyncio.to_thread(self._call)
        elif door is Door.CHAT:
            session = await self.session()
            await session.post("/chat/join")
            socket = await self._stack.enter_async_context(session.ws_connect("/chat/socket"))
            await socket.send_json({"type": "person"})
            while (await socket.receive_json(timeout=20)).get("state") != "waiting":
                pass
        else:
            base = "/video/box" if door is Door.TV else "/video"
            async with (await self.session()).post(f"{base}/start", json={}) as reply:
                assert (await reply.json())["state"] == "waiting"

    def _call(self) -> None:
        carrier = Carrier(self._platform)
        for number, fields in enumerate(({"CallStatus": "ringing"}, {"Digits": "0"})):
            path = "/hotline/voice" if not number else "/hotline/voice/ask?turn=1"
            answer = carrier.post(path, number, **fields)
            assert answer is not None
            assert answer[0] == 200


async def ringing(desk: ClientSession) -> dict[str, str]:
    """What rings at the agent's seat; the switch is turned on again where a ring was missed."""
    async with asyncio.timeout(60):
        while True:
            async with desk.get("/desk/state") as reply:
                state = await reply.json()
            if state["ring"]:
                return {name: state["ring"][name] for name in ("contact", "reservation")}
            if state["seat"]["state"] in ("missed", "away"):
                await desk.post("/desk/presence", json={"ready": True})
            await asyncio.sleep(0.2)


def answered(folder: Path) -> list[str]:
    """The doors of answered contacts, in order; the chain is checked on the way."""
    with sqlite3.connect(folder / "fatong.db") as database:
        rows = database.execute(
            "SELECT position, previous_hash, hash, record FROM journal ORDER BY position"
        ).fetchall()
        doors = dict(database.execute("SELECT id, door FROM contacts").fetchall())
    database.close()
    checker, found = ChainChecker(), []
    for row in rows:
        event = read_event(*row)
        assert checker.check(event) is None
        if event.type == "contact.answered":
            found.append(doors[event.aggregate.id])
    return found


async def test_nobody_is_lost_or_served_twice(platform: PlatformProcess, redis: str) -> None:
    async with AsyncExitStack() as stack:
        citizens = Citizens(platform, stack)
        for door in DOORS:
            await citizens.come_by(door)
        desk = await citizens.session()
        form = {"username": "agent", "password": PASSWORD, "next": "/desk"}
        async with desk.post("/login", data=form) as reply:
            assert reply.status == 200
        await desk.post("/desk/presence", json={"ready": True})
        reserved = await ringing(desk)
        platform.kill()
        if redis:
            Redis.from_url(redis).flushall()
        await asyncio.to_thread(platform.start)
        for number in range(len(DOORS)):
            ring = await ringing(desk)
            if number == 0:
                assert ring["contact"] == reserved["contact"]
            async with desk.post("/desk/accept", json=ring) as reply:
                assert reply.status == 200, await reply.text()
            # The same acceptance again is the same, and no second answer.
            async with desk.post("/desk/accept", json=ring) as reply:
                assert reply.status == 200
            if redis:
                Redis.from_url(redis).flushall()
            done = {"summary": "已答复", "outcome": "answered"}
            path = f"/desk/contacts/{ring['contact']}/finish"
            async with desk.post(path, json=done) as reply:
                assert reply.status == 200, await reply.text()
    await asyncio.to_thread(platform.kill)
    assert answered(platform.folder) == DOORS
