"""The servers that other tests stand on are real, empty and our own."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import asyncpg
import pytest
from blockbuster import BlockingError
from elasticsearch import AsyncElasticsearch
from redis.asyncio import Redis


@pytest.mark.redis
async def test_redis_answers(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as client:
        assert await client.set("a", "1")
        assert await client.get("a") == b"1"


@pytest.mark.postgres
@pytest.mark.parametrize("turn", [1, 2])
async def test_every_postgres_database_is_fresh(postgres_url: str, turn: int) -> None:
    connection = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    try:
        await connection.execute("CREATE TABLE once (n int)")
        await connection.execute("INSERT INTO once VALUES ($1)", turn)
        assert await connection.fetchval("SELECT count(*) FROM once") == 1
    finally:
        await connection.close()


@pytest.mark.elasticsearch
async def test_elasticsearch_is_healthy(elasticsearch_url: str) -> None:
    async with AsyncElasticsearch(elasticsearch_url) as client:
        health = await client.cluster.health()
        assert health["status"] in {"green", "yellow"}


@pytest.mark.browser
def test_chromium_is_a_program(chromium_path: Path) -> None:
    assert chromium_path.exists()


async def test_the_guard_catches_a_sleep_of_ours(root: Path) -> None:
    # Code compiled under a file name of ours counts as ours.
    name = str(root / "backend" / "planted.py")
    space = {"time": time}
    exec(compile("def stop():\n    time.sleep(0)\n", name, "exec"), space)
    with pytest.raises(BlockingError):
        space["stop"]()
    await asyncio.sleep(0)
