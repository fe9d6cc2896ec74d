"""The table of papers; nothing personal stands in it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Column, Integer, String, Table, delete, insert, select

from backend.documents.model import StoredDocument
from backend.storage.tables import Moment, metadata
from backend.storage.unit_of_work import SqlUnitOfWork

documents = Table(
    "documents",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("case", String(36), nullable=False, index=True),
    Column("person", String(36), nullable=False, index=True),
    Column("template", String(40), nullable=False),
    Column("title", String(60), nullable=False),
    Column("number", String(60), nullable=False),
    Column("format", String(8), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("made_by", String(60), nullable=False),
)


class SqlDocuments:
    """Records of papers over SQL."""

    def __init__(self, unit: SqlUnitOfWork) -> None:
        self._connection = unit.connection

    async def add(self, document: StoredDocument) -> None:
        """Store a record."""
        await self._connection.execute(insert(documents).values(**asdict(document)))

    async def by_id(self, id: str) -> StoredDocument | None:
        """A record by id."""
        found = await self._find(documents.c.id == id)
        return found[0] if found else None

    async def of_case(self, case: str) -> list[StoredDocument]:
        """The papers of a case, oldest first."""
        return await self._find(documents.c.case == case)

    async def forget(self, person: str) -> list[str]:
        """Remove the records of an erased person."""
        rows = await self._connection.execute(
            delete(documents).where(documents.c.person == person).returning(documents.c.digest)
        )
        return list(rows.scalars())

    async def _find(self, condition: Any) -> list[StoredDocument]:
        rows = await self._connection.execute(
            select(documents).where(condition).order_by(documents.c.made_at, documents.c.id)
        )
        return [StoredDocument(**row._mapping) for row in rows]
