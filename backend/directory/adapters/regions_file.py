"""The regions that ship with the program."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from backend.directory.model import Organisation, Region, Regions


def load_regions() -> Regions:
    """Read the official regions of Inner Mongolia: 12 leagues, 103 banners."""
    data = _read("regions.json")
    return Regions([Region(row["code"], row["name"], row["parent"]) for row in data["regions"]])


def load_demonstration() -> list[Organisation]:
    """Read the invented organisations of the demonstration."""
    return [
        Organisation(
            code=row["code"],
            name=row["name"],
            kind=row["kind"],
            region=row["region"],
            address=row.get("address", ""),
            phone=row.get("phone", ""),
            hours=row.get("hours", ""),
            languages=tuple(row.get("languages", ["zh"])),
            serves=tuple(row.get("serves", ())),
            matters=tuple(row.get("matters", ())),
            documents=tuple(row.get("documents", ())),
            assured_on=row.get("assured_on", ""),
            waiting=row.get("waiting"),
            latitude=row.get("latitude"),
            longitude=row.get("longitude"),
            demonstration=True,
        )
        for row in _read("demonstration.json")["organisations"]
    ]


def _read(name: str) -> Any:
    text = resources.files("backend.directory").joinpath("data", name).read_text("utf-8")
    return json.loads(text)
