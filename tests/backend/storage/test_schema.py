"""The upgrade path gives what a fresh schema gives; a newer database is refused."""

from __future__ import annotations

import subprocess
import sys
from os import environ

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from backend import bootstrap
from backend.kernel.errors import WrongSetting
from backend.storage import schema
from backend.storage.engine import Database
from backend.storage.tables import metadata


def described(connection) -> dict:
    """Everything that matters of a schema, comparable."""
    inspector = inspect(connection)
    found = {}
    for table in inspector.get_table_names():
        if table == "alembic_version":
            continue
        found[table] = {
            "columns": sorted(
                (column["name"], str(column["type"]), column["nullable"])
                for column in inspector.get_columns(table)
            ),
            "key": inspector.get_pk_constraint(table)["constrained_columns"],
            "unique": sorted(
                tuple(one["column_names"]) for one in inspector.get_unique_constraints(table)
            ),
            "indexes": sorted(
                (tuple(one["column_names"]), bool(one["unique"]))
                for one in inspector.get_indexes(table)
                if not one.get("duplicates_constraint")
            ),
        }
    return found


def test_the_upgrade_path_equals_a_fresh_schema(tmp_path) -> None:
    bootstrap.register_tables()
    upgraded = create_engine(f"sqlite:///{tmp_path / 'upgraded.db'}")
    fresh = create_engine(f"sqlite:///{tmp_path / 'fresh.db'}")
    with upgraded.begin() as one, fresh.begin() as other:
        schema.upgrade(one)
        metadata.create_all(other)
        assert described(one) == described(other)
    upgraded.dispose()
    fresh.dispose()


@pytest.mark.postgres
async def test_on_postgresql_nothing_is_left_to_migrate(postgres_server, postgres_template) -> None:
    database = Database(f"{postgres_server}/{postgres_template}")

    def differences(connection) -> list:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, metadata)

    try:
        async with database.engine.connect() as connection:
            assert await connection.run_sync(differences) == []
    finally:
        await database.dispose()


def test_every_revision_follows_the_one_before() -> None:
    scripts = ScriptDirectory.from_config(schema.config())
    assert scripts.get_heads() == [schema.head()]
    revisions = [script.revision for script in scripts.walk_revisions()]
    assert revisions == sorted(revisions, reverse=True)
    assert schema.head() == revisions[0]


def test_upgrading_step_by_step_keeps_what_is_there(tmp_path) -> None:
    from alembic import command

    engine = create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    first = list(ScriptDirectory.from_config(schema.config()).walk_revisions())[-1].revision
    with engine.begin() as connection:
        command.upgrade(schema.config(connection), first)
        connection.execute(text("INSERT INTO checkpoints (subscriber, position) VALUES ('ear', 7)"))
    with engine.begin() as connection:
        schema.upgrade(connection)
        assert schema.current(connection) == schema.head()
        assert connection.execute(text("SELECT position FROM checkpoints")).scalar_one() == 7
    engine.dispose()


async def test_a_newer_database_is_refused(database_url) -> None:
    database = Database(database_url)
    try:
        async with database.engine.begin() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(WrongSetting, match="9999") as refusal:
            await schema.migrate(database)
        assert refusal.value.code == "newer_database"
    finally:
        await database.dispose()


@pytest.mark.parametrize("url", ["mysql://x/y", "not a url", "sqlserver://a"])
def test_a_database_that_is_not_ours_is_refused_by_name(url) -> None:
    with pytest.raises(WrongSetting) as refusal:
        Database(url)
    assert refusal.value.where == "DATABASE_URL"


def test_migrate_says_the_revision(tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "backend", "migrate"],
        env={**environ, "FATONG_DATA_DIR": str(tmp_path), "DATABASE_URL": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert schema.head() in done.stderr
