"""What one process commits, the others hear of; over the twin and over Redis."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from redis.asyncio import Redis

from backend.web.adapters.redis_bus import RedisBus
from backend.web.bus import ALL, Bus, MemoryBus, MemoryHub

MakeBus = Callable[[], Bus]


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def make_bus(request) -> MakeBus:
    if request.param == "memory":
        hub = MemoryHub()
        return lambda: MemoryBus(hub)
    url, channel = request.getfixturevalue("redis_url"), f"test:{uuid.uuid4().hex}"
    return lambda: RedisBus(url, channel=channel, pause=0.05)


class End:
    """One process on the bus."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.heard: set[str] = set()
        self.times = 0

    def hear(self, wakes: frozenset[str]) -> None:
        self.heard |= wakes
        self.times += 1

    async def until(self, wanted: set[str]) -> None:
        async with asyncio.timeout(10):
            while not wanted <= self.heard:  # noqa: ASYNC110  what is heard comes in parts
                await asyncio.sleep(0.02)

    def forget(self) -> None:
        self.heard, self.times = set(), 0


@asynccontextmanager
async def ends(make_bus: MakeBus, count: int = 2):
    async with AsyncExitStack() as stack:
        made = []
        for _ in range(count):
            end = End(make_bus())
            stack.push_async_callback(end.bus.close)
            task = asyncio.create_task(end.bus.run(end.hear))
            stack.push_async_callback(asyncio.gather, task, return_exceptions=True)
            stack.callback(task.cancel)
            made.append(end)
        await asyncio.sleep(0.3)
        for end in made:
            end.forget()
        yield made


async def test_the_others_hear_and_the_teller_does_not(make_bus) -> None:
    async with ends(make_bus, 3) as (one, two, three):
        one.bus.tell(frozenset({"news"}))
        await two.until({"news"})
        await three.until({"news"})
        assert one.heard == set()


async def test_words_go_both_ways(make_bus) -> None:
    async with ends(make_bus) as (one, two):
        one.bus.tell(frozenset({"news"}))
        two.bus.tell(frozenset({"outbox", "events"}))
        await two.until({"news"})
        await one.until({"outbox", "events"})


async def test_telling_nobody_is_no_error(make_bus) -> None:
    bus = make_bus()
    for _ in range(1000):
        bus.tell(frozenset({"news"}))
    await bus.close()


@pytest.mark.redis
async def test_a_flushed_redis_loses_nothing(redis_url) -> None:
    channel = f"test:{uuid.uuid4().hex}"
    async with ends(lambda: RedisBus(redis_url, channel=channel, pause=0.05)) as (one, two):
        async with Redis.from_url(redis_url) as client:
            await client.flushall()
        one.bus.tell(frozenset({"news"}))
        await two.until({"news"})


@pytest.mark.redis
async def test_a_lost_connection_comes_back_and_everything_is_looked_at(redis_url) -> None:
    channel = f"test:{uuid.uuid4().hex}"
    async with ends(lambda: RedisBus(redis_url, channel=channel, pause=0.05)) as (one, two):
        async with Redis.from_url(redis_url) as client:
            await client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await two.until(set(ALL))
        two.forget()
        one.bus.tell(frozenset({"outbox"}))
        await two.until({"outbox"})


@pytest.mark.redis
async def test_garbage_on_the_channel_is_ignored(redis_url) -> None:
    channel = f"test:{uuid.uuid4().hex}"
    async with ends(lambda: RedisBus(redis_url, channel=channel, pause=0.05)) as (one, two):
        async with Redis.from_url(redis_url) as client:
            for word in (b"", b"\xff\xfe", b"x drop-table", b" ".join([b"y"] * 1000)):
                await client.publish(channel, word)
        one.bus.tell(frozenset({"news"}))
        await two.until({"news"})
        assert two.heard == {"news"}


async def test_without_redis_pages_go_on_and_nothing_fails(logged) -> None:
    bus = RedisBus("redis://127.0.0.1:1/0", pause=0.05)
    task = asyncio.create_task(bus.run(lambda wakes: None))
    bus.tell(frozenset({"news"}))
    await asyncio.sleep(0.3)
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await bus.close()
    assert {line["event"] for line in logged} == {"bus.lost", "bus.not_told"}
