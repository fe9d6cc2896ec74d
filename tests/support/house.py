"""Databases and rooms for tests: SQLite and PostgreSQL, migrated once and copied for each test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import create_engine

from backend import bootstrap
from backend.bootstrap import House
from backend.directory import service as directory
from backend.directory.model import Organisation
from backend.kernel.actor import SYSTEM, Actor
from backend.kernel.clock import SetClock
from backend.settings import Settings
from backend.storage import schema

ROOT = Path(__file__).resolve().parents[2]
# A Wednesday, ten in the morning in China; no holiday is near.
START = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
CHIFENG = "150400"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database."""
    path = tmp_path_factory.mktemp("template") / "fatong.db"
    bootstrap.register_tables()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        schema.upgrade(connection)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated, empty PostgreSQL database that others are copied from."""
    name = f"template_{uuid.uuid4().hex[:8]}"
    _postgres(postgres_server, "createdb", name)
    environment = {
        **os.environ,
        "FATONG_DATA_DIR": str(tmp_path_factory.mktemp("migrate")),
        "DATABASE_URL": f"{postgres_server}/{name}",
    }
    subprocess.run(
        [sys.executable, "-m", "backend", "migrate"],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
    )
    return name


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database of each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    server = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("postgres_template")
    name = f"t{uuid.uuid4().hex}"
    _postgres(server, "createdb", "-T", template, name)
    yield f"{server}/{name}"
    _postgres(server, "dropdb", "--force", name)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated, empty SQLite database in the test's data directory."""
    folder = tmp_path / "data"
    folder.mkdir(exist_ok=True)
    shutil.copy(sqlite_template, folder / "fatong.db")
    return f"sqlite:///{folder / 'fatong.db'}"


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    """What was logged, unrendered."""
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands on a Wednesday morning until the test moves it."""
    return SetClock(START)


def settings_for(folder: Path, url: str = "", **changes: object) -> Settings:
    """Settings of a platform of the test's own."""
    values = {
        "data_dir": folder,
        "database_url": url,
        "redis_url": "",
        "elasticsearch_url": "",
        "bot": "off",
        "worker": False,
    }
    return Settings(**(values | changes))


@pytest.fixture
async def both(database_url: str, tmp_path: Path, clock: SetClock) -> AsyncIterator[House]:
    """The rooms over each kind of database."""
    made = await bootstrap.build_without_doors(
        settings_for(tmp_path / "data", database_url), clock=clock
    )
    yield made
    await made.close()


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path, clock: SetClock) -> AsyncIterator[House]:
    """The rooms over SQLite, with two bodies in the directory."""
    made = await bootstrap.build_without_doors(
        settings_for(tmp_path / "data", sqlite_url), clock=clock
    )
    async with made.units(SYSTEM, "test") as uow:
        for body in BODIES:
            await directory.put_organisation(uow, body)
    yield made
    await made.close()


BODIES = (
    Organisation("hotline", "赤峰12348", "hotline", CHIFENG),
    Organisation(
        "committee", "红山区调委会", "people_mediation", "150402", serves=("people_mediation",)
    ),
    Organisation("office", "红山区司法所", "justice_office", "150402", serves=("legal_aid",)),
    Organisation("bureau", "红山区人社局", "agency", "150402", serves=("labour_inspection",)),
)


def staff(role: str, id: str = "", *, organisation: str = "", region: str = CHIFENG) -> Actor:
    """Somebody signed in."""
    return Actor("staff", id or role, frozenset({role}), organisation, region, role)


def _postgres(server: str, program: str, *arguments: str) -> None:
    from tests.support.servers import _postgres as run

    run(server, program, *arguments)
