"""Data keys of persons: made when first needed, wrapped by the master key, destroyed on erasure."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.crypto import KeyRing, decrypt, encrypt, new_data_key
from backend.kernel.errors import Conflict
from backend.kernel.personal import ERASED
from backend.storage.tables import person_keys, replies


class Vault:
    """Seals and unseals within one transaction; keys are kept no longer than that."""

    def __init__(self, connection: AsyncConnection, ring: KeyRing, now: datetime) -> None:
        self._connection = connection
        self._ring = ring
        self._now = now
        self._keys: dict[str, bytes | None] = {}

    async def seal(self, person: str, text: str) -> str:
        """Encrypt a text of this person; raises `Conflict` when the person was erased."""
        key = await self._key(person, make=True)
        if key is None:
            raise Conflict("此人的个人信息已依申请删除，不能再写入。", code="person_erased")
        return encrypt(key, text, person)

    async def unseal(self, person: str, sealed: str) -> str:
        """Decrypt; an erased person's text reads as `ERASED`."""
        if not sealed:
            return ""
        key = await self._key(person, make=False)
        return ERASED if key is None else decrypt(key, sealed, person)

    async def erase(self, person: str) -> None:
        """Destroy the key and stored replies of a person."""
        await self._key(person, make=True)
        await self._connection.execute(
            update(person_keys)
            .where(person_keys.c.person == person)
            .values(wrapped=None, erased_at=self._now)
        )
        await self._connection.execute(replies.delete().where(replies.c.person == person))
        self._keys[person] = None

    async def _key(self, person: str, *, make: bool) -> bytes | None:
        if self._keys.get(person) is not None:
            return self._keys[person]
        row = (
            await self._connection.execute(
                select(person_keys.c.wrapped, person_keys.c.master).where(
                    person_keys.c.person == person
                )
            )
        ).first()
        if row is None:
            if not make:
                return None
            key = new_data_key()
            await self._connection.execute(
                insert(person_keys).values(
                    person=person,
                    wrapped=self._ring.wrap(key, person),
                    master=self._ring.version,
                    made_at=self._now,
                )
            )
            self._keys[person] = key
            return key
        found = None if row.wrapped is None else self._ring.unwrap(row.wrapped, row.master, person)
        self._keys[person] = found
        return found


async def rotate(connection: AsyncConnection, ring: KeyRing) -> int:
    """Wrap every data key by the newest master key; returns how many were wrapped anew."""
    rows = (
        await connection.execute(
            select(person_keys).where(
                person_keys.c.wrapped.is_not(None), person_keys.c.master < ring.version
            )
        )
    ).all()
    for row in rows:
        key = ring.unwrap(row.wrapped, row.master, row.person)
        await connection.execute(
            update(person_keys)
            .where(person_keys.c.person == row.person)
            .values(wrapped=ring.wrap(key, row.person), master=ring.version)
        )
    return len(rows)


async def scrub(connection: AsyncConnection) -> None:
    """Remove a destroyed key from where the database still keeps it for a while.

    SQLite's write-ahead log is emptied; PostgreSQL's table of keys is written anew, without the
    rows that were changed. Must run outside a transaction. PostgreSQL's own log is covered by the
    retention of backups.
    """
    sqlite = connection.dialect.name == "sqlite"
    statement = "PRAGMA wal_checkpoint(TRUNCATE)" if sqlite else f"VACUUM (FULL) {person_keys.name}"
    await connection.execute(text(statement))
