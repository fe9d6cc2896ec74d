"""A changed byte anywhere in the journal is found, and an event can be proven."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from backend.kernel import merkle
from backend.kernel.actor import SYSTEM
from backend.kernel.clock import CHINA
from backend.kernel.errors import NotFound
from backend.kernel.journal import Aggregate
from backend.storage import reading
from backend.storage.tables import journal, roots


async def fill(house, clock) -> list:
    """Two aggregates on two days, the first of which is sealed."""
    made = []
    for day in range(2):
        async with house.units(SYSTEM) as uow:
            for number in range(5):
                thing = Aggregate("thing", str(number % 2))
                made.append(await uow.append(thing, "thing.counted", {"n": number, "day": day}))
        clock.forward(timedelta(days=1))
    async with house.units(SYSTEM) as uow:
        today = (clock.now() - timedelta(days=1)).astimezone(CHINA).date().isoformat()
        assert len(await reading.seal_days(uow.connection, today, clock.now())) == 1
    return made


async def verify(house):
    async with house.units(SYSTEM, read_only=True) as uow:
        return await uow.verify_journal()


async def test_an_untouched_journal_holds(both, clock) -> None:
    await fill(both, clock)
    result = await verify(both)
    assert (result.events, result.days, result.broken) == (10, 1, None)


def _flip(record: bytes) -> bytes:
    return record.replace(b'"n":3', b'"n":4')


async def change(house, position: int, **values) -> None:
    async with house.units(SYSTEM) as uow:
        await uow.connection.execute(
            update(journal).where(journal.c.position == position).values(**values)
        )


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("record", _flip, "内容与哈希不符"),
        ("record", lambda record: b"not json", "内容无法读取"),
        ("record", lambda record: b"{}", "内容无法读取"),
        ("hash", lambda record: "0" * 64, "内容与哈希不符"),
        ("previous_hash", lambda record: "1" * 64, "与前一事件的哈希不相连"),
        ("type", lambda record: "thing.other", "索引列与内容不符"),
        ("day", lambda record: "2020-01-01", "索引列与内容不符"),
    ],
)
async def test_a_change_is_found_where_it_was_made(both, clock, field, value, reason) -> None:
    events = await fill(both, clock)
    chosen = events[3]
    await change(both, chosen.position, **{field: value(chosen.record)})
    broken = (await verify(both)).broken
    assert broken is not None
    assert (broken.position, broken.reason) == (chosen.position, reason)


async def test_a_deleted_event_is_found(both, clock) -> None:
    events = await fill(both, clock)
    async with both.units(SYSTEM) as uow:
        await uow.connection.execute(
            delete(journal).where(journal.c.position == events[2].position)
        )
    broken = (await verify(both)).broken
    assert broken is not None
    assert broken.reason == "缺第2个事件"


async def test_a_deleted_last_event_of_a_sealed_day_is_found(both, clock) -> None:
    """Nothing follows it in its aggregate; the day's root still knows."""
    async with both.units(SYSTEM) as uow:
        for name in "abc":
            event = await uow.append(Aggregate("thing", name), "thing.made")
    clock.forward(timedelta(days=1))
    async with both.units(SYSTEM) as uow:
        today = clock.now().astimezone(CHINA).date().isoformat()
        await reading.seal_days(uow.connection, today, clock.now())
    assert (await verify(both)).broken is None
    async with both.units(SYSTEM) as uow:
        await uow.connection.execute(delete(journal).where(journal.c.position == event.position))
    broken = (await verify(both)).broken
    assert broken is not None
    assert "日根不符" in broken.reason


async def test_a_changed_root_is_found(both, clock) -> None:
    await fill(both, clock)
    async with both.units(SYSTEM) as uow:
        await uow.connection.execute(update(roots).values(root="0" * 64))
    broken = (await verify(both)).broken
    assert broken is not None
    assert "日根不符" in broken.reason


async def test_an_inserted_event_is_found(both, clock) -> None:
    events = await fill(both, clock)
    async with both.units(SYSTEM) as uow:
        row = (
            await uow.connection.execute(
                select(journal).where(journal.c.position == events[-1].position)
            )
        ).one()
        values = dict(row._mapping) | {"id": "planted", "sequence": 99}
        del values["position"]
        await uow.connection.execute(insert(journal).values(**values))
    assert (await verify(both)).broken is not None


async def test_an_event_is_proven(both, clock) -> None:
    events = await fill(both, clock)
    for event in (events[0], events[4], events[7]):
        async with both.units(SYSTEM, read_only=True) as uow:
            proof = await reading.prove(uow.connection, event.id)
        root = bytes.fromhex(proof.root)
        assert merkle.check(bytes.fromhex(event.hash), proof.steps, root)
        assert not merkle.check(bytes.fromhex(events[1].hash), proof.steps, root)
    async with both.units(SYSTEM, read_only=True) as uow:
        stored = (await uow.connection.execute(select(roots))).one()
        assert (await reading.prove(uow.connection, events[0].id)).root == stored.root
        with pytest.raises(NotFound):
            await reading.prove(uow.connection, "nothing")


async def test_a_day_is_sealed_once_and_never_today(both, clock) -> None:
    await fill(both, clock)
    today = clock.now().astimezone(CHINA).date().isoformat()
    async with both.units(SYSTEM) as uow:
        assert len(await reading.seal_days(uow.connection, today, clock.now())) == 1
        assert await reading.seal_days(uow.connection, today, clock.now()) == []
        await uow.append(Aggregate("thing", "x"), "thing.made")
        assert await reading.seal_days(uow.connection, today, clock.now()) == []
