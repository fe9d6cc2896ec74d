"""What a command loads: only what it needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

DOORS = {"aiortc", "twilio", "sqlalchemy", "alembic", "redis", "elasticsearch", "fpdf", "docx"}
SELDOM = {"alembic", "redis", "elasticsearch", "fpdf", "docx", "openpyxl", "twilio.rest.api"}


def loaded(root: Path, statement: str) -> set[str]:
    """The names of the modules that a fresh interpreter has loaded after a statement."""
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport sys\nprint(*sys.modules)"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("from backend.cli import build_parser; build_parser('ask')", DOORS),
        ("from backend import bootstrap; bootstrap.build", SELDOM),
    ],
    ids=["ask", "serve"],
)
def test_what_is_seldom_used_is_loaded_late(root: Path, statement: str, unwanted: set[str]) -> None:
    names = loaded(root, statement)
    assert "knowledge.answering.opening" in names or "backend.bootstrap.platform" in names
    assert names & unwanted == set()
