"""Tables of accounts, sessions and failed tries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Integer, String, Table, func, insert, select, update

from backend.identity.model import Account, Session
from backend.storage.tables import Moment, metadata
from backend.storage.unit_of_work import SqlUnitOfWork

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("username", String(40), nullable=False, unique=True),
    Column("name", String(60), nullable=False),
    Column("roles", JSON, nullable=False),
    Column("organisation", String(40), nullable=False),
    Column("region", String(12), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("closed_at", Moment),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account", String(36), nullable=False, index=True),
    Column("made_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("username", String(40), nullable=False, index=True),
    Column("at", Moment, nullable=False),
)


class SqlAccounts:
    """Accounts over SQL."""

    def __init__(self, unit: SqlUnitOfWork) -> None:
        self._connection = unit.connection

    async def add(self, account: Account) -> None:
        """Store a new account."""
        await self._connection.execute(insert(accounts).values(**_row(account)))

    async def update(self, account: Account) -> None:
        """Store a changed account."""
        await self._connection.execute(
            update(accounts).where(accounts.c.id == account.id).values(**_row(account))
        )

    async def by_username(self, username: str) -> Account | None:
        """Find by user name."""
        row = (
            await self._connection.execute(select(accounts).where(accounts.c.username == username))
        ).first()
        return _account(row) if row else None

    async def by_id(self, id: str) -> Account | None:
        """Find by id."""
        row = (await self._connection.execute(select(accounts).where(accounts.c.id == id))).first()
        return _account(row) if row else None

    async def all(self) -> list[Account]:
        """Every account, by user name."""
        rows = await self._connection.execute(select(accounts).order_by(accounts.c.username))
        return [_account(row) for row in rows]

    async def add_session(self, session: Session) -> None:
        """Store a session."""
        await self._connection.execute(
            insert(sessions).values(
                token_hash=session.token_hash,
                account=session.account,
                made_at=session.made_at,
                ends_at=session.ends_at,
            )
        )

    async def session(self, token_hash: str) -> Session | None:
        """Find a session that was not revoked."""
        row = (
            await self._connection.execute(
                select(sessions).where(
                    sessions.c.token_hash == token_hash, sessions.c.revoked_at.is_(None)
                )
            )
        ).first()
        return Session(row.token_hash, row.account, row.made_at, row.ends_at) if row else None

    async def revoke_sessions(self, account: str, at: datetime, token_hash: str = "") -> int:
        """Revoke one session of an account, or all of them."""
        condition = [sessions.c.account == account, sessions.c.revoked_at.is_(None)]
        if token_hash:
            condition.append(sessions.c.token_hash == token_hash)
        result = await self._connection.execute(
            update(sessions).where(*condition).values(revoked_at=at)
        )
        return int(result.rowcount)

    async def failures(self, username: str, since: datetime) -> int:
        """How often signing in failed since a moment."""
        found = await self._connection.execute(
            select(func.count())
            .select_from(sign_in_failures)
            .where(sign_in_failures.c.username == username[:40], sign_in_failures.c.at >= since)
        )
        return int(found.scalar_one())

    async def add_failure(self, username: str, at: datetime) -> None:
        """Remember a failed try."""
        await self._connection.execute(
            insert(sign_in_failures).values(username=username[:40], at=at)
        )


def _row(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "username": account.username,
        "name": account.name,
        "roles": sorted(account.roles),
        "organisation": account.organisation,
        "region": account.region,
        "password_hash": account.password_hash,
        "must_change": account.must_change,
        "made_at": account.made_at,
        "closed_at": account.closed_at,
    }


def _account(row: Any) -> Account:
    return Account(
        id=row.id,
        username=row.username,
        name=row.name,
        roles=frozenset(row.roles),
        organisation=row.organisation,
        region=row.region,
        password_hash=row.password_hash,
        made_at=row.made_at,
        must_change=row.must_change,
        closed_at=row.closed_at,
    )
