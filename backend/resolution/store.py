"""Tables of referrals, mediations, agreements, obligations and session notes."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Date, Index, Integer, String, Table, Text, insert, select, update

from backend.kernel.actor import Actor
from backend.kernel.personal import Personal
from backend.resolution.model import (
    Agreement,
    Mediation,
    MediationState,
    Obligation,
    ObligationState,
    Referral,
    ReferralState,
)
from backend.storage.filters import to_sql
from backend.storage.tables import Moment, metadata
from backend.storage.unit_of_work import SqlUnitOfWork

referrals = Table(
    "referrals",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("case", String(36), nullable=False, index=True),
    Column("person", String(36), nullable=False),
    Column("organisation", String(40), nullable=False),
    Column("channel", String(30), nullable=False),
    Column("region", String(12), nullable=False),
    Column("state", String(12), nullable=False),
    Column("offered_at", Moment, nullable=False),
    Column("offered_by", String(60), nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("decision", String(36), nullable=False),
    Column("mediator", String(36), nullable=False),
    Column("answered_at", Moment),
    Column("decline_code", String(20), nullable=False),
    Column("note", Text, nullable=False),
    Index(None, "organisation", "state"),
    Index(None, "state", "due_at"),
)

mediations = Table(
    "mediations",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("case", String(36), nullable=False, index=True),
    Column("referral", String(36), nullable=False),
    Column("organisation", String(40), nullable=False, index=True),
    Column("mediator", String(36), nullable=False, index=True),
    Column("region", String(12), nullable=False),
    Column("state", String(12), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("failure", String(20), nullable=False),
    Column("confirmed_at", Moment),
    Column("confirmation_due", Moment),
    Column("follow_up_at", Moment),
    Column("matter", String(4), nullable=False),
)

agreements = Table(
    "agreements",
    metadata,
    Column("mediation", String(36), primary_key=True),
    Column("person", String(36), nullable=False),
    Column("form", String(10), nullable=False),
    Column("terms", Text, nullable=False),
    Column("effective_on", Date, nullable=False),
)

obligations = Table(
    "obligations",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("mediation", String(36), nullable=False, index=True),
    Column("person", String(36), nullable=False),
    Column("who", String(12), nullable=False),
    Column("what", Text, nullable=False),
    Column("amount", String(20), nullable=False),
    Column("due_on", Date, nullable=False, index=True),
    Column("state", String(8), nullable=False),
    Column("settled_at", Moment),
)

session_notes = Table(
    "session_notes",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("mediation", String(36), nullable=False, index=True),
    Column("person", String(36), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", String(60), nullable=False),
)


class SqlResolutions:
    """Resolution over SQL."""

    def __init__(self, unit: SqlUnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    async def add_referral(self, referral: Referral, person: str) -> None:
        """Store a referral."""
        row = _row(referral, "note")
        await self._connection.execute(
            insert(referrals).values(
                person=person, note=await self._sealed(person, referral.note), **row
            )
        )

    async def change_referral(self, referral: Referral, *, was: str) -> bool:
        """Store a referral if nobody changed it before."""
        changed = await self._connection.execute(
            update(referrals)
            .where(referrals.c.id == referral.id, referrals.c.state == was)
            .values(**_row(referral, "note"))
        )
        return int(changed.rowcount) == 1

    async def referral(self, id: str) -> Referral | None:
        """A referral by id."""
        found = await self._referrals(referrals.c.id == id)
        return found[0] if found else None

    async def referrals_of_case(self, case: str) -> list[Referral]:
        """The referrals of a case."""
        return await self._referrals(referrals.c.case == case)

    async def offered_to(self, organisation: str) -> list[Referral]:
        """Referrals a body has not answered yet."""
        return await self._referrals(
            referrals.c.organisation == organisation, referrals.c.state == ReferralState.OFFERED
        )

    async def overdue(self, now: datetime) -> list[Referral]:
        """Referrals that nobody answered in time."""
        return await self._referrals(
            referrals.c.state == ReferralState.OFFERED, referrals.c.due_at < now
        )

    async def add_mediation(self, mediation: Mediation) -> None:
        """Store a mediation."""
        await self._connection.execute(insert(mediations).values(**_row(mediation)))

    async def update_mediation(self, mediation: Mediation) -> None:
        """Store a changed mediation."""
        await self._connection.execute(
            update(mediations).where(mediations.c.id == mediation.id).values(**_row(mediation))
        )

    async def mediation(self, id: str, *, lock: bool = False) -> Mediation | None:
        """A mediation by id."""
        query = select(mediations).where(mediations.c.id == id)
        row = (await self._connection.execute(query.with_for_update() if lock else query)).first()
        return _mediation(row) if row else None

    async def mediations_of_case(self, case: str) -> list[Mediation]:
        """The mediations of a case."""
        rows = await self._connection.execute(
            select(mediations).where(mediations.c.case == case).order_by(mediations.c.opened_at)
        )
        return [_mediation(row) for row in rows]

    async def visible_to(self, actor: Actor, *, limit: int) -> list[Mediation]:
        """Mediations the actor may read, the most urgent first."""
        allowed = to_sql(
            self._unit.permissions.filter(actor, "mediation.read"), dict(mediations.c.items())
        )
        rows = await self._connection.execute(
            select(mediations).where(allowed).order_by(mediations.c.due_at).limit(limit)
        )
        return [_mediation(row) for row in rows]

    async def add_agreement(self, agreement: Agreement, person: str) -> None:
        """Store an agreement and its obligations."""
        await self._connection.execute(
            insert(agreements).values(
                mediation=agreement.mediation,
                person=person,
                form=agreement.form,
                terms=await self._sealed(person, agreement.terms),
                effective_on=agreement.effective_on,
            )
        )
        for obligation in agreement.obligations:
            row = _row(obligation, "what")
            await self._connection.execute(
                insert(obligations).values(
                    person=person, what=await self._sealed(person, obligation.what), **row
                )
            )

    async def agreement(self, mediation: str) -> Agreement | None:
        """The agreement of a mediation."""
        row = (
            await self._connection.execute(
                select(agreements).where(agreements.c.mediation == mediation)
            )
        ).first()
        if row is None:
            return None
        promised = await self._connection.execute(
            select(obligations)
            .where(obligations.c.mediation == mediation)
            .order_by(obligations.c.due_on, obligations.c.id)
        )
        return Agreement(
            mediation=row.mediation,
            form=row.form,
            terms=await self._unit.unseal(row.person, row.terms),
            effective_on=row.effective_on,
            obligations=tuple([await self._obligation(item) for item in promised.all()]),
        )

    async def update_obligation(self, obligation: Obligation) -> None:
        """Store whether an obligation was met."""
        await self._connection.execute(
            update(obligations)
            .where(obligations.c.id == obligation.id)
            .values(state=obligation.state, settled_at=obligation.settled_at)
        )

    async def add_note(self, mediation: str, person: str, text: str, at: datetime, by: str) -> None:
        """Store a session note."""
        await self._connection.execute(
            insert(session_notes).values(
                mediation=mediation,
                person=person,
                text=await self._sealed(person, text),
                at=at,
                by=by,
            )
        )

    async def notes(self, mediation: str) -> list[tuple[datetime, str, str]]:
        """Session notes, oldest first."""
        rows = await self._connection.execute(
            select(session_notes)
            .where(session_notes.c.mediation == mediation)
            .order_by(session_notes.c.number)
        )
        return [
            (row.at, row.by, await self._unit.unseal(row.person, row.text)) for row in rows.all()
        ]

    async def _sealed(self, person: str, text: str) -> str:
        return await self._unit.seal(Personal(person, text)) if text else ""

    async def _referrals(self, *conditions: Any) -> list[Referral]:
        rows = await self._connection.execute(
            select(referrals).where(*conditions).order_by(referrals.c.due_at, referrals.c.id)
        )
        found = []
        for row in rows.all():
            values = dict(row._mapping)
            person = values.pop("person")
            values["state"] = ReferralState(values["state"])
            values["note"] = await self._unit.unseal(person, values["note"])
            found.append(Referral(**values))
        return found

    async def _obligation(self, row: Any) -> Obligation:
        due_on: date = row.due_on
        return Obligation(
            id=row.id,
            mediation=row.mediation,
            who=row.who,
            what=await self._unit.unseal(row.person, row.what),
            amount=row.amount,
            due_on=due_on,
            state=ObligationState(row.state),
            settled_at=row.settled_at,
        )


def _row(value: Any, *without: str) -> dict[str, Any]:
    return {
        item.name: getattr(value, item.name) for item in fields(value) if item.name not in without
    }


def _mediation(row: Any) -> Mediation:
    values = dict(row._mapping)
    values["state"] = MediationState(values["state"])
    return Mediation(**values)
