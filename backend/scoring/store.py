"""The table of stored scores, and the journal as scoring reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import JSON, Column, Float, String, Table, delete, insert, select, update

from backend.kernel.journal import Event
from backend.scoring.model import Score
from backend.scoring.ports import Snapshot
from backend.storage.reading import events_after
from backend.storage.tables import Moment, metadata
from backend.storage.unit_of_work import SqlUnitOfWork

snapshots = Table(
    "score_snapshots",
    metadata,
    Column("period", String(7), primary_key=True),
    Column("unit", String(40), primary_key=True),
    Column("indicator", String(40), primary_key=True),
    Column("sheet", String(20), nullable=False),
    Column("numerator", JSON, nullable=False),
    Column("denominator", JSON, nullable=False),
    Column("value", Float),
    Column("points", Float),
    Column("kinds", JSON, nullable=False),
    Column("digest", String(64), nullable=False, index=True),
    Column("made_at", Moment, nullable=False),
    Column("receipt", String(80), nullable=False),
)


class SqlJournalFeed:
    """The journal of this database."""

    def __init__(self, unit: SqlUnitOfWork) -> None:
        self._connection = unit.connection

    async def events(self, types: frozenset[str]) -> AsyncIterator[Event]:
        """Yield events of these types in order."""
        async for event in events_after(self._connection, types=types):
            yield event


class SqlSnapshots:
    """Stored scores over SQL."""

    def __init__(self, unit: SqlUnitOfWork) -> None:
        self._connection = unit.connection

    async def put(self, snapshot: Snapshot) -> None:
        """Store a snapshot; an unchanged one keeps its receipt."""
        score = snapshot.score
        same = (
            snapshots.c.period == score.period,
            snapshots.c.unit == score.unit,
            snapshots.c.indicator == score.indicator,
        )
        known = (await self._connection.execute(select(snapshots).where(*same))).first()
        receipt = known.receipt if known and known.digest == snapshot.digest else ""
        await self._connection.execute(delete(snapshots).where(*same))
        await self._connection.execute(
            insert(snapshots).values(
                period=score.period,
                unit=score.unit,
                indicator=score.indicator,
                sheet=snapshot.sheet,
                numerator=list(score.numerator),
                denominator=list(score.denominator),
                value=score.value,
                points=score.points,
                kinds=dict(score.kinds),
                digest=snapshot.digest,
                made_at=snapshot.made_at,
                receipt=receipt,
            )
        )

    async def of(self, period: str, *, unit: str = "") -> list[Snapshot]:
        """Snapshots of a period."""
        query = select(snapshots).where(snapshots.c.period == period)
        return await self._find(query.where(snapshots.c.unit == unit) if unit else query)

    async def all(self) -> list[Snapshot]:
        """Every snapshot."""
        return await self._find(select(snapshots))

    async def received(self, digest: str, receipt: str) -> None:
        """Store the receipt of a pushed snapshot."""
        await self._connection.execute(
            update(snapshots).where(snapshots.c.digest == digest).values(receipt=receipt)
        )

    async def _find(self, query: Any) -> list[Snapshot]:
        rows = await self._connection.execute(
            query.order_by(snapshots.c.period, snapshots.c.unit, snapshots.c.indicator)
        )
        return [
            Snapshot(
                Score(
                    unit=row.unit,
                    indicator=row.indicator,
                    period=row.period,
                    numerator=tuple(row.numerator),
                    denominator=tuple(row.denominator),
                    value=row.value,
                    points=row.points,
                    kinds=row.kinds,
                ),
                row.sheet,
                row.digest,
                row.made_at,
                row.receipt,
            )
            for row in rows
        ]
