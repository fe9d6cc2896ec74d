"""The tables of organisations and of dated rulings on competence."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from backend.directory.model import Organisation, Ruling
from backend.storage.tables import Moment, metadata
from backend.storage.unit_of_work import SqlUnitOfWork

organisations = Table(
    "organisations",
    metadata,
    Column("code", String(40), primary_key=True),
    Column("name", String(120), nullable=False, index=True),
    Column("kind", String(30), nullable=False, index=True),
    Column("region", String(12), nullable=False),
    Column("address", String(200), nullable=False),
    Column("phone", String(60), nullable=False),
    Column("hours", String(120), nullable=False),
    Column("languages", JSON, nullable=False),
    Column("serves", JSON, nullable=False),
    Column("matters", JSON, nullable=False),
    Column("documents", JSON, nullable=False),
    Column("assured_on", String(10), nullable=False),
    Column("waiting", Integer),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("demonstration", Boolean, nullable=False),
    Column("closed_at", Moment),
)
rulings = Table(
    "competence_rulings",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("region", String(12), nullable=False),
    Column("matter", String(4), nullable=False),
    Column("organisation", String(40), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("reason", Text, nullable=False),
    Column("order", String(36), nullable=False),
    Index(None, "region", "matter"),
)
_LISTS = ("languages", "serves", "matters", "documents")


class SqlDirectory:
    """Organisations over SQL."""

    def __init__(self, unit: SqlUnitOfWork) -> None:
        self._connection = unit.connection

    async def put(self, organisation: Organisation) -> bool:
        """Store an organisation; True when it is new."""
        row = {item.name: getattr(organisation, item.name) for item in fields(organisation)}
        for name in _LISTS:
            row[name] = list(row[name])
        changed = await self._connection.execute(
            update(organisations).where(organisations.c.code == organisation.code).values(**row)
        )
        if changed.rowcount == 0:
            await self._connection.execute(insert(organisations).values(**row))
            return True
        return False

    async def get(self, code: str) -> Organisation | None:
        """An organisation by code."""
        row = (
            await self._connection.execute(
                select(organisations).where(organisations.c.code == code)
            )
        ).first()
        return _organisation(row) if row else None

    async def all(self, *, kind: str = "") -> list[Organisation]:
        """Every open organisation, by code."""
        query = select(organisations).where(organisations.c.closed_at.is_(None))
        if kind:
            query = query.where(organisations.c.kind == kind)
        rows = await self._connection.execute(query.order_by(organisations.c.code))
        return [_organisation(row) for row in rows]

    async def search(self, text: str, *, limit: int = 10) -> list[Organisation]:
        """Organisations whose name contains a text."""
        rows = await self._connection.execute(
            select(organisations)
            .where(organisations.c.name.contains(text, autoescape=True))
            .order_by(organisations.c.name)
            .limit(limit)
        )
        return [_organisation(row) for row in rows]

    async def add_ruling(self, ruling: Ruling) -> None:
        """Store a ruling; earlier ones of the same place and matter stay on record."""
        row = {item.name: getattr(ruling, item.name) for item in fields(ruling)}
        await self._connection.execute(insert(rulings).values(**row))

    async def rulings(self) -> list[Ruling]:
        """Every ruling, the newest first."""
        rows = await self._connection.execute(
            select(rulings).order_by(rulings.c.valid_from.desc(), rulings.c.id.desc())
        )
        return [
            Ruling(**{item.name: row._mapping[item.name] for item in fields(Ruling)})
            for row in rows
        ]


def _organisation(row: Any) -> Organisation:
    values = dict(row._mapping)
    for name in _LISTS:
        values[name] = tuple(values[name])
    return Organisation(**values)
