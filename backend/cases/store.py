"""Tables of cases, people, parties, facts and phone codes."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
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
from sqlalchemy.exc import IntegrityError

from backend.cases.model import (
    Case,
    CaseState,
    Fact,
    FactSheet,
    Party,
    PartyRole,
    Person,
    PhoneCode,
    Source,
)
from backend.kernel.actor import Actor
from backend.kernel.personal import ERASED, Personal
from backend.storage.filters import to_sql
from backend.storage.tables import Moment, metadata
from backend.storage.unit_of_work import SqlUnitOfWork

cases = Table(
    "cases",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("code", String(10), nullable=False, unique=True),
    Column("region", String(12), nullable=False, index=True),
    Column("state", String(12), nullable=False),
    Column("person", String(36), nullable=False, index=True),
    Column("opened_at", Moment, nullable=False, index=True),
    Column("matter", String(4), nullable=False),
    Column("danger", String(60), nullable=False),
    Column("mediator", String(36), nullable=False, index=True),
    Column("organisation", String(40), nullable=False, index=True),
    Column("opponent_organisation", String(40), nullable=False),
    Column("closed_at", Moment),
    Column("merged_into", String(36), nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("phone", Text, nullable=False),
    Column("phone_hash", String(64), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("pin_hash", String(64), nullable=False),
    Column("erased_at", Moment),
)

parties = Table(
    "parties",
    metadata,
    Column("case_id", String(36), primary_key=True),
    Column("person", String(36), primary_key=True, index=True),
    Column("role", String(12), primary_key=True),
    Column("relation", String(40), nullable=False),
)

facts = Table(
    "facts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("case_id", String(36), nullable=False),
    Column("code", String(40), nullable=False),
    Column("person", String(36), nullable=False),
    Column("value", Text, nullable=False),
    Column("source", String(12), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("asked_by", String(60), nullable=False),
    Column("at", Moment, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("current", Boolean, nullable=False),
    Index(None, "case_id", "code"),
)

phone_codes = Table(
    "phone_codes",
    metadata,
    Column("case_id", String(36), primary_key=True),
    Column("code_hash", String(64), nullable=False),
    Column("sent_at", Moment, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("used_at", Moment),
)


class SqlCases:
    """Cases over SQL; personal columns are sealed here and nowhere else."""

    def __init__(self, unit: SqlUnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    async def add(self, case: Case) -> bool:
        """Store a new case; False when its code is taken."""
        try:
            async with self._unit.savepoint():
                await self._connection.execute(insert(cases).values(**asdict(case)))
        except IntegrityError:
            return False
        return True

    async def update(self, case: Case) -> None:
        """Store a changed case."""
        await self._connection.execute(
            update(cases).where(cases.c.id == case.id).values(**asdict(case))
        )

    async def by_id(self, id: str, *, lock: bool = False) -> Case | None:
        """Find by id."""
        query = select(cases).where(cases.c.id == id)
        row = (await self._connection.execute(query.with_for_update() if lock else query)).first()
        return _case(row) if row else None

    async def by_code(self, code: str) -> Case | None:
        """Find by case code."""
        row = (await self._connection.execute(select(cases).where(cases.c.code == code))).first()
        return _case(row) if row else None

    async def visible_to(self, actor: Actor, *, limit: int, state: str = "") -> list[Case]:
        """The newest cases the actor may read."""
        allowed = to_sql(self._unit.permissions.filter(actor, "case.read"), dict(cases.c.items()))
        query = select(cases).where(allowed)
        if state:
            query = query.where(cases.c.state == state)
        rows = await self._connection.execute(query.order_by(cases.c.opened_at.desc()).limit(limit))
        return [_case(row) for row in rows]

    async def of_person(self, person: str) -> list[Case]:
        """Cases on which a person is a party."""
        rows = await self._connection.execute(
            select(cases)
            .where(cases.c.id.in_(select(parties.c.case_id).where(parties.c.person == person)))
            .order_by(cases.c.opened_at.desc())
        )
        return [_case(row) for row in rows]

    async def add_person(self, person: Person) -> None:
        """Store a person, sealed."""
        await self._connection.execute(
            insert(people).values(id=person.id, pin_hash="", **await self._person_row(person))
        )

    async def update_person(self, person: Person) -> None:
        """Store a changed person."""
        await self._connection.execute(
            update(people).where(people.c.id == person.id).values(**await self._person_row(person))
        )

    async def person(self, id: str) -> Person | None:
        """A person by id."""
        row = (await self._connection.execute(select(people).where(people.c.id == id))).first()
        return await self._person(row) if row else None

    async def person_by_phone(self, phone: str) -> Person | None:
        """A person by telephone number."""
        row = (
            await self._connection.execute(
                select(people).where(people.c.phone_hash == self._phone_hash(phone))
            )
        ).first()
        return await self._person(row) if row else None

    async def set_pin(self, person: str, pin_hash: str) -> None:
        """Store the keyed hash of a PIN."""
        await self._connection.execute(
            update(people).where(people.c.id == person).values(pin_hash=pin_hash)
        )

    async def pin_of(self, person: str) -> str:
        """The keyed hash of a PIN, or ""."""
        found = await self._connection.execute(
            select(people.c.pin_hash).where(people.c.id == person)
        )
        return found.scalar_one_or_none() or ""

    async def forget_person(self, person: str, at: datetime) -> None:
        """Remove what finds a person."""
        await self._connection.execute(
            update(people)
            .where(people.c.id == person)
            .values(phone="", phone_hash="", name="", pin_hash="", erased_at=at)
        )

    async def add_party(self, party: Party) -> None:
        """Put a person on a case; twice is once."""
        try:
            async with self._unit.savepoint():
                await self._connection.execute(
                    insert(parties).values(
                        case_id=party.case,
                        person=party.person,
                        role=party.role,
                        relation=party.relation,
                    )
                )
        except IntegrityError:
            return

    async def parties(self, case: str) -> list[Party]:
        """Who is on a case."""
        rows = await self._connection.execute(
            select(parties).where(parties.c.case_id == case).order_by(parties.c.role)
        )
        return [Party(r.case_id, r.person, PartyRole(r.role), r.relation) for r in rows]

    async def facts(self, case: str) -> FactSheet:
        """The fact sheet of a case, oldest fact first."""
        rows = (
            await self._connection.execute(
                select(facts).where(facts.c.case_id == case).order_by(facts.c.at, facts.c.id)
            )
        ).all()
        return FactSheet.of(tuple([await self._fact(row) for row in rows]))

    async def add_fact(self, fact: Fact, person: str) -> None:
        """Add a fact; a current one replaces the current."""
        if fact.current:
            await self._connection.execute(
                update(facts)
                .where(facts.c.case_id == fact.case, facts.c.code == fact.code)
                .values(current=False)
            )
        value = json.dumps(fact.value, ensure_ascii=False, default=str)
        await self._connection.execute(
            insert(facts).values(
                id=fact.id,
                case_id=fact.case,
                code=fact.code,
                person=person,
                value=await self._unit.seal(Personal(person, value)),
                source=fact.source,
                channel=fact.channel,
                asked_by=fact.asked_by,
                at=fact.at,
                confidence=fact.confidence,
                current=fact.current,
            )
        )

    async def phone_code(self, case: str) -> PhoneCode | None:
        """The newest phone code of a case."""
        row = (
            await self._connection.execute(select(phone_codes).where(phone_codes.c.case_id == case))
        ).first()
        if row is None:
            return None
        return PhoneCode(row.case_id, row.code_hash, row.sent_at, row.tries, row.used_at)

    async def put_phone_code(self, code: PhoneCode) -> None:
        """Store a new phone code in place of the old one."""
        values = {
            "code_hash": code.code_hash,
            "sent_at": code.sent_at,
            "tries": code.tries,
            "used_at": code.used_at,
        }
        changed = await self._connection.execute(
            update(phone_codes).where(phone_codes.c.case_id == code.case).values(**values)
        )
        if changed.rowcount == 0:
            await self._connection.execute(insert(phone_codes).values(case_id=code.case, **values))

    async def try_phone_code(self, case: str, *, used_at: datetime | None) -> None:
        """Count a try."""
        values: dict[str, Any] = {"tries": phone_codes.c.tries + 1}
        if used_at is not None:
            values["used_at"] = used_at
        await self._connection.execute(
            update(phone_codes).where(phone_codes.c.case_id == case).values(**values)
        )

    def _phone_hash(self, phone: str) -> str:
        return self._unit.keyed_hash("phone", phone) if phone else ""

    async def _person_row(self, person: Person) -> dict[str, Any]:
        async def sealed(text: str) -> str:
            return await self._unit.seal(Personal(person.id, text)) if text else ""

        return {
            "phone": await sealed(person.phone),
            "phone_hash": self._phone_hash(person.phone),
            "name": await sealed(person.name),
            "language": person.language,
        }

    async def _person(self, row: Any) -> Person:
        return Person(
            id=row.id,
            phone=await self._unit.unseal(row.id, row.phone),
            name=ERASED if row.erased_at else await self._unit.unseal(row.id, row.name),
            language=row.language,
            erased=row.erased_at is not None,
        )

    async def _fact(self, row: Any) -> Fact:
        text = await self._unit.unseal(row.person, row.value)
        return Fact(
            id=row.id,
            case=row.case_id,
            code=row.code,
            value=text if text == ERASED else json.loads(text),
            source=Source(row.source),
            channel=row.channel,
            asked_by=row.asked_by,
            at=row.at,
            confidence=row.confidence,
            current=row.current,
        )


def _case(row: Any) -> Case:
    values = dict(row._mapping)
    values["state"] = CaseState(values["state"])
    return Case(**values)
