"""Write the next numbered migration from the difference between the tables and the migrations.

Usage: python -m tools.migration "what changes"
"""

from __future__ import annotations

import sys

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from backend import bootstrap
from backend.storage import schema


def main(message: str) -> None:
    """Compare, write the file, and move `head`."""
    bootstrap.register_tables()
    scripts = ScriptDirectory.from_config(schema.config())
    number = len(list(scripts.walk_revisions())) + 1
    revision = f"{number:04d}"
    with create_engine("sqlite://").begin() as connection:
        configuration = schema.config(connection)
        if number > 1:
            command.upgrade(configuration, "head")
        command.revision(configuration, message=message, rev_id=revision, autogenerate=True)
    (schema.MIGRATIONS / "head").write_text(f"{revision}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
