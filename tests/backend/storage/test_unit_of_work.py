"""One unit of work, one transaction; over SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest

from backend.kernel.actor import SYSTEM
from backend.kernel.journal import Aggregate
from backend.kernel.personal import Personal
from backend.storage import reading

THING = Aggregate("thing", "1")


class Trouble(Exception):
    pass


async def events_of(house, aggregate=THING):
    async with house.units(SYSTEM, read_only=True) as uow:
        return await uow.events(aggregate)


async def test_leaving_the_block_commits(both) -> None:
    async with both.units(SYSTEM, "test") as uow:
        await uow.append(THING, "thing.made", {"n": 1}, after="open")
    (event,) = await events_of(both)
    assert (event.type, event.after, event.channel, event.payload) == (
        "thing.made",
        "open",
        "test",
        {"n": 1},
    )
    assert event.actor == "system:fatong"


async def test_an_exception_undoes_everything(both) -> None:
    with pytest.raises(Trouble):  # noqa: PT012  the block is the unit
        async with both.units(SYSTEM) as uow:
            await uow.append(THING, "thing.made")
            await uow.post("sms", {"to": "1"})
            await uow.announce("thing", "everyone", "1")
            await uow.remember("key", b"reply", person="p")
            raise Trouble
    assert await events_of(both) == []
    async with both.units(SYSTEM, read_only=True) as uow:
        assert await uow.reply_to("key") is None


async def test_nobody_hears_of_what_was_rolled_back(both) -> None:
    heard = []
    both.listeners.append(heard.append)
    with pytest.raises(Trouble):  # noqa: PT012  the block is the unit
        async with both.units(SYSTEM) as uow:
            await uow.append(THING, "thing.made")
            raise Trouble
    assert heard == []
    async with both.units(SYSTEM) as uow:
        await uow.append(THING, "thing.made")
        await uow.post("sms", {})
    assert heard == [frozenset({"events", "outbox"})]


async def test_a_savepoint_undoes_only_itself(both) -> None:
    async with both.units(SYSTEM) as uow:
        await uow.append(THING, "thing.made")
        with pytest.raises(Trouble):  # noqa: PT012  the block is the unit
            async with uow.savepoint():
                await uow.append(THING, "thing.broken")
                raise Trouble
        await uow.append(THING, "thing.mended")
    assert [event.type for event in await events_of(both)] == ["thing.made", "thing.mended"]


async def test_a_read_only_unit_cannot_write(both) -> None:
    with pytest.raises(Exception, match=r"read-only|readonly|read only"):
        async with both.units(SYSTEM, read_only=True) as uow:
            await uow.append(THING, "thing.made")
    assert await events_of(both) == []


async def test_writers_at_once_make_one_unbroken_chain(both) -> None:
    async def write(number: int) -> None:
        async with both.units(SYSTEM) as uow:
            await uow.append(THING, "thing.counted", {"n": number})

    await asyncio.gather(*(write(number) for number in range(12)))
    events = await events_of(both)
    assert [event.sequence for event in events] == list(range(1, 13))
    assert sorted(event.payload["n"] for event in events) == list(range(12))
    async with both.units(SYSTEM, read_only=True) as uow:
        assert (await uow.verify_journal()).broken is None


async def test_a_reply_is_given_again_and_belongs_to_a_person(both) -> None:
    async with both.units(SYSTEM) as uow:
        await uow.remember("key-1", "您好".encode(), person="p1")
    async with both.units(SYSTEM, read_only=True) as uow:
        assert (await uow.reply_to("key-1")) == "您好".encode()
        assert (await uow.reply_to("key-2")) is None
    async with both.units(SYSTEM) as uow:
        await uow.erase("p1")
    async with both.units(SYSTEM, read_only=True) as uow:
        assert await uow.reply_to("key-1") is None


async def test_a_repeated_key_cannot_be_stored_twice(both) -> None:
    async with both.units(SYSTEM) as uow:
        await uow.remember("key-1", b"first", person="p1")
    with pytest.raises(Exception, match=r"UNIQUE|unique"):  # noqa: PT012  as above
        async with both.units(SYSTEM) as uow:
            await uow.append(THING, "thing.made")
            await uow.remember("key-1", b"second", person="p1")
    assert await events_of(both) == []


async def test_a_feed_reads_in_order_and_by_type(both, monkeypatch) -> None:
    monkeypatch.setattr(reading, "_BATCH", 3)
    async with both.units(SYSTEM) as uow:
        for number in range(10):
            kind = "thing.even" if number % 2 == 0 else "thing.odd"
            await uow.append(Aggregate("thing", str(number % 3)), kind, {"n": number})
    async with both.units(SYSTEM, read_only=True) as uow:
        every = [event async for event in reading.events_after(uow.connection)]
        odd = [
            event.payload["n"]
            async for event in reading.events_after(
                uow.connection, every[2].position, types=frozenset({"thing.odd"})
            )
        ]
    assert [event.payload["n"] for event in every] == list(range(10))
    assert odd == [3, 5, 7, 9]


async def test_what_a_payload_may_hold(both) -> None:
    from datetime import UTC, date, datetime
    from decimal import Decimal

    at = datetime(2026, 3, 5, 1, 2, 3, tzinfo=UTC)
    async with both.units(SYSTEM) as uow:
        await uow.append(
            THING,
            "thing.made",
            {
                "day": date(2026, 3, 5),
                "at": at,
                "money": Decimal("2300.50"),
                "tags": {"b", "a"},
                "list": [Personal("p", "张三"), {"deep": Personal("p", "李四")}],
            },
        )
    (event,) = await events_of(both)
    assert event.payload["day"] == "2026-03-05"
    assert event.payload["money"] == "2300.50"
    assert event.payload["tags"] == ["a", "b"]
    assert "张三".encode() not in event.record
    async with both.units(SYSTEM, read_only=True) as uow:
        revealed = await uow.reveal(event.payload)
    assert revealed["list"] == ["张三", {"deep": "李四"}]
