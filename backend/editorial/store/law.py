"""What was last known of cited articles, and what changes of the law touched."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, Index, String, Table, Text, delete, insert, select, update

from backend.editorial.model.law import ArticleState, Touch
from backend.storage.tables import Moment, metadata
from backend.storage.unit_of_work import SqlUnitOfWork

cited = Table(
    "cited_articles",
    metadata,
    Column("law", String(120), primary_key=True),
    Column("article", String(40), primary_key=True),
    Column("valid", Boolean, nullable=False),
    Column("version", String(12), nullable=False),
    Column("text_hash", String(64), nullable=False),
)
law_touches = Table(
    "law_touches",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("ref", String(80), nullable=False),
    Column("title", String(200), nullable=False),
    Column("law", String(120), nullable=False),
    Column("article", String(40), nullable=False),
    Column("change", String(10), nullable=False),
    Column("version_before", String(12), nullable=False),
    Column("version_after", String(12), nullable=False),
    Column("at", Moment, nullable=False),
    Column("resolved_at", Moment),
    Column("resolved_by", String(60), nullable=False),
    Column("note", Text, nullable=False),
    Index(None, "kind", "ref"),
    Index(None, "resolved_at"),
)


class SqlLawWatch:
    """The watch over SQL."""

    def __init__(self, unit: SqlUnitOfWork) -> None:
        self._connection = unit.connection

    async def known(self) -> dict[tuple[str, str], ArticleState]:
        """The last look at every cited article."""
        rows = await self._connection.execute(select(cited))
        return {(row.law, row.article): ArticleState(**row._mapping) for row in rows}

    async def remember(self, states: list[ArticleState]) -> None:
        """Store a new look at articles."""
        for state in states:
            await self._connection.execute(
                delete(cited).where(cited.c.law == state.law, cited.c.article == state.article)
            )
        if states:
            names = [column.name for column in cited.columns]
            rows = [{name: getattr(state, name) for name in names} for state in states]
            await self._connection.execute(insert(cited), rows)

    async def add(self, touches: list[Touch]) -> None:
        """Store what a change touched."""
        if touches:
            rows = [{f.name: getattr(one, f.name) for f in fields(one)} for one in touches]
            await self._connection.execute(insert(law_touches), rows)

    async def touches(self, *, open_only: bool, limit: int = 500) -> list[Touch]:
        """What changes touched, newest first."""
        query = select(law_touches)
        if open_only:
            query = query.where(law_touches.c.resolved_at.is_(None))
        return await self._read(query.order_by(law_touches.c.id.desc()).limit(limit))

    async def open_of(self, kind: str, ref: str) -> list[Touch]:
        """What still waits to be looked at."""
        return await self._read(
            select(law_touches)
            .where(_open(kind, ref))
            .order_by(law_touches.c.law, law_touches.c.article)
        )

    async def resolve(self, kind: str, ref: str, *, at: datetime, by: str, note: str) -> int:
        """Somebody has looked at it."""
        changed = await self._connection.execute(
            update(law_touches)
            .where(_open(kind, ref))
            .values(resolved_at=at, resolved_by=by, note=note)
        )
        return int(changed.rowcount)

    async def _read(self, query: Any) -> list[Touch]:
        return [Touch(**row._mapping) for row in await self._connection.execute(query)]


def _open(kind: str, ref: str) -> Any:
    return (
        (law_touches.c.kind == kind)
        & (law_touches.c.ref == ref)
        & law_touches.c.resolved_at.is_(None)
    )
