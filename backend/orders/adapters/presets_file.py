"""The presets that ship with the program."""

from __future__ import annotations

import json
from importlib import resources

from backend.orders.model import ComplaintClock, ComplaintClocks, Preset, Presets


def load_complaint_clocks() -> ComplaintClocks:
    """Read the clocks of complaints, by kind."""
    text = resources.files("backend.orders").joinpath("data/complaints.json").read_text("utf-8")
    data = {code: item for code, item in json.loads(text).items() if isinstance(item, dict)}
    return ComplaintClocks({code: ComplaintClock.from_data(item) for code, item in data.items()})


def load_presets() -> Presets:
    """Read the published sets of clocks."""
    text = resources.files("backend.orders").joinpath("data/presets.json").read_text("utf-8")
    return Presets({code: Preset.from_data(code, data) for code, data in json.loads(text).items()})
