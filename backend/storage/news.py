"""Reading news: what changed since a browser last heard, for the audiences it belongs to."""

from __future__ import annotations

from sqlalchemy import func, select

from backend.kernel.actor import Actor
from backend.storage.tables import news
from backend.storage.unit_of_work import SqlUnitOfWork

BATCH = 200
EVERYONE = "everyone"


async def latest(uow: SqlUnitOfWork) -> int:
    """The newest news id; where a page that has just been drawn begins to listen."""
    return int((await uow.connection.execute(select(func.max(news.c.id)))).scalar() or 0)


async def news_after(
    uow: SqlUnitOfWork, actor: Actor, after: int, extra: frozenset[str] = frozenset()
) -> list[tuple[int, str, str]]:
    """News after an id that this actor may hear: `(id, topic, reference)`."""
    audiences = actor.audiences | extra | {EVERYONE}
    rows = await uow.connection.execute(
        select(news.c.id, news.c.topic, news.c.reference)
        .where(news.c.id > after, news.c.audience.in_(audiences))
        .order_by(news.c.id)
        .limit(BATCH)
    )
    return [(row.id, row.topic, row.reference) for row in rows]
