"""Reading the journal as a whole: verification, daily roots, proofs, feeds for projections."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel import merkle
from backend.kernel.errors import NotFound
from backend.kernel.journal import Break, ChainChecker, Event, Verification, read_event
from backend.storage.tables import journal, roots

_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Proof:
    """That an event is under the Merkle root of its day."""

    event: str
    day: str
    leaf: str
    root: str
    steps: tuple[merkle.ProofStep, ...]


async def events_after(
    connection: AsyncConnection, position: int = 0, *, types: frozenset[str] | None = None
) -> AsyncIterator[Event]:
    """Yield the journal's events after a position, in order, in batches."""
    while True:
        query = select(journal).where(journal.c.position > position)
        if types is not None:
            query = query.where(journal.c.type.in_(types))
        rows = (await connection.execute(query.order_by(journal.c.position).limit(_BATCH))).all()
        for row in rows:
            yield read_event(row.position, row.previous_hash, row.hash, row.record)
        if len(rows) < _BATCH:
            return
        position = rows[-1].position


async def verify(connection: AsyncConnection) -> Verification:
    """Check every link, every indexed column and every daily root."""
    checker = ChainChecker()
    position = 0
    while True:
        rows = (
            await connection.execute(
                select(journal)
                .where(journal.c.position > position)
                .order_by(journal.c.position)
                .limit(_BATCH)
            )
        ).all()
        for row in rows:
            try:
                event = read_event(row.position, row.previous_hash, row.hash, row.record)
            except (ValueError, KeyError, TypeError):
                found = Break(row.position, row.id, "内容无法读取")
                return Verification(checker.count, 0, found)
            stored = (row.id, row.aggregate, row.aggregate_id, row.sequence, row.type, row.day)
            said = (
                event.id,
                event.aggregate.kind,
                event.aggregate.id,
                event.sequence,
                event.type,
                event.day,
            )
            broken = checker.check(event)
            if broken is None and stored != said:
                broken = Break(row.position, row.id, "索引列与内容不符")
            if broken:
                return Verification(checker.count, 0, broken)
        if len(rows) < _BATCH:
            break
        position = rows[-1].position
    days = (await connection.execute(select(roots).order_by(roots.c.day))).all()
    for day in days:
        leaves = await _leaves(connection, day.day)
        if len(leaves) != day.events or merkle.root(leaves).hex() != day.root:
            found = Break(day.last_position, "", f"{day.day}的日根不符")
            return Verification(checker.count, len(days), found)
    return Verification(checker.count, len(days), None)


async def seal_days(connection: AsyncConnection, today: str, now: datetime) -> list[str]:
    """Write the Merkle root of every finished day that has none; returns those days."""
    sealed = set((await connection.execute(select(roots.c.day))).scalars())
    days = (
        await connection.execute(
            select(journal.c.day).where(journal.c.day < today).distinct().order_by(journal.c.day)
        )
    ).scalars()
    made = []
    for day in days:
        if day in sealed:
            continue
        rows = (
            await connection.execute(
                select(journal.c.position, journal.c.hash)
                .where(journal.c.day == day)
                .order_by(journal.c.position)
            )
        ).all()
        leaves = [bytes.fromhex(row.hash) for row in rows]
        await connection.execute(
            insert(roots).values(
                day=day,
                events=len(rows),
                last_position=rows[-1].position,
                root=merkle.root(leaves).hex(),
                made_at=now,
            )
        )
        made.append(day)
    return made


async def prove(connection: AsyncConnection, event_id: str) -> Proof:
    """Prove that an event is in the journal; the day's root may still be growing today."""
    row = (
        await connection.execute(
            select(journal.c.day, journal.c.hash).where(journal.c.id == event_id)
        )
    ).first()
    if row is None:
        raise NotFound("日志里没有这个事件。", where=event_id)
    hashes = await _leaves(connection, row.day)
    index = hashes.index(bytes.fromhex(row.hash))
    return Proof(
        event=event_id,
        day=row.day,
        leaf=row.hash,
        root=merkle.root(hashes).hex(),
        steps=merkle.prove(hashes, index),
    )


async def _leaves(connection: AsyncConnection, day: str) -> list[bytes]:
    rows = await connection.execute(
        select(journal.c.hash).where(journal.c.day == day).order_by(journal.c.position)
    )
    return [bytes.fromhex(value) for value in rows.scalars()]
