"""The table of routing decisions; they name a person's facts, so they stand under that key."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, String, Table, Text, insert, select, update

from backend.kernel.personal import ERASED, Personal
from backend.routing.ports import StoredDecision
from backend.storage.tables import Moment, metadata
from backend.storage.unit_of_work import SqlUnitOfWork

decisions = Table(
    "routing_decisions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("case", String(36), nullable=False),
    Column("person", String(36), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("made_by", String(60), nullable=False),
    Column("record", Text, nullable=False),
    Column("chosen", String(40), nullable=False),
    Column("chosen_at", Moment),
    Column("override", Text, nullable=False),
    Column("superseded_by", String(36), nullable=False),
    Index(None, "case", "made_at"),
)


class SqlDecisions:
    """Decisions over SQL."""

    def __init__(self, unit: SqlUnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    async def add(self, decision: StoredDecision, person: str) -> None:
        """Store a decision; the one before it is superseded."""
        text = json.dumps(decision.record, ensure_ascii=False)
        await self._connection.execute(
            update(decisions)
            .where(decisions.c.case == decision.case, decisions.c.superseded_by == "")
            .values(superseded_by=decision.id)
        )
        await self._connection.execute(
            insert(decisions).values(
                id=decision.id,
                case=decision.case,
                person=person,
                made_at=decision.made_at,
                made_by=decision.made_by,
                record=await self._unit.seal(Personal(person, text)),
                chosen="",
                override="",
                superseded_by="",
            )
        )

    async def latest(self, case: str) -> StoredDecision | None:
        """The decision in force for a case."""
        found = await self._find(decisions.c.case == case, decisions.c.superseded_by == "")
        return found[-1] if found else None

    async def of_case(self, case: str) -> list[StoredDecision]:
        """Every decision on a case, oldest first."""
        return await self._find(decisions.c.case == case)

    async def choose(self, id: str, channel: str, at: datetime, override: str) -> None:
        """Remember what the person chose."""
        person = (
            await self._connection.execute(select(decisions.c.person).where(decisions.c.id == id))
        ).scalar_one()
        sealed = await self._unit.seal(Personal(person, override)) if override else ""
        await self._connection.execute(
            update(decisions)
            .where(decisions.c.id == id)
            .values(chosen=channel, chosen_at=at, override=sealed)
        )

    async def _find(self, *conditions: Any) -> list[StoredDecision]:
        rows = await self._connection.execute(
            select(decisions).where(*conditions).order_by(decisions.c.made_at, decisions.c.id)
        )
        return [await self._decision(row) for row in rows.all()]

    async def _decision(self, row: Any) -> StoredDecision:
        text = await self._unit.unseal(row.person, row.record)
        return StoredDecision(
            id=row.id,
            case=row.case,
            made_at=row.made_at,
            made_by=row.made_by,
            record={} if text == ERASED else json.loads(text),
            chosen=row.chosen,
            chosen_at=row.chosen_at,
            override=await self._unit.unseal(row.person, row.override),
            superseded_by=row.superseded_by,
        )
