"""Use of entries and articles. Nothing here names who asked."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Boolean, Column, Date, Index, String, Table, case, func, insert, select
from sqlalchemy import update as sql_update
from sqlalchemy.exc import IntegrityError

from backend.editorial.model.usage import ArticleUse, EntryUse, Use
from backend.storage.tables import Position, metadata
from backend.storage.unit_of_work import SqlUnitOfWork

uses = Table(
    "answer_uses",
    metadata,
    Column("id", Position, primary_key=True, autoincrement=True),
    Column("message", String(36), nullable=False, unique=True),
    Column("contact", String(36), nullable=False, index=True),
    Column("entry", String(60), nullable=False),
    Column("region", String(12), nullable=False),
    Column("door", String(8), nullable=False),
    Column("snapshot", String(40), nullable=False),
    Column("day", Date, nullable=False),
    Column("helpful", Boolean),
    Column("handed_over", Boolean, nullable=False),
    Index(None, "day", "entry"),
)
articles = Table(
    "answer_articles",
    metadata,
    Column("message", String(36), primary_key=True),
    Column("law", String(120), primary_key=True),
    Column("article", String(40), primary_key=True),
    Column("version", String(12), nullable=False),
    Column("day", Date, nullable=False, index=True),
)


class SqlUsage:
    """Use over SQL."""

    def __init__(self, unit: SqlUnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    async def add(self, use: Use) -> bool:
        """Count an answer; False when it was counted before."""
        if await self._known(use.message):
            return False
        try:
            async with self._unit.savepoint():
                await self._connection.execute(
                    insert(uses).values(
                        message=use.message,
                        contact=use.contact,
                        entry=use.entry,
                        region=use.region,
                        door=use.door,
                        snapshot=use.snapshot,
                        day=use.day,
                        helpful=None,
                        handed_over=False,
                    )
                )
        except IntegrityError:
            return False
        cited = {(law, article): version for law, article, version in use.articles}
        for (law, article), version in cited.items():
            await self._connection.execute(
                insert(articles).values(
                    message=use.message, law=law, article=article, version=version, day=use.day
                )
            )
        return True

    async def vote(self, message: str, helpful: bool) -> bool:
        """Store or change a vote on an answer."""
        changed = await self._connection.execute(
            sql_update(uses).where(uses.c.message == message).values(helpful=helpful)
        )
        return int(changed.rowcount) == 1

    async def handed_over(self, contact: str) -> str:
        """A person was needed after the newest answer of a contact."""
        row = (
            await self._connection.execute(
                select(uses.c.id, uses.c.entry)
                .where(uses.c.contact == contact)
                .order_by(uses.c.id.desc())
                .limit(1)
            )
        ).first()
        if row is None:
            return ""
        await self._connection.execute(
            sql_update(uses).where(uses.c.id == row.id).values(handed_over=True)
        )
        return str(row.entry)

    async def by_entry(self, since: date) -> list[EntryUse]:
        """Hits, votes and hand-overs of each entry since a day."""
        hits = func.count()
        rows = await self._connection.execute(
            select(
                uses.c.entry,
                hits,
                func.sum(case((uses.c.helpful.is_(True), 1), else_=0)),
                func.sum(case((uses.c.helpful.is_(False), 1), else_=0)),
                func.sum(case((uses.c.handed_over.is_(True), 1), else_=0)),
            )
            .where(uses.c.day >= since)
            .group_by(uses.c.entry)
            .order_by(hits.desc(), uses.c.entry)
        )
        return [EntryUse(row[0], *(int(value) for value in row[1:])) for row in rows]

    async def by_article(self, since: date) -> list[ArticleUse]:
        """How often each article was cited since a day."""
        total = await self._connection.execute(
            select(func.count()).select_from(uses).where(uses.c.day >= since)
        )
        answers = int(total.scalar_one())
        count = func.count()
        rows = await self._connection.execute(
            select(
                articles.c.law,
                articles.c.article,
                articles.c.version,
                count,
                func.max(articles.c.day),
            )
            .where(articles.c.day >= since)
            .group_by(articles.c.law, articles.c.article, articles.c.version)
            .order_by(count.desc(), articles.c.law, articles.c.article)
        )
        return [
            ArticleUse(law, article, version, int(used), last, int(used) / answers)
            for law, article, version, used, last in rows
        ]

    async def _known(self, message: str) -> bool:
        found = await self._connection.execute(select(uses.c.id).where(uses.c.message == message))
        return found.first() is not None
