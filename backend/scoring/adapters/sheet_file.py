"""The sheets that ship with the program."""

from __future__ import annotations

import json
from importlib import resources

from backend.scoring.model import Sheet

CURRENT = "DR-2026.0"


def load_sheet(name: str = CURRENT) -> Sheet:
    """Read a sheet by its id."""
    text = resources.files("backend.scoring").joinpath("data", f"{name}.json").read_text("utf-8")
    return Sheet.from_data(json.loads(text))
