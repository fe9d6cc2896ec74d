"""A unit of work whose task is cancelled, at any moment: nothing stays, nothing is locked."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from backend.kernel.actor import SYSTEM
from backend.kernel.journal import Aggregate

EVENTS = 40
WAITS = (0, 1, 2, 3, 5, 8, 13, 21, 34, 55)


async def _write(house, name: str, count: int) -> None:
    async with house.units(SYSTEM, "test") as uow:
        for number in range(count):
            await uow.append(Aggregate("thing", name), "thing.made", {"n": number})


async def _count(house, name: str) -> int:
    async with house.units(SYSTEM, read_only=True) as uow:
        return len(await uow.events(Aggregate("thing", name)))


async def _turns(count: int) -> None:
    """Let the loop run a number of rounds."""
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
async def test_a_cancelled_write_leaves_no_transaction_open(both, again) -> None:
    for moment in WAITS:
        task = asyncio.create_task(_write(both, f"cancelled-{moment}", EVENTS))
        await _turns(moment * 4)
        task.cancel()
        if again:
            await _turns(2)
            task.cancel()
        written = 0
        with suppress(asyncio.CancelledError):
            await task
            written = EVENTS  # it was quicker than the cancelling
        # A transaction left open would hold the database's only writer for half a minute.
        async with asyncio.timeout(10):
            await _write(both, f"after-{moment}", 1)
        assert await _count(both, f"cancelled-{moment}") == written
        assert await _count(both, f"after-{moment}") == 1


async def test_one_who_waits_for_the_writer_and_is_cancelled_stops_nobody(both) -> None:
    async with both.units(SYSTEM, "test") as uow:
        await uow.append(Aggregate("thing", "first"), "thing.made")
        waiting = asyncio.create_task(_write(both, "waiting", 1))
        await _turns(5)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with asyncio.timeout(10):
        await _write(both, "third", 1)
    assert await _count(both, "first") == 1
