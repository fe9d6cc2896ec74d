"""The rooms that the tests of journeys share."""

from __future__ import annotations

from tests.support.house import (
    both,
    clock,
    database_url,
    house,
    logged,
    postgres_template,
    sqlite_template,
    sqlite_url,
)

__all__ = [
    "both",
    "clock",
    "database_url",
    "house",
    "logged",
    "postgres_template",
    "sqlite_template",
    "sqlite_url",
]
