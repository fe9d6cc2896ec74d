"""The unit of work over SQLAlchemy: one connection, one transaction, the rooms' repositories."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.actor import Actor
from backend.kernel.canonical import to_bytes
from backend.kernel.clock import CHINA, Clock
from backend.kernel.crypto import KeyRing
from backend.kernel.ids import new_id
from backend.kernel.journal import (
    GENESIS,
    Aggregate,
    Event,
    Verification,
    chain_hash,
    read_event,
    record_bytes,
)
from backend.kernel.permissions import Permissions
from backend.kernel.personal import PERSON, SEALED, Personal, is_sealed
from backend.storage import reading
from backend.storage.engine import READ_ONLY, Database
from backend.storage.tables import journal, news, outbox, replies
from backend.storage.vault import Vault

Port = TypeVar("Port")
# One number for the whole journal: positions must become visible in the order they are given.
_JOURNAL_LOCK = 0x12348


class Repositories(Protocol):
    """Makes the repository behind a port for one unit of work; built by bootstrap."""

    def make(self, port: type[Port], unit: SqlUnitOfWork) -> Port:
        """Return the implementation of `port` over the unit's connection."""
        ...


class SqlUnitOfWork:
    """See `kernel.unit_of_work.UnitOfWork`."""

    def __init__(
        self,
        connection: AsyncConnection,
        *,
        actor: Actor,
        channel: str,
        now: datetime,
        permissions: Permissions,
        ring: KeyRing,
        repositories: Repositories,
        is_sqlite: bool,
    ) -> None:
        self.connection = connection
        self.actor = actor
        self.channel = channel
        self.now = now
        self.permissions = permissions
        self.is_sqlite = is_sqlite
        self.wakes: set[str] = set()
        self._ring = ring
        self._repositories = repositories
        self._made: dict[type[Any], Any] = {}
        self._vault = Vault(connection, ring, now)
        self._journal_locked = False

    def get(self, port: type[Port]) -> Port:
        """Return the repository behind a port, made once for this unit."""
        if port not in self._made:
            self._made[port] = self._repositories.make(port, self)
        return cast(Port, self._made[port])

    async def append(
        self,
        aggregate: Aggregate,
        type: str,
        payload: Mapping[str, Any] | None = None,
        *,
        before: str = "",
        after: str = "",
        visibility: str = "internal",
        on_behalf_of: str = "",
        key: str = "",
        effective_at: datetime | None = None,
    ) -> Event:
        """Append an event to the chain of its aggregate."""
        await self._lock_journal()
        sealed = await self._seal_within(dict(payload or {}))
        tip = (
            await self.connection.execute(
                select(journal.c.sequence, journal.c.hash)
                .where(
                    journal.c.aggregate == aggregate.kind, journal.c.aggregate_id == aggregate.id
                )
                .order_by(journal.c.sequence.desc())
                .limit(1)
            )
        ).first()
        sequence, previous = (tip.sequence + 1, tip.hash) if tip else (1, GENESIS)
        identity = new_id()
        record = record_bytes(
            id=identity,
            aggregate=aggregate,
            sequence=sequence,
            type=type,
            before=before,
            after=after,
            actor=self.actor,
            on_behalf_of=on_behalf_of,
            channel=self.channel,
            payload=sealed,
            visibility=visibility,
            key=key,
            recorded_at=self.now,
            effective_at=effective_at or self.now,
        )
        digest = chain_hash(previous, record)
        result = await self.connection.execute(
            insert(journal)
            .values(
                id=identity,
                aggregate=aggregate.kind,
                aggregate_id=aggregate.id,
                sequence=sequence,
                type=type,
                day=self.now.astimezone(CHINA).date().isoformat(),
                previous_hash=previous,
                hash=digest,
                record=record,
            )
            .returning(journal.c.position)
        )
        self.wakes.add("events")
        return read_event(int(result.scalar_one()), previous, digest, record)

    async def events(self, aggregate: Aggregate) -> list[Event]:
        """Return the events of an aggregate in order."""
        rows = await self.connection.execute(
            select(journal)
            .where(journal.c.aggregate == aggregate.kind, journal.c.aggregate_id == aggregate.id)
            .order_by(journal.c.sequence)
        )
        return [read_event(r.position, r.previous_hash, r.hash, r.record) for r in rows]

    async def verify_journal(self) -> Verification:
        """Check every link of the whole journal and every daily root."""
        return await reading.verify(self.connection)

    async def post(
        self, topic: str, payload: Mapping[str, Any], *, due_at: datetime | None = None
    ) -> None:
        """Put a letter into the outbox."""
        sealed = await self._seal_within(dict(payload))
        await self.connection.execute(
            insert(outbox).values(
                topic=topic,
                payload=to_bytes(sealed),
                made_at=self.now,
                due_at=due_at or self.now,
            )
        )
        self.wakes.add("outbox")

    async def announce(self, topic: str, audience: str, reference: str) -> None:
        """Tell browsers of an audience that something changed."""
        await self._lock_journal()
        await self.connection.execute(
            insert(news).values(
                topic=topic, audience=audience, reference=reference, made_at=self.now
            )
        )
        self.wakes.add("news")

    async def seal(self, value: Personal) -> str:
        """Encrypt for a column."""
        return await self._vault.seal(value.person, value.text)

    async def unseal(self, person: str, sealed: str) -> str:
        """Decrypt a column."""
        return await self._vault.unseal(person, sealed)

    async def reveal(self, payload: Any) -> Any:
        """Decrypt every sealed value within a payload."""
        if is_sealed(payload):
            return await self._vault.unseal(payload[PERSON], payload[SEALED])
        if isinstance(payload, dict):
            return {key: await self.reveal(value) for key, value in payload.items()}
        if isinstance(payload, list):
            return [await self.reveal(value) for value in payload]
        return payload

    async def erase(self, person: str) -> None:
        """Destroy a person's key."""
        await self._vault.erase(person)
        self.wakes.add("scrub")

    def keyed_hash(self, purpose: str, value: str) -> str:
        """A hash for finding a value again."""
        return self._ring.keyed_hash(purpose, value)

    async def lock(self, name: str) -> None:
        """Hold a name to the end of the unit; on SQLite the single writer is alone already."""
        if not self.is_sqlite:
            number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
            await self.connection.execute(select(func.pg_advisory_xact_lock(number)))

    async def reply_to(self, key: str) -> bytes | None:
        """Return the stored reply to an idempotency key."""
        row = (
            await self.connection.execute(
                select(replies.c.person, replies.c.reply).where(replies.c.key == key)
            )
        ).first()
        return None if row is None else (await self.unseal(row.person, row.reply)).encode("utf-8")

    async def remember(self, key: str, reply: bytes, *, person: str) -> None:
        """Store the reply to an idempotency key."""
        sealed = await self._vault.seal(person, reply.decode("utf-8"))
        await self.connection.execute(
            insert(replies).values(key=key, person=person, reply=sealed, made_at=self.now)
        )

    def savepoint(self) -> AbstractAsyncContextManager[Any]:
        """A nested transaction."""
        return self.connection.begin_nested()

    async def _lock_journal(self) -> None:
        # SQLite has a single writer already; on PostgreSQL two writers could commit out of order
        # and a subscriber would step over the slower one's events.
        if self._journal_locked or self.is_sqlite:
            return
        await self.connection.execute(select(func.pg_advisory_xact_lock(_JOURNAL_LOCK)))
        self._journal_locked = True

    async def _seal_within(self, value: Any) -> Any:
        if isinstance(value, Personal):
            return {PERSON: value.person, SEALED: await self._vault.seal(value.person, value.text)}
        if isinstance(value, Mapping):
            return {key: await self._seal_within(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [await self._seal_within(item) for item in value]
        return value


class Units:
    """Opens units of work over one database; the entry points' `OpenUnit`."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        permissions: Permissions,
        ring: KeyRing,
        repositories: Repositories,
        on_commit: Callable[[frozenset[str]], None] = lambda wakes: None,
    ) -> None:
        self.database = database
        self.clock = clock
        self.permissions = permissions
        self._ring = ring
        self._repositories = repositories
        self._on_commit = on_commit

    @asynccontextmanager
    async def __call__(
        self, actor: Actor, channel: str = "", *, read_only: bool = False
    ) -> AsyncIterator[SqlUnitOfWork]:
        """Open a unit; it commits when the block ends and rolls back when it raises."""
        wakes: frozenset[str] = frozenset()
        async with AsyncExitStack() as stack:
            if self.database.is_sqlite and not read_only:
                await stack.enter_async_context(self.database.writers)
            connection = await stack.enter_async_context(self.database.engine.connect())
            if read_only and self.database.is_sqlite:
                connection = await connection.execution_options(**{READ_ONLY: True})
            async with connection.begin():
                unit = SqlUnitOfWork(
                    connection,
                    actor=actor,
                    channel=channel,
                    now=self.clock.now(),
                    permissions=self.permissions,
                    ring=self._ring,
                    repositories=self._repositories,
                    is_sqlite=self.database.is_sqlite,
                )
                if read_only and not self.database.is_sqlite:
                    await connection.execute(text("SET TRANSACTION READ ONLY"))
                yield unit
                wakes = frozenset(unit.wakes)
        if wakes:
            self._on_commit(wakes)
