"""Delivery after the commit: letters to the outside, news to subscribers, sweeps of deadlines.

Each letter is leased by a conditional update, delivered without a transaction, and marked in the
next one. Each subscriber reads the journal from its own checkpoint, which moves in the same
transaction as what it does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.actor import SYSTEM
from backend.kernel.canonical import from_bytes
from backend.kernel.clock import CHINA
from backend.kernel.errors import FatongError
from backend.kernel.journal import Event, read_event
from backend.kernel.personal import ERASED, is_sealed
from backend.kernel.unit_of_work import UnitOfWork
from backend.storage import reading
from backend.storage.engine import NO_TRANSACTION
from backend.storage.tables import checkpoints, journal, outbox
from backend.storage.unit_of_work import Units
from backend.storage.vault import scrub

log = structlog.get_logger()
Deliver = Callable[[Mapping[str, Any]], Awaitable[None]]
Sweep = Callable[[UnitOfWork], Awaitable[int]]
_LEASE = timedelta(seconds=60)
_FIRST_PAUSE = timedelta(seconds=2)
_LONGEST_PAUSE = timedelta(minutes=10)
_BATCH = 50


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A room above that wants to hear of events; `handle` must be idempotent."""

    name: str
    types: frozenset[str]
    handle: Callable[[UnitOfWork, Event], Awaitable[None]]


class Worker:
    """Runs until cancelled; `wake` shortens the pause when something was committed."""

    def __init__(
        self,
        units: Units,
        *,
        deliveries: Mapping[str, Deliver],
        subscribers: Sequence[Subscriber] = (),
        sweeps: Sequence[Sweep] = (),
        pause: float = 0.5,
    ) -> None:
        self._units = units
        self._deliveries = dict(deliveries)
        self._subscribers = tuple(subscribers)
        self._sweeps = tuple(sweeps)
        self._pause = pause
        self._awake = asyncio.Event()
        self._scrub_due = False
        self._sealed_on = ""
        self._begun: set[str] = set()
        self.last_round = units.clock.now()

    def wake(self, wakes: frozenset[str]) -> None:
        """Tell the worker that a commit left something to do."""
        if "scrub" in wakes:
            self._scrub_due = True
        self._awake.set()

    async def run(self) -> None:
        """Work until cancelled; an unexpected error is logged and the next round goes on."""
        while True:
            self._awake.clear()
            try:
                await self.round()
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("worker.round_failed")
            try:
                await asyncio.wait_for(self._awake.wait(), timeout=self._pause)
            except TimeoutError:
                continue

    async def round(self) -> int:
        """Do what is due now; returns how many things were done."""
        done = 0
        for sweep in self._sweeps:
            done += await self._apart("sweep", partial(self._swept, sweep))
        for subscriber in self._subscribers:
            done += await self._apart(subscriber.name, partial(self._feed, subscriber))
        done += await self._deliver_due()
        done += await self._seal_days()
        if self._scrub_due:
            self._scrub_due = False
            await self._scrub()
        self.last_round = self._units.clock.now()
        return done

    async def _apart(self, what: str, work: Callable[[], Awaitable[int]]) -> int:
        """Do one part of a round; its trouble is logged and holds up no other part."""
        try:
            return await work()
        except Exception:
            log.exception("worker.part_failed", part=what)
            return 0

    async def _swept(self, sweep: Sweep) -> int:
        async with self._units(SYSTEM, "worker") as uow:
            return await sweep(uow)

    async def _feed(self, subscriber: Subscriber) -> int:
        fed = 0
        await self._begin(subscriber.name)
        while True:
            async with self._units(SYSTEM, "worker", read_only=True) as unit:
                position = await self._position(unit.connection, subscriber.name)
                rows = (
                    await unit.connection.execute(
                        select(journal)
                        .where(journal.c.position > position, journal.c.type.in_(subscriber.types))
                        .order_by(journal.c.position)
                        .limit(_BATCH)
                    )
                ).all()
            for row in rows:
                event = read_event(row.position, row.previous_hash, row.hash, row.record)
                async with self._units(SYSTEM, "worker") as unit:
                    # Another worker may have been here since the batch was read.
                    position = await self._position(unit.connection, subscriber.name, lock=True)
                    if position >= row.position:
                        continue
                    await subscriber.handle(unit, event)
                    await self._move(unit.connection, subscriber.name, row.position)
                fed += 1
            if len(rows) < _BATCH:
                return fed

    async def _begin(self, name: str) -> None:
        """Make the row that workers lock against each other, where there is none yet."""
        if name in self._begun:
            return
        async with self._units(SYSTEM, "worker") as unit:
            known = await unit.connection.execute(
                select(checkpoints.c.position).where(checkpoints.c.subscriber == name)
            )
            if known.first() is None:
                with suppress(IntegrityError):
                    async with unit.savepoint():
                        await unit.connection.execute(
                            insert(checkpoints).values(subscriber=name, position=0)
                        )
        self._begun.add(name)

    async def _position(self, connection: AsyncConnection, name: str, *, lock: bool = False) -> int:
        query = select(checkpoints.c.position).where(checkpoints.c.subscriber == name)
        found = await connection.execute(query.with_for_update() if lock else query)
        return int(found.scalar_one())

    async def _move(self, connection: AsyncConnection, name: str, position: int) -> None:
        await connection.execute(
            update(checkpoints).where(checkpoints.c.subscriber == name).values(position=position)
        )

    async def _deliver_due(self) -> int:
        delivered = 0
        for letter in await self._lease():
            problem, permanent = await self._deliver(letter)
            async with self._units(SYSTEM, "worker") as unit:
                await self._mark(unit, letter, problem, permanent)
            delivered += 1
        return delivered

    async def _lease(self) -> list[Any]:
        async with self._units(SYSTEM, "worker", read_only=True) as unit:
            due = (
                await unit.connection.execute(
                    select(outbox.c.id)
                    .where(
                        outbox.c.done_at.is_(None),
                        outbox.c.due_at <= unit.now,
                        or_(outbox.c.leased_until.is_(None), outbox.c.leased_until < unit.now),
                    )
                    .order_by(outbox.c.id)
                    .limit(_BATCH)
                )
            ).scalars()
            candidates = list(due)
        if not candidates:
            return []
        leased = []
        async with self._units(SYSTEM, "worker") as unit:
            for identity in candidates:
                claimed = (
                    await unit.connection.execute(
                        update(outbox)
                        .where(
                            outbox.c.id == identity,
                            outbox.c.done_at.is_(None),
                            or_(
                                outbox.c.leased_until.is_(None),
                                outbox.c.leased_until < unit.now,
                            ),
                        )
                        .values(leased_until=unit.now + _LEASE, tries=outbox.c.tries + 1)
                        .returning(outbox)
                    )
                ).first()
                if claimed is not None:
                    sealed = from_bytes(claimed.payload)
                    payload = await unit.reveal(sealed)
                    erased = _tells_of_erased(sealed, payload)
                    leased.append(
                        (claimed.id, claimed.topic, claimed.tries, None if erased else payload)
                    )
        return leased

    async def _deliver(
        self, letter: tuple[int, str, int, Mapping[str, Any] | None]
    ) -> tuple[str, bool]:
        identity, topic, _, payload = letter
        if payload is None:
            return "erased: the person of this letter was erased", True
        deliver = self._deliveries.get(topic)
        if deliver is None:
            return f"no delivery for {topic}", True
        try:
            await deliver(payload)
        except FatongError as error:
            log.warning("outbox.refused", id=identity, topic=topic, code=error.code)
            return f"{error.code}: {error.message}", not error.retry
        except Exception as error:
            log.exception("outbox.failed", id=identity, topic=topic)
            return type(error).__name__, False
        return "", False

    async def _mark(self, unit: Any, letter: Any, problem: str, permanent: bool) -> None:
        identity, _, tries, _ = letter
        pause = min(_FIRST_PAUSE * 2 ** min(tries, 10), _LONGEST_PAUSE)
        finished = not problem or permanent
        await unit.connection.execute(
            update(outbox)
            .where(outbox.c.id == identity)
            .values(
                done_at=unit.now if finished else None,
                leased_until=None,
                due_at=unit.now if finished else unit.now + pause,
                problem=problem,
            )
        )

    async def _seal_days(self) -> int:
        today = self._units.clock.now().astimezone(CHINA).date().isoformat()
        if today == self._sealed_on:
            return 0
        async with self._units(SYSTEM, "worker") as unit:
            made = await reading.seal_days(unit.connection, today, unit.now)
        self._sealed_on = today
        return len(made)

    async def _scrub(self) -> None:
        database = self._units.database
        outside: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"}
        if database.is_sqlite:
            outside = {NO_TRANSACTION: True}
        async with database.writers, database.engine.connect() as connection:
            await scrub(await connection.execution_options(**outside))


def _tells_of_erased(sealed: Any, clear: Any) -> bool:
    """Whether a letter holds a text of somebody whose key was destroyed."""
    if is_sealed(sealed):
        return bool(clear == ERASED)
    if isinstance(sealed, dict):
        return any(_tells_of_erased(value, clear[key]) for key, value in sealed.items())
    if isinstance(sealed, list):
        return any(_tells_of_erased(*pair) for pair in zip(sealed, clear, strict=True))
    return False
