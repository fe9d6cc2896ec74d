"""The database engine: one code for SQLite (WAL, full sync) and PostgreSQL."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from backend.kernel.errors import WrongSetting

READ_ONLY = "fatong_read_only"
NO_TRANSACTION = "fatong_no_transaction"
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
}


class Database:
    """An engine, and on SQLite the lock by which writers of this process queue up."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            raise WrongSetting("数据库地址写法不对。", where="DATABASE_URL") from error
        driver = _DRIVERS.get(parsed.drivername)
        if driver is None:
            raise WrongSetting(
                f"不支持数据库 {parsed.drivername}，请用 sqlite 或 postgresql。",
                where="DATABASE_URL",
            )
        self.url = parsed.set(drivername=driver)
        self.is_sqlite = driver.startswith("sqlite")
        options: dict[str, Any] = {"pool_size": pool_size, "max_overflow": pool_size}
        if self.is_sqlite:
            options["connect_args"] = {"timeout": 30}
        self.engine: AsyncEngine = create_async_engine(self.url, **options)
        self.writers = asyncio.Lock()
        if self.is_sqlite:
            _prepare_sqlite(self.engine)

    async def dispose(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def _prepare_sqlite(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def _on_connect(connection: Any, record: Any) -> None:
        # The driver must not open transactions by itself; `_on_begin` does.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "busy_timeout=30000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _on_begin(connection: Connection) -> None:
        # A write lock taken at the start never has to be upgraded, which SQLite may refuse.
        options = connection.get_execution_options()
        read_only = options.get(READ_ONLY, False)
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if read_only else 'OFF'}")
        if options.get(NO_TRANSACTION, False):
            return
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    roll_backs: set[asyncio.Task[None]] = set()

    @event.listens_for(engine.sync_engine, "invalidate")
    def _on_invalidate(connection: Any, record: Any, exception: BaseException | None) -> None:
        # A task was cancelled within a statement. Closing the connection does not end its
        # transaction as long as the statement's cursor is held somewhere; rolling back does.
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        # A task of its own, since this one may be cancelled a second time.
        task = loop.create_task(_roll_back(connection.driver_connection))
        roll_backs.add(task)
        task.add_done_callback(roll_backs.discard)


async def _roll_back(driver: Any) -> None:
    # A connection that is closed already has no transaction.
    with suppress(sqlite3.Error, ValueError):
        await driver.rollback()
