"""Tables of contacts, messages, promises and records; what people said is sealed here."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    select,
    update,
)

from backend.contacts.access import Access
from backend.contacts.model import (
    Contact,
    ContactRecord,
    ContactState,
    Door,
    Message,
    Promise,
    PromiseState,
    Speaker,
)
from backend.kernel.actor import Actor
from backend.kernel.personal import ERASED, Personal
from backend.storage.filters import to_sql
from backend.storage.tables import Moment, metadata
from backend.storage.unit_of_work import SqlUnitOfWork

contacts = Table(
    "contacts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("case", String(36), nullable=False, index=True),
    Column("person", String(36), nullable=False, index=True),
    Column("door", String(8), nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("region", String(12), nullable=False),
    Column("opened_at", Moment, nullable=False, index=True),
    Column("wire", String(120), unique=True),
    Column("agent", String(36), nullable=False, index=True),
    Column("language", String(8), nullable=False),
    Column("danger", String(80), nullable=False),
    Column("handoff", String(80), nullable=False),
    Column("waiting_since", Moment),
    Column("answered_at", Moment),
    Column("left_at", Moment),
    Column("closed_at", Moment),
    Column("end_reason", String(40), nullable=False),
    Column("notes", Text, nullable=False, default=""),
)

messages = Table(
    "messages",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("contact", String(36), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("person", String(36), nullable=False),
    Column("speaker", String(8), nullable=False),
    Column("text", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("carried_at", Moment),
    Column("key", String(100)),
    UniqueConstraint("contact", "sequence"),
    UniqueConstraint("contact", "key"),
)

promises = Table(
    "promises",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("case", String(36), nullable=False, index=True),
    Column("contact", String(36), nullable=False),
    Column("person", String(36), nullable=False),
    Column("phone", Text, nullable=False),
    Column("region", String(12), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("window_from", Moment, nullable=False),
    Column("window_to", Moment, nullable=False),
    Column("state", String(10), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", Moment),
    Column("call_contact", String(36), nullable=False, index=True),
    Column("kept_at", Moment),
    Index(None, "state", "window_to"),
)

records = Table(
    "contact_records",
    metadata,
    Column("contact", String(36), primary_key=True),
    Column("person", String(36), nullable=False),
    Column("summary", Text, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("matter", String(4), nullable=False),
    Column("satisfied", Integer),
    Column("made_at", Moment, nullable=False),
    Column("made_by", String(60), nullable=False),
)


accesses = Table(
    "contact_accesses",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("contact", String(36), nullable=False, index=True),
    Column("ends_at", Moment, nullable=False),
    Column("once", Boolean, nullable=False),
    Column("used_at", Moment),
)


class SqlContacts:
    """Contacts over SQL."""

    def __init__(self, unit: SqlUnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    async def add(self, contact: Contact) -> None:
        """Store a new contact."""
        await self._connection.execute(insert(contacts).values(notes="", **_contact_row(contact)))

    async def update(self, contact: Contact) -> None:
        """Store a changed contact; its notes have a way of their own."""
        await self._connection.execute(
            update(contacts).where(contacts.c.id == contact.id).values(**_contact_row(contact))
        )

    async def by_id(self, id: str, *, lock: bool = False) -> Contact | None:
        """Find by id."""
        query = select(contacts).where(contacts.c.id == id)
        row = (await self._connection.execute(query.with_for_update() if lock else query)).first()
        return await self._contact(row) if row else None

    async def by_wire(self, wire: str) -> Contact | None:
        """Find by the channel's own reference."""
        row = (
            await self._connection.execute(select(contacts).where(contacts.c.wire == wire))
        ).first()
        return await self._contact(row) if row else None

    async def of_case(self, case: str) -> list[Contact]:
        """The contacts of a case, oldest first."""
        rows = await self._connection.execute(
            select(contacts).where(contacts.c.case == case).order_by(contacts.c.opened_at)
        )
        return [await self._contact(row) for row in rows.all()]

    async def of_agent(self, agent: str) -> list[Contact]:
        """The contacts an agent serves or has to finish."""
        rows = await self._connection.execute(
            select(contacts)
            .where(contacts.c.agent == agent, contacts.c.state.in_(("human", "wrap")))
            .order_by(contacts.c.answered_at)
        )
        return [await self._contact(row) for row in rows.all()]

    async def visible_to(self, actor: Actor, *, limit: int) -> list[Contact]:
        """The newest contacts the actor may read."""
        allowed = to_sql(
            self._unit.permissions.filter(actor, "contact.read"), dict(contacts.c.items())
        )
        rows = await self._connection.execute(
            select(contacts).where(allowed).order_by(contacts.c.opened_at.desc()).limit(limit)
        )
        return [await self._contact(row) for row in rows.all()]

    async def save_notes(self, contact: str, person: str, notes: str) -> None:
        """Store the agent's notes, sealed."""
        sealed = await self._unit.seal(Personal(person, notes)) if notes else ""
        await self._connection.execute(
            update(contacts).where(contacts.c.id == contact).values(notes=sealed)
        )

    async def add_message(self, message: Message, person: str) -> Message:
        """Append a message; a known key returns the stored message."""
        if message.key:
            known = (
                await self._connection.execute(
                    select(messages).where(
                        messages.c.contact == message.contact, messages.c.key == message.key
                    )
                )
            ).first()
            if known is not None:
                return await self._message(known)
        last = await self._connection.execute(
            select(func.max(messages.c.sequence)).where(messages.c.contact == message.contact)
        )
        sequence = int(last.scalar() or 0) + 1
        answer = json.dumps(message.answer, ensure_ascii=False) if message.answer else ""
        values = {
            "id": message.id,
            "contact": message.contact,
            "sequence": sequence,
            "person": person,
            "speaker": message.speaker,
            "text": await self._unit.seal(Personal(person, message.text)),
            "answer": await self._unit.seal(Personal(person, answer)) if answer else "",
            "at": message.at,
            "key": message.key or None,
        }
        row = (
            await self._connection.execute(insert(messages).values(**values).returning(messages))
        ).one()
        return await self._message(row)

    async def messages(self, contact: str, *, after: int = 0) -> list[Message]:
        """What was said, in order."""
        rows = await self._connection.execute(
            select(messages)
            .where(messages.c.contact == contact, messages.c.sequence > after)
            .order_by(messages.c.sequence)
        )
        return [await self._message(row) for row in rows.all()]

    async def uncarried(self, contact: str) -> list[Message]:
        """The agent's words that the channel has not taken yet."""
        rows = await self._connection.execute(
            select(messages)
            .where(
                messages.c.contact == contact,
                messages.c.speaker == Speaker.AGENT,
                messages.c.carried_at.is_(None),
            )
            .order_by(messages.c.sequence)
        )
        return [await self._message(row) for row in rows.all()]

    async def mark_carried(self, contact: str, up_to: int, at: datetime) -> None:
        """The channel has taken the agent's words."""
        await self._connection.execute(
            update(messages)
            .where(
                messages.c.contact == contact,
                messages.c.sequence <= up_to,
                messages.c.carried_at.is_(None),
            )
            .values(carried_at=at)
        )

    async def add_promise(self, promise: Promise) -> None:
        """Store a promise, the number sealed."""
        phone = await self._unit.seal(Personal(promise.person, promise.phone))
        await self._connection.execute(
            insert(promises).values(phone=phone, **_promise_row(promise))
        )

    async def update_promise(self, promise: Promise) -> None:
        """Store a changed promise."""
        row = _promise_row(promise)
        await self._connection.execute(
            update(promises).where(promises.c.id == promise.id).values(**row)
        )

    async def promise(self, id: str) -> Promise | None:
        """A promise by id."""
        return await self._one_promise(promises.c.id == id)

    async def promise_of_call(self, contact: str) -> Promise | None:
        """The promise that an outbound contact keeps."""
        return await self._one_promise(promises.c.call_contact == contact)

    async def open_promises(self, *, due_before: datetime | None = None) -> list[Promise]:
        """Promises not yet kept or missed, by window."""
        condition: list[Any] = [promises.c.state.in_((PromiseState.OPEN, PromiseState.DIALLING))]
        if due_before is not None:
            condition.append(promises.c.window_from <= due_before)
        return await self._promises(*condition)

    async def promises_of_case(self, case: str) -> list[Promise]:
        """Promises made on a case."""
        return await self._promises(promises.c.case == case)

    async def add_record(self, record: ContactRecord, person: str) -> None:
        """Store the contact record."""
        await self._connection.execute(
            insert(records).values(
                contact=record.contact,
                person=person,
                summary=await self._unit.seal(Personal(person, record.summary)),
                outcome=record.outcome,
                matter=record.matter,
                satisfied=record.satisfied,
                made_at=record.made_at,
                made_by=record.made_by,
            )
        )

    async def record(self, contact: str) -> ContactRecord | None:
        """The record of a contact."""
        row = (
            await self._connection.execute(select(records).where(records.c.contact == contact))
        ).first()
        if row is None:
            return None
        return ContactRecord(
            contact=row.contact,
            summary=await self._unit.unseal(row.person, row.summary),
            outcome=row.outcome,
            matter=row.matter,
            satisfied=row.satisfied,
            made_at=row.made_at,
            made_by=row.made_by,
        )

    async def add_access(self, access: Access) -> None:
        """Store a citizen's token."""
        await self._connection.execute(
            insert(accesses).values(
                token_hash=access.token_hash,
                contact=access.contact,
                ends_at=access.ends_at,
                once=access.once,
            )
        )

    async def access(self, token_hash: str) -> Access | None:
        """A token by its hash."""
        row = (
            await self._connection.execute(
                select(accesses).where(accesses.c.token_hash == token_hash)
            )
        ).first()
        if row is None:
            return None
        return Access(row.token_hash, row.contact, row.ends_at, row.once, row.used_at)

    async def use_access(self, token_hash: str, at: datetime) -> bool:
        """Use up a link."""
        changed = await self._connection.execute(
            update(accesses)
            .where(accesses.c.token_hash == token_hash, accesses.c.used_at.is_(None))
            .values(used_at=at)
        )
        return int(changed.rowcount) == 1

    async def _contact(self, row: Any) -> Contact:
        values = dict(row._mapping)
        values["door"] = Door(values["door"])
        values["state"] = ContactState(values["state"])
        values["wire"] = values["wire"] or ""
        values["notes"] = await self._unit.unseal(row.person, row.notes)
        return Contact(**values)

    async def _message(self, row: Any) -> Message:
        answer = await self._unit.unseal(row.person, row.answer)
        return Message(
            id=row.id,
            contact=row.contact,
            sequence=row.sequence,
            speaker=Speaker(row.speaker),
            text=await self._unit.unseal(row.person, row.text),
            at=row.at,
            answer=json.loads(answer) if answer and answer != ERASED else None,
            carried_at=row.carried_at,
            key=row.key or "",
        )

    async def _promises(self, *conditions: Any) -> list[Promise]:
        rows = await self._connection.execute(
            select(promises).where(*conditions).order_by(promises.c.window_to)
        )
        return [await self._promise(row) for row in rows.all()]

    async def _one_promise(self, condition: Any) -> Promise | None:
        row = (await self._connection.execute(select(promises).where(condition))).first()
        return await self._promise(row) if row else None

    async def _promise(self, row: Any) -> Promise:
        values = dict(row._mapping)
        values["state"] = PromiseState(values["state"])
        values["phone"] = await self._unit.unseal(row.person, row.phone)
        return Promise(**values)


def _promise_row(promise: Promise) -> dict[str, Any]:
    row = {item.name: getattr(promise, item.name) for item in fields(promise)}
    del row["phone"]
    return row


def _contact_row(contact: Contact) -> dict[str, Any]:
    row = {item.name: getattr(contact, item.name) for item in fields(contact)}
    del row["notes"]
    row["wire"] = contact.wire or None
    return row
