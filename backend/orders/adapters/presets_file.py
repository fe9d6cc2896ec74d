"""The presets that ship with the program."""

from __future__ import annotations

import json
from importlib import resources

from backend.orders.model import Preset, Presets


def load_presets() -> Presets:
    """Read the published sets of clocks."""
    text = resources.files("backend.orders").joinpath("data/presets.json").read_text("utf-8")
    return Presets({code: Preset.from_data(code, data) for code, data in json.loads(text).items()})
