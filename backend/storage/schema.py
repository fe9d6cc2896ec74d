"""The schema: upgraded by numbered migrations, never guessed; a newer one is refused."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError

from backend.kernel.errors import WrongSetting
from backend.storage.engine import Database

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
# Alembic's own table of one row.
_CURRENT = text("SELECT version_num FROM alembic_version")


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without a file of its own."""
    # Alembic is loaded only where there is something to upgrade, which is seldom.
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    made.attributes["connection"] = connection
    return made


@cache
def head() -> str:
    """The newest revision this program knows."""
    return (MIGRATIONS / "head").read_text(encoding="utf-8").strip()


def current(connection: Connection) -> str | None:
    """The revision of a database; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(_CURRENT).scalar()
    return found


def upgrade(connection: Connection) -> None:
    """Bring a database to the newest revision; raises `WrongSetting` for one of a newer program."""
    found = current(connection)
    if found == head():
        return
    from alembic import command
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    if found is not None and found not in known:
        raise WrongSetting(
            f"数据库的版本 {found} 比程序新。请升级程序，或换一个数据目录。",
            code="newer_database",
            where="DATABASE_URL",
        )
    command.upgrade(config(connection), "head")


async def migrate(database: Database) -> None:
    """Upgrade a database; raises `WrongSetting` when it cannot be opened or is too new."""
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(upgrade)
    except (OperationalError, OSError) as error:
        raise WrongSetting(
            f"数据库打不开：{error.__class__.__name__}。请检查地址、目录权限和磁盘空间。",
            code="no_database",
            where="DATABASE_URL",
        ) from error
