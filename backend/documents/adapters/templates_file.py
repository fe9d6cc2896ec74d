"""The templates that ship with the program."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

import yaml

from backend.documents.model import Template, read_template


def load_templates() -> Mapping[str, Template]:
    """Read and check every template."""
    file = resources.files("backend.documents").joinpath("data/templates.yaml")
    raw = yaml.safe_load(file.read_text("utf-8"))
    return {code: read_template(code, data) for code, data in raw.items()}
