"""Every door at once: 20 chats, 4 rooms and 50 boxes for a minute, without an error."""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import statistics
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession, ClientTimeout, CookieJar
from aiortc.mediastreams import AudioStreamTrack

from backend import bootstrap
from backend.cli.serving import listen
from backend.identity import service as identity
from backend.kernel.actor import SYSTEM
from knowledge import open_knowledge
from tests.channels.media.media_clients import Browser, RecordedPicture
from tests.support.benchmarks import record
from tests.support.house import settings_for
from tests.support.servers import free_port

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]
SECONDS = 60
CHATS, ROOMS, BOXES = 20, 4, 50
CHAT_EVERY, PAGE_EVERY = 5.0, 2.0
PATIENCE = 10.0  # seconds until a page or a reply is an error
LEAST_DELIVERED = 0.99
PASSWORD = "correct-horse-battery-staple-12348"
SENTENCES = (
    "老板拖欠我三个月工资怎么办",
    "离婚孩子归谁抚养",
    "房东不退押金怎么办",
    "借条写了对方不还钱",
    "被公司辞退没有给补偿",
    "网上买到假货怎么赔",
)
PAGES = ("/tv/", "/tv/watch", "/tv/answer?number=13", "/tv/choose", "/tv/answer?number=21")


def serve(folder: Path, knowledge: Path, port: int, pipe: Connection) -> None:
    """A platform in a process of its own, until it is told to stop."""

    async def run() -> None:
        base = open_knowledge(knowledge, model_dir=knowledge / "no-model")
        settings = settings_for(folder, port=port, worker=True, video_rooms=ROOMS)
        platform = await bootstrap.build(settings, knowledge=base)
        for number in range(ROOMS):
            async with platform.units(SYSTEM, "bench") as uow:
                await identity.create_account(
                    uow,
                    username=f"agent-{number}",
                    name=f"坐席{number}",
                    roles=frozenset({"agent"}),
                    password=PASSWORD,
                    region="150400",
                )
        runner = await listen(platform.application, settings.host, settings.port)
        tasks = [asyncio.create_task(work()) for work in platform.background]
        pipe.send("ready")
        loop = asyncio.get_running_loop()
        while await loop.run_in_executor(None, pipe.recv) != "stop":
            pipe.send(time.process_time())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await runner.cleanup()
        await platform.close()

    asyncio.run(run())


@dataclass
class Seen:
    """What the clients have seen; times in milliseconds."""

    pages: list[float] = field(default_factory=list)
    replies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


async def every(pause: float, offset: float, until: float):
    """The moments of a client who does something each `pause` seconds."""
    loop = asyncio.get_running_loop()
    due = loop.time() + offset
    while due < until:
        await asyncio.sleep(max(0.0, due - loop.time()))
        yield
        due += pause


async def watch_television(base: str, number: int, seen: Seen, until: float) -> None:
    """One box: a page in two seconds."""
    limit = ClientTimeout(total=PATIENCE)
    async with ClientSession(cookie_jar=CookieJar(unsafe=True), timeout=limit) as session:
        pages = itertools.cycle(PAGES[number % len(PAGES) :] + PAGES[: number % len(PAGES)])
        async for _ in every(PAGE_EVERY, number * PAGE_EVERY / BOXES, until):
            path = next(pages)
            began = time.perf_counter()
            try:
                async with session.get(base + path, headers={"Accept": "text/html"}) as page:
                    await page.read()
                    if page.status != 200:
                        seen.errors.append(f"{path}: {page.status}")
            except (ClientError, TimeoutError) as error:
                seen.errors.append(f"{path}: {type(error).__name__}")
            seen.pages.append((time.perf_counter() - began) * 1000)


async def chat(base: str, number: int, seen: Seen, until: float) -> None:
    """One chat: a message in five seconds, and its reply."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        await session.post(f"{base}/chat/join")
        async with session.ws_connect(f"{base}/chat/socket") as socket:
            count = 0
            async for _ in every(CHAT_EVERY, number * CHAT_EVERY / CHATS, until):
                said = SENTENCES[(number + count) % len(SENTENCES)]
                began = time.perf_counter()
                await socket.send_json({"type": "say", "text": said, "key": f"k{count}"})
                count += 1
                try:
                    async with asyncio.timeout(PATIENCE):
                        frame = await socket.receive_json()
                        while (frame["type"], frame.get("speaker")) != ("message", "system"):
                            if frame["type"] == "problem":
                                seen.errors.append(f"chat: {frame['code']}")
                                break
                            frame = await socket.receive_json()
                except (TimeoutError, TypeError) as error:
                    seen.errors.append(f"chat: {type(error).__name__}")
                    return
                seen.replies.append((time.perf_counter() - began) * 1000)


async def room(stack: AsyncExitStack, base: str, number: int) -> list[Browser]:
    """A citizen and an agent with pictures, joined through the pages' own addresses."""
    sessions = [
        await stack.enter_async_context(ClientSession(base, cookie_jar=CookieJar(unsafe=True)))
        for _ in range(2)
    ]
    citizen, agent = sessions
    form = {"username": f"agent-{number}", "password": PASSWORD, "next": "/desk"}
    async with agent.post("/login", data=form) as reply:
        assert reply.status == 200
    await agent.post("/desk/presence", json={"ready": True})
    await citizen.post("/video/start", json={})
    async with agent.get("/desk/state") as reply:
        ring = (await reply.json())["ring"]
    wanted = {name: ring[name] for name in ("contact", "reservation")}
    async with agent.post("/desk/accept", json=wanted) as reply:
        assert reply.status == 200
    ways = ((citizen, "/video/offer"), (agent, f"/desk/contacts/{ring['contact']}/video"))
    browsers = []
    for session, path in ways:
        browser = Browser()
        stack.push_async_callback(browser.close)
        browser.picture = RecordedPicture()
        browser.video(browser.picture, codec="VP8")
        browser.audio(AudioStreamTrack())
        browser.count_pictures()
        browser.answer_key_requests(browser.picture)
        async with session.post(path, json=await browser.offer()) as reply:
            assert reply.status == 200, await reply.text()
            await browser.take(await reply.json())
        browsers.append(browser)
    return browsers


def quantile(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1] if len(times) > 1 else 0.0


async def test_every_door_at_once_for_a_minute(tmp_path: Path, knowledge_folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    port = free_port()
    arguments = (tmp_path / "data", knowledge_folder, port, there)
    process = context.Process(target=serve, args=arguments, daemon=True)
    process.start()
    loop = asyncio.get_running_loop()
    base, seen = f"http://127.0.0.1:{port}", Seen()
    try:
        assert await asyncio.wait_for(loop.run_in_executor(None, here.recv), 300) == "ready"
        async with AsyncExitStack() as stack:
            browsers = [b for number in range(ROOMS) for b in await room(stack, base, number)]
            await asyncio.sleep(2)
            sent = sum(browser.picture.sent for browser in browsers)
            came = sum(browser.frames["video"] for browser in browsers)
            here.send("time")
            spent, began = await loop.run_in_executor(None, here.recv), time.monotonic()
            until = loop.time() + SECONDS
            async with asyncio.TaskGroup() as group:
                for number in range(BOXES):
                    group.create_task(watch_television(base, number, seen, until))
                for number in range(CHATS):
                    group.create_task(chat(base, number, seen, until))
            here.send("time")
            spent = await loop.run_in_executor(None, here.recv) - spent
            passed = time.monotonic() - began
            sent = sum(browser.picture.sent for browser in browsers) - sent
            came = sum(browser.frames["video"] for browser in browsers) - came
            states = {browser.connection.connectionState for browser in browsers}
        here.send("stop")
    finally:
        await loop.run_in_executor(None, process.join, 20)
        process.kill()
    delivered = came / sent
    record(
        "Every door at once",
        [
            ("boxes, pages", f"{BOXES}, {len(seen.pages)}", ""),
            ("page, 95 of 100 below", f"{quantile(seen.pages):.0f} ms", ""),
            ("chats, replies", f"{CHATS}, {len(seen.replies)}", ""),
            ("reply, 95 of 100 below", f"{quantile(seen.replies):.0f} ms", ""),
            ("rooms, pictures delivered", f"{ROOMS}, {delivered:.1%}", f"≥ {LEAST_DELIVERED:.0%}"),
            ("errors", str(len(seen.errors)), "0"),
            ("the platform's share of a core", f"{spent / passed:.0%}", ""),
        ],
        f"{SECONDS} s; a page each {PAGE_EVERY:.0f} s a box, a message each {CHAT_EVERY:.0f} s a "
        "chat, pictures of 640×480 at 25 a second both ways. Callers and platform share the cores.",
    )
    assert seen.errors == []
    assert states == {"connected"}
    assert len(seen.pages) == BOXES * SECONDS / PAGE_EVERY
    assert len(seen.replies) == CHATS * SECONDS / CHAT_EVERY
    assert delivered >= LEAST_DELIVERED
