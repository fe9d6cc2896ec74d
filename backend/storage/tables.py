"""The tables every room stands on: journal, keys, replies, outbox, news, checkpoints, roots.

Rooms add theirs to the same `metadata` in their `store.py`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows only in a column declared INTEGER.
Position = BigInteger().with_variant(Integer, "sqlite")


class Moment(TypeDecorator[datetime]):
    """An aware moment, stored in UTC; SQLite forgets zones, so they are put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment and convert to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


journal = Table(
    "journal",
    metadata,
    Column("position", Position, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("aggregate", String(40), nullable=False),
    Column("aggregate_id", String(64), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("type", String(80), nullable=False),
    Column("day", String(10), nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("record", LargeBinary, nullable=False),
    UniqueConstraint("aggregate", "aggregate_id", "sequence"),
    Index(None, "type", "day"),
    Index(None, "day"),
    sqlite_autoincrement=True,
)

roots = Table(
    "journal_roots",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("events", Integer, nullable=False),
    Column("last_position", BigInteger, nullable=False),
    Column("root", String(64), nullable=False),
    Column("made_at", Moment, nullable=False),
)

person_keys = Table(
    "person_keys",
    metadata,
    Column("person", String(36), primary_key=True),
    Column("wrapped", Text),
    Column("master", Integer, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("erased_at", Moment),
)

replies = Table(
    "replies",
    metadata,
    Column("key", String(100), primary_key=True),
    Column("person", String(36), nullable=False),
    Column("reply", Text, nullable=False),
    Column("made_at", Moment, nullable=False, index=True),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Position, primary_key=True, autoincrement=True),
    Column("topic", String(60), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("leased_until", Moment),
    Column("done_at", Moment),
    Column("problem", Text, nullable=False, default=""),
    Index(None, "done_at", "due_at"),
    sqlite_autoincrement=True,
)

news = Table(
    "news",
    metadata,
    Column("id", Position, primary_key=True, autoincrement=True),
    Column("topic", String(60), nullable=False),
    Column("audience", String(80), nullable=False),
    Column("reference", String(80), nullable=False),
    Column("made_at", Moment, nullable=False, index=True),
    sqlite_autoincrement=True,
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("subscriber", String(60), primary_key=True),
    Column("position", BigInteger, nullable=False),
)
