"""Letters to the outside: leased, tried again, given up; delivered once by however many workers."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from backend.kernel.actor import SYSTEM
from backend.kernel.errors import Invalid, Unavailable
from backend.kernel.journal import Aggregate
from backend.kernel.personal import Personal
from backend.storage.tables import checkpoints, outbox, roots
from backend.storage.worker import Subscriber, Worker


class Post:
    """Receives letters, with trouble on request."""

    def __init__(self) -> None:
        self.letters: list[dict] = []
        self.trouble: list[Exception] = []

    async def __call__(self, letter) -> None:
        if self.trouble:
            raise self.trouble.pop(0)
        self.letters.append(dict(letter))


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def worker(both, post) -> Worker:
    return Worker(both.units, deliveries={"sms": post})


async def send(house, **payload) -> None:
    async with house.units(SYSTEM) as uow:
        await uow.post("sms", payload)


async def rows(house) -> list:
    async with house.units(SYSTEM, read_only=True) as uow:
        return list((await uow.connection.execute(select(outbox).order_by(outbox.c.id))).all())


async def test_a_letter_is_delivered_once_and_in_the_clear(both, post, worker) -> None:
    await send(both, to=Personal("p1", "+8613900000000"), n=1)
    (row,) = await rows(both)
    assert b"13900000000" not in row.payload
    await worker.round()
    await worker.round()
    assert post.letters == [{"to": "+8613900000000", "n": 1}]
    (row,) = await rows(both)
    assert row.done_at is not None
    assert row.problem == ""


async def test_letters_keep_their_order(both, post, worker) -> None:
    for number in range(5):
        await send(both, n=number)
    await worker.round()
    assert [letter["n"] for letter in post.letters] == list(range(5))


async def test_what_may_help_later_is_tried_again_with_growing_pauses(
    both, clock, post, worker
) -> None:
    await send(both, n=1)
    post.trouble = [Unavailable("没接通"), ConnectionError(), Unavailable("没接通")]
    pauses = []
    for _ in range(3):
        await worker.round()
        (row,) = await rows(both)
        assert row.done_at is None
        pauses.append(row.due_at - clock.now())
        await worker.round()
        assert post.letters == []
        clock.forward(pauses[-1] + timedelta(seconds=1))
    assert pauses == sorted(pauses)
    assert pauses[0] < pauses[-1] <= timedelta(minutes=10)
    await worker.round()
    assert post.letters == [{"n": 1}]


async def test_what_never_helps_is_given_up_and_says_why(both, clock, post, worker) -> None:
    await send(both, n=1)
    post.trouble = [Invalid("没有这个号码。", code="bad_number")]
    await worker.round()
    clock.forward(timedelta(hours=1))
    await worker.round()
    (row,) = await rows(both)
    assert row.done_at is not None
    assert "bad_number" in row.problem
    assert post.letters == []


async def test_a_topic_that_nobody_delivers_is_given_up(both, worker) -> None:
    async with both.units(SYSTEM) as uow:
        await uow.post("pigeon", {})
    await worker.round()
    (row,) = await rows(both)
    assert row.problem == "no delivery for pigeon"


async def test_a_letter_for_later_waits(both, clock, post, worker) -> None:
    async with both.units(SYSTEM) as uow:
        await uow.post("sms", {"n": 1}, due_at=clock.now() + timedelta(hours=1))
    await worker.round()
    assert post.letters == []
    clock.forward(timedelta(hours=1, seconds=1))
    await worker.round()
    assert post.letters == [{"n": 1}]


async def test_a_lease_left_by_a_dead_worker_ends(both, clock, post, worker) -> None:
    await send(both, n=1)
    async with both.units(SYSTEM) as uow:
        leased = update(outbox).values(leased_until=clock.now() + timedelta(seconds=60))
        await uow.connection.execute(leased)
    await worker.round()
    assert post.letters == []
    clock.forward(timedelta(seconds=61))
    await worker.round()
    assert post.letters == [{"n": 1}]


async def test_a_letter_to_an_erased_person_is_not_sent_out(both, post, worker) -> None:
    await send(both, to=Personal("p1", "+8613900000000"))
    async with both.units(SYSTEM) as uow:
        await uow.erase("p1")
    await worker.round()
    assert post.letters == []
    (row,) = await rows(both)
    assert row.done_at is not None
    assert "erased" in row.problem


async def test_two_workers_at_once_never_deliver_twice(both, post) -> None:
    async def slow(letter) -> None:
        await asyncio.sleep(0.01)
        await post(letter)

    heard: list[int] = []

    async def hear(uow, event) -> None:
        heard.append(event.payload["n"])

    ear = Subscriber("ear", frozenset({"thing.counted"}), hear)
    workers = [Worker(both.units, deliveries={"sms": slow}, subscribers=[ear]) for _ in range(2)]
    for number in range(10):
        await send(both, n=number)
        async with both.units(SYSTEM) as uow:
            await uow.append(Aggregate("thing", "1"), "thing.counted", {"n": number})
    for _ in range(3):
        await asyncio.gather(*(worker.round() for worker in workers))
    assert sorted(letter["n"] for letter in post.letters) == list(range(10))
    assert heard == list(range(10))


async def test_a_subscriber_hears_its_types_in_order_from_its_checkpoint(both) -> None:
    heard: list[int] = []

    async def hear(uow, event) -> None:
        heard.append(event.payload["n"])

    worker = Worker(
        both.units,
        deliveries={},
        subscribers=[Subscriber("ear", frozenset({"thing.counted"}), hear)],
    )
    async with both.units(SYSTEM) as uow:
        for number in range(60):
            await uow.append(Aggregate("thing", "1"), "thing.counted", {"n": number})
            await uow.append(Aggregate("thing", "1"), "thing.ignored", {})
    assert await worker.round() == 60
    assert await worker.round() == 0
    assert heard == list(range(60))
    again = Worker(both.units, deliveries={}, subscribers=worker._subscribers)
    await again.round()
    assert len(heard) == 60


async def test_a_subscriber_that_fails_loses_nothing_and_stops_nobody(both, post) -> None:
    troubled = [True]
    heard: list[int] = []

    async def hear(uow, event) -> None:
        await uow.append(Aggregate("echo", "1"), "echo.made", {"of": event.payload["n"]})
        if troubled and event.payload["n"] == 1:
            raise RuntimeError("not now")
        heard.append(event.payload["n"])

    worker = Worker(
        both.units,
        deliveries={"sms": post},
        subscribers=[Subscriber("ear", frozenset({"thing.counted"}), hear)],
    )
    async with both.units(SYSTEM) as uow:
        for number in range(3):
            await uow.append(Aggregate("thing", "1"), "thing.counted", {"n": number})
        await uow.post("sms", {"n": 7})
    await worker.round()
    assert heard == [0]
    assert post.letters == [{"n": 7}], "a subscriber in trouble must not hold up letters"
    troubled.clear()
    await worker.round()
    assert heard == [0, 1, 2]
    async with both.units(SYSTEM, read_only=True) as uow:
        echoes = await uow.events(Aggregate("echo", "1"))
        (position,) = (await uow.connection.execute(select(checkpoints.c.position))).scalars()
    assert [event.payload["of"] for event in echoes] == [0, 1, 2]
    assert position > 0


async def test_a_sweep_that_fails_stops_neither_letters_nor_other_sweeps(both, post) -> None:
    swept = []

    async def bad(uow) -> int:
        raise RuntimeError("not now")

    async def good(uow) -> int:
        swept.append(1)
        return 1

    worker = Worker(both.units, deliveries={"sms": post}, sweeps=[bad, good])
    await send(both, n=1)
    await worker.round()
    assert swept == [1]
    assert post.letters == [{"n": 1}]


async def test_a_finished_day_gets_its_root_by_itself(both, clock, worker) -> None:
    async with both.units(SYSTEM) as uow:
        await uow.append(Aggregate("thing", "1"), "thing.made")
    await worker.round()
    clock.forward(timedelta(days=1))
    await worker.round()
    async with both.units(SYSTEM, read_only=True) as uow:
        assert len((await uow.connection.execute(select(roots))).all()) == 1


async def test_run_goes_on_after_trouble_and_wakes_at_a_commit(both, post) -> None:
    worker = Worker(both.units, deliveries={"sms": post}, pause=30)
    both.listeners.append(worker.wake)
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0.1)
    await send(both, n=1)
    for _ in range(100):
        if post.letters:
            break
        await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert post.letters == [{"n": 1}]
